import Migrations
import Partitioning
import Postgres
import Testing

@testable import InventoryService

@Suite("How much the server looks at to know its busiest tables")
struct StatisticsTests {
    @Test("a tenth of what it looks at by default, also in partitions that are made later")
    func targets() async throws {
        try await InventoryHarness.with(locations: []) { harness in
            for table in InventorySchema.partitions where ["movement", "event_run"].contains(table.tableName) {
                for statement in table.creating(on: Day(year: 2026, month: 11, day: 24)) {
                    try await harness.pool.runScript(statement)
                }
            }
            #expect(try await harness.number(Self.partitions) == 10)
            #expect(try await harness.number(Self.others) == 0)
        }
    }

    @Test("also in partitions that were there before")
    func olderPartitions() async throws {
        try await InventoryHarness.with(locations: []) { harness in
            let migration = try #require(InventorySchema.migrations.first { $0.name == "coarse_statistics" })
            try await harness.pool.runScript("create table movement_2 partition of movement \(Self.bounds)")
            #expect(try await harness.number(Self.others) > 10)
            // Events are a view behind a later migration, which looks after theirs.
            try await harness.pool.runScript(migration.text.replacing(", 'event'", with: ""))
            #expect(try await harness.number(Self.others) == 0)
        }
    }

    private static let bounds = "for values from ('2026-11-01') to ('2026-12-01')"

    private static let partitions: StaticString =
        "select count(*) from pg_class where relkind = 'r' and relname ~ '^(movement|event_run)_2'"

    private static let others: StaticString =
        """
        select count(*) from pg_attribute join pg_class c on c.oid = attrelid
        where c.relkind in ('r', 'p') and attnum > 0 and attstattarget <> 10
            and (relname in ('item', 'level', 'reservation', 'allocation', 'lot', 'movement', 'event_run')
                or relname ~ '^(movement|event_run)_2')
        """
}
