/// What mends one SKU whose rows do not agree. Pure: it gets the rows as they are under the item's lock, and gives rows.
///
/// Movements are never changed. What is promised is what open reservations hold. Everything else stays as the level says
/// it, which is what has been sold from since, and the ledger gets movements of the difference: ``MovementReason/repaired``,
/// from or to ``StockState/correction``. A level that is missing is made as its movements say. The same goes for lots, which
/// are never left with more than their level: see `LotRepair`.
public struct StockRepair: Sendable {
    /// The movements of one repair: as many as a command can have.
    public static let maximumMovements = 32_767
    /// The lots of a SKU that can be repaired.
    public static let maximumLots = InventoryLimits.maximumLocationsOfItem * InventoryLimits.maximumLotsOfLevel

    /// A SKU that a repair cannot mend.
    public struct Impossible: Error, Hashable, Sendable, CustomStringConvertible {
        /// Why.
        public let description: String

        /// Says why.
        public init(description: String) { self.description = description }
    }

    /// One location's numbers as others say them.
    public struct Place: Hashable, Sendable {
        /// What its movements add up to.
        public var movements = StoredUnits()
        /// The version of its last movement; 0: it has none.
        public var lastVersion: Int64 = 0
        /// What open reservations hold.
        public var held: Int64 = 0
        /// Its lots: those with a row, and those that movements leave units in or reservations hold.
        public var lots: [LotID: LotPlace] = [:]

        /// Nothing.
        public init() {}
    }

    /// One lot's numbers as its row and others say them.
    public struct LotPlace: Hashable, Sendable {
        /// The lot as its row holds it; nil: it has none.
        public var stored: Lot?
        /// What its movements add up to.
        public var movements = StoredUnits()
        /// What open reservations hold of it.
        public var held: Int64 = 0

        /// Nothing.
        public init() {}
    }

    /// What an item's row says of its levels.
    public struct StoredSummary: Hashable, Sendable {
        /// Its total.
        public var totalAvailable: Int64
        /// Whether some level has free units.
        public var isInStock: Bool
        /// Whether some level has lots.
        public var hasLots: Bool

        /// What a row says; of no row: nothing.
        public init(totalAvailable: Int64 = 0, isInStock: Bool = false, hasLots: Bool = false) {
            self.totalAvailable = totalAvailable
            self.isInStock = isInStock
            self.hasLots = hasLots
        }
    }

    /// The SKU's item and levels; version 0: the item has no row. Their lots are in ``places``.
    public let item: StockItem
    /// What the item's row says of its levels.
    public let summary: StoredSummary
    /// What movements, reservations and the rows of lots say.
    public let places: [LocationID: Place]

    /// A SKU as it was read under its lock.
    public init(item: StockItem, summary: StoredSummary, places: [LocationID: Place]) {
        self.item = item
        self.summary = summary
        self.places = places
    }

