import DrivelineTesting
import InventoryAPI
import InventoryMessages
import Jobs
import Logging
import Postgres
import TestSupport
import Testing

@testable import InventoryService

@Suite("Imports whose workers die", .timeLimit(.minutes(5)))
struct ImportFaultTests {
    private static let skus = 5_000

    /// What became of an import must not tell whether it was interrupted.
    ///
    /// - Parameter imports: How many imports of so many rows the SKUs have had, this one included.
    private func expectCarriedOut(
        _ found: StockImport, _ harness: InventoryHarness, imports: Int64 = 1
    ) async throws {
        #expect(found.state == .succeeded && found.problem == nil)
        #expect(found.rowsApplied == 2 * Int64(Self.skus) && found.rowsFailed == Int64(Self.skus) / 100)
        #expect(found.levelsChanged == 2 * Int64(Self.skus) && found.bytesDone == found.bytes)
        #expect(try await harness.number("select count(*) from movement") == imports * 2 * Int64(Self.skus))
        #expect(try await harness.number("select count(*) from item") == Int64(Self.skus))
        #expect(try await harness.number("select sum(version)::bigint from item") == imports * Int64(Self.skus))
        #expect(try await harness.lines(.failedRows, of: found).count == Self.skus / 100 + 1)
        #expect(try await harness.number("select count(*) from level where available = 3") == 2 * Int64(Self.skus))
        try await harness.expectSoundLedger()
    }

    private static var file: [UInt8] { Self.file(units: 3) }

    private static func file(units: Int) -> [UInt8] {
        var text = "sku,locationId,onHand\r\n"
        for number in 0..<Self.skus {
            text += "SKU-\(number),WHS1,\(units)\r\nSKU-\(number),WHS2,\(units)\r\n"
            if number % 100 == 0 { text += "bad \(number)\r\n" }
        }
        return Array(text.utf8)
    }

