public import OrderMessages
public import WellKnownMessages

/// An order and all that belongs to it, as it is read under its lock, and what a change adds to it.
///
/// What is done with orders are methods that change this and nothing else: they refuse before they change anything. Whoever
/// holds the lock then writes what is different, appends the entries and effects, and commits.
public struct OrderState: Sendable {
    /// The order; its version, times of change and references to what belongs to it are kept by the store.
    public var order: Order
    /// Its returns, by number.
    public var returns: [Return]
    /// Its warranty claims, by number.
    public var claims: [WarrantyClaim]
    /// What the change adds to the log, in its order; numbers, times and versions are given by the store.
    public private(set) var entries: [OrderEntry] = []
    /// What the change asks of other services.
    public private(set) var effects: [OrderEffect] = []
    /// When somebody looks after the order again, because it is not decided yet.
    public var attention = OrderAttention.unchanged

    /// The state of an order that was read, or is to be recorded.
    public init(order: Order, returns: [Return] = [], claims: [WarrantyClaim] = []) {
        self.order = order
        self.returns = returns
        self.claims = claims
    }

    /// Adds an entry to the log.
    ///
    /// - Parameters:
    ///   - subject: The shipment, payment, refund, return or claim that it is about.
    ///   - text: What happened, for people.
    public mutating func append(_ kind: OrderEntryKind, subject: String = "", _ text: String) {
        self.entries.append(OrderEntry(kind: kind, subject: subject, text: text))
    }

    /// Asks something of another service; it is done after the change is committed, and for certain.
    public mutating func require(_ effect: OrderEffect) { self.effects.append(effect) }
}

/// When the service looks after an order by itself that is being placed.
public enum OrderAttention: Hashable, Sendable {
    /// As it was; never any more, once the order is neither pending nor reserved.
    case unchanged
    /// So many milliseconds from now.
    case after(milliseconds: Int64)
    /// Then.
    case at(ProtoTimestamp)
    /// Not any more: it is decided, or waits for somebody's decision.
    case none
}

/// When, and by whom, something is done with an order.
public struct OrderMoment: Sendable {
    /// By the database's clock.
    public var now: ProtoTimestamp
    /// The principal.
    public var by: String
    /// The command's id; empty: the service itself.
    public var commandID: String
    /// How the brand keeps its orders.
    public var settings: OrderSettings

    /// A moment with all that it consists of.
    public init(now: ProtoTimestamp, by: String, commandID: String = "", settings: OrderSettings = OrderSettings()) {
        self.now = now
        self.by = by
        self.commandID = commandID
        self.settings = settings
    }
}
