import DrivelineTesting
import LocalServers
import Postgres
import Testing

/// What sessions do to each other: errors that are typed, and say whether trying again can help.
@Suite(.timeLimit(.minutes(5))) struct ConflictTests {
    static let table =
        "create table counter (id bigint primary key, value bigint); insert into counter values (1, 0), (2, 0)"
    static let increment = PostgresStatement("update counter set value = value + 1 where id = $1")
    static let sum = PostgresStatement("select sum(value)::bigint from counter")

    @Test("a lock that is held too long is a typed error, and the same may succeed later")
    func lockTimeout() async throws {
        try await withPool {
            $0.lockMilliseconds = 50
        } _: { (pool: PostgresPool) async throws in
            try await pool.runScript(Self.table)
            try await pool.withTransaction { holder in
                _ = try await holder.query(Self.increment, Int64(1))
                let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.increment, Int64(1)) }
                #expect(error?.sqlState == .lockNotAvailable)
                #expect(error?.retry == .safe)
            }
            _ = try await pool.query(Self.increment, Int64(1))
            #expect(try await pool.query(Self.sum).first?.decode(Int64.self) == 2)
        }
    }

    @Test("of two serializable transactions that decide by what the other writes, one fails, and may be repeated")
    func serializationFailure() async throws {
        var options = PostgresTransactionOptions()
        options.isolation = .serializable
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Self.table)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction(options) { first in
                    _ = try await first.query(Self.sum)
                    try await pool.withTransaction(options) { second in
                        _ = try await second.query(Self.sum)
                        _ = try await second.query(Self.increment, Int64(1))
                    }
                    _ = try await first.query(Self.increment, Int64(2))
                }
            }
            #expect(error?.sqlState == .serializationFailure)
            #expect(error?.retry == .safe)
            #expect(try await pool.query(Self.sum).first?.decode(Int64.self) == 1)
        }
    }

    @Test("a server that takes no more connections is an error that says so, and may be tried again")
    func noConnections() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript("create role single login connection limit 0")
            let name = try await pool.query(FaultTests.database).first?.decode(String.self) ?? ""
            let url = try await SharedServers.postgres().url(database: name)
            var configuration = PostgresConfiguration(
                url: url.split(separator: "&user=").first.map { "\($0)&user=single" } ?? "")
            configuration.waitMilliseconds = 300
            let other = try PostgresPool(configuration, on: pool.reactor)
            // On a busy machine the time may be up before the server has said it.
            var error: PostgresError?
            while error?.sqlState != .tooManyConnections {
                error = await #expect(throws: PostgresError.self) { try await other.check() }
            }
            #expect(error?.message.contains("too many connections") == true)
            #expect(error?.retry == .safe)
            await other.shutDown()
            try await pool.runScript("drop role single")
        }
    }

    @Test("a COPY that is cut after its end was sent leaves the outcome unknown; before, it is safe to repeat")
    func cutCopy() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        try await withPool { (direct: PostgresPool) async throws in
            try await direct.runScript("create table item (number bigint)")
            let name = try await direct.query(FaultTests.database).first?.decode(String.self) ?? ""
            let pool = try PostgresPool(PostgresConfiguration(url: proxy.url(database: name)), on: direct.reactor)
            let copy = PostgresStatement("copy item from stdin")
            let after = await #expect(throws: PostgresError.self) {
                try await pool.copyIn(copy) { writer in
                    try await writer.write("1\n")
                    proxy.cutAtNextAnswer()
                }
            }
            #expect(after?.retry == .outcomeUnknown)
            let before = await #expect(throws: PostgresError.self) {
                try await pool.copyIn(copy) { writer in
                    proxy.cutAtNextAnswer()
                    // What is cut is the answer to the first row.
                    try await writer.write("wrong\n")
                    while true { try await writer.write("2\n") }
                }
            }
            #expect(before?.retry == .safe)
            let reading = await #expect(throws: PostgresError.self) {
                try await pool.copyOut(CopyTests.endless) { chunks in
                    for try await _ in chunks { proxy.cutAtNextAnswer() }
                }
            }
            #expect(reading?.code == .connectionLost)
            await pool.shutDown()
            #expect(try await direct.query(PostgresStatement("select number from item")).count == 1)
        }
    }
}
