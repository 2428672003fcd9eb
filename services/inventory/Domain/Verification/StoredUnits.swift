/// The numbers of a level as a row holds them, whether they can be right or not.
///
/// ``Balance`` has only numbers that can be; what is to be verified may hold any.
public struct StoredUnits: Hashable, Sendable {
    /// There and free.
    public var available: Int64
    /// Promised to orders.
    public var reserved: Int64
    /// There, not to be sold.
    public var quarantined: Int64
    /// On its way here.
    public var inTransit: Int64
    /// Announced by suppliers.
    public var incoming: Int64

    /// Numbers; nothing by default.
    public init(
        available: Int64 = 0, reserved: Int64 = 0, quarantined: Int64 = 0, inTransit: Int64 = 0, incoming: Int64 = 0
    ) {
        self.available = available
        self.reserved = reserved
        self.quarantined = quarantined
        self.inTransit = inTransit
        self.incoming = incoming
    }

    /// The numbers of a balance.
    public init(_ balance: Balance) {
        self.init(
            available: balance.available, reserved: balance.reserved, quarantined: balance.quarantined,
            inTransit: balance.inTransit, incoming: balance.incoming)
    }

    /// The same as numbers that can be; nil where one is out of its range.
    public var balance: Balance? {
        let (onHand, isOverflow) = self.available.addingReportingOverflow(self.reserved)
        guard !isOverflow else { return nil }
        return try? Balance(
            onHand: onHand, reserved: self.reserved, quarantined: self.quarantined, inTransit: self.inTransit,
            incoming: self.incoming)
    }

    /// There, free or promised. Wraps around as ``add(_:)`` does.
    var onHand: Int64 { self.available &+ self.reserved }

    /// Adds what an entry moves, whatever comes of it. Wraps around where 64 bits do not hold the sum: no ledger that is
    /// right comes near that.
    mutating func add(_ entry: Ledger.Entry) {
        self[entry.from] &-= entry.quantity
        self[entry.to] &+= entry.quantity
    }

    /// The units in a state of the level's own; those outside are not counted.
    subscript(_ state: StockState) -> Int64 {
        get {
            switch state {
            case .available: self.available
            case .reserved: self.reserved
            case .quarantined: self.quarantined
            case .inTransit: self.inTransit
            case .incoming: self.incoming
            case .supplier, .shipped, .lost, .correction, .transfer: 0
            }
        }
        set {
            switch state {
            case .available: self.available = newValue
            case .reserved: self.reserved = newValue
            case .quarantined: self.quarantined = newValue
            case .inTransit: self.inTransit = newValue
            case .incoming: self.incoming = newValue
            case .supplier, .shipped, .lost, .correction, .transfer: break
            }
        }
    }

    /// Adds the units of another, each number at most the largest and at least the smallest of 64 bits.
    mutating func addClamped(_ other: StoredUnits) {
        for state in Self.states {
            let (sum, isOverflow) = self[state].addingReportingOverflow(other[state])
            self[state] = isOverflow ? (other[state] > 0 ? .max : .min) : sum
        }
    }

    /// Raises what is below the least that can be: nothing in any state, free units down to what is promised.
    mutating func raiseToLeast() {
        for state in Self.states where state != .available { self[state] = max(0, self[state]) }
        self.available = max(self.available, -self.reserved)
    }

    /// The numbers that differ from those that are expected.
    func differences(
        _ kind: StockDifference.Kind, from expected: StoredUnits, at location: LocationID, lot: LotID? = nil,
        movement: StockDifference.Place? = nil
    ) -> [StockDifference] {
        guard self != expected else { return [] }
        return Self.states.filter { self[$0] != expected[$0] }.map { state in
            StockDifference(
                kind: kind, location: location, lot: lot, movement: movement, number: "\(state)", stored: self[state],
                expected: expected[state])
        }
    }

    /// The states of a level's own.
    static let states: [StockState] = [.available, .reserved, .quarantined, .inTransit, .incoming]
}
