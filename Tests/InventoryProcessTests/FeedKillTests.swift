import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryDomain
import InventoryMessages
import InventoryService
import LocalServers
import Postgres
import ProcessTestSupport
import RPC
import TestSupport
import Testing

/// `SOAK_TESTS=1` kills more often, as `make soak` does.
@Suite("The service is killed within the run of a feed", .timeLimit(.minutes(30)), .serialized)
struct FeedKillTests {
    @Test("each row is applied once, all is counted once, and the file is put where it belongs, whenever it is killed")
    func kills() async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "driveline-feeds-\(UUID())")
        defer { try? FileManager.default.removeItem(at: root) }
        let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        let folder = root.appending(path: "\(brand)/acme")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await withPostgres { server in
            try await Self.create("driveline_inventory", at: server.url())
            let url = server.url(database: "driveline_inventory")
            let service = ServiceProcess(
                "inventory", databaseURL: url,
                settings: [
                    "DRIVELINE_FEED_FOLDER": root.path, "DRIVELINE_CATALOG_ADDRESS": ServiceProcess.nobody,
                ])
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            let pool = try PostgresPool(StockVerification.configuration(url: url), on: reactor)
            do {
                try await service.start()
                try await FeedKills(brand: brand, folder: folder, service: service, pool: pool).runAll()
                await service.kill()
            } catch {
                print(service.log)
                await service.kill()
                throw error
            }
            await pool.shutDown()
        }
    }

    private static func create(_ name: String, at url: String) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
        try await pool.runScript("create database \(name)")
        await pool.shutDown()
    }
}

/// One feed, its files, and the service that is killed within their runs.
private struct FeedKills {
    static let rows = 6_000
    static let killsOfFile = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 3 : 12
    /// So many kills in a row may come before another row is imported: an import that is tried too often without getting on
    /// is given up.
    static let barrenKills = 2
    /// In milliseconds, behind what a kill waits for.
    static let longestPause: Int64 = 40

    /// What a kill waits for.
    private enum Moment: CaseIterable {
        /// The service looks after feeds.
        case looking
        /// So many of the file's rows are kept.
        case kept
        /// So many of them are imported.
        case imported
    }

    let brand: PostgresUUID
    let folder: URL
    let service: ServiceProcess
    let pool: PostgresPool

    func runAll() async throws {
        var random = SeededGenerator(seed: testSeed())
        let (client, options) = try self.client()
        _ = try await client.putLocation(
            PutLocationRequest(locationID: "WHS1", location: .init(active: true)), options: options)
        let feed = Feed(
            source: .dropFolder(DropFolder(folder: "acme", filePattern: "*.csv", completion: .renamed)),
            schedule: FeedSchedule(intervalMinutes: 60),
            table: FeedTable(
                format: .csv, skuColumn: "sku", quantityColumn: "qty", quantity: .stockAvailable, locationID: "WHS1"),
            coverage: .full)
        _ = try await client.putFeed(PutFeedRequest(feedID: "acme", feed: feed), options: options)

        // All rows are new.
        try self.drop("one.csv", (0..<Self.rows).map { "S\($0),\($0 % 97 + 1)" })
        let first = try await self.run(movements: Self.rows, &random)
        #expect(first.state == .succeeded && first.file == "one.csv" && first.rows == Int64(Self.rows), "\(first)")
        #expect(first.rowsChanged == Int64(Self.rows) && first.rowsFailed == 0 && first.rowsAbsent == 0, "\(first)")
        // Every third row is another one, every tenth is missing, and two cannot be read.
        let rest = (0..<Self.rows).filter { $0 % 10 != 0 }
        let lines = rest.map { "S\($0),\($0 % 97 + 1 + ($0 % 3 == 0 ? 5 : 0))" }
        try self.drop("two.csv", lines + ["S10,many", "S20"])
        let changed = rest.filter { $0 % 3 == 0 }.count
        let absent = Self.rows / 10 - 2
        let second = try await self.run(movements: Self.rows + changed + absent, &random)
        #expect(second.state == .succeeded && second.file == "two.csv", "\(second)")
        #expect(second.rows == Int64(rest.count + 2) && second.rowsFailed == 2, "\(second)")
        #expect(second.rowsChanged == Int64(changed + absent) && second.rowsAbsent == Int64(absent), "\(second)")
        #expect(second.rowsUnchanged == Int64(rest.count - changed), "\(second)")

        try await self.checkStock { number in
            let units = number % 97 + 1 + (number % 3 == 0 ? 5 : 0)
            return number % 10 != 0 ? units : number == 10 || number == 20 ? number % 97 + 1 : 0
        }
        try await self.checkRemains()
    }