    @Test(
        "an import whose worker is cancelled and cut off again and again carries out each row once, new or changed",
        arguments: [false, true])
    func killedWorkers(isChange: Bool) async throws {
        let server = try await SharedServers.postgres()
        let proxy = try await FaultProxy(to: server)
        defer { proxy.stop() }
        try await InventoryHarness.with { harness in
            if isChange {
                let before = try await harness.upload(Self.file(units: 1), ImportOptions(format: .csv))
                let found = try await harness.workingOnFiles { try await harness.ended(before.importID) }
                #expect(found.rowsApplied == 2 * Int64(Self.skus))
            }
            let created = try await harness.upload(Self.file, ImportOptions(format: .csv))
            var rows: Int64 = 0
            for round in 0..<6 {
                try await Self.withWorker(harness, proxy, number: UInt64(round + 1)) { work in
                    // One step more, then it dies in the middle of the next.
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
            }
            let found = try await harness.workingOnFiles { try await harness.ended(created.importID) }
            try await self.expectCarriedOut(found, harness, imports: isChange ? 2 : 1)
        }
    }

    @Test("steps whose commits get no answer are neither lost nor repeated")
    func lostAnswers() async throws {
        let server = try await SharedServers.postgres()
        let proxy = try await FaultProxy(to: server)
        defer { proxy.stop() }
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        try await InventoryHarness.with { harness in
            let created = try await harness.upload(Self.file, ImportOptions(format: .csv))
            try await Self.withWorker(harness, proxy, number: 1) { work in
                var isDone = false
                while !isDone {
                    proxy.cut(afterBytes: .random(in: 0..<60_000, using: &random), .toClient)
                    let before = try await harness.client.getImport(GetImportRequest(importID: created.importID))
                    try await until {
                        let found = try await harness.client.getImport(GetImportRequest(importID: created.importID))
                        isDone = found.state.hasEnded
                        return isDone || found.rows > before.rows
                    }
                }
                work.cancel()
                await work.value
            }
            try await self.expectCarriedOut(try await harness.ended(created.importID), harness)
        }
    }

    @Test("a step that has decided inserts nothing before the one before it has inserted")
    func order() async throws {
        try await InventoryHarness.with { harness in
            let files = harness.copies[0].files
            let text = "sku,locationId,onHand\nA,WHS1,1\nB,WHS1,2\n"
            let created = try await harness.upload(Array(text.utf8), ImportOptions(format: .csv))
            let runner = JobRunner(
                files.jobs, runner: PostgresUUID(high: 1, low: 1),
                handlers: [StockFiles.importKind: { try await Self.runBackwards($0, Array(text.utf8), files) }],
                configuration: InventoryHarness.fileRunner, logger: harness.copies[0].inventory.logger)
            let work = Task { await runner.run() }
            let found = try await harness.ended(created.importID)
            work.cancel()
            await work.value
            #expect(found.state == .succeeded && found.rowsApplied == 2, "\(found)")
            try await harness.expectSoundLedger()
        }
    }

    /// Runs the second of two steps before the first one.
    private static func runBackwards(_ context: JobContext, _ bytes: [UInt8], _ files: StockFiles) async throws {
        let (first, second, cursor) = try Self.twoSteps(context, bytes, files)
        async let late: Void = second.run()
        let decided = await second.decided
        do {
            guard decided?.cursor == cursor else {
                throw JobFailure(code: "cursor", message: "\(String(describing: decided))")
            }
            try await first.run()
            try await late
        } catch {
            throw JobFailure(code: "order", message: "\(error)")
        }
    }

    /// A step for each of two rows, and where the import stands behind them.
    private static func twoSteps(
        _ context: JobContext, _ bytes: [UInt8], _ files: StockFiles
    ) throws -> (first: ImportStep, second: ImportStep, end: ImportCursor) {
        let rules = try ImportRules(ImportOptions(format: .csv))
        var reader = ImportReader(rules)
        try reader.append(bytes)
        reader.complete()
        var steps: [ImportStep] = []
        var cursor = ImportCursor()
        while case .entry(let entry) = try reader.next(), case .document(let document) = entry.content {
            steps.append(
                ImportStep(
                    [entry], [document.sku], cursor, rules: rules, actor: "tester", after: steps.last, in: context,
                    of: files))
            cursor.offset = entry.endOffset
            cursor.line = entry.endLine
            cursor.counts.applied += 1
            cursor.counts.levels += 1
        }
        return (steps[0], steps[1], cursor)
    }

    @Test(
        "what a step has inserted or changed is undone where the one before it fails as the last thing that it does",
        arguments: [false, true])
    func undone(isChange: Bool) async throws {
        try await InventoryHarness.with { harness in
            if isChange { for sku in ["A", "B"] { try await harness.adjust(sku, 7) } }
            try await harness.pool.runScript(
                """
                create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
                create trigger refuse before insert on event_run for each row when (position('\\x0000000141' in new.events) > 0)
                    execute function refuse();
                """)
            let files = harness.copies[0].files
            let text = "sku,locationId,onHand\nA,WHS1,1\nB,WHS1,2\n"
            let created = try await harness.upload(Array(text.utf8), ImportOptions(format: .csv))
            let runner = JobRunner(
                files.jobs, runner: PostgresUUID(high: 1, low: 1),
                handlers: [
                    StockFiles.importKind: { context in
                        let (first, second, _) = try Self.twoSteps(context, Array(text.utf8), files)
                        async let late: Void = second.run()
                        _ = await second.decided
                        let early = await #expect(throws: PostgresError.self) { try await first.run() }
                        do {
                            try await late
                        } catch is ImportStep.OutOfOrder {
                            throw JobFailure(code: "undone", message: early?.message ?? "")
                        }
                    }
                ],
                configuration: InventoryHarness.fileRunner, logger: harness.copies[0].inventory.logger)
            let work = Task { await runner.run() }
            let found = try await harness.ended(created.importID)
            work.cancel()
            await work.value
            #expect(found.problem?.code == "undone" && found.problem?.message.contains("refused") == true, "\(found)")
            #expect(found.rows == 0)
            let count: Int64 = isChange ? 2 : 0
            #expect(try await harness.number("select count(*) from item where version = 1") == count)
            #expect(try await harness.number("select count(*) from item") == count)
            #expect(try await harness.number("select coalesce(sum(available), 0)::bigint from level") == 7 * count)
            #expect(try await harness.number("select count(*) from movement") == count)
        }
    }

    @Test("while one step is committed another one has written, and a third has decided")
    func overlap() async throws {
        let rest = 100
        let count = ImportRun.stepsAtOnce * ImportStepSize.maximumSKUs + rest
        func file(_ units: Int) -> [UInt8] {
            Array(("sku,locationId,onHand\n" + (0..<count).map { "S\($0),WHS1,\(units)\n" }.joined()).utf8)
        }
        try await InventoryHarness.with { harness in
            try await harness.workingOnFiles {
                let first = try await harness.upload(file(1), ImportOptions(format: .csv))
                #expect(try await harness.ended(first.importID).rowsApplied == Int64(count))
                let second = try await harness.pool.withTransaction { transaction in
                    // No step can append its events, and so none can be committed.
                    _ = try await transaction.query(
                        PostgresStatement("select bucket from event_bucket order by bucket for update"))
                    let created = try await harness.upload(file(2), ImportOptions(format: .csv))
                    try await until {
                        try await harness.number(
                            "select count(*) from (select sku from item for update skip locked) free") == Int64(rest)
                    }
                    return created
                }
                #expect(try await harness.ended(second.importID).rowsApplied == Int64(count))
            }
            #expect(
                try await harness.number("select count(*) from item where version = 2 and total_available = 2")
                    == Int64(count))
            try await harness.expectSoundLedger()
        }
    }

