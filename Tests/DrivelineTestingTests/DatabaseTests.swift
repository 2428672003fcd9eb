import DrivelineTesting
import Foundation
import LocalServers
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct DatabaseTests {
    static let count = PostgresStatement("select count(*) from item", readOnly: true)
    static let insert = PostgresStatement("insert into item values ($1)")
    static let exists = PostgresStatement("select count(*) from pg_database where datname = $1", readOnly: true)

    @Test("A template is made once, however many ask at once, and its copies know nothing of each other")
    func templates() async throws {
        let made = Atomic(0)
        let template = DatabaseTemplate("items", checksum: "1") { (pool: PostgresPool) async throws in
            made.add(1, ordering: .relaxed)
            try await pool.runScript("create table item (number bigint); insert into item values (1)")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await withPool(template: template) { (pool: PostgresPool) async throws in
                        for _ in 0..<number { _ = try await pool.query(Self.insert, Int64(2)) }
                        #expect(try await pool.query(Self.count).first?.decode(Int64.self) == Int64(number + 1))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(made.load(ordering: .relaxed) == 1)
        let other = DatabaseTemplate("items", checksum: "2") { try await $0.runScript("create table item ()") }
        try await withPool(template: other) { (pool: PostgresPool) async throws in
            #expect(try await pool.query(Self.count).first?.decode(Int64.self) == 0)
        }
    }

    @Test("A database is dropped after the test, with sessions on it too, and when the test failed")
    func dropped() async throws {
        struct Failure: Error {}
        var name = ""
        await #expect(throws: Failure.self) {
            try await withDatabase(.script("create table item (number bigint)")) { database in
                name = database.name
                let reactor = try PostgresReactor()
                let pool = try PostgresPool(PostgresConfiguration(url: database.url), on: reactor)
                _ = try await pool.query(Self.insert, Int64(1))
                throw Failure()
            }
        }
        let dropped = name
        try await withPool { (pool: PostgresPool) async throws in
            #expect(try await pool.query(Self.exists, dropped).first?.decode(Int64.self) == 0)
        }
    }

    @Test("Templates of two places are two, also where they are called the same")
    func places() async throws {
        let one = DatabaseTemplate("place", checksum: "1") { (pool: PostgresPool) async throws in
            try await pool.runScript("create table one (number bigint)")
        }
        let two = DatabaseTemplate("place", checksum: "1") { (pool: PostgresPool) async throws in
            try await pool.runScript("create table two (number bigint)")
        }
        try await withPool(template: one) { (pool: PostgresPool) async throws in
            _ = try await pool.query(PostgresStatement("select number from one"))
        }
        try await withPool(template: two) { (pool: PostgresPool) async throws in
            _ = try await pool.query(PostgresStatement("select number from two"))
        }
    }

    @Test("A template that cannot be made fails each test that wants it, with the reason")
    func failing() async throws {
        let template = DatabaseTemplate.script("create table item (number no_such_type)")
        for _ in 0..<2 {
            let error = await #expect(throws: PostgresError.self) { try await withPool(template: template) { _ in } }
            #expect(error?.message.contains("no_such_type") == true)
        }
    }

    @Test("Redis databases are empty, and each test's own")
    func redis() async throws {
        let used = try await withRedis { (one: TestRedis) async throws in
            #expect(try await self.ask(one, "set", "key", "value") == "OK")
            try await withRedis { (other: TestRedis) async throws in
                #expect(one.database != other.database)
                #expect(try await self.ask(other, "dbsize") == "0")
            }
            return one
        }
        #expect(try await self.ask(used, "dbsize") == "0")
    }

    private func ask(_ redis: TestRedis, _ words: String...) async throws -> String? {
        let lines = Lines()
        let arguments = ["-s", redis.server.socketPath, "-n", "\(redis.database)"] + words
        let child = try ChildProcess(.init("redis-cli", arguments, output: .lines { lines.append($0) }))
        _ = await child.exit()
        await child.lastLine(within: .seconds(60))
        return lines.first
    }
}

/// Lines that a thread writes.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var first: String? { self.lines.withLock { $0.first } }

    func append(_ line: String) { self.lines.withLock { $0.append(line) } }
}
