import DrivelineTesting
import Postgres
import Synchronization
import Testing

@testable import Leasing

@Suite(.timeLimit(.minutes(5))) struct LeaseHolderTests {
    private func leases(_ pool: PostgresPool, _ holder: UInt64) -> Leases {
        Leases(pool, holder: PostgresUUID(high: 0, low: holder))
    }

    /// Often renewed, and far from lost however slow the machine is.
    private var lasting: LeaseHolder.Intervals {
        var intervals = LeaseHolder.Intervals()
        intervals.leaseMilliseconds = 600_000
        intervals.renewalMilliseconds = 20
        intervals.retryMilliseconds = 20
        return intervals
    }

    /// Given up half a second after the last renewal, long before its end.
    private var short: LeaseHolder.Intervals {
        var intervals = self.lasting
        intervals.leaseMilliseconds = 30_000
        intervals.marginMilliseconds = 29_500
        return intervals
    }

    private static let isHeld = PostgresStatement(
        "select expires_at > clock_timestamp() and holder is not null from lease where name = 'sweeper'")

    @Test("the body runs while the lease is renewed, and gives it back at its end")
    func renewal() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Leases.schema)
            let (renewals, renewed) = AsyncStream.makeStream(of: Void.self)
            let holder = LeaseHolder(self.leases(pool, 1), intervals: self.lasting) { () throws(PostgresError) in
                renewed.yield()
            }
            let value = try await holder.run("sweeper") { lease in
                var count = 0
                for await _ in renewals {
                    count += 1
                    if count == 3 { break }
                }
                try await pool.withTransaction { try await lease.check(in: $0) }
                return count
            }
            #expect(value == 3)
            #expect(try await pool.query(Self.isHeld).first?.decode(Bool.self) == false)
            await #expect(throws: PostgresError.self) {
                try await holder.run("sweeper") { _ in throw PostgresError(.server, "the body's own") }
            }
        }
    }

    @Test("when renewals fail, the body is cancelled before the database's clock lets another holder in")
    func cancellation() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Leases.schema)
            let wasHeld = Mutex<[Bool?]>([])
            let holder = LeaseHolder(self.leases(pool, 1), intervals: self.short) { () throws(PostgresError) in
                if wasHeld.withLock({ $0.isEmpty }) { throw PostgresError(.connectionLost, "planted") }
            }
            try await holder.run("sweeper") { _ in
                guard wasHeld.withLock({ $0.isEmpty }) else { return }
                try? await Task.sleep(for: .seconds(3_600))
                let isHeld = await Task {
                    try? await pool.query(Self.isHeld).first?.decode(Bool.self)
                }.value
                wasHeld.withLock { $0.append(isHeld) }
            }
            #expect(wasHeld.withLock { $0 } == [true])
        }
    }

    @Test("the effect of a holder that was paused past its lease is refused")
    func fence() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Leases.schema + "; create table effect (holder bigint)")
            let effect = PostgresStatement("insert into effect values ($1)")
            let (one, other) = (self.leases(pool, 1), self.leases(pool, 2))
            // As a process that is stopped: neither its renewals nor its own clock go on.
            let paused = try #require(try await one.acquire("sweeper", milliseconds: 0))
            let value = try await LeaseHolder(other, intervals: self.lasting).run("sweeper") { lease in
                await #expect(throws: LeaseError.lost(name: "sweeper")) {
                    try await pool.withTransaction { transaction in
                        _ = try await transaction.query(effect, Int64(1))
                        try await paused.check(in: transaction)
                    }
                }
                return try await pool.withTransaction { transaction in
                    try await lease.check(in: transaction)
                    return try await transaction.query(effect, Int64(2)).affected
                }
            }
            #expect(value == 1)
            let holders = try await pool.query(PostgresStatement("select holder from effect"))
            #expect(try holders.map { try $0.decode(Int64.self) } == [2])
        }
    }

    @Test("who waits for the lease gets it when it is given back, and cancelling ends the wait")
    func waiting() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Leases.schema)
            let first = LeaseHolder(self.leases(pool, 1), intervals: self.lasting)
            let second = LeaseHolder(self.leases(pool, 2), intervals: self.lasting)
            let tokens = try await first.run("sweeper") { lease in
                let waiting = Task { try await second.run("sweeper") { $0.token } }
                let abandoned = Task { try await second.run("sweeper") { $0.token } }
                abandoned.cancel()
                await #expect(throws: CancellationError.self) { try await abandoned.value }
                return (lease.token, waiting)
            }
            #expect(try await tokens.1.value > tokens.0)
        }
    }
}
