internal import ChannelAdapter
internal import FileFormats

extension AmazonSession {
    /// How long a feed about an order is waited for, in milliseconds.
    private static let orderFeedMilliseconds: Int64 = 600_000

    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer {
        var quotas: [QuotaObservation] = []
        do throws(PlatformFault) {
            let settings = try self.settings.get()
            let id =
                switch task.kind {
                // Polling an order tells the platform nothing, and it waits for nothing.
                case .acknowledge: ""
                case .ship: try await self.ship(task, settings, &quotas)
                case .cancel: try await self.cancel(task, settings, &quotas)
                case .refund: try await self.refund(task, settings, &quotas)
                }
            return TaskAnswer(platformID: id, quotas: AmazonAnswer.sum(quotas))
        } catch {
            return TaskAnswer(fault: error, quotas: AmazonAnswer.sum(quotas))
        }
    }

    private func ship(
        _ task: OrderTaskCall, _ settings: AmazonSettings, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> String {
        let parcel = AmazonParcel(task: task)
        var order: JSONValue?
        if task.mayBeDone || !parcel.hasLineIDs { order = try await self.askedOrder(task.orderID, &quotas) }
        if let order, parcel.isIn(order) { return parcel.referenceID }
        let body = try parcel.body(marketplaceID: settings.marketplaceID, order: order)
        let path = "/orders/v0/orders/\(AmazonText.encoded(task.orderID))/shipmentConfirmation"
        let answer = await self.call(.confirmShipment, path, body)
        quotas.append(answer.quota)
        _ = try answer.data.get()
        return parcel.referenceID
    }

    private func cancel(
        _ task: OrderTaskCall, _ settings: AmazonSettings, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> String {
        try Self.requireOrderFeeds(settings)
        let order = try await self.askedOrder(task.orderID, &quotas)
        if Self.isCancelled(task, in: order) { return "" }
        return try await self.send(AmazonOrderFeed(cancellation: task, order: order), settings, &quotas)
    }

    private func refund(
        _ task: OrderTaskCall, _ settings: AmazonSettings, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> String {
        try Self.requireOrderFeeds(settings)
        guard !task.mayBeDone else {
            throw PlatformFault(
                .refused, code: "refund-not-known",
                "an earlier try may have given the money back, which no call of the platform tells; look at the order there"
            )
        }
        let order = try await self.askedOrder(task.orderID, &quotas)
        return try await self.send(AmazonOrderFeed(refund: task, order: order), settings, &quotas)
    }

    private static func requireOrderFeeds(_ settings: AmazonSettings) throws(PlatformFault) {
        guard settings.sendsOrderFeeds else {
            throw PlatformFault(
                .refused, code: "order-feeds-off",
                "the platform takes cancellations and refunds by feeds alone; the setting orderFeeds turns them on, or it is "
                    + "done in the seller's account")
        }
    }

    /// Whether all that is to be cancelled is.
    static func isCancelled(_ task: OrderTaskCall, in order: JSONValue) -> Bool {
        let status = order.at("fulfillment", "fulfillmentStatus")?.text ?? ""
        if AmazonOrder.cancelledStatuses.contains(status) { return true }
        let items = order["orderItems"]?.elements ?? []
        return !task.lines.isEmpty
            && task.lines.allSatisfy { line in
                guard let id = try? AmazonParcel.lineID(line, order) else { return false }
                // A cancellation of some units stands there, too, with the others left to be sent.
                return items.contains { item in
                    item["orderItemId"]?.text == id && item.at("cancellation", "cancellationExecution") != nil
                        && item.at("fulfillment", "quantityUnfulfilled")?.integer == 0
                }
            }
    }

    private func send(
        _ feed: AmazonOrderFeed, _ settings: AmazonSettings, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> String {
        let end = try await self.run(
            feed.feedType, feed.bytes(sellerID: settings.sellerID), contentType: AmazonOrderFeed.contentType, settings,
            milliseconds: min(settings.feedMilliseconds, Self.orderFeedMilliseconds), &quotas
        ).get()
        if end.isFatal { throw AmazonFeed.fatal(end.feedID) }
        if let fault = AmazonOrderFeed.fault(in: end.report) { throw fault }
        return end.feedID
    }
}
