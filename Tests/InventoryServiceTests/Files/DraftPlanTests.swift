import InventoryDomain
import InventoryMessages
import Jobs
import Postgres
import Testing

@testable import InventoryService

/// A plan is kept for as long as its connection, and one for a table that was empty says that reading all of it is cheap.
@Suite("What a dry run reads of drafts where there were none when its statement was planned")
struct DraftPlanTests {
    @Test("those of its SKUs alone")
    func plan() async throws {
        try await InventoryHarness.with { harness in
            let created = try await harness.upload(Array("sku,locationId\n".utf8), ImportTests.dryRun)
            let id = try #require(JobID(created.importID))
            let job = try #require(try await harness.copies[0].files.jobs.find(id, brand: harness.brand))
            let keys = try (0..<500).map { Keyed(try SKU("S\($0)"), of: harness.brand, share: 0) }
            try await harness.pool.runScript("vacuum analyze import_draft")
            // The engine's connections have the same settings as those of files.
            let reads = try await harness.copies[0].engine.pool.withTransaction { transaction in
                let reading = ImportDrafts(of: job).reading(keys)
                // From the sixth time on a statement may keep its plan.
                for _ in 0..<6 { _ = try await transaction.execute([reading]) }
                _ = try await transaction.query(Self.insertion, harness.brand, job.id.uuid)
                _ = try await transaction.execute([reading])
                return try await transaction.query(Self.reads).first?.decode(Int64.self) ?? .max
            }
            #expect(reads <= Int64(keys.count))
        }
    }

    private static let insertion = PostgresStatement(
        """
        insert into import_draft
        select number % 64, $1, $2, 'T' || number, 1, 0, 0, 0, false, '{}', '{}', null, null, null, null, null, null, '{}',
            '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'
        from generate_series(1, 6400) as number
        """)

    /// The rows that the transaction has read.
    private static let reads = PostgresStatement(
        """
        select (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_xact_user_tables
        where relname = 'import_draft'
        """)
}
