internal import Buckets
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Refusals
internal import WellKnownMessages

/// An order of a file as it comes on record: by the same rules as one that is sent to `POST /v1/orders`.
struct ImportedOrder: Sendable {
    /// Of which brand's file it is, and how the brand keeps its orders.
    struct Origin: Sendable {
        let brand: PostgresUUID
        let settings: OrderSettings
        let principal: String
        /// By the database's clock.
        let now: PostgresTimestamp
    }

    /// Connection, a slash, and the channel's id.
    let naturalKey: String
    let bucket: Bucket
    let row: OrderRow
    /// Of what the file says of it.
    let fingerprint: [UInt8]
    /// The first entry of its log, encoded.
    let entry: [UInt8]

    /// The order that a record asks for.
    ///
    /// - Throws: `OrderRefusal` with all that is wrong with it; `EncodingError`.
    init(_ request: PlaceOrderRequest, from origin: Origin, in arena: ArenaMemory) throws {
        guard !request.orderID.isEmpty else {
            throw OrderRefusal(
                .keyRequired, field: "orderId", "is missing",
                expected: "the id by which the channel knows the order, so that it is taken in once")
        }
        let now = origin.now.protobuf
        var order = try Order(placing: request, at: now, settings: origin.settings)
        try Self.checkFinished(order)
        self.naturalKey = "\(order.connection)/\(order.orderID)"
        self.bucket = origin.brand.bucket(of: self.naturalKey)
        let id = OrderID(
            bucket: self.bucket, milliseconds: UInt64(clamping: origin.now.microseconds / 1_000),
            random: (.random(in: .min ... .max), .random(in: .min ... .max)))
        order.name(id)
        (order.version, order.createdAt, order.changedAt) = (1, now, now)
        let entry = OrderEntry(
            number: 1, kind: .imported, at: now, by: origin.principal, text: "came finished, in a file",
            status: order.status, paymentStatus: order.paymentStatus, version: 1)
        arena.arena.reset()
        self.entry = try entry.bytes(in: arena.arena)
        arena.arena.reset()
        let document = try order.bytes(in: arena.arena)
        self.row = OrderRow(
            key: OrderKey(brand: origin.brand, id: id), order: order, entries: 1, document: document)
        self.fingerprint = try request.fingerprint()
    }

    private static func checkFinished(_ order: Order) throws(OrderRefusal) {
        if order.isToBePlaced {
            throw OrderRefusal(
                .invalidValue, field: "status", "says that the order is still to be placed",
                expected: "shipped, fulfilled, delivered, cancelled or closed; others are placed one by one")
        }
        if let place = order.items.firstIndex(where: { $0.price == nil }) {
            throw OrderRefusal(
                .noPrice, field: "items[\(place)].price", "is missing", expected: "what the buyer paid for a unit")
        }
    }
}

extension Order {
    /// What an import says of an order, without what has become of it since and what is ours.
    var asItCame: Order {
        var order = Order(
            orderID: self.orderID, platform: self.platform, connection: self.connection, orderDate: self.orderDate,
            items: self.items, status: self.status == .fulfilled ? .shipped : self.status,
            paymentStatus: self.paymentStatus, shippingTracking: self.shippingTracking, currency: self.currency,
            region: self.region, customerGroup: self.customerGroup, customerID: self.customerID, buyer: self.buyer,
            shippingAddress: self.shippingAddress, billingAddress: self.billingAddress, shipping: self.shipping,
            shippingTax: self.shippingTax, discounts: self.discounts, fees: self.fees, taxIncluded: self.taxIncluded,
            vehicle: self.vehicle, coupons: self.coupons, note: self.note, tags: self.tags)
        for place in order.items.indices { order.items[place].clearWhatBecameOfIt() }
        return order
    }
}

extension OrderItem {
    fileprivate mutating func clearWhatBecameOfIt() {
        self.total = nil
        (self.cancelled, self.shipped, self.delivered, self.returned) = (0, 0, 0, 0)
        (self.coresReturned, self.backordered) = (0, 0)
        self.allocations = []
        (self.substituteFor, self.priceListID, self.priceRuleIDs) = ("", "", [])
    }
}
