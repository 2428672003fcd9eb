internal import Buckets
internal import OrderDomain
internal import OrderMessages
internal import Postgres

/// An order that is to be put on record, unless one of its keys stands for an order already.
struct NewOrder: Sendable {
    /// Its id, if it comes on record.
    let id: OrderID
    /// By what it is known.
    let keys: OrderKeys
    /// Of the content of the command that places it, see `Message.fingerprint()`.
    let fingerprint: [UInt8]
    /// The order and the first entries of its log; identity, version and times are given by the store, also the order's
    /// date where it has none.
    let state: OrderState
    /// The principal.
    let by: String
    /// The trace context of what causes it.
    let traceParent: String?
    /// Completes the state, or refuses it: it sees the order's id, and in an order that takes another one's place its
    /// attempt.
    let decide: OrderDecision

    /// An order with what it consists of.
    ///
    /// - Parameters:
    ///   - orderID: The channel's; empty: it has none, and is known by ours.
    ///   - commandID: Of the command that places it; empty: it has none. One of the two must be there.
    init(
        brand: PostgresUUID, state: OrderState, orderID: String, commandID: String, fingerprint: [UInt8], by: String,
        traceParent: String? = nil, decide: @escaping OrderDecision = { (_, _) throws(OrderRefusal) in }
    ) {
        self.keys = OrderKeys(
            brand: brand, naturalKey: orderID.isEmpty ? nil : "\(state.order.connection)/\(orderID)",
            commandID: commandID.isEmpty ? nil : commandID)
        self.id = OrderID(
            bucket: self.keys.bucket,
            milliseconds: UInt64(clamping: PostgresTimestamp.ofSystemClock.microseconds / 1_000),
            random: (.random(in: .min ... .max), .random(in: .min ... .max)))
        self.fingerprint = fingerprint
        var state = state
        state.order.orderID = orderID
        self.state = state
        self.by = by
        self.traceParent = traceParent
        self.decide = decide
    }

    /// The order among those of all brands.
    var key: OrderKey { OrderKey(brand: self.keys.brand, id: self.id) }
}

/// What became of an order that was to be put on record.
enum NewOrderAnswer: Sendable {
    /// It is on record.
    case recorded(OrderAnswer)
    /// It has taken the place of an order that could not be placed, under that one's id, as its next attempt.
    case replaced(OrderAnswer)
    /// A key stands for an order already; nothing has changed.
    case found(FoundOrder)

    /// The order that stands for its keys now.
    var order: Order {
        switch self {
        case .recorded(let answer), .replaced(let answer): answer.order
        case .found(let found): found.order
        }
    }
}

/// The order that a key stands for.
struct FoundOrder: Sendable {
    /// As it stands.
    let order: Order
    /// Whether it was placed by a command of the same content.
    let isSame: Bool
    /// By which key it was found; by the command's id, where by both.
    let kind: OrderKeyName.Kind
}

/// By what an order is known beside its id.
struct OrderKeys: Hashable, Sendable {
    /// Whose it is.
    let brand: PostgresUUID
    /// Connection, a slash, and the channel's order id; nil: it came with none.
    let naturalKey: String?
    /// Of the command that places it; nil: it has none.
    let commandID: String?

    /// The bucket of a new order with these keys.
    var bucket: Bucket { self.brand.bucket(of: self.naturalKey ?? self.commandID ?? "") }

    /// The names of the keys.
    var names: [OrderKeyName] {
        var names: [OrderKeyName] = []
        if let naturalKey { names.append(OrderKeyName(self.brand, .natural, naturalKey)) }
        if let commandID { names.append(OrderKeyName(self.brand, .command, commandID)) }
        return names
    }
}

/// One key of an order, in the order in which keys are locked.
struct OrderKeyName: Hashable, Comparable, Sendable {
    /// What a key is; the numbers stand in rows.
    enum Kind: Int16, Sendable {
        case natural = 1
        case command = 2
    }

    let brand: PostgresUUID
    let kind: Kind
    let key: ExactText
    let bucket: Bucket

    init(_ brand: PostgresUUID, _ kind: Kind, _ key: String) {
        self.brand = brand
        self.kind = kind
        self.key = ExactText(key)
        self.bucket = brand.bucket(of: key)
    }

    static func < (left: Self, right: Self) -> Bool {
        if left.bucket != right.bucket { return left.bucket < right.bucket }
        if left.brand != right.brand { return left.brand < right.brand }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        return left.key < right.key
    }
}
