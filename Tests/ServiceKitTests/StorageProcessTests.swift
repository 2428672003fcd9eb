import DrivelineTesting
import Glibc
import LocalServers
import Postgres
import ServiceKit
import Testing

@Suite("A service with a database as a process", .timeLimit(.minutes(5)))
struct StorageProcessTests {
    /// A database of its own, and a pool to look into it.
    private func withDatabase(_ body: (PostgresPool, _ url: String) async throws -> Void) async throws {
        var url = ""
        let keep = { (configuration: inout PostgresConfiguration) in url = configuration.url }
        try await withPool(on: nil, keep) { (pool: PostgresPool) async throws in try await body(pool, url) }
    }

    private func sample(
        _ arguments: [String], url: String?, older: Bool = false, migration: String? = nil
    ) throws -> SampleProcess {
        var environment = ["SAMPLE_DATABASE": "1"]
        environment["DRIVELINE_POSTGRES_URL"] = url
        environment["SAMPLE_OLDER"] = older ? "1" : nil
        environment["SAMPLE_MIGRATION"] = migration
        return try SampleProcess(arguments, environment: environment)
    }

    @Test("At the start it migrates; then it is ready, and its metrics tell of the pool")
    func start() async throws {
        try await self.withDatabase { (pool: PostgresPool, url: String) async throws in
            let sample = try self.sample(["--drain-delay-ms", "0"], url: url)
            let admin = try await sample.ports().admin
            let readiness = "ok\nstore: ok\npostgres: ok\npartitions: ok\npostgres-second: ok\n"
            #expect(try await RawHTTP.get(admin, "/readyz").body == readiness)
            let metrics = try await RawHTTP.get(admin, "/metrics").body
            #expect(metrics.contains("postgres_connections{pool=\"postgres\"} "))
            #expect(metrics.contains("postgres_request_seconds_count{pool=\"postgres\"} "))
            #expect(metrics.contains("postgres_connections{pool=\"postgres-second\"} "))
            #expect(metrics.contains("\npartition_changes_total 5\n"))
            #expect(sample.output.contains("applied migration 2 (index_note)"))
            sample.signal(SIGTERM)
            #expect(await sample.exitCode == 0)
            let older = try self.sample(["--drain-delay-ms", "0"], url: url, older: true)
            _ = try await older.line("the database is newer than this version")
            _ = try await older.ports()
            older.signal(SIGTERM)
            #expect(await older.exitCode == 0)
        }
    }

    @Test("A cache that is not configured or not there keeps nobody from serving; a URL that is none does")
    func cache() async throws {
        for flags in [[], ["--redis-url", "redis://127.0.0.1:1"]] {
            let sample = try SampleProcess(["--drain-delay-ms", "0"] + flags, environment: ["SAMPLE_REDIS": "1"])
            if flags.isEmpty { _ = try await sample.line("no redis-url is given: the service works without a cache") }
            let admin = try await sample.ports().admin
            #expect(try await RawHTTP.get(admin, "/readyz").body == "ok\nstore: ok\n")
            sample.signal(SIGTERM)
            #expect(await sample.exitCode == 0)
        }
        let wrong = try SampleProcess(
            ["--redis-url", "http://u:hush@h", "--log-level", "critical"], environment: ["SAMPLE_REDIS": "1"])
        #expect(await wrong.exitCode == StartupError.configurationExitCode)
        #expect(wrong.output.contains("--redis-url: the Redis URL's scheme is unknown"))
        #expect(!wrong.output.contains("hush"))
    }

