import DrivelineTesting
import LocalServers
import Postgres
import Testing

/// A server that answers commits before their log is written, unless a session says otherwise, and writes it so late that a
/// kill always comes before.
@Suite(.timeLimit(.minutes(5))) struct DurabilityTests {
    private static let settings = ["synchronous_commit": "off", "wal_writer_delay": "10s"]
    private static let setting = PostgresStatement("select current_setting('synchronous_commit')", readOnly: true)
    private static let insert = PostgresStatement("insert into item values ($1)")
    private static let count = PostgresStatement("select count(*) from item", readOnly: true)
    /// How often commits that may be lost are made until some are.
    private static let maximumTries = 10

    /// Runs `body` on a pool of its own: sessions do not outlive the server.
    private static func with<Value>(
        _ server: LocalPostgres, _ body: (PostgresPool) async throws -> Value
    ) async throws -> Value {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: server.url()), on: reactor)
        do {
            let value = try await body(pool)
            await pool.shutDown()
            return value
        } catch {
            await pool.shutDown(graceMilliseconds: 0)
            throw error
        }
    }

    private static func rows(_ server: LocalPostgres) async throws -> Int64 {
        try await self.with(server) { try await $0.query(Self.count).first?.decode(Int64.self) ?? 0 }
    }

    @Test("what was committed outlives the server's death, whatever the server's default")
    func commits() async throws {
        try await withPostgres(settings: Self.settings) { server in
            // Each in a session of its own, and killed at once, so that no later commit writes the log of an earlier one.
            try await Self.with(server) { pool in
                try await pool.runScript("create table item (number bigint)")
                await server.kill()
            }
            try await server.start()
            try await Self.with(server) { pool in
                _ = try await pool.query(Self.insert, Int64(1))
                await server.kill()
            }
            try await server.start()
            #expect(try await Self.rows(server) == 1)
            try await Self.with(server) { pool in
                try await pool.withTransaction { _ = try await $0.query(Self.insert, Int64(2)) }
                await server.kill()
            }
            try await server.start()
            #expect(try await Self.rows(server) == 2)
            try await Self.with(server) { pool in
                try await pool.withTransaction {
                    _ = try await $0.commit(with: [PostgresCommand(Self.insert, Int64(3))])
                }
                await server.kill()
            }
            try await server.start()
            #expect(try await Self.rows(server) == 3)
        }
    }

    @Test("the same server loses what a session commits that does not wait: so the other test would see it")
    func losses() async throws {
        try await withPostgres(settings: Self.settings) { server in
            try await Self.with(server) { try await $0.runScript("create table item (number bigint)") }
            for tries in 1...Self.maximumTries {
                try await Self.with(server) { pool in
                    try await pool.runScript("set synchronous_commit = off; insert into item values (1)")
                    await server.kill()
                }
                try await server.start()
                // The log's writer may have been at work at that very moment.
                if try await Self.rows(server) < tries { return }
            }
            Issue.record("\(Self.maximumTries) commits that nobody waited for were all kept")
        }
    }

    @Test("a session waits for its commits, and keeps what asks for more than that")
    func stricter() async throws {
        let url = try await SharedServers.postgres().url()
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        for (given, kept) in [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")] {
            let configuration = PostgresConfiguration(url: "\(url)&options=-csynchronous_commit%3D\(given)")
            let pool = try PostgresPool(configuration, on: reactor)
            #expect(try await pool.query(Self.setting).first?.decode(String.self) == kept)
            await pool.shutDown()
        }
    }
}
