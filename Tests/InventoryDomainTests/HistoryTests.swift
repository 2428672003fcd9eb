import Foundation
import InventoryDomain
import TestSupport
import Testing

/// Random histories against the naive model, with every invariant after every step.
///
/// `INVENTORY_COMMANDS` says how many commands in all; 50,000 in a debug build and a million in a release build otherwise.
@Suite(.timeLimit(.minutes(60)), .processorBound) struct HistoryTests {
    static let shards = 4
    static var commandCount: Int {
        let given = ProcessInfo.processInfo.environment["INVENTORY_COMMANDS"].flatMap { Int($0) }
        #if DEBUG
        return given ?? 50_000
        #else
        return given ?? 1_000_000
        #endif
    }

    @Test("every outcome is the model's, and every invariant holds after every batch", arguments: 0..<Self.shards)
    func historiesAgreeWithModel(_ shard: Int) throws {
        let seed = testSeed("historiesAgreeWithModel(\(shard))") &+ UInt64(shard)
        var remaining = Self.commandCount / Self.shards
        var number: UInt64 = 0
        while remaining > 0 {
            // Many histories of some length: long ones end with all stock at a limit.
            let length = min(remaining, 2_000)
            var history = History(seed: seed &* 1_000_003 &+ number)
            try history.run(length)
            remaining -= length
            number += 1
        }
    }

    @Test("a batch decides as its commands would one by one")
    func batchesEqualSingles() throws {
        let seed = testSeed()
        for number in 0..<20 {
            var commands = RandomCommands(seed: seed &+ UInt64(number))
            let history = History(seed: 0)
            var (together, alone) = (FakeStore(), FakeStore())
            for batch in 0..<20 {
                let now = Timestamp(microseconds: 1_000_000 * Int64(batch * 5))
                let sent = (0..<64).map { _ in commands.next { _ in 1 } }
                var set = try history.load(together, sent, now)
                let outcomes = set.decide(sent)
                let changes = set.takeChanges()
                try together.write(changes)
                var (movements, events): ([Movement], [StockEvent]) = ([], [])
                for (index, command) in sent.enumerated() {
                    var single = try history.load(alone, [command], now)
                    try #require(single.decide([command]) == [outcomes[index]], "\(command)")
                    let change = single.takeChanges()
                    movements += change.movements
                    events += change.events.filter { !$0.isOfKit }
                    try alone.write(change)
                }
                try #require(movements == changes.movements)
                // A batch knows more of a kit's other components than a command alone does.
                try #require(events.map(\.withoutKits) == changes.events.filter { !$0.isOfKit }.map(\.withoutKits))
                try #require(together.levels == alone.levels && together.reservations == alone.reservations)
                try #require(together.records == alone.records)
            }
        }
    }
}

extension StockEvent {
    fileprivate var isOfKit: Bool { if case .kitAvailabilityChanged = self { true } else { false } }

    /// In words, but for whether kits are to be told of.
    fileprivate var withoutKits: String {
        "\(self)".replacingOccurrences(of: "hasUntoldKits: true", with: "hasUntoldKits: false")
    }
}

/// One random history: the engine over a store, and the model beside it.
struct History {
    private var commands: RandomCommands
    private var model: NaiveInventory
    private var store = FakeStore()
    private var now: Int64 = 1_000_000_000
    private let locations: [LocationID: Location]
    private let kits: KitCatalog
    private let rules = BrandRules(backorderCap: count(6))
    /// What each level was short of before the batch.
    private var shortages: [Ledger.Key: Int64] = [:]
    /// What the batch has promised as not there, and what its counts found missing: by so much a shortage may have grown.
    private var missing: [Ledger.Key: Int64] = [:]

