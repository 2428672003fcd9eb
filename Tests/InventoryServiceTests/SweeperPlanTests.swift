import DrivelineTesting
import Logging
import Postgres
import Testing

@testable import InventoryService

/// A plan is kept for as long as its connection, and one for a table that was empty says that reading all of it is cheap.
@Suite("What the sweepers read of tables that were empty when their statements were planned")
struct SweeperPlanTests {
    /// From the sixth time on a statement may keep its plan.
    private static let sweepsUntilPlanned = 8
    private static let sweeps = 10
    private static let rows: Int64 = 6_400

    @Test("none of what is not due yet")
    func reads() async throws {
        try await InventoryHarness.with { harness in
            let copy = harness.copies[0]
            let lots = LotSweeper(copy.engine, logger: Logger(label: "lots"))
            try await harness.pool.runScript("vacuum analyze reservation")
            try await harness.pool.runScript("vacuum analyze lot")
            try await harness.pool.runScript("vacuum analyze level")
            for _ in 0..<Self.sweepsUntilPlanned {
                #expect(try await copy.sweeper.sweep() == 0)
                #expect(try await lots.sweep() == 0)
            }
            try await harness.pool.runScript(Self.reservations)
            try await harness.pool.runScript(Self.lots)
            for _ in 0..<Self.sweeps {
                #expect(try await copy.sweeper.sweep() == 0)
                #expect(try await lots.sweep() == 0)
            }
            // What connections have read is counted at the latest when they end.
            for pool in [copy.engine.pool, copy.pool] { await pool.shutDown(graceMilliseconds: 10_000) }
            let counter = try PostgresPool(PostgresConfiguration(url: harness.database.url), on: copy.pool.reactor)
            try await withEnd {
                try await until { try await Self.number(Self.others, counter) == 0 }
                #expect(try await Self.number(Self.reads, counter) < Self.rows)
            } end: {
                await counter.shutDown(graceMilliseconds: 0)
            }
        }
    }

    private static func number(_ statement: StaticString, _ pool: PostgresPool) async throws -> Int64 {
        try await pool.query(PostgresStatement(statement)).first?.decode(Int64.self) ?? 0
    }

    private static let reservations = """
        insert into reservation (bucket, brand_id, reservation_id, state, expires_at, created_at, changed_at, reference, version)
        select number % 64, '00000000-0000-4000-8000-000000000001', 'r' || number, 1, now() + interval '1 day', now(), now(),
            '', 1
        from generate_series(1, 6400) as number
        """

    private static let lots = """
        insert into lot (bucket, brand_id, sku, location_id, lot_id, expires_at, available, reserved, quarantined)
        select number % 64, '00000000-0000-4000-8000-000000000001', 'S' || number, 'WHS1', 'L', now() + interval '1 day', 1, 0,
            0
        from generate_series(1, 6400) as number
        """

    private static let others: StaticString =
        """
        select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
            and pid <> pg_backend_pid()
        """

    /// The rows and entries that were read.
    private static let reads: StaticString =
        """
        select coalesce(sum(reads), 0)::bigint from (
            select idx_tup_read as reads from pg_stat_user_indexes where relname in ('reservation', 'lot', 'level')
            union all
            select seq_tup_read from pg_stat_user_tables where relname in ('reservation', 'lot', 'level')) as counts
        """
}
