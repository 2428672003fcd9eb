import DrivelineTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct HealthTests {
    @Test("a connection that was dropped without a word is found while nobody needs it")
    func droppedSilently() async throws {
        let proxy = try await FaultProxy(to: SharedServers.postgres())
        defer { proxy.stop() }
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: proxy.url(database: "postgres"))
        configuration.healthCheckMilliseconds = 20
        configuration.healthCheckTimeoutMilliseconds = 500
        let pool = try PostgresPool(configuration, on: reactor)
        try await pool.check()
        proxy.dropSilently()
        try await until { await pool.statistics().connections == 0 }
        try await pool.check()
        await pool.shutDown()
    }

    @Test("a connection that the server ended is found while nobody needs it")
    func ended() async throws {
        try await withPool {
            $0.maximumConnections = 1
        } _: { (pool: PostgresPool) async throws in
            let backend = try await pool.query(PoolTests.backend).first?.decode(Int32.self)
            try await withPool(beside: pool) { other in
                _ = try await other.query(FaultTests.terminate, backend)
            }
            try await until { await pool.statistics().connections == 0 }
            try await pool.check()
        }
    }

    @Test("health checks take no connection from those who ask, and close none that answers")
    func underLoad() async throws {
        try await withPool {
            $0.healthCheckMilliseconds = 1
            $0.maximumConnections = 2
        } _: { (pool: PostgresPool) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for number in 0..<200 {
                            let value = Int64(task * 1_000 + number)
                            let answer = try await pool.query(PoolTests.echo, value).first?.decode(Int64.self)
                            #expect(answer == value)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a connection that is old enough is replaced")
    func age() async throws {
        try await withPool {
            $0.maximumConnections = 1
            $0.maximumAgeMilliseconds = 50
        } _: { (pool: PostgresPool) async throws in
            let first = try await pool.query(PoolTests.backend).first?.decode(Int32.self)
            while try await pool.query(PoolTests.backend).first?.decode(Int32.self) == first {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}
