import InventoryDomain
import Testing

/// What the database would hold: rows, written from changes alone, and read back for each batch.
struct FakeStore {
    var settings: [SKU: (version: Int64, settings: ItemSettings)] = [:]
    var levels: [SKU: [LocationID: Level]] = [:]
    var reservations: [ReservationID: Reservation] = [:]
    var records: [CommandID: CommandRecord] = [:]
    var movementCount = 0
    var lots: [Ledger.Key: [LotID: Lot]] = [:]
    /// The movements' sum, folded as they come.
    var ledger: [Ledger.Key: Balance] = [:]
    /// The same for lots, as far as they are there.
    var lotLedger: [Ledger.Key: [LotID: Balance]] = [:]
    /// Units by state over everything, those outside among them: what left one came to another.
    var byState: [StockState: Int64] = [:]

    /// The rows that commands need, as the engine would read them.
    func load(
        _ commands: [Command], kits: KitCatalog, locations: [LocationID: Location], rules: BrandRules, now: Timestamp
    ) throws -> WorkingSet {
        let ids = Footprint(of: commands, kits: kits).reservations
        let known = ids.compactMap { self.reservations[$0] }
        let footprint = Footprint(of: commands, kits: kits, reservations: known)
        let items = try footprint.skus.map { sku -> StockItem in
            let row = self.settings[sku]
            let levels = self.levels[sku].map { $0.values.sorted { $0.location < $1.location } } ?? []
            var item = try StockItem(
                sku: sku, version: row?.version ?? 0, settings: row?.settings ?? ItemSettings(), levels: levels)
            for level in levels {
                item.attach(
                    self.lots[Ledger.Key(sku, level.location)].map { Array($0.values) } ?? [], at: level.location)
            }
            return item
        }
        return WorkingSet(
            now: now, rules: rules, locations: locations, kits: kits, items: items, reservations: known,
            records: commands.compactMap { self.records[$0.id] })
    }

    /// Writes changes; a version that does not rise, or a row that is new and there already, is a fault.
    mutating func write(_ changes: Changes) throws {
        for item in changes.items {
            try #require(item.version > self.settings[item.sku]?.version ?? 0, "version of \(item.sku)")
            self.settings[item.sku] = (item.version, item.settings)
        }
        for change in changes.levels {
            let before = self.levels[change.sku]?[change.level.location]
            try #require(change.isNew == (before == nil), "isNew of \(change.sku) at \(change.level.location)")
            try #require(change.level.version > before?.version ?? 0)
            self.levels[change.sku, default: [:]][change.level.location] = Level(
                location: change.level.location, balance: change.level.balance, version: change.level.version,
                written: change.level.written)
        }
        for change in changes.lots {
            try #require(change.lot?.balance.isZero != true, "an empty lot \(change.id) of \(change.sku)")
            self.lots[Ledger.Key(change.sku, change.location), default: [:]][change.id] = change.lot
        }
        for reservation in changes.reservations {
            try #require(reservation.version > self.reservations[reservation.id]?.version ?? 0)
            self.reservations[reservation.id] = reservation
        }
        for record in changes.records {
            try #require(self.records[record.id] == nil, "two records of \(record.id)")
            self.records[record.id] = record
        }
        for movement in changes.movements { try self.fold(movement) }
    }

    private mutating func fold(_ movement: Movement) throws {
        self.movementCount += 1
        let key = Ledger.Key(movement.sku, movement.location)
        var balance = self.ledger[key] ?? Balance()
        try Ledger.fold(movement, into: &balance)
        try #require(balance == movement.balance, "\(movement)")
        self.ledger[key] = balance
        if let id = movement.lot {
            var lot = Lot(id: id, expiresAt: nil, balance: self.lotLedger[key]?[id] ?? Balance())
            try Ledger.fold(movement, into: &lot)
            self.lotLedger[key, default: [:]][id] = lot.balance.isZero ? nil : lot.balance
        }
        let (from, left) = self.byState[movement.from, default: 0].subtractingReportingOverflow(movement.quantity)
        let (to, came) = self.byState[movement.to, default: 0].addingReportingOverflow(movement.quantity)
        try #require(!left && !came)
        self.byState[movement.from] = from
        self.byState[movement.to] = to
    }
}
