import DrivelineTesting
import InventoryAPI
import InventoryDomain
import InventoryMessages
import Jobs
import Postgres
import TestSupport
import Testing

@testable import InventoryService

@Suite("Dry runs whose steps have SKUs in common", .timeLimit(.minutes(5)))
struct DryRunTests {
    @Test("each step goes by what the steps before would have left")
    func steps() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 5)
            try await harness.reserve("A", 4)
            let text = """
                sku,locationId,stockAvailable,onHand,expectedVersion,reorderThreshold,channelBuffers
                A,WHS1,6,,2,20,
                B,WHS2,1,,0,,
                A,WHS1,,3,,,
                B,WHS1,2,,1,,"{""amazon"":3}"
                A,WHS1,,4,3,30,
                C,WHS1,1,,,,
                B,WHS2,7,,1,,
                A,WHS1,2,,2,,
                B,WHS2,7,,2,,"{""ebay"":1}"

                """
            let options = ImportOptions(format: .csv, dryRun: true)
            let found = try await harness.importing(text, options, stepsOf: 1)
            #expect(found.state == .succeeded && found.rowsApplied == 6 && found.rowsFailed == 3, "\(found)")
            #expect(
                try await harness.lines(.differences, of: found).dropFirst() == [
                    "2,A,WHS1,stockAvailable,1,6", "2,A,,reorderThreshold,0,20", "3,B,WHS2,stockAvailable,,1",
                    "5,B,WHS1,stockAvailable,,2", "5,B,,channelBuffers,,\"{\"\"amazon\"\":3}\"",
                    "6,A,WHS1,onHand,10,4", "6,A,,reorderThreshold,20,30", "7,C,WHS1,stockAvailable,,1",
                    "10,B,WHS2,stockAvailable,1,7",
                    "10,B,,channelBuffers,\"{\"\"amazon\"\":3}\",\"{\"\"amazon\"\":3,\"\"ebay\"\":1}\"",
                ])
            let failed = try await harness.lines(.failedRows, of: found).dropFirst()
            #expect(
                failed.map { $0.split(separator: ",")[...4].joined(separator: ",") } == [
                    "4,A,WHS1,onHand,below-reserved", "8,B,WHS2,expectedVersion,version-conflict",
                    "9,A,WHS1,expectedVersion,version-conflict",
                ])
            #expect(try await harness.number("select count(*) from item") == 1)
            let carriedOut = try await harness.importing(text, ImportOptions(format: .csv), stepsOf: 1)
            #expect(try await harness.lines(.failedRows, of: carriedOut).dropFirst() == failed)
        }
    }

    @Test("a draft is read back as it was kept, and replaced by the next one")
    func drafts() async throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        try await InventoryHarness.with(locations: []) { harness in
            let job = try await harness.newJob()
            let drafts = ImportDrafts(of: job)
            var known: [SKU: InventoryDomain.StockItem] = [:]
            for round in 0..<3 {
                var kept: [ImportDraft] = []
                for sku in Set((0..<200).map { _ in Int.random(in: 0..<300, using: &random) }).sorted() {
                    let sku = try SKU("SKU \(sku)")
                    kept.append(
                        ImportDraft(
                            key: Keyed(sku, of: harness.brand, share: 0), item: try Self.item(sku, &random),
                            isKnown: known[sku] != nil))
                    known[sku] = kept.last?.item
                }
                let part = kept
                try await harness.pool.withTransaction { transaction in
                    try await drafts.keep(part, in: transaction)
                    _ = try await transaction.commit()
                }
                let keys = try (0..<300).map { Keyed(try SKU("SKU \($0)"), of: harness.brand, share: 0) }
                let rows = try await harness.pool.withTransaction { try await $0.execute([drafts.reading(keys)])[0] }
                let found = try ImportDrafts.read(rows, keys)
                #expect(found.count == known.count, "seed \(seed), round \(round)")
                for (position, item) in found {
                    #expect(item == known[keys[position].name], "seed \(seed), round \(round)")
                }
            }
            #expect(try await harness.number("select count(*) from import_draft") == Int64(known.count))
        }
    }

    private static func item(
        _ sku: SKU, _ random: inout SeededGenerator
    ) throws -> InventoryDomain.StockItem {
        var settings = ItemSettings(
            reorderThreshold: try UnitCount(.random(in: 0..<9, using: &random)),
            reorderQuantity: try UnitCount(.random(in: 0..<9, using: &random)),
            safetyBuffer: try UnitCount(.random(in: 0..<9, using: &random)), isDropShip: .random(using: &random))
        for channel in ["a \"quoted\" one", "ebay", "ö"] where Bool.random(using: &random) {
            settings.channelBuffers.append(
                InventoryDomain.ChannelBuffer(
                    channel: try ChannelID(channel), quantity: try UnitCount(.random(in: 0..<9, using: &random))))
        }
        settings.reorderWritten = Self.mark(&random)
        settings.buffersWritten = Self.mark(&random)
        settings.dropShipWritten = Self.mark(&random)
        var levels: [Level] = []
        for number in 0..<Int.random(in: 0...4, using: &random) {
            var lots: [Lot] = []
            for number in 0..<max(0, Int.random(in: -3...3, using: &random)) {
                lots.append(
                    Lot(
                        id: try LotID("lot, \(number)"), expiresAt: Self.mark(&random)?.at,
                        balance: try Self.balance(&random)))
            }
            levels.append(
                Level(
                    location: try LocationID("location \(number)"),
                    balance: try Self.balance(inTransit: 3, incoming: 2, &random),
                    version: .random(in: 1..<9, using: &random), written: Self.mark(&random), lots: lots))
        }
        return try StockItem(
            sku: sku, version: .random(in: 1...InventoryLimits.maximumUnits, using: &random), settings: settings,
            levels: levels)
    }

    /// Some numbers, also with more reserved than there is.
    private static func balance(
        inTransit: Int64 = 0, incoming: Int64 = 0, _ random: inout SeededGenerator
    ) throws -> Balance {
        try Balance(
            onHand: .random(in: 0..<9, using: &random), reserved: .random(in: 0..<9, using: &random),
            quarantined: .random(in: 0..<9, using: &random), inTransit: inTransit, incoming: incoming)
    }

    private static func mark(_ random: inout SeededGenerator) -> WriteMark? {
        guard Bool.random(using: &random) else { return nil }
        let at = Timestamp(microseconds: .random(in: 0...1 << 52, using: &random))
        return InventoryDomain.Source.allCases.randomElement(using: &random).map { WriteMark(source: $0, at: at) }
    }

    @Test("what a dry run has kept is removed when it has failed, and not before")
    func sweeping() async throws {
        try await InventoryHarness.with { harness in
            let files = harness.copies[0].files
            try await harness.pool.runScript(
                """
                create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
                create trigger refuse before insert on import_draft for each row when (new.sku = 'C') execute function refuse();
                """)
            let text = "sku,locationId,onHand\nA,WHS1,1\nB,WHS1,2\nC,WHS1,3\n"
            let handler: JobRunner.Handler = { context in
                do {
                    try await files.runImport(context, size: ImportStepSize(maximum: 1))
                } catch {
                    let count = try await ImportDrafts.sweep(harness.pool)
                    throw JobFailure(code: "swept", message: "\(count)")
                }
            }
            let found = try await harness.workingOnImports(by: handler) {
                try await harness.ended(try await harness.upload(Array(text.utf8), ImportTests.dryRun).importID)
            }
            #expect(found.state == .failed && found.problem?.message == "0" && found.rowsApplied == 2, "\(found)")
            #expect(try await harness.number("select count(*) from import_draft") == 2)
            #expect(try await ImportDrafts.sweep(harness.pool) == 1)
            #expect(try await harness.number("select count(*) from import_draft") == 0)
            #expect(try await ImportDrafts.sweep(harness.pool) == 0)
        }
    }

    @Test("a step that fails as the last thing that it does leaves no drafts")
    func undone() async throws {
        try await InventoryHarness.with { harness in
            // Sequences are not rolled back: only the third step fails, and only once.
            try await harness.pool.runScript(
                """
                create sequence step;
                create function refuse() returns trigger language plpgsql as $$ begin
                    if nextval('step') = 3 then raise 'refused'; end if;
                    return new;
                end $$;
                create trigger refuse before insert on job_chunk for each row when (new.is_result)
                    execute function refuse();
                """)
            let rows = ["A,WHS1,1,0", "B,WHS1,1,0", "A,WHS1,2,1", "B,WHS1,2,1", "A,WHS1,3,2"]
            let text = (["sku,locationId,onHand,expectedVersion"] + rows).joined(separator: "\n")
            let found = try await harness.importing(text, ImportTests.dryRun, stepsOf: 1)
            #expect(found.state == .succeeded && found.rowsApplied == 5, "\(found)")
            #expect(try await harness.number("select last_value from step") == 6)
        }
    }

    @Test("a dry run whose worker is cut off again and again shows what one shows that never was")
    func killedWorkers() async throws {
        let server = try await SharedServers.postgres()
        let proxy = try await FaultProxy(to: server)
        defer { proxy.stop() }
        try await InventoryHarness.with { harness in
            let file = Self.recurringFile
            let created = try await harness.upload(file, ImportTests.dryRun)
            var rows: Int64 = 0
            for round in 0..<6 {
                try await ImportFaultTests.withWorker(harness, proxy, number: UInt64(round + 1)) { work in
                    try await until {
                        let found = try await harness.client.getImport(GetImportRequest(importID: created.importID))
                        defer { rows = found.rows }
                        return found.rows > rows || found.state == .succeeded
                    }
                    if round % 2 == 0 { proxy.cut() }
                    work.cancel()
                    if round % 2 == 1 { proxy.cut() }
                    await work.value
                }
                #expect(try await ImportDrafts.sweep(harness.pool) == 0)
            }
            let found = try await harness.workingOnFiles { try await harness.ended(created.importID) }
            let whole = try await harness.workingOnFiles {
                try await harness.ended(try await harness.upload(file, ImportTests.dryRun).importID)
            }
            #expect(found.state == .succeeded && found.rowsFailed == Int64(Self.skus), "\(found)")
            #expect(found.rowsApplied == 2 * Int64(Self.skus) && found.levelsChanged == found.rowsApplied)
            for result in [ImportResult.failedRows, .differences] {
                let lines = try await harness.lines(result, of: found)
                #expect(lines == (try await harness.lines(result, of: whole)))
                #expect(lines.count == (result == .differences ? 2 : 1) * Self.skus + 1)
            }
            #expect(try await harness.number("select count(*) from import_draft") == 0)
            #expect(try await harness.number("select count(*) from import_draft_job") == 0)
            #expect(try await harness.number("select count(*) from item") == 0)
        }
    }

    private static let skus = 3_000

    /// Each SKU three times, far from each other; the second row goes by the first one's version, and so does the third,
    /// which is refused.
    private static var recurringFile: [UInt8] {
        var text = "sku,locationId,onHand,expectedVersion\r\n"
        for (units, version) in [(5, 0), (3, 1), (4, 1)] {
            for number in 0..<Self.skus { text += "SKU-\(number),WHS1,\(units),\(version)\r\n" }
        }
        return Array(text.utf8)
    }
}

extension InventoryHarness {
    /// A job of the brand that nobody works on.
    fileprivate func newJob() async throws -> Job {
        let created = try await self.upload(Array("sku,locationId\n".utf8), ImportTests.dryRun)
        let id = try #require(JobID(created.importID))
        return try #require(try await self.copies[0].files.jobs.find(id, brand: self.brand))
    }
}
