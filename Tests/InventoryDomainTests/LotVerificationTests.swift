import TestSupport
import Testing

@testable import InventoryDomain

@Suite("Verifying the lots of a SKU against their movements, and mending them", .processorBound)
struct LotVerificationTests {
    private static let here = location("WHS1")
    private static let (first, second) = (lot("L1"), lot("L2"))

    /// What the rows say of a SKU with 10 units at one place: 5 in L1, of which 2 are reserved, and 5 in no lot.
    private struct Rows {
        var level = StoredUnits(available: 8, reserved: 2)
        var lots: [LotID: StoredUnits] = [lot("L1"): StoredUnits(available: 3, reserved: 2)]
        var held: [(LotID?, Int64)] = [(lot("L1"), 2)]
        var hasLots = true
        var entries: [(entry: Ledger.Entry, lot: LotID?)] = [
            (.init(from: .supplier, to: .available, quantity: 6), lot("L1")),
            (.init(from: .supplier, to: .available, quantity: 5), nil),
            (.init(from: .available, to: .reserved, quantity: 2), lot("L1")),
            (.init(from: .available, to: .lost, quantity: 1), lot("L1")),
        ]
        var maximumLots = ItemAudit.maximumLots

        func audit(and more: (inout ItemAudit) -> Void = { _ in }) -> ItemAudit.Result {
            var audit = ItemAudit(sku("A"), maximumLots: self.maximumLots)
            let version = Int64(max(4, self.entries.count))
            audit.item(
                version: version, totalAvailable: self.level.available, isInStock: self.level.available > 0,
                hasLots: self.hasLots)
            audit.level(LotVerificationTests.here, self.level, version: version)
            for (lot, units) in self.lots { audit.lot(lot, at: LotVerificationTests.here, units) }
            for (lot, units) in self.held { audit.held(units, at: LotVerificationTests.here, lot: lot) }
            var balance = Balance()
            for (index, (entry, lot)) in self.entries.enumerated() {
                _ = Ledger.fold(entry, into: &balance)
                audit.movement(
                    entry, at: LotVerificationTests.here, lot: lot, recorded: StoredUnits(balance),
                    version: Int64(index) + 1, part: 0, isRepair: false)
            }
            more(&audit)
            return audit.finish()
        }

        func kinds() -> [StockDifference.Kind] { self.audit().differences.map(\.kind) }
    }

    // MARK: Verifying

    @Test("rows that agree are found to agree")
    func agreement() {
        #expect(Rows().audit() == ItemAudit.Result())
    }

    @Test("each number of a lot that differs is told with its lot, what is stored and what should be")
    func differences() {
        var rows = Rows()
        rows.lots[Self.first] = StoredUnits(available: 2, reserved: 2, quarantined: 1)
        let found = rows.audit().differences
        #expect(found.map(\.kind) == [.lotsBeyondLevel, .lot, .lot])
        #expect(found[1].number == "available" && found[1].stored == 2 && found[1].expected == 3)
        #expect(found[1].lot == Self.first && found[1].location == Self.here)

        rows = Rows()
        rows.lots = [:]
        rows.hasLots = false
        #expect(rows.kinds() == [.lotMissing, .lotMissing])
        rows.hasLots = true
        #expect(rows.kinds() == [.lotMissing, .lotMissing, .itemHasLots])
        rows = Rows()
        rows.hasLots = false
        #expect(rows.kinds() == [.itemHasLots])
        rows = Rows()
        rows.lots[Self.second] = StoredUnits(available: 1)
        #expect(rows.kinds() == [.lotUnknown])
    }

    @Test("what open reservations hold of a lot is compared with the lot, not only with its level")
    func reservations() {
        var rows = Rows()
        rows.held = [(nil, 2)]
        #expect(rows.kinds() == [.lotReservations])
        rows.held = [(Self.first, 1), (Self.second, 1)]
        let found = rows.audit().differences
        #expect(found.map(\.kind) == [.lotReservations, .lotReservations])
        #expect(found.map(\.stored) == [2, 0] && found.map(\.expected) == [1, 1])
    }

