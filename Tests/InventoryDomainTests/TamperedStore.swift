import TestSupport

@testable import InventoryDomain

/// Rows as a database would hold them, which anybody may have changed, with all movements.
struct TamperedStore {
    struct Item {
        var version: Int64
        var settings: ItemSettings
        var summary: StockRepair.StoredSummary
    }

    private(set) var items: [SKU: Item] = [:]
    private(set) var levels: [Ledger.Key: Level] = [:]
    private(set) var lots: [Ledger.Key: [LotID: Lot]] = [:]
    private(set) var reservations: [ReservationID: Reservation] = [:]
    private(set) var records: [CommandID: CommandRecord] = [:]
    private(set) var movements: [SKU: [Movement]] = [:]

    /// Writes changes as the service does.
    mutating func write(_ changes: Changes) {
        for change in changes.levels { self.levels[Ledger.Key(change.sku, change.level.location)] = change.level }
        for change in changes.lots {
            self.lots[Ledger.Key(change.sku, change.location), default: [:]][change.id] = change.lot
        }
        for reservation in changes.reservations { self.reservations[reservation.id] = reservation }
        for record in changes.records { self.records[record.id] = record }
        for movement in changes.movements { self.movements[movement.sku, default: []].append(movement) }
        let lotted = Set(changes.lots.map(\.sku))
        for item in changes.items {
            let levels = self.levels.filter { $0.key.sku == item.sku }.values
            let noted = self.items[item.sku]?.summary.hasLots ?? false
            let summary = StockRepair.StoredSummary(
                totalAvailable: levels.reduce(0) { $0 + $1.balance.available },
                isInStock: levels.contains { $0.balance.available > 0 },
                hasLots: lotted.contains(item.sku) || item.notesLots ? self.hasLots(item.sku) : noted)
            self.items[item.sku] = Item(version: item.version, settings: item.settings, summary: summary)
        }
    }

    /// Its rows as the engine reads them.
    var fake: FakeStore {
        var store = FakeStore()
        store.settings = self.items.mapValues { ($0.version, $0.settings) }
        for (key, level) in self.levels { store.levels[key.sku, default: [:]][key.location] = level }
        for (key, lots) in self.lots where self.items[key.sku]?.summary.hasLots == true { store.lots[key] = lots }
        store.reservations = self.reservations
        store.records = self.records
        return store
    }

    func hasLots(_ sku: SKU) -> Bool { self.lots.contains { $0.key.sku == sku && !$0.value.isEmpty } }

    /// Units that open reservations hold of a SKU, by place and lot.
    func held(_ sku: SKU) -> [LocationID: [LotID?: Int64]] {
        var held: [LocationID: [LotID?: Int64]] = [:]
        for reservation in self.reservations.values where reservation.holdsUnits {
            for allocation in reservation.allocations where allocation.sku == sku {
                held[allocation.location, default: [:]][allocation.lot, default: 0] += allocation.remaining
            }
        }
        return held
    }

    // MARK: Verifying and repairing, as the service does with its rows

    func audit(_ sku: SKU) -> ItemAudit.Result {
        var audit = ItemAudit(sku)
        if let item = self.items[sku] {
            audit.item(
                version: item.version, totalAvailable: item.summary.totalAvailable,
                isInStock: item.summary.isInStock, hasLots: item.summary.hasLots)
        }
        for (key, level) in self.levels where key.sku == sku {
            audit.level(key.location, StoredUnits(level.balance), version: level.version)
        }
        for (key, lots) in self.lots where key.sku == sku {
            for lot in lots.values { audit.lot(lot.id, at: key.location, StoredUnits(lot.balance)) }
        }
        for (location, lots) in self.held(sku) {
            for (lot, units) in lots { audit.held(units, at: location, lot: lot) }
        }
        var place = (version: Int64(0), part: Int64(0))
        for movement in self.movements[sku] ?? [] {
            place = (movement.version, movement.version == place.version ? place.part + 1 : 0)
            audit.movement(
                Ledger.Entry(from: movement.from, to: movement.to, quantity: movement.quantity),
                at: movement.location, lot: movement.lot, recorded: StoredUnits(movement.balance),
                version: place.version, part: place.part, isRepair: movement.reason == .repaired)
        }
        return audit.finish()
    }

    /// What a repair of the SKU would write; nil: nothing.
    func repair(_ sku: SKU, number: Int, at now: Timestamp) throws -> Changes? {
        var places: [LocationID: StockRepair.Place] = [:]
        for movement in self.movements[sku] ?? [] {
            let entry = Ledger.Entry(from: movement.from, to: movement.to, quantity: movement.quantity)
            var place = places[movement.location] ?? StockRepair.Place()
            place.movements.add(entry)
            place.lastVersion = max(place.lastVersion, movement.version)
            if let lot = movement.lot {
                place.lots[lot, default: StockRepair.LotPlace()].movements.add(entry.ofLot)
            }
            places[movement.location] = place
        }
        for (location, lots) in self.held(sku) {
            for (lot, units) in lots {
                places[location, default: StockRepair.Place()].held += units
                guard let lot else { continue }
                places[location, default: StockRepair.Place()].lots[lot, default: StockRepair.LotPlace()].held = units
            }
        }
        for (key, lots) in self.lots where key.sku == sku {
            for lot in lots.values {
                places[key.location, default: StockRepair.Place()].lots[lot.id, default: StockRepair.LotPlace()]
                    .stored = lot
            }
        }
        let item = self.items[sku]
        let repair = StockRepair(
            item: try StockItem(
                sku: sku, version: item?.version ?? 0, settings: item?.settings ?? ItemSettings(),
                levels: self.levels.filter { $0.key.sku == sku }.values.sorted { $0.location < $1.location }),
            summary: item?.summary ?? StockRepair.StoredSummary(), places: places)
        return try repair.changes(command: commandID("repair-\(number)"), actor: "operator", at: now)?.changes
    }

