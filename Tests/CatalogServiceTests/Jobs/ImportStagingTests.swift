import CatalogMessages
import DrivelineTesting
import Jobs
import LocalServers
import Postgres
import TestSupport
import Testing

@testable import CatalogService

@Suite("What imports keep apart is theirs alone, and is gone when they have ended", .timeLimit(.minutes(5)))
struct ImportStagingTests {
    private static let options = CatalogImportOptions(format: .aces, createProducts: true)

    /// Applications of 300 parts, some of which fit no vehicle that there can be.
    private static func file(_ count: Int) -> String {
        SampleACES.file(
            (0..<count).map { number in
                SampleACES.application(
                    number + 1, "P\(number % 300)", vehicle: number % 1_000 == 999 ? 0 : number + 1)
            })
    }

    @Test("A cancelled import leaves nothing apart, and what it had done stays")
    func cancelled() async throws {
        try await FileHarness.with { files in
            let job = try await files.begin(Self.file(4_000), Self.options)
            let found = try await files.work(on: job) {
                guard try await files.staged() > 0 else { return false }
                _ = try? await files.jobs.jobs.requestCancel(job.id, brand: job.brand)
                return false
            }
            #expect(found.state == .cancelled)
            #expect(try await files.staged() == 0)
        }
    }

    @Test("An import that is cancelled while nobody works on it leaves nothing apart once somebody works again")
    func cancelledBetween() async throws {
        try await FileHarness.with { files in
            let job = try await files.begin(Self.file(4_000), Self.options)
            let cut = try await files.work(on: job) { try await files.staged() > 0 }
            #expect(cut.state == .queued)
            #expect(try await files.jobs.jobs.requestCancel(job.id, brand: job.brand).state == .cancelled)
            #expect(try await files.staged() > 0)
            // Another import's records stay meanwhile.
            let other = try await files.begin(Self.file(1_000), Self.options)
            #expect(try CatalogImport(try await files.finish(other)).fitmentsAdded == 999)
            let runner = Task {
                await files.jobs.run(as: FileHarness.anyRunner, configuration: FileHarness.configuration)
            }
            try await until { try await files.staged() == 0 }
            runner.cancel()
            await runner.value
        }
    }

    @Test("The sweep leaves alone what belongs to an import that waits or works")
    func sweep() async throws {
        try await FileHarness.with { files in
            let job = try await files.begin(Self.file(4_000), Self.options)
            _ = try await files.work(on: job) { try await files.staged() > 0 }
            let before = try await files.staged()
            #expect(before > 0)
            #expect(try await ImportStaging.sweep(files.catalog.pool) == 0)
            #expect(try await files.staged() == before)
        }
    }

    @Test(
        "When the database loses what is kept apart, the file is read again: all of it is applied, counted and told once",
        arguments: [0, 1, 40])
    func lost(pieces: Int) async throws {
        try await FileHarness.with { files in
            // Brought before, and not in the file: to be removed by it. That of another document stays.
            let former = SampleACES.application(1, "P7", vehicle: 70_000)
            _ = try await files.imported(SampleACES.file([former]), Self.options)
            let other = SampleACES.application(1, "P8", vehicle: 80_000)
            _ = try await files.imported(SampleACES.file([other], title: "Other"), Self.options)
            let job = try await files.begin(Self.file(3_000), Self.options)
            let cut = try await files.work(on: job) {
                pieces == 0
                    ? try await files.staged() > 1_000
                    : try await files.catalog.number("select count(distinct sku) from fitment") > Int64(pieces)
            }
            #expect(!cut.state.isFinal)
            try await files.loseStaged()
            let found = try CatalogImport(try await files.finish(job))
            #expect(found.state == .succeeded, "\(String(describing: found.problem))")
            #expect(found.records == 3_000 && found.recordsFailed == 3 && found.fitmentsAdded == 2_997)
            #expect(found.fitmentsRemoved == 1 && found.productsCreated == 298 && found.unchanged == 0)
            #expect(try await files.lines(.failedRecords, of: found).count == 3)
            #expect(try await files.fitments().count == 2_998)
            #expect(try await files.staged() == 0)
        }
    }

    @Test("A full file of products whose records are lost while it is applied removes none that it has")
    func lostProducts() async throws {
        try await FileHarness.with { files in
            let file = (0..<2_000).map { "{\"sku\":\"S\($0)\",\"name\":\"n\"}\n" }.joined()
            let options = CatalogImportOptions(format: .json, mode: .full)
            _ = try await files.imported(file + "{\"sku\":\"GONE\",\"name\":\"n\"}\n", options)
            let job = try await files.begin(file.replacing("\"n\"", with: "\"new\""), options)
            _ = try await files.work(on: job) {
                try await files.catalog.number("select count(*) from product where name = 'new'") > 300
            }
            try await files.loseStaged()
            let found = try CatalogImport(try await files.finish(job))
            #expect(found.state == .succeeded && found.productsChanged == 2_000 && found.productsDeleted == 1)
            #expect(try await files.names().count == 2_000)
        }
    }

    @Test("A server that crashes again and again leaves no import half done")
    func crashes() async throws {
        // A kill may tear a page that is being written, which only full pages in the log mend.
        try await withPostgres(settings: ["full_page_writes": "on"]) { server in
            try await FileHarness.with(on: server) { files in
                var random = SeededGenerator(seed: testSeed())
                let job = try await files.begin(Self.file(4_000), Self.options)
                let runner = Task {
                    await files.jobs.run(as: FileHarness.anyRunner, configuration: FileHarness.configuration)
                }
                for _ in 0..<4 {
                    // Any moment will do: a crash is no event that could be waited for.
                    try await Task.sleep(for: .milliseconds(Int.random(in: 50...1_500, using: &random)))
                    try await server.crash()
                }
                var ended: Job?
                try await until {
                    // A connection of before a crash says so once.
                    ended = try? await files.jobs.jobs.find(job.id, brand: job.brand)
                    return ended?.state.isFinal ?? false
                }
                runner.cancel()
                await runner.value
                let found = try CatalogImport(try #require(ended))
                #expect(found.state == .succeeded, "\(String(describing: found.problem))")
                #expect(found.records == 4_000 && found.fitmentsAdded == 3_996 && found.productsCreated == 300)
                #expect(try await files.lines(.failedRecords, of: found).count == 4)
                #expect(try await files.fitments().count == 3_996)
            }
        }
    }
}
