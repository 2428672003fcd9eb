import DrivelineTesting
import Jobs
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import TestSupport
import Testing

@testable import OrderService

@Suite("Imports of orders that are interrupted", .timeLimit(.minutes(5)))
struct OrderImportRecoveryTests {
    /// What an import came to.
    private struct Outcome: Equatable {
        var orders: [Order] = []
        var failed: [String] = []
        var counts: [Int64] = []
        var rows: [Int64] = []
    }

    @Test("an import that is killed again and again does what an undisturbed one does", arguments: 1...3)
    func resumed(round: Int) async throws {
        let seed = testSeed() &+ UInt64(round)
        func run(isKilled: Bool) async throws -> Outcome {
            var outcome = Outcome()
            try await OrderFileHarness.with { files in
                var random = SeededGenerator(seed: seed)
                _ = try await files.imported(OrderFileSamples.file(60, using: &random))
                let job = try await files.begin(
                    OrderFileSamples.file(300, using: &random), OrderImportOptions(format: .jsonLines))
                var kills = 0
                while isKilled, kills < 10 {
                    kills += 1
                    if try await files.kill(job, afterSteps: Int.random(in: 1...8, using: &random)) { break }
                }
                let found = try OrderImport(try await files.finish(job))
                #expect(found.state == .succeeded, "seed \(seed)")
                outcome.orders = try await files.stored().map(\.asItCame)
                outcome.failed = try await files.lines(.failedRecords, of: found.importID).sorted()
                outcome.counts = [found.records, found.ordersCreated, found.unchanged, found.recordsFailed]
                outcome.rows = [
                    try await files.orders.number("select count(*) from order_key"),
                    try await files.orders.number("select count(*) from order_line"),
                    try await files.orders.number("select count(*) from order_entry"),
                    try await files.orders.number("select count(*) from order_tag"),
                ]
                #expect(found.records == found.ordersCreated + found.unchanged + found.recordsFailed, "seed \(seed)")
                #expect(try await files.staged() == 0)
                #expect(
                    try await files.orders.number("select count(*) from sales_order")
                        == files.orders.number("select count(*) from order_key"))
            }
            return outcome
        }
        let (killed, undisturbed) = (try await run(isKilled: true), try await run(isKilled: false))
        #expect(killed == undisturbed, "seed \(seed)")
    }

    @Test("a crash of the database that loses what is kept apart has the file read again", arguments: [false, true])
    func lost(isApplying: Bool) async throws {
        try await OrderFileHarness.with { files in
            let job = try await files.begin(
                (0..<200).map { OrderFileSamples.line("A-\($0)", quantity: $0 % 7) }.joined(),
                OrderImportOptions(format: .jsonLines))
            let runner = files.runner()
            try await until {
                let progress = try ImportProgress(of: try await files.found(job))
                return isApplying ? progress.created > 20 : progress.kept >= 40
            }
            runner.cancel()
            await runner.value
            try await files.pool.runScript("truncate import_order, import_order_job")
            let found = try OrderImport(try await files.finish(job))
            #expect(found.state == .succeeded)
            #expect((found.records, found.ordersCreated, found.recordsFailed, found.unchanged) == (200, 171, 29, 0))
            #expect(try await files.lines(.failedRecords, of: found.importID).count == 29)
            #expect(try await files.orders.number("select count(*) from sales_order") == 171)
        }
    }

    @Test("a cancelled import leaves nothing kept apart, and each order whole")
    func cancelled() async throws {
        try await OrderFileHarness.with { files in
            let job = try await files.begin(
                (0..<400).map { OrderFileSamples.line("A-\($0)") }.joined(), OrderImportOptions(format: .jsonLines))
            let runner = files.runner()
            try await until {
                let found = try await files.found(job)
                return try ImportProgress(of: found).created > 20 || found.state.isFinal
            }
            _ = try? await files.jobs.jobs.requestCancel(job.id, brand: job.brand)
            try await until { try await files.found(job).state.isFinal }
            try await until { try await files.staged() == 0 }
            runner.cancel()
            await runner.value
            let orders = try await files.orders.number("select count(*) from sales_order")
            #expect(orders > 20)
            #expect(try await files.orders.number("select count(*) from order_entry") == orders)
            #expect(try await files.orders.number("select count(*) from order_line") == 2 * orders)
            #expect(try await files.orders.number("select count(*) from order_key") == orders)
        }
    }

    @Test("what imports left that nobody could clear is cleared by the next one")
    func abandoned() async throws {
        try await OrderFileHarness.with { files in
            try await files.pool.runScript(
                "insert into import_order_job select gen_random_uuid(), gen_random_uuid() from generate_series(1, 3)")
            #expect(try await files.imported(OrderFileSamples.article).state == .succeeded)
            #expect(try await files.staged() == 0)
        }
    }

    @Test("an export that is killed has each order once")
    func export() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported((0..<300).map { OrderFileSamples.line("A-\($0)") }.joined())
            let begun = try await files.files.beginExport(
                BeginOrderExportRequest(
                    commandID: OrderHarness.newID(), options: OrderExportOptions(format: .csv)))
            let job = try #require(try await files.job(begun.exportID))
            for _ in 0..<3 {
                let runner = files.runner()
                try await until { try await files.found(job).attempts > 0 }
                runner.cancel()
                await runner.value
            }
            let found = try OrderExport(try await files.finish(job))
            let lines = try await files.lines(.orders, of: found.exportID)
            #expect(found.state == .succeeded && found.records == 300)
            #expect(lines.count == 601 && Set(lines).count == 601)
        }
    }

    @Test("an order that somebody places meanwhile is there once, whoever comes first", arguments: 1...3)
    func beside(round: Int) async throws {
        try await OrderFileHarness.with { files in
            let job = try await files.begin(
                (0..<120).map { OrderFileSamples.line("A-\($0)") }.joined(), OrderImportOptions(format: .jsonLines))
            async let ended = files.finish(job)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<120 {
                    group.addTask { _ = try? await files.orders.record("A-\(number)", fingerprint: [9]) }
                }
            }
            let found = try OrderImport(try await ended)
            #expect(found.state == .succeeded && found.ordersCreated + found.recordsFailed == 120)
            #expect(try await files.orders.number("select count(*) from sales_order") == 120)
            #expect(try await files.orders.number("select count(distinct channel_order_id) from sales_order") == 120)
        }
    }
}
