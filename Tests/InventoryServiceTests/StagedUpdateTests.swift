import DrivelineTesting
import Postgres
import Testing

@testable import InventoryService

@Suite("Rows that are changed from staging tables", .timeLimit(.minutes(1)))
struct StagedUpdateTests {
    /// Stages what an item and its levels are to become, with the versions that they are taken for.
    private static func stage(itemVersion: Int, location: String) -> String {
        """
        insert into staged_item
            select ctid, bucket, brand_id, sku, version + 1, 9, true, now(), \(itemVersion), changed_at from item;
        insert into staged_level
            select ctid, bucket, brand_id, sku, '\(location)', 9, 0, 0, 0, 0, 2, null, null from level;
        """
    }

    @Test("they are changed where they are what they were taken for, and the staging tables are empty then")
    func changed() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 1)
            for version in 1...3 {
                try await harness.pool.withTransaction { transaction in
                    _ = try await transaction.execute(StagedUpdate.tables)
                    try await transaction.runScript(Self.stage(itemVersion: version, location: "WHS1"))
                    _ = try await transaction.execute([
                        PostgresCommand(ItemWrites.stagedUpdate), PostgresCommand(LevelWrites.stagedUpdate),
                    ])
                }
            }
            #expect(try await harness.number("select version from item where total_available = 9") == 4)
            #expect(try await harness.number("select available from level") == 9)
        }
    }

    @Test("one that is not what it was taken for fails all of them", arguments: [true, false])
    func moved(isItem: Bool) async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 1)
            let error = await #expect(throws: PostgresError.self) {
                try await harness.pool.withTransaction { transaction in
                    _ = try await transaction.execute(StagedUpdate.tables)
                    try await transaction.runScript(
                        Self.stage(itemVersion: isItem ? 7 : 1, location: isItem ? "WHS1" : "WHS2"))
                    _ = try await transaction.execute([
                        PostgresCommand(isItem ? ItemWrites.stagedUpdate : LevelWrites.stagedUpdate)
                    ])
                }
            }
            #expect(error?.sqlState == .divisionByZero)
            #expect(try await harness.number("select version from item where total_available = 1") == 1)
        }
    }
}
