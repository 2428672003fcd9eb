import DrivelineTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct PoolTests {
    static let echo = PostgresStatement("select $1::bigint", readOnly: true)
    static let wrong = PostgresStatement("select nothing from nowhere", readOnly: true)
    static let divide = PostgresStatement("select 10 / $1::bigint", readOnly: true)
    static let sleep = PostgresStatement("select pg_sleep($1)::text")
    static let backend = PostgresStatement("select pg_backend_pid()")
    static let insert = PostgresStatement("insert into item values ($1)")
    static let count = PostgresStatement("select count(*) from item")
    static let backends = PostgresStatement("select pid::bigint from pg_stat_activity where pid <> pg_backend_pid()")
    static let terminate = PostgresStatement("select pg_terminate_backend($1::integer)")

    @Test("many queries share connections, and each gets its own answer")
    func pipelining() async throws {
        try await withPool {
            $0.maximumConnections = 2
        } _: { (pool: PostgresPool) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<2_000 {
                    group.addTask {
                        let rows = try await pool.query(Self.echo, Int64(number))
                        #expect(try rows.first?.decode(Int64.self) == Int64(number))
                    }
                }
                try await group.waitForAll()
            }
            #expect(await pool.statistics().connections <= 2)
        }
    }

    @Test("an error harms nobody else, in the same group or behind it")
    func errors() async throws {
        try await withPool {
            $0.maximumConnections = 1
        } _: { (pool: PostgresPool) async throws in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<600 {
                    group.addTask {
                        let divisor = Int64(number % 3)
                        do throws(PostgresError) {
                            let quotient = try await pool.query(Self.divide, divisor).first?.decode(Int64.self)
                            #expect(quotient == 10 / max(divisor, 1) && divisor != 0)
                        } catch {
                            #expect(divisor == 0)
                            #expect(error.sqlState == SQLState("22012"))
                        }
                    }
                }
            }
        }
    }

    @Test("a statement that cannot be prepared tells why, each time, and the connection lives on")
    func preparation() async throws {
        try await withPool {
            $0.maximumConnections = 1
        } _: { (pool: PostgresPool) async throws in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await #expect {
                            try await pool.query(Self.wrong)
                        } throws: { ($0 as? PostgresError)?.sqlState == SQLState("42P01") }
                    }
                }
            }
            #expect(try await pool.query(Self.echo, Int64(7)).first?.decode(Int64.self) == 7)
            #expect(await pool.statistics().connections == 1)
        }
    }

    @Test("what a transaction did is undone when its body throws, and kept when it returns")
    func transactions() async throws {
        struct Stop: Error {}
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript("create table item (number bigint primary key)")
            await #expect(throws: Stop.self) {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.query(Self.insert, Int64(1))
                    throw Stop()
                }
            }
            try await pool.withTransaction { transaction in
                _ = try await transaction.execute([
                    PostgresCommand(Self.insert, Int64(2)), PostgresCommand(Self.insert, Int64(3)),
                ])
            }
            _ = try await pool.withTransaction { transaction in
                try await transaction.commit(with: [PostgresCommand(Self.insert, Int64(4))])
            }
            #expect(try await pool.query(Self.count).first?.decode(Int64.self) == 3)
        }
    }

    @Test("a body that swallows an error does not commit")
    func swallowedErrors() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript("create table item (number bigint primary key)")
            await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.query(Self.insert, Int64(1))
                    _ = try? await transaction.query(Self.insert, Int64(1))
                }
            }
            #expect(try await pool.query(Self.count).first?.decode(Int64.self) == 0)
        }
    }

    @Test("a unique violation names the constraint")
    func constraints() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript("create table item (number bigint constraint item_once unique)")
            _ = try await pool.query(Self.insert, Int64(1))
            let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.insert, Int64(1)) }
            #expect(error?.sqlState == .uniqueViolation)
            #expect(error?.constraint == "item_once")
            #expect(error?.retry == .never)
        }
    }

    @Test("a statement time-out is the server's, and typed")
    func statementTimeout() async throws {
        try await withPool {
            $0.statementMilliseconds = 100
        } _: { (pool: PostgresPool) async throws in
            let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.sleep, 20.0) }
            #expect(error?.sqlState == .queryCanceled)
            #expect(error?.retry == .safe)
        }
    }

    @Test("a cancelled task cancels its query at the server")
    func cancellation() async throws {
        try await withPool {
            $0.maximumConnections = 1
        } _: { (pool: PostgresPool) async throws in
            let task = Task { try await pool.query(Self.sleep, 60.0) }
            try await until {
                let statistics = await pool.statistics()
                return statistics.connections == 1 && statistics.idle == 0
            }
            task.cancel()
            let result = await task.result
            #expect(throws: PostgresError.self) { try result.get() }
            #expect(try await pool.query(Self.echo, Int64(1)).count == 1)
        }
    }

    @Test("more requests than may wait are refused at once")
    func waitingLimit() async throws {
        try await withPool {
            $0.maximumConnections = 1
            $0.maximumPipelinedQueries = 1
            $0.maximumWaiting = 4
        } _: { (pool: PostgresPool) async throws in
            let refused = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        do throws(PostgresError) {
                            _ = try await pool.query(Self.sleep, 0.05)
                            return false
                        } catch {
                            return error.code == .poolExhausted
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(refused >= 40)
        }
    }

    @Test("text with NUL is refused before anything is sent, and names its parameter")
    func nul() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            let statement = PostgresStatement("select $1::bigint, $2::text", readOnly: true)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query(statement, Int64(1), "a\0b")
            }
            #expect(error?.code == .invalidParameter)
            #expect(error?.message.contains("$2") == true)
        }
    }

    @Test("a wrong URL is told without its password")
    func secrets() throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        for url in [
            "postgresql://user:geheim@[::1/x", "postgres://u:geheim@h?geheim",
        ] {
            let error = #expect(throws: PostgresError.self) {
                try PostgresPool(PostgresConfiguration(url: url), on: reactor)
            }
            #expect(error.map { "\($0)".contains("geheim") } == false, "\(url)")
        }
    }
}
