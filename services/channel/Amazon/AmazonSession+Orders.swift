internal import ChannelAdapter
internal import FileFormats

extension AmazonSession {
    private static let ordersPath = "/orders/2026-01-01/orders"
    private static let orderData = "includedData=BUYER,RECIPIENT,PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES"
    /// Orders that are not paid yet are left out: they come when they are, as that changes them.
    private static let statuses = "fulfillmentStatuses=UNSHIPPED,PARTIALLY_SHIPPED,SHIPPED,CANCELLED"

    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage {
        let settings = try self.settings.get()
        if settings.readsOrdersByV0 { return try await self.ordersV0(since: since, page: page, settings) }
        // The page's token stands beside the query that it came from.
        var query =
            "marketplaceIds=\(settings.marketplaceID)&lastUpdatedAfter=\(AmazonText.encoded(PlatformTime.text(since)))"
            + "&fulfilledBy=MERCHANT&\(Self.statuses)&\(Self.orderData)&maxResultsPerPage=\(AmazonLimits.ordersPage)"
        if !page.isEmpty { query += "&paginationToken=\(AmazonText.encoded(page))" }
        let answer = await self.call(.searchOrders, "\(Self.ordersPath)?\(query)")
        let data = try answer.data.get()
        guard case .array(let found)? = data["orders"] else { throw .unreadable("the answer has no list of orders") }
        var orders: [PlatformOrder] = []
        for order in found { orders.append(try Self.platformOrder(order)) }
        return OrderPage(
            orders: orders, next: data.at("pagination", "nextToken")?.text ?? "", quotas: [answer.quota])
    }

    func order(id: String) async throws(PlatformFault) -> PlatformOrder {
        var quotas: [QuotaObservation] = []
        guard try self.settings.get().readsOrdersByV0 else {
            return try Self.platformOrder(try await self.askedOrder(id, &quotas))
        }
        return try AmazonOrderV0.platformOrder(try await self.askedOrderV0(id, &quotas))
    }

    /// An order as the platform has it, of the shape of Orders 2026-01-01; where it is read by v0, with what of that is needed
    /// for tasks.
    func askedOrder(_ id: String, _ quotas: inout [QuotaObservation]) async throws(PlatformFault) -> JSONValue {
        guard !id.isEmpty else { throw .orderMissing(id) }
        if try self.settings.get().readsOrdersByV0 {
            return AmazonOrderV0.newer(try await self.askedOrderV0(id, &quotas))
        }
        let answer = await self.call(.getOrder, "\(Self.ordersPath)/\(AmazonText.encoded(id))?\(Self.orderData)")
        quotas.append(answer.quota)
        do throws(PlatformFault) {
            guard let order = try answer.data.get()["order"], order["orderId"]?.text == id else {
                throw .unreadable("the answer has not the order that was asked for")
            }
            return order
        } catch {
            throw AmazonFaults.missing.contains(error.code) ? .orderMissing(id) : error
        }
    }

    private static func platformOrder(_ json: JSONValue) throws(PlatformFault) -> PlatformOrder {
        guard let id = json["orderId"]?.text, !id.isEmpty,
            let changedAt = json["lastUpdatedTime"]?.text.flatMap({ PlatformTime.microseconds($0) })
        else { throw .unreadable("an order has no id, or no time of its change") }
        return PlatformOrder(id: id, changedAt: changedAt, body: json.bytes)
    }
}

extension PlatformFault {
    /// An order that the seller does not have.
    static func orderMissing(_ id: String) -> PlatformFault {
        PlatformFault(.refused, code: "order-missing", "the seller has no order \(id.debugDescription)")
    }
}
