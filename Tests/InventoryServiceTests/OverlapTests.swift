import Postgres
import Testing

@testable import InventoryService

@Suite("A lane that is behind", .timeLimit(.minutes(5))) struct OverlapTests {
    private static let lockWaits = PostgresStatement(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")

    private static let lock = PostgresStatement("select 1 from item where sku = 'HELD' for update")

    @Test("what waits behind a transaction that hangs is carried out beside it, but for what that one has")
    func hanging() async throws {
        var limits = EngineLimits()
        limits.lanes = 1
        try await InventoryHarness.with(limits: limits) { harness in
            let others = (1...EngineLimits.overlapMinimum).map { "S\($0)" }
            // Each is there, and remembered by the engine.
            for sku in ["HELD"] + others { try await harness.adjust(sku, 1) }
            try await withThrowingTaskGroup(of: Void.self) { held in
                try await harness.pool.withTransaction { transaction in
                    _ = try await transaction.query(Self.lock)
                    held.addTask { try await harness.adjust("HELD", 1) }
                    while try await harness.pool.query(Self.lockWaits).first?.decode(Int64.self) != 1 {}
                    held.addTask { try await harness.adjust("HELD", 1) }
                    try await withThrowingTaskGroup(of: Void.self) { beside in
                        for sku in others { beside.addTask { try await harness.adjust(sku, 1) } }
                        try await beside.waitForAll()
                    }
                    #expect(try await harness.balance("HELD").available == 1)
                }
                try await held.waitForAll()
            }
            #expect(try await harness.balance("HELD").available == 3)
            try await harness.expectSoundLedger()
        }
    }
}
