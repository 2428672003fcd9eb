import OrderDomain
import OrderMessages
import WellKnownMessages

/// Requests of orders that tests begin with.
enum OrderSamples {
    /// 2026-11-26T12:00:00Z.
    static let now = ProtoTimestamp(seconds: 1_795_694_400)

    /// An order of so many lines of two units for 50.00 each.
    static func request(lines: Int = 1) -> PlaceOrderRequest {
        PlaceOrderRequest(
            orderID: "ORD-1", platform: "Shop",
            items: (0..<lines).map { OrderItem(sku: "PART-\($0)", quantity: 2, price: .units(50)) })
    }

    /// The document of the seed article.
    static let article = PlaceOrderRequest(
        orderID: "ORD09876", platform: "Amazon", orderDate: ProtoTimestamp(seconds: 1_717_245_900),
        items: [OrderItem(sku: "ABC1234", quantity: 2, price: .units(50))], status: .fulfilled, paymentStatus: .paid,
        shippingTracking: "TRACK123")

    /// The order of a request.
    static func order(
        _ request: PlaceOrderRequest, settings: OrderSettings = OrderSettings()
    ) throws(OrderRefusal) -> Order {
        try Order(placing: request, at: Self.now, settings: settings)
    }
}

extension OrderMessages.Decimal {
    /// An amount of whole units and cents.
    static func units(_ units: Int64, cents: Int64 = 0) -> Self { Self(micros: units * 1_000_000 + cents * 10_000) }
}
