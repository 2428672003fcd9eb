import ArgumentParser
import Buckets
import DrivelineTesting
import Foundation
import InventoryService
import LocalServers
import Migrations
import Postgres
import Synchronization
import Testing

@testable import driveline

@Suite("driveline inventory verify", .timeLimit(.minutes(10)))
struct VerifyCommandTests {
    private struct Outcome {
        var output = ""
        var complaints = ""
        var code: Int32 = 0
        var lines: [Substring] { self.output.split(separator: "\n") }
    }

    private static func run(_ arguments: [String], url: String? = nil, answer: String? = nil) async throws -> Outcome {
        let outcome = Mutex(Outcome())
        var terminal = Terminal()
        terminal.write = { bytes in outcome.withLock { $0.output += String(decoding: bytes, as: UTF8.self) } }
        terminal.complain = { line in outcome.withLock { $0.complaints += line } }
        terminal.readLine = { answer }
        terminal.showsProgress = { false }
        terminal.environment = { $0 == "DRIVELINE_POSTGRES_URL" ? url : nil }
        guard var command = try Driveline.parseAsRoot(["inventory", "verify"] + arguments) as? any AsyncParsableCommand
        else { throw ExitCode(64) }
        do {
            try await Terminal.$current.withValue(terminal) { try await command.run() }
        } catch let code as ExitCode {
            outcome.withLock { $0.code = code.rawValue }
        }
        return outcome.withLock { $0 }
    }

    /// A server with the database under the name that the command looks for, and some stock in it.
    private static func withStock(_ body: (String, PostgresPool) async throws -> Void) async throws {
        try await withPostgres { server in
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            let administrator = try PostgresPool(PostgresConfiguration(url: server.url()), on: reactor)
            try await administrator.runScript("create database driveline_inventory")
            await administrator.shutDown()
            let url = server.url(database: "driveline_inventory")
            let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
            for migration in try MigrationSet(InventorySchema.migrations).migrations {
                try await pool.runScript(migration.text)
            }
            for table in ["event_run", "movement", "command_record", "conflict"] {
                try await pool.runScript("create table \(table)_always partition of \(table) default")
            }
            for number in 1...5 { try await Self.insert(number, in: pool) }
            // Four of the five agree; of C one unit is missing.
            try await pool.runScript(
                """
                update level set available = 4 where sku = 'C';
                update item set total_available = 4 where sku = 'C'
                """)
            try await body(server.url(), pool)
            await pool.shutDown()
        }
    }

    /// The SKUs A to E, of two brands.
    private static func insert(_ number: Int, in pool: PostgresPool) async throws {
        let brand = PostgresUUID(high: 0x018f_2d6e_0000_7000, low: 0x8000_0000_0000_0000 | UInt64(number % 2))
        let sku = String(UnicodeScalar(UInt8(64 + number)))
        let bucket = Bucket(brand: (brand.high, brand.low), key: sku).number
        for statement in Self.insertions { _ = try await pool.query(statement, bucket, brand, sku) }
    }

    private static let insertions = [
        PostgresStatement(
            """
            insert into item (bucket, brand_id, sku, version, total_available, changed_at, is_in_stock)
            values ($1, $2, $3, 1, 5, now(), true)
            """),
        PostgresStatement(
            """
            insert into level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming,
                version)
            values ($1, $2, $3, 'WHS1', 5, 0, 0, 0, 0, 1)
            """),
        PostgresStatement(
            """
            insert into movement (bucket, brand_id, sku, version, part, occurred_at, location_id, from_state, to_state,
                quantity, reason, available, reserved, quarantined, in_transit, incoming, command_id, actor, reference)
            values ($1, $2, $3, 1, 0, now(), 'WHS1', 9, 1, 5, 'set', 5, 0, 0, 0, 0, 'c', 'a', '')
            """),
    ]

