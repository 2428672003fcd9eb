/// Verifies the rows of one SKU against its movements: what `verify` does for each SKU in turn. Pure.
///
/// It is given the item, then its levels, then what open reservations hold, then all movements in the order of their
/// versions and parts. It holds one entry for each location, whatever the number of movements, and at most
/// ``maximumHistoryDifferences`` of what is wrong among these.
public struct ItemAudit: Sendable {
    /// The differences within the ledger of one SKU that are told one by one; of more only the number.
    public static let maximumHistoryDifferences = 100

    /// What is wrong with a SKU.
    public struct Result: Hashable, Sendable {
        /// What is wrong, that of the movements first.
        public internal(set) var differences: [StockDifference] = []
        /// Further differences within the ledger.
        public internal(set) var untold = 0
        /// Differences within the ledger that a repair has settled.
        public internal(set) var settled = 0
    }

    /// What is verified.
    public let sku: SKU
    private var version: Int64?
    private var storedTotal: Int64 = 0
    private var storedInStock = false
    private var levels: [LevelAudit] = []
    private var positions: [LocationID: Int] = [:]
    private var last = StockDifference.Place(version: 0, part: -1)
    private var transfers: Int64 = 0
    private var repairVersion: Int64 = 0
    private var result = Result()

    /// Begins with a SKU.
    public init(_ sku: SKU) { self.sku = sku }

    /// Takes in the item's row.
    public mutating func item(version: Int64, totalAvailable: Int64, isInStock: Bool) {
        self.version = version
        self.storedTotal = totalAvailable
        self.storedInStock = isInStock
    }

    /// Takes in a level's row.
    public mutating func level(_ location: LocationID, _ units: StoredUnits, version: Int64) {
        let position = self.position(of: location)
        self.levels[position].stored = units
        self.levels[position].storedVersion = version
    }

    /// Takes in what open reservations, held and confirmed ones, hold at a location.
    public mutating func held(_ units: Int64, at location: LocationID) {
        self.levels[self.position(of: location)].held &+= units
    }

    /// Takes in the next movement.
    ///
    /// - Parameters:
    ///   - recorded: The level's numbers after it, as it says itself.
    ///   - part: Its place among the movements of its command.
    ///   - isRepair: Whether a repair has written it. Such a one settles whatever was wrong within the SKU's ledger before:
    ///     the numbers that it records are those that count from then on.
    public mutating func movement(
        _ entry: Ledger.Entry, at location: LocationID, recorded: StoredUnits, version: Int64, part: Int64,
        isRepair: Bool
    ) {
        if isRepair, version != self.repairVersion { self.settle(version) }
        let place = StockDifference.Place(version: version, part: part)
        let expected = version == self.last.version ? self.last.part + 1 : 0
        if part != expected {
            self.note(
                StockDifference(
                    kind: .movementOrder, location: location, movement: place, number: "part", stored: part,
                    expected: expected))
        }
        self.last = place
        if entry.to == .transfer { self.transfers &+= entry.quantity }
        if entry.from == .transfer { self.transfers &-= entry.quantity }
        let position = self.position(of: location)
        if isRepair {
            self.levels[position].takeRepair(entry, recorded: recorded, at: place)
        } else {
            for difference in self.levels[position].take(entry, recorded: recorded, at: place) { self.note(difference) }
        }
    }

    /// What is wrong, once everything was taken in.
    public consuming func finish() -> Result {
        if self.transfers != 0 {
            self.note(self.difference(.transfers, "in no place", stored: self.transfers, expected: 0))
        }
        for level in self.levels { self.result.differences += level.differences(itemVersion: self.version) }
        self.checkItem()
        return self.result
    }

    private mutating func checkItem() {
        let newest = max(self.last.version, self.levels.lazy.map(\.lastVersion).max() ?? 0)
        guard let version else {
            self.result.differences.append(self.difference(.itemMissing, "version", stored: 0, expected: newest))
            return
        }
        if version < newest {
            self.result.differences.append(
                self.difference(.itemVersion, "version", stored: version, expected: newest))
        }
        let total = self.levels.reduce(0) { $0 &+ ($1.stored?.available ?? 0) }
        if total != self.storedTotal {
            self.result.differences.append(
                self.difference(.itemTotal, "total available", stored: self.storedTotal, expected: total))
        }
        let isInStock = self.levels.contains { ($0.stored?.available ?? 0) > 0 }
        if isInStock != self.storedInStock {
            self.result.differences.append(
                self.difference(
                    .itemInStock, "in stock", stored: self.storedInStock ? 1 : 0, expected: isInStock ? 1 : 0))
        }
    }

    private mutating func settle(_ version: Int64) {
        self.repairVersion = version
        self.transfers = 0
        self.result.settled += self.result.differences.count + self.result.untold
        self.result.differences = []
        self.result.untold = 0
    }

    private mutating func note(_ difference: StockDifference) {
        if self.result.differences.count < Self.maximumHistoryDifferences {
            self.result.differences.append(difference)
        } else {
            self.result.untold += 1
        }
    }

    private func difference(
        _ kind: StockDifference.Kind, _ number: String, stored: Int64, expected: Int64
    ) -> StockDifference {
        StockDifference(
            kind: kind, location: nil, movement: nil, number: number, stored: stored, expected: expected)
    }

    private mutating func position(of location: LocationID) -> Int {
        if let position = self.positions[location] { return position }
        self.positions[location] = self.levels.count
        self.levels.append(LevelAudit(location))
        return self.levels.count - 1
    }
}