    @Test("a cancelled import stops, and what it has done stays done")
    func cancelled() async throws {
        try await InventoryHarness.with { harness in
            let created = try await harness.upload(Self.file, ImportOptions(format: .csv))
            let found = try await harness.workingOnFiles {
                try await until {
                    try await harness.client.getImport(GetImportRequest(importID: created.importID)).rows > 0
                }
                _ = try await harness.client.cancelImport(CancelImportRequest(importID: created.importID))
                return try await harness.ended(created.importID)
            }
            // It may have come to its end before it noticed.
            #expect(found.state == .cancelled || found.state == .succeeded)
            #expect(try await harness.number("select count(*) from movement") == found.levelsChanged)
            try await harness.expectSoundLedger()
        }
    }

    @Test("an import beside callers who change the same SKUs gives way to none and harms none")
    func besideCallers() async throws {
        try await InventoryHarness.with { harness in
            let created = try await harness.upload(Self.file, ImportOptions(format: .csv))
            let found = try await harness.workingOnFiles {
                await withTaskGroup(of: Void.self) { group in
                    for caller in 0..<8 {
                        group.addTask {
                            for number in 0..<40 {
                                let sku = "SKU-\((number * 997 + caller * 61) % Self.skus)"
                                _ = try? await harness.adjust(sku, 1)
                                _ = try? await harness.reserve(sku, 1)
                            }
                        }
                    }
                }
                return try await harness.ended(created.importID)
            }
            #expect(found.state == .succeeded && found.rows == 2 * Int64(Self.skus) + Int64(Self.skus) / 100)
            try await harness.expectSoundLedger()
        }
    }

    /// Runs a worker whose connections go through a proxy.
    static func withWorker(
        _ harness: InventoryHarness, _ proxy: FaultProxy, number: UInt64,
        _ body: (Task<Void, Never>) async throws -> Void
    ) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(
            PostgresConfiguration(url: proxy.url(database: harness.database.name)), on: reactor)
        let logger = Logger(label: "inventory") { _ in SwiftLogNoOpLogHandler() }
        let files = StockFiles(pool, reads: StockReads(pool, logger: logger), logger: logger)
        let work = Task {
            await files.run(as: PostgresUUID(high: 1, low: number), configuration: InventoryHarness.fileRunner)
        }
        do {
            try await body(work)
        } catch {
            work.cancel()
            await pool.shutDown(graceMilliseconds: 0)
            throw error
        }
        await pool.shutDown(graceMilliseconds: 0)
    }
}

extension FileJobState {
    fileprivate var hasEnded: Bool { self == .succeeded || self == .failed || self == .cancelled }
}
