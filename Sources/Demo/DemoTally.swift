internal import OrderMessages
internal import Synchronization

/// What happened in a day, or an hour of it.
public struct DemoTally: Sendable {
    /// Orders that were placed.
    public var orders = 0
    /// What their buyers pay, in cents.
    public var cents: Int64 = 0
    /// Orders of which something was missing.
    public var shortfalls = 0
    /// Of those: promised for later.
    public var backordered = 0
    /// Orders of which nothing is sent.
    public var cancelled = 0
    /// Parcels that left.
    public var parcels = 0
    /// Units in them.
    public var units: Int64 = 0
    /// Orders that arrived.
    public var delivered = 0
    /// Returns that were refunded.
    public var returns = 0
    /// Units of them that can be sold again.
    public var restocked: Int64 = 0
    /// What was refunded, in cents.
    public var refundedCents: Int64 = 0
    /// Units that came from suppliers.
    public var received: Int64 = 0
    /// Orders by channel.
    public var channels: [String: Int] = [:]

    static func += (left: inout Self, right: Self) {
        left.orders += right.orders
        left.cents += right.cents
        left.shortfalls += right.shortfalls
        left.backordered += right.backordered
        left.cancelled += right.cancelled
        left.parcels += right.parcels
        left.units += right.units
        left.delivered += right.delivered
        left.returns += right.returns
        left.restocked += right.restocked
        left.refundedCents += right.refundedCents
        left.received += right.received
        left.channels.merge(right.channels) { $0 + $1 }
    }
}

extension Decimal {
    /// Whole cents of it.
    var cents: Int64 { self.micros / 10_000 }
}
