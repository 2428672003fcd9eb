import InventoryAPI
import InventoryDomain
import InventoryMessages
import Jobs
import Postgres
import TestSupport
import Testing

@testable import InventoryService

/// What a dry run shows of a file is what the import of the file then does.
@Suite("Dry runs beside the imports of the same files", .timeLimit(.minutes(5)))
struct DryRunPropertyTests {
    @Test("random files are refused row by row, change number by number and leave items as their dry runs have shown")
    func sameAsImport() async throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for round in 0..<8 {
            let hint: Comment = "seed \(seed), round \(round)"
            try await InventoryHarness.with(locations: []) { harness in
                try await Self.setUp(harness, using: &random)
                try await harness.keepRemovedDrafts()
                let before = try await harness.storedItems()
                let text = Self.file(rows: round % 2 == 0 ? 300 : 30, repeating: before, using: &random)
                let skus = Int.random(in: 1...4, using: &random)
                let context = CommandContext(source: [.warehouse, .erp, .feed].randomElement(using: &random) ?? .user)
                let shown = try await harness.importing(
                    text, ImportOptions(format: .csv, dryRun: true, context: context), stepsOf: skus)
                #expect(try await harness.storedItems() == before, hint)
                #expect(try await harness.number("select count(*) from import_draft") == 0, hint)
                let done = try await harness.importing(
                    text, ImportOptions(format: .csv, context: context), stepsOf: skus)
                try await harness.expectSame(shown, done, hint)
                let after = try await harness.storedItems()
                var figures = Figures(before)
                for line in try await harness.lines(.differences, of: shown).dropFirst() {
                    figures.change(by: line, hint)
                }
                #expect(figures == Figures(after), hint)
                let drafts = try await harness.removedDrafts(of: shown)
                for (sku, item) in after {
                    #expect((drafts[sku] ?? before[sku])?.told == item.told, hint)
                }
                #expect(Set(drafts.keys).isSubset(of: after.keys), hint)
                try await harness.expectSoundLedger()
            }
        }
    }

    private static func setUp(_ harness: InventoryHarness, using random: inout SeededGenerator) async throws {
        let setup = ImportPropertyTests.Setup(using: &random)
        try await setup.send(by: harness.client)
        for document in setup.stock where Bool.random(using: &random) {
            _ = try await harness.client.receiveStock(
                ReceiveStockRequest(
                    commandID: "lot-\(document.sku)", sku: document.sku, locationID: "W1",
                    quantity: .random(in: 1..<20, using: &random), lot: InventoryMessages.LotReference(lotID: "L")))
        }
        var rules = setup.rules
        for field in [InventoryMessages.ContestedField.buffers, .dropShip] where Bool.random(using: &random) {
            rules.conflicts.append(
                ConflictRule(field: field, policy: .sourcePriority, ranking: [.warehouse, .erp, .feed]))
        }
        _ = try await harness.client.putRules(PutRulesRequest(rules: rules))
    }

    /// - Parameter items: Of some levels a row says what they have already.
    private static func file(
        rows: Int, repeating items: [SKU: InventoryDomain.StockItem], using random: inout SeededGenerator
    ) -> String {
        var lines: [String] = []
        var sku = 0
        for _ in 0..<rows {
            if Int.random(in: 0..<3, using: &random) == 0 { sku = .random(in: 0..<22, using: &random) }
            let location = ["W1", "W2", "W3", "W1", "W2", "W3", "W9", ""].randomElement(using: &random) ?? ""
            let units = Int64.random(in: -1..<30, using: &random)
            let stock = location.isEmpty ? "," : Bool.random(using: &random) ? "\(units)," : ",\(units)"
            lines.append("S\(sku),\(location),\(stock),\(Self.settings(using: &random))")
        }
        for (sku, item) in items.sorted(by: { $0.key < $1.key }) {
            for level in item.levels where Bool.random(using: &random) {
                lines.insert(
                    "\(sku),\(level.location),,\(level.balance.onHand),,,,,,",
                    at: .random(in: 0...lines.count, using: &random))
            }
        }
        let header = """
            sku,locationId,stockAvailable,onHand,dropShip,reorderThreshold,reorderQuantity,safetyBuffer,channelBuffers,\
            expectedVersion
            """
        return ([header] + lines).joined(separator: "\n") + "\n"
    }

    /// The fields of a row behind its stock, most of them empty.
    private static func settings(using random: inout SeededGenerator) -> String {
        [
            ["true", "false"], ["10", "25", "x"], ["5", "6"], ["1", "2"],
            [#""{""amazon"":3}""#, #""{""amazon"":4}""#], ["0", "1", "2", "3", "4", "5", "6"],
        ].map { Int.random(in: 0..<3, using: &random) == 0 ? $0.randomElement(using: &random) ?? "" : "" }
            .joined(separator: ",")
    }
}

/// The numbers that differences tell of, as they stand in files.
private struct Figures: Equatable {
    private struct Place: Hashable {
        let sku: String
        let location: String
        let column: String
    }

    private var values: [Place: String] = [:]

