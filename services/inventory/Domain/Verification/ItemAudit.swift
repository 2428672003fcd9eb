/// Verifies the rows of one SKU against its movements: what `verify` does for each SKU in turn. Pure.
///
/// It is given the item, then its levels, then its lots, then what open reservations hold, then all movements in the order
/// of their versions and parts. Whatever the number of movements, it holds one entry for each location and for each lot
/// that units are left of, and at most ``maximumHistoryDifferences`` and ``maximumLotDifferences`` of what is wrong.
///
/// When a lot expires only its row says: nothing tells whether that is right.
public struct ItemAudit: Sendable {
    /// The differences within the ledger of one SKU that are told one by one; of more only the number.
    public static let maximumHistoryDifferences = 100
    /// The differences of lots of one SKU that are told one by one; of more only the number.
    public static let maximumLotDifferences = 100
    /// The lots of one SKU that are held at once: those that it can have at its end, and as many that it had before.
    public static let maximumLots = 2 * InventoryLimits.maximumLocationsOfItem * InventoryLimits.maximumLotsOfLevel

    /// What is wrong with a SKU.
    public struct Result: Hashable, Sendable {
        /// What is wrong, that of the movements first.
        public internal(set) var differences: [StockDifference] = []
        /// Further differences within the ledger.
        public internal(set) var untold = 0
        /// Further differences of lots.
        public internal(set) var untoldOfLots = 0
        /// Differences within the ledger that a repair has settled.
        public internal(set) var settled = 0
    }

    /// What is verified.
    public let sku: SKU
    private var version: Int64?
    private var storedTotal: Int64 = 0
    private var storedInStock = false
    private var storedHasLots = false
    private var hasLots = false
    private var levels: [LevelAudit] = []
    private var positions: [LocationID: Int] = [:]
    private var lots: LotAudits
    private var last = StockDifference.Place(version: 0, part: -1)
    private var transfers: Int64 = 0
    private var repairVersion: Int64 = 0
    private var result = Result()

    /// Begins with a SKU.
    public init(_ sku: SKU) { self.init(sku, maximumLots: Self.maximumLots) }

    /// Begins with a SKU.
    ///
    /// - Parameter maximumLots: The lots that are held at once.
    init(_ sku: SKU, maximumLots: Int) {
        self.sku = sku
        self.lots = LotAudits(maximum: maximumLots)
    }

    /// Takes in the item's row.
    public mutating func item(version: Int64, totalAvailable: Int64, isInStock: Bool, hasLots: Bool) {
        self.version = version
        self.storedTotal = totalAvailable
        self.storedInStock = isInStock
        self.storedHasLots = hasLots
    }

    /// Takes in a level's row.
    public mutating func level(_ location: LocationID, _ units: StoredUnits, version: Int64) {
        let position = self.position(of: location)
        self.levels[position].stored = units
        self.levels[position].storedVersion = version
    }

    /// Takes in a lot's row: its units that are available, reserved and quarantined.
    public mutating func lot(_ lot: LotID, at location: LocationID, _ units: StoredUnits) {
        let position = self.position(of: location)
        self.hasLots = true
        self.levels[position].lot(units)
        self.lots.row(units, of: lot, level: position)
    }

    /// Takes in what open reservations, held and confirmed ones, hold at a location.
    ///
    /// - Parameter lot: The lot that the units are in; nil: none.
    public mutating func held(_ units: Int64, at location: LocationID, lot: LotID?) {
        let position = self.position(of: location)
        self.levels[position].held &+= units
        if let lot { self.lots.held(units, of: lot, level: position) }
    }

    /// Takes in the next movement.
    ///
    /// - Parameters:
    ///   - lot: The lot that the units are in; nil: none.
    ///   - recorded: The level's numbers after it, as it says itself.
    ///   - part: Its place among the movements of its command.
    ///   - isRepair: Whether a repair has written it. Such a one settles whatever was wrong within the SKU's ledger before:
    ///     the numbers that it records are those that count from then on.
    public mutating func movement(
        _ entry: Ledger.Entry, at location: LocationID, lot: LotID?, recorded: StoredUnits, version: Int64,
        part: Int64, isRepair: Bool
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
            if let lot { self.lots.takeRepair(entry, of: lot, level: position) }
        } else {
            for difference in self.levels[position].take(entry, recorded: recorded, at: place) { self.note(difference) }
            if let lot { self.take(entry, of: lot, at: position, place) }
        }
    }

    private mutating func take(_ entry: Ledger.Entry, of lot: LotID, at position: Int, _ place: StockDifference.Place) {
        guard let before = self.lots.take(entry, of: lot, level: position) else { return }
        self.note(
            StockDifference(
                kind: .movementImpossible, location: self.levels[position].location, lot: lot, movement: place,
                number: "\(entry.from) -> \(entry.to)", stored: entry.quantity, expected: before))
    }

    /// What is wrong, once everything was taken in.
    public consuming func finish() -> Result {
        for index in self.levels.indices {
            for difference in self.levels[index].endRepair() { self.note(difference) }
        }
        if self.transfers != 0 {
            self.note(self.difference(.transfers, "in no place", stored: self.transfers, expected: 0))
        }
        for level in self.levels { self.result.differences += level.differences(itemVersion: self.version) }
        self.checkLots()
        self.checkItem()
        return self.result
    }

    private mutating func checkLots() {
        let found = self.lots.differences(self.levels.map(\.location), limit: Self.maximumLotDifferences)
        self.result.differences += found.told
        self.result.untoldOfLots = found.untold
        if self.lots.unread > 0 {
            self.result.differences.append(
                self.difference(.lotsUnread, "rows and movements", stored: self.lots.unread, expected: 0))
        }
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
        if self.hasLots != self.storedHasLots {
            self.result.differences.append(
                self.difference(
                    .itemHasLots, "has lots", stored: self.storedHasLots ? 1 : 0, expected: self.hasLots ? 1 : 0))
        }
    }

    private mutating func settle(_ version: Int64) {
        self.repairVersion = version
        self.transfers = 0
        let place = StockDifference.Place(version: version, part: 0)
        for index in self.levels.indices { self.levels[index].settle(at: place) }
        self.lots.settle()
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
