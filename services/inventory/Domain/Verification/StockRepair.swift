/// What mends one SKU whose rows do not agree. Pure: it gets the rows as they are under the item's lock, and gives rows.
///
/// Movements are never changed. What is promised is what open reservations hold. Everything else stays as the level says
/// it, which is what has been sold from since, and the ledger gets movements of the difference: ``MovementReason/repaired``,
/// from or to ``StockState/correction``. A level that is missing is made as its movements say.
public struct StockRepair: Sendable {
    /// A SKU that a repair cannot mend.
    public struct Impossible: Error, Hashable, Sendable, CustomStringConvertible {
        /// Why.
        public let description: String
    }

    /// One location's numbers as others say them.
    public struct Place: Hashable, Sendable {
        /// What its movements add up to.
        public var movements = StoredUnits()
        /// The version of its last movement; 0: it has none.
        public var lastVersion: Int64 = 0
        /// What open reservations hold.
        public var held: Int64 = 0

        /// Nothing.
        public init() {}
    }

    /// The SKU's rows; version 0: the item has none.
    public let item: StockItem
    /// What the item's row says of its total.
    public let storedTotal: Int64
    /// What it says of whether some level has free units.
    public let storedInStock: Bool
    /// What movements and reservations say.
    public let places: [LocationID: Place]

    /// A SKU as it was read under its lock.
    public init(item: StockItem, storedTotal: Int64, storedInStock: Bool, places: [LocationID: Place]) {
        self.item = item
        self.storedTotal = storedTotal
        self.storedInStock = storedInStock
        self.places = places
    }

    /// The SKU as it is to be, and what is to be written; nil: everything agrees.
    ///
    /// - Parameters:
    ///   - command: The id that the movements carry.
    ///   - actor: Who repairs.
    ///   - now: The database's clock.
    /// - Throws: ``Impossible`` where numbers are beyond all limits.
    public func changes(
        command: CommandID, actor: String, at now: Timestamp
    ) throws(Impossible) -> (item: StockItem, changes: Changes)? {
        var mended = self.item
        var changes = Changes()
        let newest = self.newestVersion
        guard newest < InventoryLimits.maximumUnits else { throw Impossible(description: "no version is left") }
        mended.version = newest + 1
        var changedLevels: [Level] = []
        for location in self.locations {
            guard let level = try self.mend(location, command, actor, now, mended.version, &changes) else { continue }
            changedLevels.append(level)
            if let position = mended.index(of: location) {
                mended.levels[position] = level
            } else {
                mended.levels.append(level)
            }
        }
        mended.totalAvailable = mended.levels.reduce(0) { $0 + $1.balance.available }
        let isInStock = mended.levels.contains { $0.balance.available > 0 }
        let isRight = mended.totalAvailable == self.storedTotal && isInStock == self.storedInStock
        guard !changedLevels.isEmpty || !isRight || self.item.version < newest || self.item.version == 0 else {
            return nil
        }
        changes.items = [
            ItemChange(sku: mended.sku, version: mended.version, settings: mended.settings, settingsChanged: false)
        ]
        changes.events = self.events(of: mended, changedLevels, command)
        return (mended, changes)
    }

    private var locations: [LocationID] {
        Set(self.item.levels.map(\.location)).union(self.places.keys).sorted()
    }

    private var newestVersion: Int64 {
        let levels = self.item.levels.map(\.version).max() ?? 0
        let movements = self.places.values.map(\.lastVersion).max() ?? 0
        return max(self.item.version, levels, movements)
    }

    /// Mends one level.
    ///
    /// - Returns: The level as it is to be; nil: it is right.
    private func mend(
        _ location: LocationID, _ command: CommandID, _ actor: String, _ now: Timestamp, _ version: Int64,
        _ changes: inout Changes
    ) throws(Impossible) -> Level? {
        let place = self.places[location] ?? Place()
        let stored = self.item.index(of: location).map { self.item.levels[$0] }
        let balance = try Self.target(stored?.balance, place, location)
        let entries = try Self.entries(from: place.movements, to: StoredUnits(balance), location)
        if let stored, entries.isEmpty, stored.balance == balance,
            (place.lastVersion...max(place.lastVersion, self.item.version)).contains(stored.version)
        {
            return nil
        }
        for entry in entries {
            changes.movements.append(
                Movement(
                    sku: self.item.sku, location: location, from: entry.from, to: entry.to, lot: nil,
                    quantity: entry.quantity, balance: balance, reason: .repaired, reservation: nil, command: command,
                    actor: actor,
                    reference: "", occurredAt: now, version: version))
        }
        let level = Level(location: location, balance: balance, version: version, written: stored?.written)
        changes.levels.append(LevelChange(sku: self.item.sku, level: level, index: self.item.index(of: location)))
        return level
    }

    /// What a level is to say.
    private static func target(
        _ stored: Balance?, _ place: Place, _ location: LocationID
    ) throws(Impossible) -> Balance {
        var units: StoredUnits
        if let stored {
            units = StoredUnits(stored)
        } else {
            units = place.movements
            for state in [StockState.reserved, .quarantined, .inTransit, .incoming] {
                units[state] = max(0, units[state])
            }
        }
        if units.reserved != place.held {
            // Where only the level is wrong about what is promised, what is free was not. Where the movements say the same
            // as the level, units are promised to nobody, or promised and not taken from what is free.
            if place.movements.reserved != place.held { units.available &+= units.reserved &- place.held }
            units.reserved = place.held
        }
        // No fewer than none are on hand.
        units.available = max(units.available, -max(0, units.reserved))
        guard let balance = units.balance else {
            throw Impossible(description: "the numbers at \(location) are beyond all limits")
        }
        return balance
    }

    /// The movements that lead from what the ledger says to what it is to say: between free and promised what goes over,
    /// and the rest from or to outside.
    private static func entries(
        from: StoredUnits, to: StoredUnits, _ location: LocationID
    ) throws(Impossible) -> [Ledger.Entry] {
        var missing = StoredUnits()
        for state in StoredUnits.states {
            let (difference, isOverflow) = to[state].subtractingReportingOverflow(from[state])
            guard !isOverflow, difference.magnitude <= UInt64(InventoryLimits.maximumUnits) else {
                throw Impossible(description: "the movements at \(location) add up to numbers beyond all limits")
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
        guard mended.isBelowReorderThreshold, self.storedTotal >= threshold else { return [.stockChanged(change)] }
        return [
            .stockChanged(change),
            .thresholdCrossed(
                sku: mended.sku, version: mended.version, threshold: threshold,
                reorderQuantity: mended.settings.reorderQuantity.units, available: mended.totalAvailable),
        ]
    }
}
