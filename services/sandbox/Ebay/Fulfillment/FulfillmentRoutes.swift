internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// Finds out which call of Sell Fulfillment a request is.
struct FulfillmentRoutes {
    private static let maximumIDs = 50

    let state: ShopState
    let request: EbayRequest

    func answer(_ rest: [String]) throws(EbayRefusal) -> EbayAnswer {
        guard rest.first == "order" else { throw EbayRefusal(2002) }
        guard rest.count > 1 else {
            guard self.request.method == "GET" else { throw EbayRefusal(2002) }
            return try self.list()
        }
        let isRefund = rest.last == "issue_refund"
        guard let order = EbayOrderID.order(rest[1], self.state) else {
            throw EbayRefusal(isRefund ? 34913 : 32100, rest[1])
        }
        let shipments = Shipments(state: self.state, request: self.request, order: order)
        switch (self.request.method, rest.dropFirst(2).first, rest.count) {
        case ("GET", nil, 2): return EbayAnswer(200, self.body(order).json)
        case ("POST", "issue_refund", 3):
            return try Refunds(state: self.state, order: order).issue(try self.request.object())
        case ("GET", "shipping_fulfillment", 3): return shipments.list()
        case ("POST", "shipping_fulfillment", 3): return try shipments.create(try self.request.object())
        case ("GET", "shipping_fulfillment", 4): return try shipments.get(rest[3])
        default: throw EbayRefusal(2002)
        }
    }

    private func body(_ order: Order) -> EbayOrderBody {
        EbayOrderBody(order: order, state: self.state, base: self.request.base)
    }

    private func list() throws(EbayRefusal) -> EbayAnswer {
        let page = try self.request.page(usual: 50, maximum: 200) {
            EbayRefusal($0.hasPrefix("offset") ? 31000 : 31100, $0)
        }
        let found: [Order]
        if let ids = self.request.field("orderIds") {
            let names = ids.split(separator: ",").map(String.init)
            guard names.count <= Self.maximumIDs else { throw EbayRefusal(30900) }
            found = names.compactMap { EbayOrderID.order($0, self.state) }
        } else {
            found = try OrderFilter(self.request.field("filter") ?? "", now: .now()).orders(of: self.state)
        }
        let shown = found.dropFirst(page.offset).prefix(page.limit)
        let end = page.offset + shown.count
        return EbayAnswer(
            200,
            .members([
                "href": .string(self.request.address(offset: page.offset, limit: page.limit)),
                "limit": .number(page.limit), "offset": .number(page.offset), "total": .number(found.count),
                "next": end < found.count ? .string(self.request.address(offset: end, limit: page.limit)) : nil,
                // In lists, the platform says nothing of who asked for a cancellation.
                "orders": .array(shown.map { self.body($0).json(hasCancelRequests: false) }),
            ]))
    }
}

/// Ids of orders: the shop's number, the order's, and the end of its own.
public enum EbayOrderID {
    private static let modulus: Int64 = 100_000

    /// That of an order.
    public static func text(_ order: Order, _ settings: ShopSettings) -> String {
        "\(Self.digits(settings.number % 100, 2))-\(Self.digits(Int64(order.number), 5))-"
            + Self.digits(order.id % Self.modulus, 5)
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    static func order(_ text: String, _ state: ShopState) -> Order? {
        let parts = text.split(separator: "-")
        guard parts.count == 3, let number = Int(parts[1]) else { return nil }
        // Orders are numbered in the order of their ids.
        let index = number - 1_001
        guard state.index.orderIDs.indices.contains(index) else { return nil }
        let order = state.orders[state.index.orderIDs[index]]
        return order.flatMap { Self.text($0, state.settings) == text ? $0 : nil }
    }
}