    @Test("migrate status and migrate up print the table; status exits with 1 while something is pending")
    func commands() async throws {
        try await self.withDatabase { (pool: PostgresPool, url: String) async throws in
            let before = try self.sample(["migrate", "status"], url: url)
            #expect(await before.exitCode == 1)
            #expect(before.output.hasSuffix("2 pending\n"))
            let held = try self.sample(["--migrate-on-start", "false"], url: url)
            #expect(await held.exitCode == StartupError.unavailableExitCode)
            #expect(held.output.contains("has 2 pending migrations, from 1 on; apply them with the command migrate up"))
            let up = try self.sample(["migrate", "up"], url: url)
            #expect(await up.exitCode == 0)
            #expect(up.output.hasSuffix("up to date\n"))
            let after = try self.sample(["migrate", "status"], url: url)
            #expect(await after.exitCode == 0)
            let older = try self.sample(["migrate", "up"], url: url, older: true)
            #expect(await older.exitCode == StartupError.softwareExitCode)
            #expect(older.output.contains("the database has the migration 2, but this executable knows only up to 1"))
        }
    }

    @Test("What is wrong with the command or the URL is one line each, and exit code 78")
    func configuration() async throws {
        let missing = try self.sample(["migrate", "status"], url: nil)
        #expect(await missing.exitCode == StartupError.configurationExitCode)
        #expect(missing.output.contains("--postgres-url: is not given; give a text with one of --postgres-url, "))
        let action = try self.sample(["migrate", "down"], url: "postgresql:///x")
        #expect(await action.exitCode == StartupError.configurationExitCode)
        #expect(action.output == "sample: migrate: must say what to do; write migrate status or migrate up\n")
        let none = try SampleProcess(["migrate", "up"])
        #expect(await none.exitCode == StartupError.configurationExitCode)
        #expect(none.output == "sample: migrate: sample has no database; leave it out to run the service\n")
        let scheme = try self.sample(["migrate", "up"], url: "postgresql://u:hush@h:port:port/x")
        #expect(await scheme.exitCode != 0)
        #expect(!scheme.output.contains("hush"))
    }

    @Test("A database that cannot be used is one line that says what to do, and exit code 69")
    func unusable() async throws {
        let server = try await SharedServers.postgres()
        let cases = [
            (server.url(database: "nowhere"), "database \"nowhere\" does not exist; create it with createdb"),
            (server.url() + "&user=nobody", "role \"nobody\" does not exist; check the user and the password"),
            ("postgresql:///x?host=/nowhere", "cannot be reached: connection to server on socket"),
        ]
        for (url, expected) in cases {
            let sample = try self.sample(["--log-level", "critical"], url: url)
            #expect(await sample.exitCode == StartupError.unavailableExitCode)
            #expect(sample.output.split(separator: "\n").count == 1)
            #expect(sample.output.replacing("\\\"", with: "\"").contains(expected))
        }
    }

    @Test("A migration that fails is one line with its number, name and line, and exit code 70")
    func failure() async throws {
        try await self.withDatabase { (pool: PostgresPool, url: String) async throws in
            let migration = "create table half ();\nselect nothing"
            let sample = try self.sample(["--log-level", "critical"], url: url, migration: migration)
            #expect(await sample.exitCode == StartupError.softwareExitCode)
            #expect(sample.output.split(separator: "\n").count == 1)
            #expect(sample.output.contains("the migration 3 (given) failed in line 2"))
        }
    }

    @Test("Killed in the middle of a migration, it leaves nothing of it, and the next start is not held up")
    func killed() async throws {
        try await self.withDatabase { (pool: PostgresPool, url: String) async throws in
            let slow = try self.sample([], url: url, migration: "create table half (); select pg_sleep(3600)")
            let sleeps = PostgresStatement(
                "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
            while try await pool.query(sleeps).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            slow.signal(SIGKILL)
            #expect(await slow.exitCode == -SIGKILL)
            let next = try self.sample(["--drain-delay-ms", "0"], url: url, migration: "create table whole ()")
            _ = try await next.ports()
            let tables = PostgresStatement("select to_regclass('half')::text, to_regclass('whole')::text")
            let row = try #require(try await pool.query(tables).first)
            let (half, whole) = try row.decode(String?.self, String?.self)
            #expect(half == nil && whole == "whole")
            next.signal(SIGTERM)
            #expect(await next.exitCode == 0)
        }
    }
}