    @Test("lots beyond their level are told by number: on hand, reserved and quarantined")
    func beyond() {
        var rows = Rows()
        rows.level = StoredUnits(available: 2, reserved: 2)
        let found = rows.audit().differences.filter { $0.kind == .lotsBeyondLevel }
        #expect(found.map(\.number) == ["on hand"] && found.map(\.stored) == [5] && found.map(\.expected) == [4])
        rows.level = StoredUnits(available: 9, reserved: 1)
        #expect(rows.audit().differences.filter { $0.kind == .lotsBeyondLevel }.map(\.number) == ["reserved"])
        // What is promised beyond what is there is no matter of lots.
        rows = Rows()
        rows.level = StoredUnits(available: -4, reserved: 9)
        #expect(!rows.kinds().contains(.lotsBeyondLevel))
    }

    @Test("a movement of more than there was of a lot is told once, and the ones behind it are not")
    func impossible() {
        var rows = Rows()
        rows.entries[3].entry = .init(from: .available, to: .lost, quantity: 7)
        rows.entries.append((.init(from: .available, to: .quarantined, quantity: 1), nil))
        rows.entries.append((.init(from: .supplier, to: .available, quantity: 6), Self.first))
        rows.entries.append((.init(from: .reserved, to: .shipped, quantity: 1), Self.first))
        let history = rows.audit().differences.filter(\.kind.isHistory)
        #expect(history.map(\.kind) == [.movementImpossible])
        #expect(history.first?.lot == Self.first && history.first?.movement?.version == 4)
        #expect(history.first?.stored == 7 && history.first?.expected == 4)
    }

    @Test("units on their way or announced are in no lot")
    func outside() {
        var rows = Rows()
        rows.entries.insert((.init(from: .supplier, to: .incoming, quantity: 4), nil), at: 0)
        rows.entries.append((.init(from: .incoming, to: .available, quantity: 4), Self.first))
        rows.level.available += 4
        rows.lots[Self.first]?.available += 4
        #expect(rows.kinds() == [])
    }

    @Test("however many lots a SKU has had, only those with units are held; beyond the limit it says what it left out")
    func manyLots() {
        var rows = Rows()
        rows.maximumLots = 2
        for number in 0..<50 {
            rows.entries.append((.init(from: .supplier, to: .available, quantity: 1), lot("OLD-\(number)")))
            rows.entries.append((.init(from: .available, to: .shipped, quantity: 1), lot("OLD-\(number)")))
        }
        #expect(rows.kinds() == [])
        rows.maximumLots = 1
        let found = rows.audit().differences
        #expect(found.map(\.kind) == [.lotsUnread] && found.first?.stored == 100)
    }

    @Test("of very many wrong lots the first are told, and of the rest how many")
    func manyDifferences() {
        var rows = Rows()
        for number in 0..<150 { rows.lots[lot("X-\(number)")] = StoredUnits(quarantined: 1) }
        let result = rows.audit()
        #expect(result.differences.filter { $0.kind == .lotUnknown }.count == ItemAudit.maximumLotDifferences)
        #expect(result.untoldOfLots == 50 && result.untold == 0)
    }