    /// The SKU as it is to be, and what is to be written; nil: everything agrees.
    ///
    /// - Parameters:
    ///   - command: The id that the movements carry.
    ///   - actor: Who repairs.
    ///   - now: The database's clock.
    /// - Throws: ``Impossible`` where numbers are beyond all limits, or there are too many lots or movements.
    public func changes(
        command: CommandID, actor: String, at now: Timestamp
    ) throws(Impossible) -> (item: StockItem, changes: Changes)? {
        var mended = self.item
        var changes = Changes()
        let newest = self.newestVersion
        guard newest < InventoryLimits.maximumUnits else { throw Impossible(description: "no version is left") }
        guard self.places.values.reduce(0, { $0 + $1.lots.count }) <= Self.maximumLots else {
            throw Impossible(description: "it has more than \(Self.maximumLots) lots")
        }
        mended.version = newest + 1
        let writing = Writing(command: command, actor: actor, now: now, version: mended.version)
        var changedLevels: [Level] = []
        for location in self.locations {
            let (level, isChanged) = try self.mend(location, writing, &changes)
            if isChanged { changedLevels.append(level) }
            if let position = mended.index(of: location) {
                mended.levels[position] = level
            } else {
                mended.levels.append(level)
            }
        }
        guard changes.movements.count <= Self.maximumMovements else {
            throw Impossible(
                description: "it takes \(changes.movements.count) movements, and \(Self.maximumMovements) fit")
        }
        mended.totalAvailable = mended.levels.reduce(0) { $0 + $1.balance.available }
        let isInStock = mended.levels.contains { $0.balance.available > 0 }
        let summary = StoredSummary(
            totalAvailable: mended.totalAvailable, isInStock: isInStock, hasLots: mended.hasLots)
        guard
            !changedLevels.isEmpty || summary != self.summary || self.item.version < newest || self.item.version == 0
        else { return nil }
        changes.items = [
            ItemChange(
                sku: mended.sku, position: 0, version: mended.version, settings: mended.settings,
                settingsChanged: false, notesLots: summary.hasLots != self.summary.hasLots)
        ]
        changes.events = self.events(of: mended, changedLevels, command)
        return (mended, changes)
    }

    /// The lots that a repair makes which had no row: of these nothing tells when they expire.
    ///
    /// - Parameter changes: The repair's.
    public func remadeLots(_ changes: Changes) -> Int {
        changes.lots.filter { $0.lot != nil && self.places[$0.location]?.lots[$0.id]?.stored == nil }.count
    }

    /// What all movements of a repair carry.
    private struct Writing {
        let command: CommandID
        let actor: String
        let now: Timestamp
        let version: Int64
    }

    private var locations: [LocationID] {
        Set(self.item.levels.map(\.location)).union(self.places.keys).sorted()
    }

    private var newestVersion: Int64 {
        let levels = self.item.levels.map(\.version).max() ?? 0
        let movements = self.places.values.map(\.lastVersion).max() ?? 0
        return max(self.item.version, levels, movements)
    }

    /// Mends one level with its lots.
    ///
    /// - Returns: The level as it is to be, and whether it or its lots change.
    private func mend(
        _ location: LocationID, _ writing: Writing, _ changes: inout Changes
    ) throws(Impossible) -> (level: Level, isChanged: Bool) {
        let place = self.places[location] ?? Place()
        let stored = self.item.index(of: location).map { self.item.levels[$0] }
        let balance = try Self.target(
            stored?.balance, movements: place.movements, held: place.held, "\(location)")
        let lots = try LotRepair(place, level: balance, at: location).lots
        let movementsBefore = changes.movements.count
        var rest = place.movements
        for lot in lots {
            for entry in try Self.entries(from: lot.movements, to: lot.units, "lot \(lot.id) at \(location)") {
                rest.add(entry)
                changes.movements.append(self.movement(entry, location, lot.id, balance, writing))
            }
        }
        for entry in try Self.entries(from: rest, to: StoredUnits(balance), "\(location)") {
            changes.movements.append(self.movement(entry, location, nil, balance, writing))
        }
        let lotChanges = self.lotChanges(lots, place, location)
        let level = Level(
            location: location, balance: balance, version: stored?.version ?? 0, written: stored?.written,
            lots: lots.map(\.lot).filter { !$0.balance.isZero })
        if let stored, changes.movements.count == movementsBefore, lotChanges.isEmpty, stored.balance == balance,
            (place.lastVersion...max(place.lastVersion, self.item.version)).contains(stored.version)
        {
            return (level, false)
        }
        var changed = level
        changed.version = writing.version
        changes.lots += lotChanges
        changes.levels.append(
            LevelChange(sku: self.item.sku, position: 0, level: changed, index: self.item.index(of: location)))
        return (changed, true)
    }

