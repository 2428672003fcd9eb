internal import ChannelAdapter
internal import FileFormats

extension ShopifySession {
    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics {
        guard try self.settings.get().takesPlainAddresses || address.hasPrefix("https://") else {
            throw PlatformFault(
                .refused, code: "address-not-https", "the platform sends notifications to https addresses alone")
        }
        var quotas: [QuotaObservation] = []
        let known = try await self.subscriptions(&quotas)
        let topics = ShopifyNotification.subscribed
        for step in ShopifySubscriptions(known, topics: topics.map(\.graphQLName), to: address).steps {
            try await self.take(step, address, &quotas)
        }
        return SubscribedTopics(topics: topics.map(\.name), quotas: ShopifyAnswer.sum(quotas))
    }

    /// All subscriptions that the shop has of the app.
    private func subscriptions(
        _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> [ShopifySubscriptions.Known] {
        var known: [ShopifySubscriptions.Known] = []
        var page = ""
        for _ in 0..<ShopifyLimits.subscriptionPages {
            let answer = await self.call(.subscriptions, .members(["after": .nonEmpty(page)]))
            quotas += answer.quotas
            let connection = try answer.data.get()["webhookSubscriptions"]
            guard case .array(let nodes)? = connection?["nodes"] else {
                throw PlatformFault(.retry, code: "answer-unreadable", "the answer has no list of subscriptions")
            }
            known += nodes.map { node in
                ShopifySubscriptions.Known(
                    id: node["id"]?.text ?? "", topic: node["topic"]?.text ?? "", uri: node["uri"]?.text ?? "")
            }
            page = Self.nextPage(connection)
            if page.isEmpty { return known }
        }
        throw PlatformFault(
            .unknown, code: "too-many-subscriptions",
            "the shop has more than \(known.count) subscriptions of the app, or gives the same ones again and again")
    }

    private func take(
        _ step: ShopifySubscriptions.Step, _ address: String, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) {
        let change =
            switch step {
            case .make(let topic):
                await self.change(
                    .createSubscription, "webhookSubscriptionCreate",
                    .members(["topic": .string(topic), "uri": .string(address)]))
            case .move(let id):
                await self.change(
                    .moveSubscription, "webhookSubscriptionUpdate",
                    .members(["id": .string(id), "uri": .string(address)]))
            case .end(let id):
                await self.change(.endSubscription, "webhookSubscriptionDelete", .members(["id": .string(id)]))
            }
        quotas += change.quotas
        _ = try change.payload.get()
        if let error = change.errors.first { throw error.fault }
    }
}
