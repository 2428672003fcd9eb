import TestSupport
import Testing

@testable import InventoryDomain

@Suite("Verifying a SKU against its movements, and mending it", .processorBound)
struct VerificationTests {
    private static let here = location("WHS1")
    private static let start: [Ledger.Entry] = [
        .init(from: .correction, to: .available, quantity: 10), .init(from: .available, to: .reserved, quantity: 4),
        .init(from: .reserved, to: .shipped, quantity: 1),
    ]

    /// One version for each entry, all at one location, with the numbers after each.
    private static func rows(_ entries: [Ledger.Entry]) -> [(entry: Ledger.Entry, recorded: StoredUnits)] {
        var balance = Balance()
        return entries.map { entry in
            _ = Ledger.fold(entry, into: &balance)
            return (entry, StoredUnits(balance))
        }
    }

    private static func audit(
        _ rows: [(entry: Ledger.Entry, recorded: StoredUnits)] = Self.rows(Self.start),
        stored: StoredUnits? = StoredUnits(available: 6, reserved: 3), held: Int64 = 3, version: Int64? = 3,
        levelVersion: Int64 = 3, total: Int64 = 6, isInStock: Bool = true,
        and more: (inout ItemAudit) -> Void = { _ in }
    ) -> ItemAudit.Result {
        var audit = ItemAudit(sku("A"))
        if let version {
            audit.item(version: version, totalAvailable: total, isInStock: isInStock, hasLots: false)
        }
        if let stored { audit.level(Self.here, stored, version: levelVersion) }
        audit.held(held, at: Self.here, lot: nil)
        for (index, row) in rows.enumerated() {
            audit.movement(
                row.entry, at: Self.here, lot: nil, recorded: row.recorded, version: Int64(index) + 1, part: 0,
                isRepair: false)
        }
        more(&audit)
        return audit.finish()
    }

    private static func kinds(_ result: ItemAudit.Result) -> [StockDifference.Kind] { result.differences.map(\.kind) }

    @Test("rows that agree are found to agree")
    func agreement() {
        #expect(Self.audit() == ItemAudit.Result())
        // Settings change an item without a movement.
        #expect(Self.audit(version: 9).differences == [])
    }

    @Test("each number that differs is told with what is stored and what should be")
    func differences() {
        let level = Self.audit(stored: StoredUnits(available: 6, reserved: 3, quarantined: 2))
        #expect(Self.kinds(level) == [.level])
        #expect(level.differences.first?.number == "quarantined")
        #expect(level.differences.first?.stored == 2 && level.differences.first?.expected == 0)
        #expect(Self.kinds(Self.audit(held: 2)) == [.reservations])
        #expect(Self.kinds(Self.audit(version: 2)) == [.levelVersion, .itemVersion])
        #expect(Self.kinds(Self.audit(levelVersion: 2)) == [.levelVersion])
        #expect(Self.kinds(Self.audit(total: 7)) == [.itemTotal])
        #expect(Self.kinds(Self.audit(isInStock: false)) == [.itemInStock])
        #expect(Self.kinds(Self.audit(stored: nil, total: 0, isInStock: false)) == [.levelMissing])
        #expect(Self.kinds(Self.audit(version: nil)) == [.itemMissing])
    }

    @Test("a wrong movement is one difference, not as many as follow it")
    func history() {
        var rows = Self.rows(Self.start)
        rows[0].recorded.available = 99
        // The next one builds on 99 and records 6.
        #expect(Self.kinds(Self.audit(rows)) == [.movementBalance, .movementBalance])
        rows = Self.rows(Self.start)
        rows[1].entry = .init(from: .available, to: .reserved, quantity: 5)
        let changed = Self.audit(rows)
        #expect(Self.kinds(changed).filter(\.isHistory) == [.movementBalance, .movementBalance])
        #expect(Self.kinds(changed).filter { !$0.isHistory } == [.level, .level])
        rows = Self.rows(Self.start)
        rows.remove(at: 0)
        #expect(Self.kinds(Self.audit(rows)).contains(.level))
        rows = Self.rows(Self.start)
        rows[2].entry = .init(from: .quarantined, to: .shipped, quantity: 1)
        #expect(Self.kinds(Self.audit(rows)).first == .movementImpossible)
    }

