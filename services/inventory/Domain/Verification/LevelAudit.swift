/// What is known of one level while its SKU is verified.
struct LevelAudit: Sendable {
    let location: LocationID
    /// What its row says; nil: it has none.
    var stored: StoredUnits?
    var storedVersion: Int64 = 0
    /// What open reservations hold here.
    var held: Int64 = 0
    /// What all movements up to now add up to.
    private(set) var sums = StoredUnits()
    /// What each movement's recorded numbers are compared with. Where they differed it goes on from the recorded ones, so
    /// that one wrong movement is one difference and not as many as follow it.
    private var running = Balance()
    private(set) var lastVersion: Int64 = 0

    init(_ location: LocationID) { self.location = location }

    /// Takes in the next movement.
    ///
    /// - Returns: What is wrong with it.
    mutating func take(
        _ entry: Ledger.Entry, recorded: StoredUnits, at place: StockDifference.Place
    ) -> [StockDifference] {
        self.sums.add(entry)
        self.lastVersion = max(self.lastVersion, place.version)
        let before = StoredUnits(self.running)
        let isPossible = Ledger.fold(entry, into: &self.running)
        let computed = StoredUnits(self.running)
        if isPossible, computed == recorded { return [] }
        if let balance = recorded.balance { self.running = balance }
        guard isPossible else {
            return [
                StockDifference(
                    kind: .movementImpossible, location: self.location, movement: place,
                    number: "\(entry.from) -> \(entry.to)", stored: entry.quantity, expected: before[entry.from])
            ]
        }
        return Self.differences(.movementBalance, self.location, place, stored: recorded, expected: computed)
    }

    /// Takes in a movement of a repair: what it records is what the level has from then on.
    mutating func takeRepair(_ entry: Ledger.Entry, recorded: StoredUnits, at place: StockDifference.Place) {
        self.sums.add(entry)
        self.lastVersion = max(self.lastVersion, place.version)
        if let balance = recorded.balance { self.running = balance }
    }

    /// What is wrong with the level, once all of its movements were taken in.
    ///
    /// - Parameter itemVersion: Its item's; nil: there is no item.
    func differences(itemVersion: Int64?) -> [StockDifference] {
        guard let stored else {
            let onHand = self.sums.available &+ self.sums.reserved
            return [self.difference(.levelMissing, "on hand", stored: 0, expected: onHand)]
        }
        var found = Self.differences(.level, self.location, nil, stored: stored, expected: self.sums)
        if stored.reserved != self.held {
            found.append(self.difference(.reservations, "reserved", stored: stored.reserved, expected: self.held))
        }
        if self.storedVersion < self.lastVersion {
            found.append(
                self.difference(.levelVersion, "version", stored: self.storedVersion, expected: self.lastVersion))
        } else if let itemVersion, self.storedVersion > itemVersion {
            found.append(self.difference(.levelVersion, "version", stored: self.storedVersion, expected: itemVersion))
        }
        return found
    }

    private func difference(
        _ kind: StockDifference.Kind, _ number: String, stored: Int64, expected: Int64
    ) -> StockDifference {
        StockDifference(
            kind: kind, location: self.location, movement: nil, number: number, stored: stored, expected: expected)
    }

    private static func differences(
        _ kind: StockDifference.Kind, _ location: LocationID, _ place: StockDifference.Place?, stored: StoredUnits,
        expected: StoredUnits
    ) -> [StockDifference] {
        guard stored != expected else { return [] }
        return StoredUnits.states.filter { stored[$0] != expected[$0] }.map { state in
            StockDifference(
                kind: kind, location: location, movement: place, number: "\(state)", stored: stored[state],
                expected: expected[state])
        }
    }
}