    @Test("the exit code says whether all agrees; each difference is a line, in JSON an object")
    func verify() async throws {
        try await Self.withStock { url, pool in
            let found = try await Self.run([], url: url)
            #expect(found.code == 1 && found.complaints == "")
            #expect(
                found.lines == [
                    "018f2d6e-0000-7000-8000-000000000001  C  WHS1  level: available: stored 4, the movements give 5",
                    "5 SKUs, 5 levels, 5 movements: 1 differences at 1 SKUs",
                ])
            let other = try await Self.run(
                ["--brand", "018F2D6E-0000-7000-8000-000000000000", "--postgres-url", url])
            #expect(other.code == 0 && other.output == "2 SKUs, 2 levels, 2 movements: everything agrees\n")
            let json = try await Self.run(["--json"], url: url)
            #expect(json.code == 1 && json.lines.count == 2)
            let difference = try JSONSerialization.jsonObject(with: Data(json.lines[0].utf8)) as? [String: Any]
            #expect(difference?["sku"] as? String == "C" && difference?["stored"] as? Int == 4)
            let summary = try JSONSerialization.jsonObject(with: Data(json.lines[1].utf8)) as? [String: Any]
            #expect(summary?["movements"] as? Int == 5 && summary?["differences"] as? Int == 1)
        }
    }

    @Test("a repair asks, and takes nothing but yes for yes")
    func repair() async throws {
        try await Self.withStock { url, pool in
            let count = PostgresStatement("select count(*) from movement")
            for answer in [nil, "no"] {
                let refused = try await Self.run(["--repair"], url: url, answer: answer)
                #expect(refused.code == 1 && refused.output.contains("nothing was changed"))
            }
            #expect(try await pool.query(count).first?.decode(Int64.self) == 5)
            let repaired = try await Self.run(["--repair"], url: url, answer: "yes")
            #expect(repaired.code == 0)
            #expect(repaired.output.contains("C  repaired with 1 movements; its version is 2"))
            #expect(try await pool.query(count).first?.decode(Int64.self) == 6)
            let after = try await Self.run(["--repair", "--yes", "--json"], url: url)
            #expect(after.code == 0 && after.lines.count == 1)
        }
    }

    @Test("a lot is told by its name; one that a repair makes anew is told of, as nobody knows when it expires")
    func lots() async throws {
        try await Self.withStock { url, pool in
            try await pool.runScript(
                """
                update level set available = 5 where sku = 'C';
                update item set total_available = 5 where sku = 'C';
                update movement set lot_id = 'L7' where sku = 'C';
                insert into lot (bucket, brand_id, sku, location_id, lot_id, available, reserved, quarantined)
                select bucket, brand_id, sku, location_id, 'L8', 9, 0, 0 from level where sku = 'E';
                update item set has_lots = true where sku = 'E'
                """)
            let found = try await Self.run([], url: url)
            let brand = "018f2d6e-0000-7000-8000-000000000001"
            #expect(
                Set(found.lines.dropLast()) == [
                    "\(brand)  C  WHS1  lot-missing: lot L7, available: stored 0, the movements give 5",
                    "\(brand)  E  WHS1  lots-beyond-level: on hand: the lots have 9, the level has 5",
                    "\(brand)  E  WHS1  lot-unknown: lot L8, available: stored 9, the movements give 0",
                ])
            #expect(found.lines.last == "5 SKUs, 5 levels, 1 lots, 5 movements: 3 differences at 2 SKUs")
            let repaired = try await Self.run(["--repair", "--yes", "--json"], url: url)
            #expect(repaired.code == 0 && repaired.output.contains("\"lot\":\"L8\""))
            #expect(repaired.output.contains("1 lots were made anew, without an expiry"))
            let after = try await Self.run([], url: url)
            #expect(after.code == 0)
            #expect(after.lines.last?.hasPrefix("5 SKUs, 5 levels, 2 lots, 7 movements: everything agrees") == true)
        }
    }

    @Test("what cannot be found out has exit code 2 and says why")
    func failures() async throws {
        let missing = try await Self.run([])
        #expect(missing.code == 2 && missing.complaints.contains("--postgres-url or DRIVELINE_POSTGRES_URL"))
        let wrong = try await Self.run([], url: "mysql://h")
        #expect(wrong.code == 2 && wrong.complaints.contains("postgresql://USER:PASSWORD@HOST:PORT"))
        try await withPostgres { server in
            let absent = try await Self.run([], url: server.url())
            #expect(absent.code == 2 && absent.complaints.contains("driveline_inventory"))
        }
        let unknown = try await Self.run(["--brand", "acme"], url: "postgresql://localhost:1")
        #expect(unknown.code == 2 && unknown.complaints.contains("give --identity or DRIVELINE_IDENTITY_ADDRESS"))
        for arguments in [["--yes"], ["--timeout", "0"], ["--json", "--repair"]] {
            #expect(throws: (any Error).self) { try Driveline.parseAsRoot(["inventory", "verify"] + arguments) }
        }
    }
}
