import DrivelineTesting
import Leasing
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct LeaseTests {
    private func leases(_ pool: PostgresPool, _ holder: UInt64) -> Leases {
        Leases(pool, holder: PostgresUUID(high: 0, low: holder))
    }

    @Test("one holds it at a time; who takes it over fences off who had it before")
    func takeover() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Leases.schema)
            let (one, other) = (self.leases(pool, 1), self.leases(pool, 2))
            let first = try #require(try await one.acquire("sweeper", milliseconds: 60_000))
            #expect(try await other.acquire("sweeper", milliseconds: 60_000) == nil)
            #expect(try await one.renew(first, milliseconds: 0))
            let second = try #require(try await other.acquire("sweeper", milliseconds: 60_000))
            #expect(second.token > first.token)
            #expect(try await !one.renew(first, milliseconds: 60_000))
            await #expect(throws: LeaseError.lost(name: "sweeper")) {
                try await pool.withTransaction { try await first.check(in: $0) }
            }
            try await pool.withTransaction { try await second.check(in: $0) }
            try await one.release(first)
            #expect(try await one.acquire("sweeper", milliseconds: 60_000) == nil)
            try await other.release(second)
            #expect(try await one.acquire("sweeper", milliseconds: 60_000) != nil)
        }
    }

    @Test("of many that try at once, one gets it")
    func race() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Leases.schema)
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for holder in 1...40 {
                    group.addTask {
                        try await self.leases(pool, UInt64(holder)).acquire("poller", milliseconds: 60_000) != nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    @Test("nobody takes it over between an effect's check and its commit")
    func fence() async throws {
        // However slowly this machine looks, the takeover must still be waiting when it does.
        let patient = { (configuration: inout PostgresConfiguration) in
            configuration.statementMilliseconds = 600_000
            configuration.lockMilliseconds = 600_000
            configuration.queryMilliseconds = 600_000
        }
        try await withPool(on: nil, patient) { (pool: PostgresPool) async throws in
            try await pool.runScript(Leases.schema)
            let (one, other) = (self.leases(pool, 1), self.leases(pool, 2))
            let lease = try #require(try await one.acquire("saga", milliseconds: 0))
            let takeover = try await pool.withTransaction { transaction in
                try await lease.check(in: transaction)
                let takeover = Task { try await other.acquire("saga", milliseconds: 60_000) }
                let waiting = PostgresStatement("select count(*) from pg_locks where not granted")
                while try await pool.query(waiting).first?.decode(Int64.self) == 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                return takeover
            }
            #expect(try await takeover.value != nil)
        }
    }
}
