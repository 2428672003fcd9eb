/// Where in its life a reservation is. The raw values are those of the proto enum.
public enum ReservationState: Int16, Hashable, Sendable, CaseIterable {
    /// Until its expiry.
    case held = 1
    /// Without an expiry.
    case confirmed = 2
    /// Shipped.
    case committed = 3
    /// Cancelled; also one that was released before it was made.
    case released = 4
    /// Ended by its expiry, and swept.
    case expired = 5
}

/// Units of one line, held at one location.
public struct Allocation: Hashable, Sendable {
    /// The line's place in the command, from 0 on.
    public let line: Int
    /// What is held: for a kit, the component.
    public let sku: SKU
    /// Where.
    public let location: LocationID
    /// Units: 1 to 2^53 - 1.
    public let quantity: Int64
    /// Of these, those that were not there when they were promised.
    public let backordered: Int64
    /// The kit that the line asked for.
    public let kit: SKU?
    /// The lot that the units are in; nil: none.
    public let lot: LotID?
    /// Of the units, those that were shipped in portions, before the reservation ended.
    public internal(set) var committed: Int64
    /// Of the units, those that were given back in portions, before the reservation ended.
    public internal(set) var released: Int64

    /// Units that no portion took: held for as long as the reservation is; what its end did is done to them.
    public var remaining: Int64 { self.quantity - self.committed - self.released }

    /// An allocation as its row holds it.
    public init(
        line: Int, sku: SKU, location: LocationID, quantity: Int64, backordered: Int64 = 0, kit: SKU? = nil,
        lot: LotID? = nil, committed: Int64 = 0, released: Int64 = 0
    ) {
        self.line = line
        self.sku = sku
        self.location = location
        self.quantity = quantity
        self.backordered = backordered
        self.kit = kit
        self.lot = lot
        self.committed = committed
        self.released = released
    }
}

/// Units that a partial reservation could not hold.
public struct UnfilledLine: Hashable, Sendable {
    /// The line's place in the command, from 0 on.
    public let line: Int
    /// What was asked for.
    public let sku: SKU
    /// Units that are missing.
    public let quantity: Int64

    /// What is missing.
    public init(line: Int, sku: SKU, quantity: Int64) {
        self.line = line
        self.sku = sku
        self.quantity = quantity
    }
}

/// Units held for an order.
///
/// A held one ends at its expiry by the database's clock, swept or not: from that moment on it can be given back only.
/// It stays held or confirmed while portions of it are shipped or given back; the command that takes the last unit ends
/// it, and names its state.
public struct Reservation: Hashable, Sendable {
    /// Chosen by who reserves.
    public let id: ReservationID
    /// Where in its life it is.
    public internal(set) var state: ReservationState
    /// When a held one ends; nil for others.
    public internal(set) var expiresAt: Timestamp?
    /// When it was made.
    public let createdAt: Timestamp
    /// When it changed last.
    public internal(set) var changedAt: Timestamp
    /// What it holds, or held.
    public internal(set) var allocations: [Allocation]
    /// What a partial one left out.
    public let unfilled: [UnfilledLine]
    /// The caller's own reference; empty: none.
    public let reference: String
    /// Rises by one with every change, from 1 on.
    public internal(set) var version: Int64
    /// Who made it, where the brand's rules cap what one client holds; not read back.
    public let holder: String?

    /// A reservation as its rows hold it.
    public init(
        id: ReservationID, state: ReservationState, expiresAt: Timestamp?, createdAt: Timestamp, changedAt: Timestamp,
        allocations: [Allocation], unfilled: [UnfilledLine] = [], reference: String = "", version: Int64,
        holder: String? = nil
    ) {
        self.id = id
        self.state = state
        self.expiresAt = expiresAt
        self.createdAt = createdAt
        self.changedAt = changedAt
        self.allocations = allocations
        self.unfilled = unfilled
        self.reference = reference
        self.version = version
        self.holder = holder
    }

    /// Whether it has ended by its expiry, swept or not.
    public func hasExpired(at now: Timestamp) -> Bool {
        switch self.state {
        case .expired: true
        case .held: self.expiresAt.map { $0 <= now } ?? false
        case .confirmed, .committed, .released: false
        }
    }

    /// Whether its units are still among those reserved.
    public var holdsUnits: Bool { self.state == .held || self.state == .confirmed }
}