    init(_ items: [SKU: InventoryDomain.StockItem]) {
        for item in items.values {
            let sku = "\(item.sku)"
            for level in item.levels {
                self[sku, "\(level.location)", .stockAvailable] = "\(level.balance.available)"
                self[sku, "\(level.location)", .onHand] = "\(level.balance.onHand)"
            }
            for (column, value) in item.settings.shown { self[sku, "", column] = value }
        }
    }

    /// Settings that are those of a new item are as good as none.
    private subscript(sku: String, location: String, column: StockColumn) -> String? {
        get {
            self.values[Place(sku: sku, location: location, column: column.rawValue)]
                ?? ItemSettings().shown.first { $0.column == column }?.value
        }
        set {
            let isNew = newValue == ItemSettings().shown.first { $0.column == column }?.value
            self.values[Place(sku: sku, location: location, column: column.rawValue)] = isNew ? nil : newValue
        }
    }

    /// Changes the number that a line of differences tells of, which must be what the line says.
    mutating func change(by line: String, _ hint: Comment) {
        let fields = line.replacing("\"\"", with: "'").replacing("\"", with: "").replacing("'", with: "\"")
            .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6, let column = StockColumn(rawValue: fields[3]) else {
            Issue.record("\(line): \(hint)")
            return
        }
        let (sku, location, old, new) = (fields[1], fields[2], fields[4], fields[5])
        #expect(self[sku, location, column] ?? "" == old, "\(line): \(hint)")
        self[sku, location, column] = new
        // The other number of the level changes by as much.
        guard column == .stockAvailable || column == .onHand, let units = Int64(new) else { return }
        let other: StockColumn = column == .onHand ? .stockAvailable : .onHand
        let before = self[sku, location, other].flatMap { Int64($0) } ?? 0
        self[sku, location, other] = "\(before + units - (Int64(old) ?? 0))"
    }
}

extension InventoryDomain.StockItem {
    /// All but times, and in an order that does not depend on where it comes from.
    fileprivate var told: [String] {
        let marks = [self.settings.reorderWritten, self.settings.buffersWritten, self.settings.dropShipWritten]
        let levels = self.levels.sorted { $0.location < $1.location }.map { level in
            """
            \(level.location) \(level.balance) \(level.version) \(String(describing: level.written?.source)) \
            \(level.lots)
            """
        }
        return ["\(self.version)", "\(self.settings.shown)", "\(marks.map { $0?.source })"] + levels
    }
}

extension InventoryHarness {
    /// Compares what became of the rows of two imports.
    fileprivate func expectSame(_ shown: StockImport, _ done: StockImport, _ hint: Comment) async throws {
        #expect(shown.state == .succeeded && done.state == .succeeded, hint)
        #expect(shown.rowsApplied == done.rowsApplied && shown.rowsUnchanged == done.rowsUnchanged, hint)
        #expect(shown.rowsSuperseded == done.rowsSuperseded && shown.rowsFailed == done.rowsFailed, hint)
        #expect(shown.levelsChanged == done.levelsChanged, hint)
        let shownRows = try await self.lines(.failedRows, of: shown)
        let refusedRows = try await self.lines(.failedRows, of: done)
        #expect(shownRows == refusedRows, hint)
    }

    private var keys: [Keyed<SKU>] {
        get throws { try (0..<22).map { Keyed(try SKU("S\($0)"), of: self.brand, share: 0) } }
    }

    /// The items that there are.
    fileprivate func storedItems() async throws -> [SKU: InventoryDomain.StockItem] {
        let keys = try self.keys
        let answers = try await self.pool.withTransaction { transaction in
            try await transaction.execute(ItemRows.reading(keys) + [LotRows.reading(keys)])
        }
        let lots = try LotRows.read(answers[2], keys)
        var items: [SKU: InventoryDomain.StockItem] = [:]
        for (position, placed) in try ItemRows.read(answers[..<2], keys).items.enumerated() {
            guard var item = placed?.item else { continue }
            for (location, lots) in lots[position] ?? [:] { item.attach(lots, at: location) }
            items[item.sku] = item
        }
        return items
    }

    /// From now on drafts that are removed are put aside, the last one of each SKU.
    fileprivate func keepRemovedDrafts() async throws {
        try await self.pool.runScript(
            """
            create table removed_draft (like import_draft including all);
            create function put_aside() returns trigger language plpgsql as $$
            begin
                delete from removed_draft r where r.sku = old.sku;
                insert into removed_draft select old.*;
                return null;
            end $$;
            create trigger put_aside after delete on import_draft for each row execute function put_aside();
            """)
    }

    /// What was put aside.
    fileprivate func removedDrafts(of shown: StockImport) async throws -> [SKU: InventoryDomain.StockItem] {
        let id = try #require(JobID(shown.importID))
        let job = try #require(try await self.copies[0].files.jobs.find(id, brand: self.brand))
        let keys = try self.keys
        try await self.pool.runScript("insert into import_draft select * from removed_draft")
        let rows = try await self.pool.withTransaction { transaction in
            try await transaction.execute([ImportDrafts(of: job).reading(keys)])[0]
        }
        var items: [SKU: InventoryDomain.StockItem] = [:]
        for item in try ImportDrafts.read(rows, keys).values { items[item.sku] = item }
        return items
    }
}
