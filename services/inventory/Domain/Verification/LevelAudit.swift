/// What is known of one level while its SKU is verified.
struct LevelAudit: Sendable {
    let location: LocationID
    /// What its row says; nil: it has none.
    var stored: StoredUnits?
    var storedVersion: Int64 = 0
    /// What open reservations hold here.
    var held: Int64 = 0
    /// What the rows of its lots add up to.
    private(set) var lots = StoredUnits()
    /// What all movements up to now add up to.
    private(set) var sums = StoredUnits()
    /// What each movement's recorded numbers are compared with. Where they differed it goes on from the recorded ones, so
    /// that one wrong movement is one difference and not as many as follow it.
    private var running = Balance()
    private(set) var lastVersion: Int64 = 0
    /// What the last repair has recorded, until its last movement here was taken in.
    private var repaired: (recorded: StoredUnits, place: StockDifference.Place)?

    init(_ location: LocationID) { self.location = location }

    /// Takes in the row of a lot.
    mutating func lot(_ units: StoredUnits) { self.lots.addClamped(units) }

    /// Takes in the next movement.
    ///
    /// - Returns: What is wrong with it.
    mutating func take(
        _ entry: Ledger.Entry, recorded: StoredUnits, at place: StockDifference.Place
    ) -> [StockDifference] {
        let ofRepair = self.endRepair()
        self.sums.add(entry)
        self.lastVersion = max(self.lastVersion, place.version)
        let before = StoredUnits(self.running)
        let isPossible = Ledger.fold(entry, into: &self.running)
        let computed = StoredUnits(self.running)
        if isPossible, computed == recorded { return ofRepair }
        if let balance = recorded.balance { self.running = balance }
        guard isPossible else {
            return ofRepair + [
                StockDifference(
                    kind: .movementImpossible, location: self.location, movement: place,
                    number: "\(entry.from) -> \(entry.to)", stored: entry.quantity, expected: before[entry.from])
            ]
        }
        return ofRepair
            + recorded.differences(.movementBalance, from: computed, at: self.location, movement: place)
    }

    /// Takes in a movement of a repair: what it records is what the level has from then on.
    mutating func takeRepair(_ entry: Ledger.Entry, recorded: StoredUnits, at place: StockDifference.Place) {
        self.sums.add(entry)
        self.lastVersion = max(self.lastVersion, place.version)
        if let balance = recorded.balance { self.running = balance }
        self.repaired = (recorded, place)
    }

    /// What is wrong with the last repair, once its movements were taken in: all movements up to its own give what it
    /// recorded. Where not, some before it were changed since.
    mutating func endRepair() -> [StockDifference] {
        guard let (recorded, place) = self.repaired.take() else { return [] }
        return recorded.differences(.movementBalance, from: self.sums, at: self.location, movement: place)
    }

    /// Has the next movement start from what the movements up to now add up to: that is what a repair that writes none here
    /// has found to be right. Where they add up to what cannot be, the repair has seen others.
    mutating func settle(at repair: StockDifference.Place) {
        if let balance = self.sums.balance {
            self.running = balance
            self.repaired = nil
        } else {
            self.repaired = (StoredUnits(self.running), repair)
        }
    }

    /// What is wrong with the level, once all of its movements were taken in.
    ///
    /// - Parameter itemVersion: Its item's; nil: there is no item.
    func differences(itemVersion: Int64?) -> [StockDifference] {
        guard let stored else {
            let onHand = self.sums.available &+ self.sums.reserved
            return [self.difference(.levelMissing, "on hand", stored: 0, expected: onHand)]
        }
        var found = stored.differences(.level, from: self.sums, at: self.location)
        if stored.reserved != self.held {
            found.append(self.difference(.reservations, "reserved", stored: stored.reserved, expected: self.held))
        }
        if self.storedVersion < self.lastVersion {
            found.append(
                self.difference(.levelVersion, "version", stored: self.storedVersion, expected: self.lastVersion))
        } else if let itemVersion, self.storedVersion > itemVersion {
            found.append(self.difference(.levelVersion, "version", stored: self.storedVersion, expected: itemVersion))
        }
        return found + self.lotDifferences(stored)
    }

    /// Where the lots have more than the level: as each of their numbers is at least zero, units of the level are counted
    /// twice then.
    private func lotDifferences(_ stored: StoredUnits) -> [StockDifference] {
        let numbers = [
            ("on hand", self.lots.onHand, stored.onHand), ("reserved", self.lots.reserved, stored.reserved),
            ("quarantined", self.lots.quarantined, stored.quarantined),
        ]
        return numbers.filter { $0.1 > $0.2 }.map { name, lots, level in
            self.difference(.lotsBeyondLevel, name, stored: lots, expected: level)
        }
    }

    private func difference(
        _ kind: StockDifference.Kind, _ number: String, stored: Int64, expected: Int64
    ) -> StockDifference {
        StockDifference(
            kind: kind, location: self.location, movement: nil, number: number, stored: stored, expected: expected)
    }
}
