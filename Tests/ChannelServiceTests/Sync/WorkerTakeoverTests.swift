import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Postgres
import Testing

@testable import ChannelService

@Suite(.timeLimit(.minutes(5))) struct WorkerTakeoverTests {
    private static func backlog(_ harness: SyncHarness) async throws {
        let skus = (0..<30).map { "S\($0)" }
        for sku in skus { _ = harness.inventory.set(sku, 9) }
        try await harness.list(skus, shelf: 1)
    }

    /// Lets a worker look again and again.
    private static func look(_ harness: SyncHarness) async throws {
        for _ in 0..<50 {
            harness.news.wake([harness.key])
            _ = try await harness.number("select count(*) from sync_work")
        }
    }

    @Test("whoever works for a connection next keeps to what is left of the platform's limits")
    func limits() async throws {
        try await SyncHarness.with { harness in
            try await Self.backlog(harness)
            let adapter = FakePlatformAdapter(harness.shop, ratePerSecond: 0.001, burst: 10, rows: 1)
            // Two of ten are kept back for stock to zero.
            try await harness.withWorkers(adapter) { try await until { harness.shop.calls.count == 8 } }
            for (number, sku) in ["S29", "S28"].enumerated() {
                try await harness.stock(sku, 0)
                try await harness.withWorkers(adapter) {
                    try await until { harness.shop.shelf[sku] == 0 }
                    try await Self.look(harness)
                }
                #expect(harness.shop.calls.count == 9 + number)
            }
        }
    }

    @Test("whoever has lost a connection's lease does not write down what is left of its limits")
    func fenced() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 1)
            let adapter = FakePlatformAdapter(harness.shop, ratePerSecond: 0.001, burst: 10, rows: 1)
            try await harness.withWorkers(adapter) {
                try await harness.stock("A", 9)
                try await until { harness.shop.shelf["A"] == 9 }
                try await until { try await harness.number("select count(*) from quota") == 2 }
                _ = try await harness.pool.query(
                    PostgresStatement("update lease set token = token + 1, expires_at = now() + interval '1 hour'"))
                _ = try await harness.pool.query(PostgresStatement("update quota set available = -100"))
            }
            #expect(try await harness.number("select count(*) from quota where available = -100") == 2)
        }
    }

    @Test("a circuit that is open stays so for whoever works for the connection next")
    func circuit() async throws {
        try await SyncHarness.with { harness in
            try await Self.backlog(harness)
            harness.shop.failByChance { .serverError }
            let adapter = FakePlatformAdapter(harness.shop, rows: 1)
            try await harness.withWorkers(adapter) {
                try await until { try await harness.number("select circuit::bigint from connection_health") == 2 }
            }
            let calls = harness.shop.calls.count
            harness.shop.failByChance(nil)
            // Longer than any machine is slow.
            _ = try await harness.pool.query(
                PostgresStatement("update connection_health set circuit_until = now() + interval '1 h'"))
            _ = try await harness.pool.query(PostgresStatement("update quota set observed_at = '2000-01-01'"))
            try await harness.withWorkers(adapter) {
                try await until {
                    try await harness.number("select count(*) from quota where observed_at > '2001-01-01'") == 2
                }
                try await Self.look(harness)
            }
            #expect(harness.shop.calls.count == calls)
        }
    }

    @Test("rows that fail again and again are repeated within the budget of repetitions, and a fresh one goes out")
    func budget() async throws {
        try await SyncHarness.with { harness in
            try await Self.backlog(harness)
            _ = harness.inventory.set("FRESH", 9)
            harness.shop.failByChance { .unknown }
            let start = ContinuousClock.now
            try await harness.withWorkers(FakePlatformAdapter(harness.shop, rows: 1)) {
                var (repetitions, allowed, isOver) = (0.0, 0.0, false)
                while !isOver, repetitions <= allowed {
                    // Nothing waits but for the budget. Rows that the worker has locked are left for the next time: it may
                    // lock them in another order.
                    _ = try await harness.pool.query(
                        PostgresStatement(
                            """
                            update sync_work set due_at = now() where (bucket, brand_id, sku, connection_id, kind) in (
                                select bucket, brand_id, sku, connection_id, kind from sync_work
                                where due_at < 'infinity' for update skip locked)
                            """))
                    repetitions = Double(harness.shop.calls.count - 30)
                    let seconds = (ContinuousClock.now - start) / .seconds(1)
                    allowed = RetryBudget.burst + 30 * RetryBudget.perCall + seconds * RetryBudget.perSecond
                    isOver = seconds > 2 && repetitions > RetryBudget.burst
                }
                #expect(repetitions <= allowed)
                harness.shop.failByChance(nil)
                try await harness.list(["FRESH"], shelf: 1)
                try await until { harness.shop.shelf["FRESH"] == 9 }
                #expect(try await harness.number("select count(*) from sync_work where tries > 0") ?? 0 > 0)
            }
        }
    }
}
