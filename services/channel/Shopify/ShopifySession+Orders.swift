internal import ChannelAdapter
internal import FileFormats

extension ShopifySession {
    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage {
        let answer = await self.call(
            .orders,
            .members([
                "first": .integer(Int64(ShopifyLimits.ordersPage)), "after": .nonEmpty(page),
                "query": .string("updated_at:>='\(PlatformTime.text(since))'"),
                "lines": .integer(Int64(ShopifyLimits.linesPage)),
            ]))
        var quotas = answer.quotas
        let connection = try answer.data.get()["orders"]
        guard case .array(let nodes)? = connection?["nodes"] else {
            throw PlatformFault(.retry, code: "answer-unreadable", "the answer has no list of orders")
        }
        var orders: [PlatformOrder] = []
        for node in nodes { orders.append(try await self.completed(node, &quotas)) }
        return OrderPage(orders: orders, next: Self.nextPage(connection), quotas: ShopifyAnswer.sum(quotas))
    }

    func order(id: String) async throws(PlatformFault) -> PlatformOrder {
        let global = try Self.orderID(id)
        let answer = await self.call(
            .order, .members(["id": .string(global), "lines": .integer(Int64(ShopifyLimits.linesPage))]))
        guard let node = try answer.data.get()["order"] else { throw .orderMissing(id) }
        var quotas: [QuotaObservation] = []
        return try await self.completed(node, &quotas)
    }

    static func orderID(_ id: String) throws(PlatformFault) -> String {
        guard let global = ShopifyID.global(id, of: .order) else {
            throw PlatformFault(
                .refused, code: "order-missing", "\(id.debugDescription) is no id of an order of the platform")
        }
        return global
    }

    /// An order with the lines that did not fit into the answer.
    private func completed(
        _ node: JSONValue, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault)
        -> PlatformOrder
    {
        guard let global = node["id"]?.text, let id = ShopifyID.digits(global, of: .order),
            let changedAt = node["updatedAt"]?.text.flatMap({ PlatformTime.microseconds($0) })
        else { throw PlatformFault(.retry, code: "answer-unreadable", "an order has no id, or no time of its change") }
        var order = node
        var lines = node.at("lineItems", "nodes")?.elements ?? []
        var next = Self.nextPage(node["lineItems"])
        while !next.isEmpty, lines.count <= ShopifyLimits.orderLines {
            let answer = await self.call(
                .orderLines,
                .members([
                    "id": .string(global), "first": .integer(Int64(ShopifyLimits.linesPage)), "after": .string(next),
                ]))
            quotas += answer.quotas
            guard let connection = try answer.data.get()["order"]?["lineItems"] else { throw .orderMissing(id) }
            lines += connection["nodes"]?.elements ?? []
            next = Self.nextPage(connection)
            order = order.setting("lineItems", to: connection.setting("nodes", to: .array(lines)))
        }
        return PlatformOrder(id: id, changedAt: changedAt, body: order.bytes)
    }
}

extension PlatformFault {
    /// An order that the shop does not have.
    static func orderMissing(_ id: String) -> PlatformFault {
        PlatformFault(.refused, code: "order-missing", "the shop has no order \(id)")
    }
}