    @Test("a movement that is missing among those of a command is told, and units that transfers lost")
    func order() {
        let result = Self.audit(
            version: 4, levelVersion: 4,
            and: { audit in
                audit.movement(
                    .init(from: .available, to: .transfer, quantity: 2), at: Self.here, lot: nil,
                    recorded: .init(available: 4, reserved: 3), version: 4, part: 1, isRepair: false)
            })
        #expect(Self.kinds(result) == [.movementOrder, .transfers, .level])
        #expect(result.differences[1].stored == 2)
    }

    @Test("of very many contradictions the first are told, and of the rest how many")
    func manyContradictions() {
        let entry = Ledger.Entry(from: .correction, to: .available, quantity: 1)
        let rows = (1...250).map { (entry: entry, recorded: StoredUnits(available: Int64($0) * 3)) }
        let result = Self.audit(
            rows, stored: .init(available: 250), held: 0, version: 250, levelVersion: 250, total: 250)
        #expect(result.differences.count == ItemAudit.maximumHistoryDifferences && result.untold == 150)
    }

    /// A ledger whose first movement is of other units than its records say, with a repair of 3 units and one more movement.
    private static func repaired(first quantity: Int64) -> ItemAudit.Result {
        var rows = Self.rows(Self.start)
        rows[0].entry = .init(from: .correction, to: .available, quantity: quantity)
        return Self.audit(
            rows, version: 5, levelVersion: 5, total: 8,
            and: { audit in
                audit.level(Self.here, .init(available: 8, reserved: 3), version: 5)
                audit.movement(
                    .init(from: .correction, to: .available, quantity: 3), at: Self.here, lot: nil,
                    recorded: .init(available: 6, reserved: 3), version: 4, part: 0, isRepair: true)
                audit.movement(
                    .init(from: .correction, to: .available, quantity: 2), at: Self.here, lot: nil,
                    recorded: .init(available: 8, reserved: 3), version: 5, part: 0, isRepair: false)
            })
    }

    @Test("a repair's movements settle what was wrong before them")
    func settling() {
        let result = Self.repaired(first: 7)
        #expect(result.differences == [] && result.settled > 0)
    }

    @Test("what was changed before a repair, behind its back, is told at the repair")
    func changedBehindRepair() {
        let found = Self.repaired(first: 5).differences
        #expect(found.map(\.kind) == [.movementBalance, .level])
        #expect(found[0].movement?.version == 4 && found[0].stored == 6 && found[0].expected == 4)
    }

    // MARK: Mending