    // MARK: Tampering

    /// Changes something of a SKU that no command would.
    ///
    /// - Returns: What, in words; nil: there was nothing of the kind.
    mutating func tamper(_ sku: SKU, using random: inout some RandomNumberGenerator) -> String? {
        let keys = self.levels.keys.filter { $0.sku == sku }.sorted { $0.location < $1.location }
        guard let key = keys.randomElement(using: &random) else { return nil }
        let lots = (self.lots[key] ?? [:]).keys.sorted()
        switch Int.random(in: 0..<13, using: &random) {
        case 0:
            self.levels[key]?.balance = Self.balance(using: &random)
            return "level at \(key.location)"
        case 1:
            self.levels[key] = nil
            return "no level at \(key.location)"
        case 2:
            self.levels[key]?.version = 1
            return "version of level at \(key.location)"
        case 3, 4:
            guard let lot = lots.randomElement(using: &random) else { return nil }
            self.lots[key]?[lot]?.balance = Self.balance(ofLot: true, using: &random)
            return "lot \(lot) at \(key.location)"
        case 5:
            guard let lot = lots.randomElement(using: &random) else { return nil }
            self.lots[key]?[lot] = nil
            return "no lot \(lot) at \(key.location)"
        case 6:
            let lot = InventoryDomainTests.lot("UNKNOWN")
            self.lots[key, default: [:]][lot] = Lot(
                id: lot, expiresAt: nil, balance: Self.balance(ofLot: true, using: &random))
            return "unknown lot at \(key.location)"
        case 7:
            self.items[sku]?.summary.hasLots.toggle()
            return "whether there are lots"
        case 8:
            self.items[sku]?.summary.totalAvailable += 1
            return "total"
        case 9:
            self.items[sku] = nil
            return "no item"
        case 10: return self.tamperWithMovement(of: sku, using: &random)
        case 11: return self.tamperWithMovement(of: sku, using: &random)
        default: return self.tamperWithReservation(of: sku, using: &random)
        }
    }

    private static func balance(ofLot: Bool = false, using random: inout some RandomNumberGenerator) -> Balance {
        func units() -> Int64 { Int64.random(in: 0...9, using: &random) }
        let (onHand, reserved, quarantined) = (units(), units(), units() / 3 + (ofLot ? 1 : 0))
        let (inTransit, incoming) = ofLot ? (0, 0) : (units(), units())
        return
            (try? Balance(
                onHand: onHand, reserved: reserved, quarantined: quarantined, inTransit: inTransit, incoming: incoming))
            ?? Balance()
    }

    private mutating func tamperWithMovement(
        of sku: SKU, using random: inout some RandomNumberGenerator
    ) -> String? {
        guard let index = self.movements[sku]?.indices.randomElement(using: &random),
            let old = self.movements[sku]?[index]
        else { return nil }
        guard Bool.random(using: &random) else {
            self.movements[sku]?.remove(at: index)
            return "no movement \(old)"
        }
        let isMoved = Bool.random(using: &random)
        let names = [lot("L1"), lot("L2"), lot("UNKNOWN"), nil]
        self.movements[sku]?[index] = Movement(
            sku: sku, location: old.location, from: old.from, to: old.to,
            lot: isMoved ? names.randomElement(using: &random) ?? nil : old.lot,
            quantity: isMoved ? old.quantity : .random(in: 1...9, using: &random), balance: old.balance,
            reason: old.reason, reservation: old.reservation, command: old.command, actor: old.actor,
            reference: old.reference, occurredAt: old.occurredAt, version: old.version)
        return "another movement than \(old)"
    }

    private mutating func tamperWithReservation(
        of sku: SKU, using random: inout some RandomNumberGenerator
    ) -> String? {
        let ids = self.reservations.values.filter { reservation in
            reservation.holdsUnits && reservation.allocations.contains { $0.sku == sku }
        }.map(\.id).sorted { "\($0)" < "\($1)" }
        guard let id = ids.randomElement(using: &random), var reservation = self.reservations[id] else { return nil }
        // Nothing else of it may change: the SKUs beside this one are not looked at.
        guard reservation.allocations.allSatisfy({ $0.sku == sku }), Bool.random(using: &random) else {
            for index in reservation.allocations.indices where reservation.allocations[index].sku == sku {
                let old = reservation.allocations[index]
                reservation.allocations[index] = Allocation(
                    line: old.line, sku: old.sku, location: old.location, quantity: old.quantity,
                    backordered: old.backordered, kit: old.kit, lot: old.lot == nil ? lot("L3") : nil,
                    committed: old.committed, released: old.released)
            }
            self.reservations[id] = reservation
            return "lots of reservation \(id)"
        }
        reservation.state = .released
        reservation.expiresAt = nil
        self.reservations[id] = reservation
        return "state of reservation \(id)"
    }
}
