import CatalogMessages
import DrivelineTesting
import Foundation
import Jobs
import LocalServers
import Postgres
import ProcessTestSupport
import TestSupport
import Testing

@testable import CatalogService

/// `SOAK_TESTS=1` runs three minutes with long files, as `make soak` does.
@Suite("The service and PostgreSQL are killed while files are imported", .timeLimit(.minutes(30)), .serialized)
struct ImportKillTests {
    private static let isLong = ProcessInfo.processInfo.environment["SOAK_TESTS"] != nil
    private static let seconds = isLong ? 180 : 10
    private static let applications = isLong ? 60_000 : 6_000
    /// After how many milliseconds a process is killed, at the most: a start takes a part of them.
    private static let longestLife = isLong ? 6_000 : 2_000
    private static let parts = 500

    /// The first brings parts; the second is in place of it, changes, leaves out and adds some, and has refused records.
    private static func file(_ round: Int) -> String {
        SampleACES.file(
            (0..<Self.applications).map { number in
                SampleACES.application(
                    number + 1, "P\(number % Self.parts + round * 50)",
                    vehicle: number % 500 == 499 ? 0 : number + 1 + round * 1_000, quantity: 1 + number % (round + 2))
            })
    }

    private static let options = CatalogImportOptions(format: .aces, createProducts: true)

    @Test("an import that is killed again and again ends as one that is not, and nothing is done twice or by half")
    func kills() async throws {
        let settings = ["full_page_writes": "on", "synchronous_commit": "off", "wal_writer_delay": "10s"]
        try await withPostgres(settings: settings) { server in
            try await withDatabase(on: server) { database in
                let service = ServiceProcess("catalog", databaseURL: database.url)
                try await service.start()
                do {
                    try await FileHarness.with(database: database.url) { files in
                        try await Self.rounds(files, service, server)
                    }
                    await service.kill()
                } catch {
                    await service.kill()
                    throw error
                }
            }
        }
    }

    private static func rounds(
        _ files: FileHarness, _ service: ServiceProcess, _ server: LocalPostgres
    ) async throws {
        var random = SeededGenerator(seed: testSeed())
        // What undisturbed imports leave.
        let calm = PostgresUUID(high: .random(in: 1 ... .max), low: 1)
        var expected: [(CatalogImport, [String])] = []
        for round in 0...1 {
            let job = try await files.begin(Self.file(round), Self.options, of: calm)
            let found = try CatalogImport(try await Self.ended(job, files))
            #expect(found.state == .succeeded, "\(String(describing: found.problem)) \(service.log)")
            expected.append((found, try await Self.catalog(of: calm, files)))
        }
        let end = ContinuousClock.now + .seconds(Self.seconds)
        var (kills, imports) = (0, 0)
        repeat {
            let brand = PostgresUUID(high: .random(in: 1 ... .max), low: 2)
            for round in 0...1 {
                let job = try await files.begin(Self.file(round), Self.options, of: brand)
                kills += try await Self.killed(job, files, service, server, &random)
                let found = try CatalogImport(try await Self.ended(job, files))
                #expect(found.state == .succeeded, "\(String(describing: found.problem)) \(service.log)")
                #expect(Self.counts(found) == Self.counts(expected[round].0))
                #expect(try await Self.catalog(of: brand, files) == expected[round].1)
                imports += 1
            }
        } while ContinuousClock.now < end
        try await until { try await files.staged() == 0 }
        print("\(kills) kills, \(imports) imports")
        #expect(kills > 1)
    }

    /// Kills the service, and now and then the server, until a job has ended.
    private static func killed(
        _ job: Job, _ files: FileHarness, _ service: ServiceProcess, _ server: LocalPostgres,
        _ random: inout SeededGenerator
    ) async throws -> Int {
        var kills = 0
        var longest = Self.longestLife
        while try await !Self.state(job, files).isFinal {
            // Any moment will do: a kill is no event that could be waited for.
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...longest, using: &random)))
            await service.kill()
            if kills % 5 == 4 { try await server.crash() }
            // Nobody waits for the lease of a process that is gone.
            try await Self.expireLeases(files)
            kills += 1
            // On a slow machine a process that lives too short gets nowhere.
            longest += longest / 5
            try service.begin()
        }
        return kills
    }

    private static func state(_ job: Job, _ files: FileHarness) async throws -> JobState {
        var found: Job?
        // A connection of before a crash says so once.
        try await until {
            found = try? await files.jobs.jobs.find(job.id, brand: job.brand)
            return found != nil
        }
        return found?.state ?? .failed
    }

    private static func expireLeases(_ files: FileHarness) async throws {
        try await until {
            do {
                try await files.catalog.pool.runScript(
                    """
                    update job set lease_expires_at = now() - interval '1 second' where lease_expires_at is not null;
                    update job set not_before = now(), attempts = 0 where state in ('queued', 'running')
                    """)
                return true
            } catch {
                return false
            }
        }
    }

    private static func ended(_ job: Job, _ files: FileHarness) async throws -> Job {
        try await until { try await Self.state(job, files).isFinal }
        return try #require(try await files.jobs.jobs.find(job.id, brand: job.brand))
    }

    private static func counts(_ found: CatalogImport) -> [Int64] {
        [
            found.records, found.recordsFailed, found.passedOver, found.unchanged, found.productsCreated,
            found.productsChanged, found.productsDeleted, found.fitmentsAdded, found.fitmentsRemoved, found.duplicates,
            found.overlaps, found.commentNoComments,
        ]
    }

    /// All that a brand has, and how many events of each kind each part has.
    private static func catalog(of brand: PostgresUUID, _ files: FileHarness) async throws -> [String] {
        let rows = try await files.catalog.pool.query(
            PostgresStatement(
                """
                select 'product ' || sku || ' ' || version from product where brand_id = $1
                union all
                select 'fitment ' || sku || ' ' || fitment_id || ' ' || encode(document, 'hex') from fitment
                where brand_id = $1
                union all
                select 'source ' || sku || ' ' || document_name from fitment_source where brand_id = $1
                union all
                select 'undo ' || sku || ' ' || fitment_id from undo_fitment where brand_id = $1
                union all
                select 'event ' || subject || ' ' || type || ' ' || count(*) from event where brand_id = $1
                group by subject, type
                order by 1
                """), brand)
        return try rows.map { try $0.decode(String.self) }
    }
}
