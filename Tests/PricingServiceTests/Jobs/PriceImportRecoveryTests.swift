import DrivelineTesting
import Jobs
import Postgres
import PricingAPI
import PricingMessages
import TestSupport
import Testing

@testable import PricingService

@Suite(.timeLimit(.minutes(5))) struct PriceImportRecoveryTests {
    @Test("an import that is killed again and again does what an undisturbed one does")
    func resumed() async throws {
        let seed = testSeed()
        func run(isKilled: Bool) async throws -> ([String], [String], Int, [Int64]) {
            var result: ([String], [String], Int, [Int64]) = ([], [], 0, [])
            try await PriceFileHarness.with { files in
                var random = SeededGenerator(seed: seed)
                try await PriceImportTests.makeLists(files)
                _ = try await files.imported(PriceImportTests.file(200, using: &random))
                let job = try await files.begin(
                    PriceImportTests.file(400, using: &random), PriceImportOptions(format: .csv, full: true))
                var kills = 0
                while isKilled, kills < 12 {
                    let runner = Task {
                        await files.jobs.run(
                            as: PriceFileHarness.anyRunner, configuration: PriceFileHarness.configuration)
                    }
                    let steps = Int.random(in: 1...6, using: &random)
                    let before = try await files.found(job).cursor
                    var (last, count) = (before, 0)
                    try await until {
                        let found = try await files.found(job)
                        if found.cursor != last { (last, count) = (found.cursor, count + 1) }
                        return count >= steps || found.state.isFinal
                    }
                    runner.cancel()
                    await runner.value
                    kills += 1
                    if try await files.found(job).state.isFinal { break }
                }
                let found = try PriceImport(try await files.finish(job))
                #expect(found.state == .succeeded)
                let failed = try await files.lines(.failedRecords, of: found)
                result = (
                    try await files.prices(), try await files.history() + failed.sorted(),
                    try await files.pricing.lists.listHolds(ListHoldsRequest(pageSize: 200)).holds.count,
                    [
                        found.records, found.pricesCreated, found.pricesChanged, found.pricesRemoved, found.pricesHeld,
                        found.unchanged, found.recordsFailed,
                    ]
                )
                #expect(try await files.staged() == 0)
            }
            return result
        }
        let (killed, undisturbed) = (try await run(isKilled: true), try await run(isKilled: false))
        #expect(killed.0 == undisturbed.0)
        #expect(killed.1 == undisturbed.1)
        #expect(killed.2 == undisturbed.2)
        #expect(killed.3 == undisturbed.3)
    }

    @Test("a cancelled import leaves nothing kept apart, and what it did can be undone")
    func cancelled() async throws {
        try await PriceFileHarness.with { files in
            try await PriceImportTests.makeLists(files)
            var random = SeededGenerator(seed: testSeed())
            _ = try await files.imported(PriceImportTests.file(100, using: &random))
            let before = try await files.prices()
            let job = try await files.begin(PriceImportTests.file(400, using: &random))
            let runner = Task {
                await files.jobs.run(as: PriceFileHarness.anyRunner, configuration: PriceFileHarness.configuration)
            }
            try await until {
                let found = try await files.found(job)
                return try ImportProgress(of: found).parts > 3 || found.state.isFinal
            }
            _ = try? await files.jobs.jobs.requestCancel(job.id, brand: job.brand)
            try await until { try await files.found(job).state.isFinal }
            try await until { try await files.staged() == 0 }
            runner.cancel()
            await runner.value
            let found = try PriceImport(try await files.found(job))
            #expect(try await files.undo(found).refused == [])
            #expect(try await files.prices() == before)
        }
    }

    @Test("what imports left that nobody could clear is cleared by the next one")
    func abandoned() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            _ = try await files.pricing.number(
                """
                with left_over as (
                    insert into import_price select gen_random_uuid(), n, n, 1, 0, 'A', 1, 1, '-infinity', 'infinity', 1
                    from generate_series(1, 5) n returning 1
                ) select count(*) from left_over
                """)
            #expect(try await files.imported(PriceImportTests.header + "retail,A,,1,,,\n").state == .succeeded)
            #expect(try await files.staged() == 0)
        }
    }

    @Test("undoing restores every price, its quantity and its time, and leaves what was changed since")
    func undo() async throws {
        try await PriceFileHarness.with { files in
            try await PriceImportTests.makeLists(files)
            var random = SeededGenerator(seed: testSeed())
            _ = try await files.imported(PriceImportTests.file(200, using: &random))
            let before = try await files.prices()
            let found = try await files.imported(
                PriceImportTests.file(250, using: &random), PriceImportOptions(format: .csv, full: true))
            #expect(found.pricesCreated > 0 && found.pricesChanged > 0 && found.pricesRemoved > 0)
            #expect(try await files.prices() != before)
            #expect(try await files.undo(found).refused == [])
            #expect(try await files.prices() == before)
        }
    }

    @Test("what was changed, removed or made again since an import stays as it is when that is undone")
    func changedSince() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            let header = PriceImportTests.header
            _ = try await files.imported(
                header + (["A", "B", "C", "D", "E"].map { "retail,\($0),,1,,,\n" }.joined()))
            let found = try await files.imported(
                header
                    + "retail,A,,2,,,\nretail,B,,2,,,\nretail,C,,2,,,\nretail,D,,,,,D\nretail,E,,,,,D\nretail,F,,2,,,\n"
                    + "retail,G,,2,,,\nretail,H,,2,,,\n")
            #expect((found.pricesChanged, found.pricesRemoved, found.pricesCreated) == (3, 2, 3))
            try await files.pricing.put([.sample("B", "3"), .sample("D", "3"), .sample("F", "3")])
            try await files.pricing.delete([PriceKey(sku: "C"), PriceKey(sku: "G")])
            // Removed again since: the file's removal is not the last word.
            try await files.pricing.put([.sample("E", "9")])
            try await files.pricing.delete([PriceKey(sku: "E")])
            let (refused, job) = try await files.undo(found)
            #expect(refused == [] && job.state == .succeeded && job.progress.done == 2)
            #expect(job.progress.message == "6 changed since")
            #expect(
                try await files.prices() == [
                    "retail A 1 -infinity infinity 1000000", "retail B 1 -infinity infinity 3000000",
                    "retail D 1 -infinity infinity 3000000", "retail F 1 -infinity infinity 3000000",
                ])
        }
    }
}
