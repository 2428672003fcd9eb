internal import ChannelAdapter
internal import FileFormats

extension EbaySession {
    private static let orderPath = "\(Self.fulfillment)/order"

    /// Orders that were changed since then.
    ///
    /// - Parameter page: Empty, or how many were before.
    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage {
        guard let offset = page.isEmpty ? 0 : Int(page), (0...EbayLimits.offset).contains(offset) else {
            throw PlatformFault(.refused, code: "page-invalid", "\(page.debugDescription) is no page of orders")
        }
        let query = EbayURL.query([
            "filter": "lastmodifieddate:[\(PlatformTime.text(since))..]", "limit": "\(EbayLimits.ordersPage)",
            "offset": "\(offset)",
        ])
        let body = try await self.call(EbayCall("GET", Self.orderPath + query)).body.get()
        guard case .array(let list)? = body["orders"] else { throw .unreadable("the answer has no list of orders") }
        var orders: [PlatformOrder] = []
        for order in list { orders.append(try Self.platformOrder(order)) }
        let isLast = body["next"]?.text?.isEmpty ?? true
        return OrderPage(orders: orders, next: isLast || list.isEmpty ? "" : "\(offset + list.count)")
    }

    /// One order as it stands.
    func order(id: String) async throws(PlatformFault) -> PlatformOrder {
        try Self.platformOrder(try await self.orderBody(id))
    }

    /// An order as the platform has it.
    func orderBody(_ id: String) async throws(PlatformFault) -> JSONValue {
        do throws(PlatformFault) {
            return try await self.call(EbayCall("GET", try Self.path(ofOrder: id))).body.get()
        } catch {
            // 32100 is an id that the platform does not know.
            guard ["http-404", "32100"].contains(error.code) else { throw error }
            throw .orderMissing(id)
        }
    }

    /// The address of an order.
    static func path(ofOrder id: String) throws(PlatformFault) -> String {
        guard !id.isEmpty, id.utf8.count <= 128, id != ".", id != ".." else { throw .orderMissing(id) }
        return "\(Self.orderPath)/\(EbayURL.encoded(id))"
    }

    private static func platformOrder(_ json: JSONValue) throws(PlatformFault) -> PlatformOrder {
        guard let id = json["orderId"]?.text, !id.isEmpty,
            let changedAt = json["lastModifiedDate"]?.text.flatMap({ PlatformTime.microseconds($0) })
        else { throw .unreadable("an order has no id, or no time of its change") }
        return PlatformOrder(id: id, changedAt: changedAt, body: json.bytes)
    }
}