    private static func mend(
        _ stored: StoredUnits?, ledger: StoredUnits, held: Int64, total: Int64? = nil
    ) throws -> (item: StockItem, changes: Changes)? {
        var place = StockRepair.Place()
        place.movements = ledger
        place.lastVersion = 3
        place.held = held
        let level = try stored.map { Level(location: Self.here, balance: try #require($0.balance), version: 3) }
        let repair = StockRepair(
            item: try StockItem(sku: sku("A"), version: 3, levels: level.map { [$0] } ?? []),
            summary: .init(
                totalAvailable: total ?? stored?.available ?? 0, isInStock: (stored?.available ?? 0) > 0),
            places: [Self.here: place])
        return try repair.changes(command: commandID("repair-1"), actor: "operator", at: Timestamp(microseconds: 1))
    }

    private static func steps(_ changes: Changes?) -> [String] {
        (changes?.movements ?? []).map { "\($0.quantity) \($0.from) -> \($0.to)" }
    }

    @Test("what agrees is left alone")
    func nothingToMend() throws {
        let units = StoredUnits(available: 6, reserved: 3)
        #expect(try Self.mend(units, ledger: units, held: 3) == nil)
    }

    @Test("the level stays as it is, and the ledger gets a correction")
    func levelStays() throws {
        let mended = try #require(
            try Self.mend(
                .init(available: 9, reserved: 3, incoming: 1), ledger: .init(available: 6, reserved: 3), held: 3))
        #expect(Self.steps(mended.changes) == ["3 correction -> available", "1 correction -> incoming"])
        #expect(mended.item.version == 4 && mended.item.totalAvailable == 9)
        #expect(mended.changes.movements.allSatisfy { $0.reason == .repaired && $0.version == 4 })
        #expect(mended.changes.movements.last?.balance == mended.item.levels[0].balance)
        #expect(mended.changes.events.count == 1)
    }

    @Test("what is promised becomes what open reservations hold")
    func promised() throws {
        let both = StoredUnits(available: 10, reserved: 5)
        let leak = try #require(try Self.mend(both, ledger: both, held: 3))
        #expect(Self.steps(leak.changes) == ["2 reserved -> available"])
        #expect(StoredUnits(leak.item.levels[0].balance) == .init(available: 12, reserved: 3))
        let levelAlone = try #require(try Self.mend(both, ledger: .init(available: 10, reserved: 3), held: 3))
        #expect(Self.steps(levelAlone.changes) == [])
        #expect(StoredUnits(levelAlone.item.levels[0].balance) == .init(available: 10, reserved: 3))
        #expect(levelAlone.changes.levels.count == 1 && levelAlone.item.levels[0].version == 4)
        let ledgerAlone = try #require(
            try Self.mend(.init(available: 7, reserved: 3), ledger: .init(available: 10), held: 3))
        #expect(Self.steps(ledgerAlone.changes) == ["3 available -> reserved"])
        #expect(StoredUnits(ledgerAlone.item.levels[0].balance) == .init(available: 7, reserved: 3))
    }

    @Test("a missing level is made as its movements say, and a wrong total is written anew")
    func missing() throws {
        let made = try #require(try Self.mend(nil, ledger: .init(available: 6, reserved: 3), held: 3))
        #expect(Self.steps(made.changes) == [] && made.changes.levels.map(\.isNew) == [true])
        #expect(made.item.totalAvailable == 6)
        let units = StoredUnits(available: 6, reserved: 3)
        let total = try #require(try Self.mend(units, ledger: units, held: 3, total: 5))
        #expect(total.changes.levels.isEmpty && total.changes.movements.isEmpty && total.changes.items.count == 1)
    }

    @Test("numbers beyond all limits are refused, not carried on")
    func beyond() {
        #expect(throws: StockRepair.Impossible.self) {
            try Self.mend(.init(available: 1), ledger: .init(available: .min), held: 0)
        }
    }

    @Test("whatever the numbers: mended rows agree with the movements, and nothing else is to mend")
    func random() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            func units(_ least: Int64) -> StoredUnits {
                var units = StoredUnits()
                for state in StoredUnits.states { units[state] = .random(in: least...5, using: &generator) }
                return units
            }
            var stored = units(0)
            stored.available = .random(in: -stored.reserved...9, using: &generator)
            let (ledger, held) = (units(-3), Int64.random(in: 0...5, using: &generator))
            let isThere = Bool.random(using: &generator)
            guard let mended = try Self.mend(isThere ? stored : nil, ledger: ledger, held: held) else { continue }
            let level = try #require(mended.item.levels.first)
            var sums = ledger
            for movement in mended.changes.movements {
                sums.add(.init(from: movement.from, to: movement.to, quantity: movement.quantity))
            }
            #expect(sums == StoredUnits(level.balance), "\(stored) \(ledger) \(held)")
            #expect(level.balance.reserved == held)
            #expect(mended.item.totalAvailable == level.balance.available)
        }
    }
}