    private func client() throws -> (InventoryServiceClient, CallOptions) {
        let options = CallOptions(
            caller: CallerIdentity(
                brand: "\(self.brand)", principal: "tester", scopes: ["inventory:admin", "inventory:read"]))
        return (InventoryServiceClient(try #require(self.service.client)), options)
    }

    private func drop(_ name: String, _ lines: [String]) throws {
        let hidden = self.folder.appending(path: ".upload")
        try Data("sku,qty\n\(lines.joined(separator: "\n"))\n".utf8).write(to: hidden)
        try FileManager.default.moveItem(at: hidden, to: self.folder.appending(path: name))
    }

    /// Has the file in the folder taken, killing the service meanwhile, and tells of its run.
    ///
    /// - Parameter movements: How many there are when it has ended.
    private func run(movements: Int, _ random: inout SeededGenerator) async throws -> FeedRun {
        let before = try await self.number("select count(*) from movement")
        let runs = try await self.number("select count(*) from feed_run where state >= 3")
        var (client, options) = try self.client()
        _ = try await client.runFeed(RunFeedRequest(feedID: "acme"), options: options)
        func hasEnded() async throws -> Bool {
            try await self.number("select count(*) from feed_run where state >= 3") > runs
        }
        var moments = Moment.allCases.shuffled(using: &random)
        var barren = 0
        var imported: Int64 = 0
        for _ in 0..<Self.killsOfFile {
            if moments.isEmpty { moments = Moment.allCases.shuffled(using: &random) }
            let moment = moments.removeFirst()
            let share = Int64.random(in: 1...100, using: &random)
            let pause = Int64.random(in: 0...Self.longestPause, using: &random)
            try await until {
                if try await hasEnded() { return true }
                switch moment {
                case .looking: return try await self.number("select count(*) from lease where expires_at > now()") > 0
                case .kept:
                    return try await self.number("select count(*) from feed_row") >= Int64(Self.rows) * share / 100
                case .imported:
                    let done = try await self.number("select count(*) from movement") - before
                    return done >= (Int64(movements) - before) * share / 100
                }
            }
            if barren >= Self.barrenKills {
                try await until {
                    let done = try await self.number("select count(*) from movement") - before
                    if done > imported { return true }
                    return try await hasEnded()
                }
            }
            try await Task.sleep(for: .milliseconds(pause))
            let wasEnded = try await hasEnded()
            await self.service.kill()
            let kept = try await self.number("select count(*) from feed_row")
            let applied = try await self.number("select count(*) from movement") - before
            barren = applied > imported ? 0 : barren + 1
            imported = applied
            print(
                "killed \(pause) ms behind \(moment) \(share) %: \(kept) rows kept, \(applied) applied,",
                terminator: " ")
            print(wasEnded ? "the run has ended" : "in its run")
            try await self.expireLeases()
            try await self.service.start()
        }
        try await until { try await hasEnded() }
        (client, options) = try self.client()
        // A file whose run has ended is put away at the next look at the latest.
        _ = try await client.runFeed(RunFeedRequest(feedID: "acme"), options: options)
        try await until { try await self.number("select count(*) from feed where asked_at is not null") == 0 }
        let found = try await client.listFeedRuns(ListFeedRunsRequest(feedID: "acme"), options: options).runs
        #expect(found.count == Int(runs) + 1)
        #expect(try await self.number("select count(*) from movement") == Int64(movements))
        return try #require(found.first)
    }

    /// Frees what the dead process held: waiting for the end of its leases would show nothing more.
    private func expireLeases() async throws {
        // What it has sent last is still carried out.
        try await until {
            try await self.number(
                """
                select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                    and backend_type = 'client backend'
                """) == 0
        }
        try await self.pool.runScript(
            """
            update lease set expires_at = now() where expires_at > now();
            update job set lease_expires_at = now() where lease_expires_at > now();
            """)
    }

    private func checkStock(_ units: (Int) -> Int) async throws {
        var found: [String: Int64] = [:]
        for row in try await self.pool.query(PostgresStatement("select sku, available from level")) {
            let (sku, available) = try row.decode(String.self, Int64.self)
            found[sku] = available
        }
        #expect(found.count == Self.rows)
        let wrong = (0..<Self.rows).filter { found["S\($0)"] != Int64(units($0)) }
        #expect(wrong.isEmpty, "\(wrong.prefix(5)): \(wrong.prefix(5).map { found["S\($0)"] })")
        let summary = try await StockVerification(self.pool).run(brand: self.brand) { finding in
            Issue.record("\(finding.sku): \(finding.result.differences)")
        }
        #expect(summary.movements > 0 && summary.differences == 0)
    }

    /// Nothing is left of the runs but their files and what they have said.
    private func checkRemains() async throws {
        // One command for each row, whichever process carried it out.
        let commands = try await self.number("select count(*) - count(distinct (sku, command_id)) from movement")
        #expect(commands == 0)
        let versions = try await self.number("select coalesce(sum(version), 0)::bigint from item")
        #expect(versions == (try await self.number("select count(*) from movement")))
        #expect(
            try await self.number("select count(*) from event where type = 'inventory.stock.changed'") == versions)
        #expect(try await self.number("select count(*) from job") == 2)
        // Of the last run the rows may be left, which the next one clears away.
        #expect(try await self.number("select count(distinct run_id) from feed_row") <= 1)
        #expect(try await self.number("select count(*) from feed_run where state <= 2") == 0)
        // Those that the second file has left out are not the feed's any more.
        #expect(try await self.number("select count(*) from feed_level") == Int64(Self.rows - Self.rows / 10 + 2))
        func names(_ name: String) -> [String] {
            let path = self.folder.appending(path: name).path
            return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        }
        #expect(names("done").map { $0.dropFirst(37) } == ["one.csv", "two.csv"])
        #expect(names(".processing").isEmpty && names("failed").isEmpty)
        #expect(names(".").filter { !$0.hasPrefix(".") } == ["done"])
    }

    private func number(_ sql: StaticString) async throws -> Int64 {
        return try #require(try await self.pool.query(PostgresStatement(sql)).first).decode(Int64.self)
    }
}