    @Test("a repair's movements settle what was wrong with a lot before them")
    func settling() {
        var rows = Rows()
        rows.entries[3].entry = .init(from: .available, to: .lost, quantity: 7)
        rows.level = StoredUnits(available: 5, reserved: 2)
        rows.lots[Self.first] = StoredUnits(available: 1, reserved: 2)
        let result = rows.audit { audit in
            audit.item(version: 6, totalAvailable: 5, isInStock: true, hasLots: true)
            audit.level(Self.here, rows.level, version: 6)
            for (part, entry) in [
                Ledger.Entry(from: .correction, to: .available, quantity: 6),
                .init(from: .available, to: .correction, quantity: 1),
            ].enumerated() {
                audit.movement(
                    entry, at: Self.here, lot: part == 0 ? Self.first : nil,
                    recorded: StoredUnits(available: 7, reserved: 2), version: 5, part: Int64(part), isRepair: true)
            }
            audit.movement(
                .init(from: .available, to: .lost, quantity: 2), at: Self.here, lot: Self.first,
                recorded: StoredUnits(available: 5, reserved: 2), version: 6, part: 0, isRepair: false)
        }
        #expect(result.differences == [] && result.settled == 1)
    }

    // MARK: Mending

    private struct Numbers {
        var stored: StoredUnits?
        var movements = StoredUnits()
        var held: Int64 = 0
        var expiresAt: Timestamp?
    }

