/// An order as a platform told of it.
public struct PlatformOrder: Hashable, Sendable {
    /// The platform's id: what stands in our order as its order id.
    public var id: String
    /// When it was changed last, in microseconds since 1970.
    public var changedAt: Int64
    /// As it came, to be read by ``ChannelAdapter/order(from:account:)``.
    public var body: [UInt8]

    /// An order with all that it consists of.
    public init(id: String, changedAt: Int64, body: [UInt8]) {
        self.id = id
        self.changedAt = changedAt
        self.body = body
    }
}

/// A page of orders.
public struct OrderPage: Sendable {
    /// In the order of their change, if the platform has it.
    public var orders: [PlatformOrder]
    /// Where to go on; empty: that was all until now.
    public var next: String
    /// Of a last page: until when the platform says that it has told all changes, in microseconds since 1970; nil: it does
    /// not say, and the latest change of an order counts.
    public var toldUntil: Int64?
    /// What the answers said of limits.
    public var quotas: [QuotaObservation]

    /// A page with all that it consists of.
    public init(
        orders: [PlatformOrder], next: String, toldUntil: Int64? = nil, quotas: [QuotaObservation] = []
    ) {
        self.orders = orders
        self.next = next
        self.toldUntil = toldUntil
        self.quotas = quotas
    }
}

/// Something to be told to a platform of one of its orders.
public struct OrderTaskCall: Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// We have it.
        case acknowledge
        /// A parcel left.
        case ship
        /// It, or a part of it, is not sent.
        case cancel
        /// Money goes back.
        case refund
    }

    /// Units of one line.
    public struct Line: Hashable, Sendable {
        /// The channel's id of the line; empty: it named none.
        public var lineID: String
        /// Ours.
        public var sku: String
        /// Units.
        public var quantity: Int64
        /// Of a refund: the amount in millionths; nil: what the units cost.
        public var amountMicros: Int64?

        /// A line with all that it consists of.
        public init(lineID: String, sku: String, quantity: Int64, amountMicros: Int64? = nil) {
            self.lineID = lineID
            self.sku = sku
            self.quantity = quantity
            self.amountMicros = amountMicros
        }
    }

    /// By which a repeat is recognised: the same for each try.
    public var key: String
    /// What it is.
    public var kind: Kind
    /// The platform's id of the order.
    public var orderID: String
    /// Of a cancellation: empty is the whole order.
    public var lines: [Line]
    /// Of a parcel: who carries it; empty: not said.
    public var carrier: String
    /// Of a parcel; empty: none.
    public var trackingNumber: String
    /// Of a parcel; empty: none.
    public var trackingURL: String
    /// When it happened, in microseconds since 1970.
    public var happenedAt: Int64
    /// Of a cancellation or refund: our reason's name in lower case with hyphens, "out-of-stock".
    public var reason: String
    /// Of a refund: ISO 4217.
    public var currency: String
    /// Of a refund: all of it, in millionths.
    public var amountMicros: Int64
    /// Whether an earlier try may have been carried out: then it is looked for before it is done.
    public var mayBeDone: Bool

    /// A task with all that it consists of.
    public init(
        key: String, kind: Kind, orderID: String, lines: [Line] = [], carrier: String = "",
        trackingNumber: String = "", trackingURL: String = "", happenedAt: Int64 = 0, reason: String = "",
        currency: String = "", amountMicros: Int64 = 0, mayBeDone: Bool = false
    ) {
        self.key = key
        self.kind = kind
        self.orderID = orderID
        self.lines = lines
        self.carrier = carrier
        self.trackingNumber = trackingNumber
        self.trackingURL = trackingURL
        self.happenedAt = happenedAt
        self.reason = reason
        self.currency = currency
        self.amountMicros = amountMicros
        self.mayBeDone = mayBeDone
    }
}

/// What became of a task.
public struct TaskAnswer: Sendable {
    /// Why it did not happen; nil: it did.
    public var fault: PlatformFault?
    /// The platform's id of what was made; empty: none.
    public var platformID: String
    /// What the answers said of limits.
    public var quotas: [QuotaObservation]

    /// An answer with all that it consists of.
    public init(fault: PlatformFault? = nil, platformID: String = "", quotas: [QuotaObservation] = []) {
        self.fault = fault
        self.platformID = platformID
        self.quotas = quotas
    }
}
