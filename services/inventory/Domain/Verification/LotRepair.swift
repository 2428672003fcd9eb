/// What the lots of one level are to say once it is repaired. Pure.
///
/// A lot stays as its row says, as its level does, but that its reserved units are what open reservations hold of it. One
/// without a row is made as its movements say, and gets none of the units that the level's own movements have too many. Then
/// the lots are cut until they fit into their level: what they have beyond their movements first, then free units, then
/// promised ones, each time of the lot that expires first, as units leave that nobody names a lot for.
struct LotRepair: Sendable {
    /// One lot, as it is to be.
    struct Mended: Sendable {
        let id: LotID
        let expiresAt: Timestamp?
        /// Whether it has a row.
        let isStored: Bool
        /// What its movements add up to.
        let movements: StoredUnits
        var units: StoredUnits

        /// Free units beyond zero.
        var free: Int64 { max(0, self.units.available) }
        /// Units there that its movements know nothing of.
        var unexplained: Int64 { max(0, self.units.onHand &- max(0, self.movements.onHand)) }
    }

    /// The lots, those that expire first in front.
    private(set) var lots: [Mended]

    /// The lots of a level.
    ///
    /// - Parameters:
    ///   - place: What rows, movements and reservations say.
    ///   - level: What the level is to say.
    /// - Throws: `StockRepair.Impossible` where a lot's numbers are beyond all limits.
    init(_ place: StockRepair.Place, level: Balance, at location: LocationID) throws(StockRepair.Impossible) {
        self.lots = []
        guard !place.lots.isEmpty else { return }
        for (id, lot) in place.lots {
            let balance = try StockRepair.target(
                lot.stored?.balance, movements: lot.movements, held: lot.held, "lot \(id) at \(location)")
            self.lots.append(
                Mended(
                    id: id, expiresAt: lot.stored?.expiresAt, isStored: lot.stored != nil, movements: lot.movements,
                    units: StoredUnits(balance)))
        }
        self.lots.sort { Lot.isBefore($0.lot, $1.lot) }
        self.takeFromMissing(place.movements, level)
        try self.fit(level, location)
    }

    /// Where the movements of the level leave more than the level has, some that took units away are missing. So a lot that
    /// they leave units in and that has no row may well be used up.
    private mutating func takeFromMissing(_ movements: StoredUnits, _ level: Balance) {
        var onHand = movements.onHand &- level.onHand
        var quarantined = movements.quarantined &- level.quarantined
        for lot in self.lots where lot.isStored {
            onHand &-= max(0, lot.movements.onHand &- lot.units.onHand)
            quarantined &-= max(0, lot.movements.quarantined &- lot.units.quarantined)
        }
        for index in self.lots.indices where !self.lots[index].isStored {
            Self.take(&onHand, atMost: self.lots[index].free, from: &self.lots[index].units.available)
            Self.take(
                &quarantined, atMost: self.lots[index].units.quarantined, from: &self.lots[index].units.quarantined)
        }
    }

    private mutating func fit(_ level: Balance, _ location: LocationID) throws(StockRepair.Impossible) {
        var sums = StoredUnits()
        for lot in self.lots { sums.addClamped(lot.units) }
        let (onHand, isOverflow) = sums.available.addingReportingOverflow(sums.reserved)
        guard !isOverflow, max(onHand, sums.reserved, sums.quarantined) < .max else {
            throw StockRepair.Impossible(description: "the lots at \(location) add up to numbers beyond all limits")
        }
        self.cut(onHand - level.onHand, \.units.available, [\.unexplained, \.free, \.units.onHand])
        self.cut(
            sums.quarantined - level.quarantined, \.units.quarantined, [\.unexplainedInQuarantine, \.units.quarantined])
    }

    /// Takes what is too much from one number: first as much as the first bound says from each lot in turn, then as much as
    /// the next one says.
    private mutating func cut(
        _ excess: Int64, _ number: WritableKeyPath<Mended, Int64>, _ bounds: [KeyPath<Mended, Int64>]
    ) {
        var excess = excess
        for bound in bounds {
            for index in self.lots.indices {
                Self.take(&excess, atMost: self.lots[index][keyPath: bound], from: &self.lots[index][keyPath: number])
            }
        }
    }

    private static func take(_ excess: inout Int64, atMost bound: Int64, from units: inout Int64) {
        let taken = min(max(0, excess), bound)
        excess -= taken
        units -= taken
    }
}

extension LotRepair.Mended {
    /// Units set aside that its movements know nothing of.
    fileprivate var unexplainedInQuarantine: Int64 {
        max(0, self.units.quarantined &- max(0, self.movements.quarantined))
    }

    /// The lot as a level holds it; its numbers are within their limits, as they were only made less.
    var lot: Lot { Lot(id: self.id, expiresAt: self.expiresAt, balance: self.units.balance ?? Balance()) }
}