    private func movement(
        _ entry: Ledger.Entry, _ location: LocationID, _ lot: LotID?, _ balance: Balance, _ writing: Writing
    ) -> Movement {
        Movement(
            sku: self.item.sku, location: location, from: entry.from, to: entry.to, lot: lot, quantity: entry.quantity,
            balance: balance, reason: .repaired, reservation: nil, command: writing.command, actor: writing.actor,
            reference: "", occurredAt: writing.now, version: writing.version)
    }

    private func lotChanges(_ lots: [LotRepair.Mended], _ place: Place, _ location: LocationID) -> [LotChange] {
        lots.compactMap { mended in
            let stored = place.lots[mended.id]?.stored
            let lot = mended.lot.balance.isZero ? nil : mended.lot
            return lot == stored ? nil : LotChange(sku: self.item.sku, location: location, id: mended.id, lot: lot)
        }
    }

    /// What a level or a lot is to say.
    ///
    /// - Parameters:
    ///   - stored: What its row says; nil: it has none.
    ///   - movements: What its movements add up to.
    ///   - held: What open reservations hold of it.
    ///   - what: What it is, for the error.
    static func target(
        _ stored: Balance?, movements: StoredUnits, held: Int64, _ what: String
    ) throws(Impossible) -> Balance {
        var units: StoredUnits
        if let stored {
            units = StoredUnits(stored)
        } else {
            units = movements
            for state in [StockState.reserved, .quarantined, .inTransit, .incoming] {
                units[state] = max(0, units[state])
            }
        }
        if units.reserved != held {
            // Where only the row is wrong about what is promised, what is free was not. Where the movements say the same
            // as the row, units are promised to nobody, or promised and not taken from what is free.
            if movements.reserved != held { units.available &+= units.reserved &- held }
            units.reserved = held
        }
        // No fewer than none are on hand.
        units.available = max(units.available, -max(0, units.reserved))
        guard let balance = units.balance else {
            throw Impossible(description: "the numbers at \(what) are beyond all limits")
        }
        return balance
    }

    /// The movements that lead from what the ledger says to what it is to say: between free and promised what goes over,
    /// and the rest from or to outside.
    private static func entries(
        from: StoredUnits, to: StoredUnits, _ what: String
    ) throws(Impossible) -> [Ledger.Entry] {
        var missing = StoredUnits()
        for state in StoredUnits.states {
            let (difference, isOverflow) = to[state].subtractingReportingOverflow(from[state])
            guard !isOverflow, difference.magnitude <= UInt64(InventoryLimits.maximumUnits) else {
                throw Impossible(description: "the movements at \(what) add up to numbers beyond all limits")
            }
            missing[state] = difference
        }
        var entries: [Ledger.Entry] = []
        for (source, goal) in [(StockState.reserved, StockState.available), (.available, .reserved)] {
            let over = min(-missing[source], missing[goal])
            guard over > 0 else { continue }
            entries.append(Ledger.Entry(from: source, to: goal, quantity: over))
            missing[source] += over
            missing[goal] -= over
        }
        for state in StoredUnits.states where missing[state] != 0 {
            let isMore = missing[state] > 0
            entries.append(
                Ledger.Entry(
                    from: isMore ? .correction : state, to: isMore ? state : .correction,
                    quantity: abs(missing[state])))
        }
        return entries
    }

    private func events(of mended: StockItem, _ levels: [Level], _ command: CommandID) -> [StockEvent] {
        // The kits that hold the SKU are not at hand: who follows them looks again.
        let change = StockChange(
            sku: mended.sku, version: mended.version, levels: levels, totalAvailable: mended.totalAvailable,
            settingsChanged: false, hasUntoldKits: true, command: command)
        let threshold = mended.settings.reorderThreshold.units
        guard mended.isBelowReorderThreshold, self.summary.totalAvailable >= threshold else {
            return [.stockChanged(change)]
        }
        return [
            .stockChanged(change),
            .thresholdCrossed(
                sku: mended.sku, version: mended.version, threshold: threshold,
                reorderQuantity: mended.settings.reorderQuantity.units, available: mended.totalAvailable),
        ]
    }
}