    init(seed: UInt64) {
        self.commands = RandomCommands(seed: seed)
        self.model = NaiveInventory(depots: RandomCommands.depots, kits: RandomCommands.kits, backorderCap: 6)
        var locations: [LocationID: Location] = [:]
        for (name, depot) in RandomCommands.depots {
            locations[location(name)] = Location(
                id: location(name), region: depot.region, country: depot.country, priority: Int32(depot.priority),
                isMarketplaces: depot.isMarketplaces, isActive: depot.sells)
        }
        self.locations = locations
        let kits = RandomCommands.kits.compactMap { name, parts in
            try? Kit(
                sku: sku(name),
                components: parts.map { KitComponent(sku: sku($0.sku), quantity: quantity($0.units)) })
        }
        self.kits = (try? KitCatalog(kits)) ?? KitCatalog()
    }

    func load(_ store: FakeStore, _ commands: [Command], _ now: Timestamp) throws -> WorkingSet {
        try store.load(commands, kits: self.kits, locations: self.locations, rules: self.rules, now: now)
    }

    mutating func run(_ length: Int) throws {
        var done = 0
        while done < length {
            self.now += self.commands.number(0...4) * 500_000
            let versions = self.model.versions
            let batch = (0..<self.commands.number(1...16)).map { _ in
                self.commands.next { versions[$0] ?? 0 }
            }
            var set = try self.load(self.store, batch, Timestamp(microseconds: self.now))
            for command in batch {
                let outcome = set.decide(command)
                let verdict = self.model.run(command, at: self.now)
                try self.compare(command, outcome, verdict)
                self.noteMissing(command, outcome)
                try self.check(set, command)
            }
            try self.store.write(set.takeChanges())
            try self.checkStore()
            done += batch.count
        }
    }

    private mutating func noteMissing(_ command: Command, _ outcome: Outcome) {
        guard let receipt = outcome.receipt, !receipt.isRepeat else { return }
        switch command.action {
        case .reserve:
            for allocation in receipt.reservation?.allocations ?? [] {
                self.missing[Ledger.Key(allocation.sku, allocation.location), default: 0] += allocation.backordered
            }
        case .count(let place, _):
            self.missing[Ledger.Key(place.sku, place.location), default: 0] += max(0, -(receipt.variance ?? 0))
        default: break
        }
    }

    private func compare(_ command: Command, _ outcome: Outcome, _ verdict: NaiveInventory.Verdict) throws {
        switch (outcome, verdict) {
        case (.refused(let refusal), .refused(let reason)):
            try #require(refusal.reason == reason, "\(command): \(refusal)")
        case (.accepted(let receipt), .done(let changed)):
            try #require((receipt.effect == .applied) == changed, "\(command)")
            guard !receipt.isRepeat else { return }
            for item in receipt.items {
                try #require(item.version == self.model.versions["\(item.sku)", default: 0], "\(command)")
            }
        default:
            try #require(Bool(false), "\(command): \(outcome), but the model says \(verdict)")
        }
    }

    /// The set beside the model, and what must hold whatever the model says.
    private func check(_ set: WorkingSet, _ command: Command) throws {
        for item in set.allItems {
            let cells = self.model.cells["\(item.sku)"] ?? [:]
            try #require(item.levels.count == cells.count, "\(command)")
            try #require(item.totalAvailable == item.levels.reduce(0) { $0 + $1.balance.available })
            for level in item.levels {
                let cell = NaiveInventory.Cell(
                    onHand: level.balance.onHand, reserved: level.balance.reserved,
                    quarantined: level.balance.quarantined, inTransit: level.balance.inTransit,
                    incoming: level.balance.incoming,
                    lots: Dictionary(
                        uniqueKeysWithValues: level.lots.map { lot in
                            let batch = NaiveInventory.Batch(
                                expires: lot.expiresAt?.microseconds, onHand: lot.balance.onHand,
                                reserved: lot.balance.reserved, quarantined: lot.balance.quarantined)
                            return ("\(lot.id)", batch)
                        }))
                try #require(cells["\(level.location)"] == cell, "\(command) at \(item.sku) \(level.location)")
            }
        }
        for reservation in set.allReservations {
            let booking = self.model.bookings["\(reservation.id)"]
            try #require(booking?.state == reservation.state, "\(command)")
            try #require(booking?.expiresAt == reservation.expiresAt?.microseconds, "\(command)")
            let held = reservation.allocations.map {
                NaiveInventory.Held(
                    line: $0.line, sku: "\($0.sku)", location: "\($0.location)", units: $0.quantity,
                    backordered: $0.backordered, lot: $0.lot.map { "\($0)" }, shipped: $0.committed,
                    returned: $0.released)
            }
            try #require(booking?.held == held, "\(command)")
        }
    }

