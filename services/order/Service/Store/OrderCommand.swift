internal import OrderDomain
internal import OrderMessages
internal import Postgres

/// A change of an order as the domain decides on it: it changes the state, or refuses before it changes anything. It may
/// run several times, so it has no other effect.
typealias OrderDecision = @Sendable (inout OrderState, OrderMoment) throws(OrderRefusal) -> Void

/// What a command must see beside the order.
struct OrderNeeds: OptionSet, Sendable {
    let rawValue: UInt8

    /// The order's returns.
    static let returns = OrderNeeds(rawValue: 1)
    /// The order's warranty claims.
    static let claims = OrderNeeds(rawValue: 2)
}

/// Something that is done with an order, once.
struct OrderCommand: Sendable {
    /// Whose the order is.
    var brand: PostgresUUID
    /// The order.
    var order: OrderID
    /// By which a repeat is recognised; empty: the service itself, and the decision sees whether it was done.
    var commandID = ""
    /// Of the command's content, see `Message.fingerprint()`; none without an id.
    var fingerprint: [UInt8] = []
    /// The principal.
    var by: String
    /// The trace context of what causes it.
    var traceParent: String?
    /// What the decision must see beside the order.
    var needs: OrderNeeds = []
    /// The change.
    var decide: OrderDecision

    /// The effect that it concludes; it does nothing where that is concluded already.
    var conclusion: EffectConclusion?
    /// The order of another placing that takes its place; see ``NewOrder``.
    var replacement: OrderKeys?

    /// A command with what every one has.
    init(
        brand: PostgresUUID, order: OrderID, commandID: String = "", fingerprint: [UInt8] = [], by: String,
        traceParent: String? = nil, needs: OrderNeeds = [], decide: @escaping OrderDecision
    ) {
        self.brand = brand
        self.order = order
        self.commandID = commandID
        self.fingerprint = fingerprint
        self.by = by
        self.traceParent = traceParent
        self.needs = needs
        self.decide = decide
    }

    /// The order among those of all brands.
    var key: OrderKey { OrderKey(brand: self.brand, id: self.order) }
}

/// What a command came to.
struct OrderAnswer: Sendable {
    /// The order as it stands behind the command, with its version.
    var order: Order
    /// Its returns; none where the command did not need them.
    var returns: [Return] = []
    /// Its claims; none where the command did not need them.
    var claims: [WarrantyClaim] = []
    /// What the command added to the log.
    var entries: [OrderEntry] = []
    /// Whether it was carried out before, and has changed nothing now.
    var isRepeated = false
    /// Whether other services are still to do something for it.
    var hasEffects = false
}

/// How an effect ended.
struct EffectConclusion: Hashable, Sendable {
    /// Which one of the order's.
    var place: EffectPlace
    /// Why it was refused for good, for people; nil: it is done.
    var problem: String?
}
