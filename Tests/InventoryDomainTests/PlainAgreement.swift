@testable import InventoryDomain

/// Whether the rows of a SKU agree with its movements and reservations, by nothing but plain sums: what an audit is
/// compared with. The order of movements and the numbers that they record are not looked at.
struct PlainAgreement {
    private struct Name: Hashable {
        let location: LocationID
        let lot: LotID?
        let state: StockState

        /// Whether a row holds the number.
        var isStored: Bool {
            self.lot == nil
                ? StoredUnits.states.contains(self.state) : [.available, .reserved, .quarantined].contains(self.state)
        }
    }

    private let store: TamperedStore
    private let sku: SKU
    private let levels: [Level]

    init(_ store: TamperedStore, _ sku: SKU) {
        self.store = store
        self.sku = sku
        self.levels = store.levels.filter { $0.key.sku == sku }.map(\.value)
    }

    var holds: Bool {
        self.areSumsRight && self.arePlacesKnown && self.areVersionsRight && self.fitsLevels && self.isSummaryRight
    }

    /// Whether no lots have more than their level.
    var fitsLevels: Bool {
        self.store.lots.filter { $0.key.sku == self.sku && !$0.value.isEmpty }.allSatisfy { key, lots in
            guard let level = self.store.levels[key]?.balance else { return false }
            let balances = lots.values.map(\.balance)
            return balances.reduce(0) { $0 + $1.onHand } <= level.onHand
                && balances.reduce(0) { $0 + $1.reserved } <= level.reserved
                && balances.reduce(0) { $0 + $1.quarantined } <= level.quarantined
        }
    }

    private var areSumsRight: Bool {
        let (rows, ledger, held) = (self.rows, self.ledger, self.held)
        return Set(ledger.keys).union(rows.keys).allSatisfy { !$0.isStored || ledger[$0] ?? 0 == rows[$0] ?? 0 }
            && Set(held.keys).union(rows.keys).allSatisfy {
                $0.state != .reserved || held[$0] ?? 0 == rows[$0] ?? 0
            }
    }

    private var arePlacesKnown: Bool {
        let places = Set(self.levels.map(\.location))
        let named = (self.store.movements[self.sku] ?? []).map(\.location) + Array(self.store.held(self.sku).keys)
        return places.isSuperset(of: named)
    }

    private var areVersionsRight: Bool {
        guard let item = self.store.items[self.sku] else { return false }
        return self.levels.allSatisfy { level in
            let movements = (self.store.movements[self.sku] ?? []).filter { $0.location == level.location }
            return movements.map(\.version).max() ?? 0 <= level.version && level.version <= item.version
        }
    }

    private var isSummaryRight: Bool {
        self.store.items[self.sku]?.summary
            == StockRepair.StoredSummary(
                totalAvailable: self.levels.reduce(0) { $0 + $1.balance.available },
                isInStock: self.levels.contains { $0.balance.available > 0 }, hasLots: self.store.hasLots(self.sku))
    }

    private var ledger: [Name: Int64] {
        var sums: [Name: Int64] = [:]
        for movement in self.store.movements[self.sku] ?? [] {
            for lot in movement.lot == nil ? [nil] : [nil, movement.lot] {
                sums[Name(location: movement.location, lot: lot, state: movement.from), default: 0] -= movement.quantity
                sums[Name(location: movement.location, lot: lot, state: movement.to), default: 0] += movement.quantity
            }
        }
        return sums
    }

    private var rows: [Name: Int64] {
        var rows: [Name: Int64] = [:]
        func add(_ balance: Balance, _ location: LocationID, _ lot: LotID?) {
            for state in StoredUnits.states {
                rows[Name(location: location, lot: lot, state: state)] = StoredUnits(balance)[state]
            }
        }
        for level in self.levels { add(level.balance, level.location, nil) }
        for (key, lots) in self.store.lots where key.sku == self.sku {
            for lot in lots.values { add(lot.balance, key.location, lot.id) }
        }
        return rows
    }

    private var held: [Name: Int64] {
        var held: [Name: Int64] = [:]
        for (location, lots) in self.store.held(self.sku) {
            for (lot, units) in lots {
                held[Name(location: location, lot: nil, state: .reserved), default: 0] += units
                if lot != nil { held[Name(location: location, lot: lot, state: .reserved), default: 0] += units }
            }
        }
        return held
    }
}