    private mutating func checkStore() throws {
        var promised: [Ledger.Key: Int64] = [:]
        var lotted: [Ledger.Key: [LotID: Int64]] = [:]
        func key(_ allocation: Allocation) -> Ledger.Key { Ledger.Key(allocation.sku, allocation.location) }
        var filled: Set<Ledger.Key> = []
        for reservation in self.store.reservations.values where reservation.holdsUnits {
            for allocation in reservation.allocations {
                promised[key(allocation), default: 0] += allocation.remaining
                guard let lot = allocation.lot else { continue }
                lotted[key(allocation), default: [:]][lot, default: 0] += allocation.remaining
            }
        }
        var owned: Int64 = 0
        for (sku, levels) in self.store.levels {
            for (location, level) in levels {
                let key = Ledger.Key(sku, location)
                let balance = level.balance
                let numbers = [
                    balance.onHand, balance.reserved, balance.quarantined, balance.inTransit, balance.incoming,
                ]
                try #require(numbers.allSatisfy { (0...InventoryLimits.maximumUnits).contains($0) })
                try #require(self.store.ledger[key] ?? Balance() == balance, "movements of \(sku) at \(location)")
                try #require(promised[key] ?? 0 == balance.reserved, "reservations of \(sku) at \(location)")
                let shortage = max(0, balance.reserved - balance.onHand)
                try #require(
                    shortage <= (self.shortages[key] ?? 0) + (self.missing[key] ?? 0),
                    "\(sku) at \(location) is short by more than was promised beyond it or found missing")
                self.shortages[key] = shortage
                try self.checkLots(key, balance, lotted[key] ?? [:])
                owned += balance.onHand + balance.quarantined + balance.inTransit + balance.incoming
                filled.insert(key)
            }
        }
        self.missing = [:]
        try #require(Set(self.store.ledger.keys).isSubset(of: filled) && Set(promised.keys).isSubset(of: filled))
        // Nothing appears or vanishes, and no more was shipped than ever came from elsewhere.
        try #require(self.store.byState.values.reduce(0, +) == 0)
        try #require(self.store.byState[.transfer] ?? 0 == 0)
        let outside: [StockState] = [.supplier, .lost, .correction]
        let came = -outside.reduce(0) { $0 + (self.store.byState[$1] ?? 0) }
        try #require(came - (self.store.byState[.shipped] ?? 0) == owned && owned >= 0)
    }

    /// Lots are their movements' sum, hold what reservations say, and never more than their level.
    private func checkLots(_ key: Ledger.Key, _ level: Balance, _ promised: [LotID: Int64]) throws {
        let lots = self.store.lots[key] ?? [:]
        try #require(lots.mapValues(\.balance) == self.store.lotLedger[key] ?? [:], "lots of \(key)")
        try #require(Set(promised.filter { $0.value > 0 }.keys).isSubset(of: lots.keys), "lots of \(key)")
        var rest = (onHand: level.onHand, reserved: level.reserved, quarantined: level.quarantined)
        for (id, lot) in lots {
            try #require(lot.balance.reserved == promised[id] ?? 0, "\(id) of \(key)")
            try #require(lot.balance.onHand >= 0 && lot.balance.inTransit == 0 && lot.balance.incoming == 0)
            rest.onHand -= lot.balance.onHand
            rest.reserved -= lot.balance.reserved
            rest.quarantined -= lot.balance.quarantined
        }
        try #require(rest.onHand >= 0 && rest.reserved >= 0 && rest.quarantined >= 0, "lots of \(key): \(rest)")
    }
}
