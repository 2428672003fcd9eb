/// Units of a SKU at a location that came together and may be told from the others: by what is printed on them, and by
/// when they expire.
///
/// A level may have lots, and units in none beside them. Its numbers count both, so that whoever asks for stock need not
/// know of lots.
public struct Lot: Hashable, Sendable {
    /// What is printed on the units.
    public let id: LotID
    /// From then on its units are promised to nobody; nil: never.
    public let expiresAt: Timestamp?
    /// Its part of the level's units: available, reserved and quarantined ones.
    public internal(set) var balance: Balance

    /// A lot as its row holds it.
    public init(id: LotID, expiresAt: Timestamp?, balance: Balance = Balance()) {
        self.id = id
        self.expiresAt = expiresAt
        self.balance = balance
    }

    /// Whether its units are promised to nobody any more.
    public func hasExpired(at now: Timestamp) -> Bool { self.expiresAt.map { $0 <= now } ?? false }

    /// Units that are there and free.
    var free: Int64 { max(0, self.balance.available) }

    /// Whether it is used up before another: by expiry, then by name.
    static func isBefore(_ left: Lot, _ right: Lot) -> Bool {
        let (first, second) = (left.expiresAt?.microseconds ?? .max, right.expiresAt?.microseconds ?? .max)
        return first == second ? left.id < right.id : first < second
    }

    /// Moves units as the level does; what the level has on its way or announced is in no lot yet.
    ///
    /// - Returns: Whether every number stays within its range. Where not, nothing has changed.
    mutating func move(_ quantity: Int64, from: StockState, to: StockState) -> Bool {
        self.balance.move(quantity, from: from.isOfLots ? from : .supplier, to: to.isOfLots ? to : .supplier)
    }
}

/// The lot that a command is about.
public struct LotReference: Hashable, Sendable {
    /// Its name.
    public let id: LotID
    /// When it expires, where the command says so; a lot that is known must have the same.
    public let expiresAt: Timestamp?

    /// A lot.
    public init(_ id: LotID, expiresAt: Timestamp? = nil) {
        self.id = id
        self.expiresAt = expiresAt
    }
}

extension StockState {
    /// Whether units in it may be in a lot.
    var isOfLots: Bool { self == .available || self == .reserved || self == .quarantined }
}

extension Level {
    /// Units of a level that are in no lot.
    struct Unlotted {
        /// Negative where more is promised than is there.
        var available: Int64
        var reserved: Int64
        var quarantined: Int64

        var onHand: Int64 { self.available + self.reserved }
    }

    /// What is in no lot.
    var unlotted: Unlotted {
        var rest = Unlotted(
            available: self.balance.available, reserved: self.balance.reserved, quarantined: self.balance.quarantined)
        for lot in self.lots {
            rest.available -= lot.balance.available
            rest.reserved -= lot.balance.reserved
            rest.quarantined -= lot.balance.quarantined
        }
        return rest
    }

    /// Where a lot stands; nil: the level has none of that name.
    func index(of lot: LotID) -> Int? { self.lots.firstIndex { $0.id == lot } }

    /// Adds a lot in its place.
    mutating func insert(_ lot: Lot) {
        let index = self.lots.firstIndex { Lot.isBefore(lot, $0) } ?? self.lots.count
        self.lots.insert(lot, at: index)
    }

    /// Free units of lots that have expired.
    func expired(at now: Timestamp) -> Int64 {
        self.lots.reduce(0) { $0 + ($1.hasExpired(at: now) ? $1.free : 0) }
    }

    /// Which units leave a state where no lot is named: those in no lot first, then those of the lot that expires first.
    /// Of free units beyond those that there are, promised ones are taken in the same order.
    func shares(of quantity: Int64, in state: StockState) -> [(lot: LotID?, units: Int64)] {
        let rest = self.unlotted
        var missing = quantity
        var taken = [Int64](repeating: 0, count: self.lots.count + 1)
        func take(_ stocked: Int64, _ index: Int) {
            let units = min(missing, max(0, stocked - taken[index]))
            taken[index] += units
            missing -= units
        }
        take(state == .available ? rest.available : rest.quarantined, 0)
        for (index, lot) in self.lots.enumerated() { take(lot.balance.units(in: state) ?? 0, index + 1) }
        if state == .available {
            take(rest.onHand, 0)
            for (index, lot) in self.lots.enumerated() { take(lot.balance.onHand, index + 1) }
        }
        return taken.enumerated().compactMap { index, units in
            units > 0 ? (index == 0 ? nil : self.lots[index - 1].id, units) : nil
        }
    }
}
