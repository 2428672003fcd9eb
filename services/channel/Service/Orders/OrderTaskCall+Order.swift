internal import ChannelAdapter
internal import ChannelMessages
internal import OrderMessages
internal import Postgres
internal import WellKnownMessages

extension OrderTaskCall {
    /// What a task tells of an order as it stood.
    ///
    /// - Throws: ``InboundProblem`` where the order does not have what the task is about.
    init(_ task: OrderTaskRows.Taken, _ order: Order) throws(InboundProblem) {
        let key = task.id.description
        switch task.kind {
        case .acknowledge:
            self.init(
                key: key, kind: .acknowledge, orderID: task.orderID, happenedAt: Self.microseconds(order.changedAt),
                mayBeDone: task.mayBeDone)
        case .ship:
            guard let shipment = order.shipments.first(where: { $0.shipmentID == task.subject }) else {
                throw InboundProblem("shipment-not-found", "the order has no shipment \(task.subject)")
            }
            self.init(
                key: key, kind: .ship, orderID: task.orderID, lines: Self.lines(of: shipment, in: order),
                carrier: shipment.carrier, trackingNumber: shipment.tracking,
                happenedAt: Self.microseconds(shipment.shippedAt), mayBeDone: task.mayBeDone)
        case .cancel:
            self.init(
                key: key, kind: .cancel, orderID: task.orderID, lines: Self.cancelled(in: order),
                happenedAt: Self.microseconds(order.changedAt), reason: order.cancelReason.platformWord,
                mayBeDone: task.mayBeDone)
        case .refund:
            guard let refund = order.refunds.first(where: { $0.refundID == task.subject }) else {
                throw InboundProblem("refund-not-found", "the order has no refund \(task.subject)")
            }
            self.init(
                key: key, kind: .refund, orderID: task.orderID, happenedAt: Self.microseconds(refund.at),
                reason: refund.reason.platformWord, currency: order.currency,
                amountMicros: refund.amount?.micros ?? 0, mayBeDone: task.mayBeDone)
        case .unspecified, .unrecognized:
            throw InboundProblem("not-understood", "a task of a kind that this version does not know")
        }
    }

    /// Whether a task says something: a parcel may have nothing but parts of kits.
    static func says(_ kind: OrderTaskKind, _ subject: String, _ order: Order) -> Bool {
        // Without its lines it is one that was too large for an event.
        guard !order.items.isEmpty else { return true }
        switch kind {
        case .ship:
            guard let shipment = order.shipments.first(where: { $0.shipmentID == subject }) else { return true }
            return !Self.lines(of: shipment, in: order).isEmpty
        case .cancel:
            return order.status == .cancelled || !Self.cancelled(in: order).isEmpty
        case .acknowledge, .refund, .unspecified, .unrecognized: return true
        }
    }

    /// The whole units that a parcel has. A kit is in the parcel with which all of its parts have left.
    static func lines(of shipment: Shipment, in order: Order) -> [Line] {
        var units: [(item: OrderItem, quantity: Int64)] = []
        for item in order.items {
            let own = shipment.lines.filter { $0.lineID == item.lineID }
            guard !own.isEmpty else { continue }
            let whole = own.filter { $0.sku.isEmpty || $0.sku == item.sku }.reduce(0) { $0 + $1.quantity }
            let hasParts = own.contains { !$0.sku.isEmpty && $0.sku != item.sku }
            let isComplete = item.shipped > 0 && item.shipped + item.cancelled >= item.quantity
            let isLast =
                order.shipments.last { $0.lines.contains { $0.lineID == item.lineID } }?.shipmentID
                == shipment.shipmentID
            let quantity = hasParts ? (isComplete && isLast ? item.shipped : 0) : whole
            if quantity > 0 { units.append((item: item, quantity: quantity)) }
        }
        return units.map { Line(lineID: $0.item.channelLineID, sku: $0.item.sku, quantity: $0.quantity) }
    }

    /// The units of a cancellation; none: the whole order, as the platform has it.
    static func cancelled(in order: Order) -> [Line] {
        let isWhole = order.status == .cancelled && order.parentID.isEmpty && order.childIDs.isEmpty
        guard !isWhole else { return [] }
        return order.items.filter { $0.cancelled > 0 }.map {
            Line(lineID: $0.channelLineID, sku: $0.sku, quantity: $0.cancelled)
        }
    }

    private static func microseconds(_ message: ProtoTimestamp?) -> Int64 {
        message.flatMap { PostgresTimestamp($0) }?.microseconds ?? 0
    }
}

extension CancelReason {
    /// As adapters know it.
    fileprivate var platformWord: String {
        switch self {
        case .buyer: "buyer"
        case .seller, .unspecified, .unrecognized: "seller"
        case .outOfStock: "out-of-stock"
        case .unpaid: "unpaid"
        case .address: "address"
        case .fraud: "fraud"
        case .price: "price"
        case .notPlaced: "not-placed"
        }
    }
}

extension RefundReason {
    /// As adapters know it.
    fileprivate var platformWord: String {
        switch self {
        case .return: "return"
        case .cancellation: "cancellation"
        case .core: "core"
        case .warranty: "warranty"
        case .goodwill, .unspecified, .unrecognized: "goodwill"
        case .chargeback: "chargeback"
        }
    }
}