    private static func mend(
        level: StoredUnits, ledger: StoredUnits? = nil, held: Int64? = nil, _ lots: [LotID: Numbers],
        hasLots: Bool? = nil
    ) throws -> (item: StockItem, changes: Changes)? {
        var place = StockRepair.Place()
        place.movements = ledger ?? level
        place.lastVersion = 3
        place.held = held ?? level.reserved
        for (id, numbers) in lots {
            var lot = StockRepair.LotPlace()
            lot.stored = try numbers.stored.map {
                Lot(id: id, expiresAt: numbers.expiresAt, balance: try #require($0.balance))
            }
            (lot.movements, lot.held) = (numbers.movements, numbers.held)
            place.lots[id] = lot
        }
        let row = Level(location: Self.here, balance: try #require(level.balance), version: 3)
        let repair = StockRepair(
            item: try StockItem(sku: sku("A"), version: 3, levels: [row]),
            summary: .init(
                totalAvailable: level.available, isInStock: level.available > 0,
                hasLots: hasLots ?? lots.values.contains { $0.stored != nil }),
            places: [Self.here: place])
        return try repair.changes(command: commandID("repair-1"), actor: "operator", at: noon)
    }

    private static func steps(_ changes: Changes?) -> [String] {
        (changes?.movements ?? []).map { "\($0.lot.map { "\($0) " } ?? "")\($0.quantity) \($0.from) -> \($0.to)" }
    }

    private static func onHand(_ mended: (item: StockItem, changes: Changes)?) -> [String: Int64] {
        let lots = mended?.item.levels.first?.lots ?? []
        return Dictionary(uniqueKeysWithValues: lots.map { ("\($0.id)", $0.balance.onHand) })
    }

    @Test("lots that agree are left alone")
    func nothingToMend() throws {
        let units = StoredUnits(available: 3, reserved: 2, quarantined: 1)
        let level = StoredUnits(available: 3, reserved: 2, quarantined: 1)
        #expect(try Self.mend(level: level, [Self.first: Numbers(stored: units, movements: units, held: 2)]) == nil)
    }

    @Test("a lot stays as its row says, and the ledger moves units between the lot and no lot")
    func rowStays() throws {
        let mended = try #require(
            try Self.mend(
                level: StoredUnits(available: 9),
                [Self.first: Numbers(stored: StoredUnits(available: 7), movements: StoredUnits(available: 4))]))
        #expect(Self.steps(mended.changes) == ["L1 3 correction -> available", "3 available -> correction"])
        #expect(mended.changes.lots.isEmpty && Self.onHand(mended) == ["L1": 7])
        #expect(mended.changes.levels.map(\.level.version) == [4])
    }

    @Test("a lot that is missing is made as its movements say, unless the level has not got the units either")
    func missing() throws {
        let numbers = Numbers(movements: StoredUnits(available: 4, quarantined: 1))
        let level = StoredUnits(available: 9, quarantined: 1)
        let made = try #require(try Self.mend(level: level, [Self.first: numbers]))
        #expect(Self.steps(made.changes) == [] && Self.onHand(made) == ["L1": 4])
        #expect(made.changes.lots.map(\.lot?.expiresAt) == [nil] && made.item.hasLots)
        let ledger = StoredUnits(available: 13, quarantined: 2)
        let usedUp = try #require(try Self.mend(level: level, ledger: ledger, [Self.first: numbers]))
        #expect(Self.onHand(usedUp) == [:] && usedUp.changes.lots.isEmpty)
        #expect(Self.steps(usedUp.changes) == ["L1 4 available -> correction", "L1 1 quarantined -> correction"])
    }

    @Test("lots beyond their level are cut: what movements do not tell of first, then the lot that expires first")
    func cutting() throws {
        let (soon, late) = (noon.adding(seconds: 1), noon.adding(seconds: 2))
        let told = try #require(
            try Self.mend(
                level: StoredUnits(available: 6),
                [
                    Self.first: Numbers(
                        stored: StoredUnits(available: 3), movements: StoredUnits(available: 3), expiresAt: soon),
                    Self.second: Numbers(
                        stored: StoredUnits(available: 9), movements: StoredUnits(available: 3), expiresAt: late),
                ]))
        #expect(Self.onHand(told) == ["L1": 3, "L2": 3] && Self.steps(told.changes) == [])
        let fewer = try #require(
            try Self.mend(
                level: StoredUnits(available: 1, reserved: 2), ledger: StoredUnits(available: 4, reserved: 2),
                [
                    Self.first: Numbers(
                        stored: StoredUnits(available: 1, reserved: 2),
                        movements: StoredUnits(available: 1, reserved: 2), held: 2, expiresAt: soon),
                    Self.second: Numbers(
                        stored: StoredUnits(available: 3), movements: StoredUnits(available: 3), expiresAt: late),
                ]))
        #expect(Self.onHand(fewer) == ["L1": 2, "L2": 1])
        #expect(Self.steps(fewer.changes) == ["L1 1 available -> correction", "L2 2 available -> correction"])
        #expect(fewer.changes.lots.count == 2)
    }

    @Test("what is promised of a lot becomes what open reservations hold of it")
    func promised() throws {
        let units = StoredUnits(available: 3, reserved: 2)
        let mended = try #require(
            try Self.mend(
                level: StoredUnits(available: 6, reserved: 2), [Self.first: Numbers(stored: units, movements: units)]))
        #expect(Self.steps(mended.changes) == ["L1 2 reserved -> available", "2 available -> reserved"])
        #expect(Self.onHand(mended) == ["L1": 5] && mended.item.levels[0].balance.reserved == 2)
    }

    @Test("a wrong note of whether there are lots is written anew, with nothing else")
    func note() throws {
        let units = StoredUnits(available: 3)
        for hasLots in [false, true] {
            let mended = try #require(
                try Self.mend(
                    level: units, hasLots ? [:] : [Self.first: Numbers(stored: units, movements: units)],
                    hasLots: hasLots))
            #expect(mended.changes.items.map(\.notesLots) == [true] && mended.item.hasLots != hasLots)
            #expect(mended.changes.lots.isEmpty && mended.changes.movements.isEmpty && mended.changes.levels.isEmpty)
        }
    }

    @Test("numbers, lots and movements beyond all limits are refused, not carried on")
    func limits() {
        #expect(throws: StockRepair.Impossible.self) {
            try Self.mend(
                level: StoredUnits(available: 1), [Self.first: Numbers(movements: StoredUnits(available: .min))])
        }
        var many: [LotID: Numbers] = [:]
        for number in 0...StockRepair.maximumMovements {
            many[lot("\(number)")] = Numbers(movements: StoredUnits(available: -1))
        }
        #expect(throws: StockRepair.Impossible.self) { try Self.mend(level: StoredUnits(available: 1), many) }
    }
}
