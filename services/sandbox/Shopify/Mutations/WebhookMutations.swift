internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

extension MutationRoot {
    /// The subscriptions that a shop may have.
    private static let maximumSubscriptions = 100

    func subscribe(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        let input = arguments["webhookSubscription"] ?? .null
        func refused(_ path: [String], _ message: String) -> JSONValue {
            UserErrors.payload([UserErrors.error(of: "webhookSubscriptionCreate", path, message)])
        }
        guard let topic = WebhookTopic(enumeration: arguments["topic"]?.text ?? "") else {
            return refused(["topic"], "Topic is not offered by the sandbox")
        }
        if let message = Self.uriFault(input) { return refused(["webhookSubscription", "callbackUrl"], message) }
        let uri = Self.uri(input) ?? ""
        guard !state.subscriptions.values.contains(where: { $0.topic == topic.path && $0.uri == uri }) else {
            return refused(["webhookSubscription", "callbackUrl"], "Address for this topic has already been taken")
        }
        guard state.subscriptions.count < Self.maximumSubscriptions else {
            return refused(["webhookSubscription"], "A shop has at most \(Self.maximumSubscriptions) subscriptions")
        }
        let subscription = WebhookSubscription(
            id: state.nextID(), topic: topic.path, uri: uri,
            includeFields: input["includeFields"]?.array?.compactMap(\.text) ?? [], filter: input["filter"]?.text,
            at: .now())
        state.put(subscription)
        return [
            "webhookSubscription": StoredObject.reference("WebhookSubscription", subscription.id), "userErrors": [],
        ]
    }

    private static func uri(_ input: JSONValue) -> String? { input["uri"]?.text ?? input["callbackUrl"]?.text }

    private static func uriFault(_ input: JSONValue) -> String? {
        guard let uri = self.uri(input), !uri.isEmpty else { return "Address can't be blank" }
        // The platform takes https only; a stand-in on one machine has to take more.
        guard uri.hasPrefix("https://") || uri.hasPrefix("http://"), uri.utf8.count <= 2_048, !uri.contains(" ") else {
            return "Address is invalid; the sandbox takes http:// and https://"
        }
        return input["format"] == "XML" ? "Format is not offered by the sandbox; it sends JSON" : nil
    }

    func updateSubscription(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        let input = arguments["webhookSubscription"] ?? .null
        guard
            var subscription = Gid.number(arguments["id"]?.text, "WebhookSubscription").flatMap({
                state.subscriptions[$0]
            })
        else { return self.unknownSubscription("webhookSubscriptionUpdate") }
        if Self.uri(input) != nil {
            if let message = Self.uriFault(input) {
                return UserErrors.payload([
                    UserErrors.error(
                        of: "webhookSubscriptionUpdate", ["webhookSubscription", "callbackUrl"], message)
                ])
            }
            subscription.uri = Self.uri(input) ?? subscription.uri
            let isTaken = state.subscriptions.values.contains {
                $0.id != subscription.id && $0.topic == subscription.topic && $0.uri == subscription.uri
            }
            guard !isTaken else {
                return UserErrors.payload([
                    UserErrors.error(
                        of: "webhookSubscriptionUpdate", ["webhookSubscription", "callbackUrl"],
                        "Address for this topic has already been taken")
                ])
            }
        }
        if let fields = input["includeFields"]?.array { subscription.includeFields = fields.compactMap(\.text) }
        if let filter = input["filter"]?.text { subscription.filter = filter }
        subscription.updatedAt = .now()
        state.put(subscription)
        return [
            "webhookSubscription": StoredObject.reference("WebhookSubscription", subscription.id), "userErrors": [],
        ]
    }

    func unsubscribe(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        let id = arguments["id"] ?? .null
        guard let subscription = Gid.number(id.text, "WebhookSubscription").flatMap({ state.subscriptions[$0] }) else {
            return self.unknownSubscription("webhookSubscriptionDelete")
        }
        state.remove(subscription)
        return ["deletedWebhookSubscriptionId": id, "userErrors": []]
    }

    private func unknownSubscription(_ field: String) -> JSONValue {
        UserErrors.payload([UserErrors.error(of: field, ["id"], "Webhook subscription does not exist")])
    }
}
