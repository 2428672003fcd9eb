import InventoryDomain
import Postgres
import Testing

@testable import InventoryService

/// Who tells of kits behind a change of the setup waits for the transactions that PostgreSQL shows: those with an id.
@Suite("Transactions that decide by a setup have their id before they read it") struct TransactionIdentityTests {
    private static func with(
        _ body: (InventoryHarness, BrandSetup) async throws -> Void
    ) async throws {
        try await InventoryHarness.with { harness in
            try await body(harness, try await harness.copies[0].engine.setups.currentSetup(of: harness.brand))
        }
    }

    private static func expectIdentity(
        _ harness: InventoryHarness, _ body: (PostgresTransaction) async throws -> Void
    ) async throws {
        try await harness.pool.withTransaction { transaction in
            try await body(transaction)
            let identity = PostgresStatement("select pg_current_xact_id_if_assigned() is not null")
            #expect(try await transaction.query(identity).first?.decode(Bool.self) == true)
        }
    }

    @Test("a batch that locks, where none of the rows that it would lock are there")
    func locked() async throws {
        try await Self.with { harness, setup in
            try await Self.expectIdentity(harness) { transaction in
                var read = BatchRead(
                    [BatchShare(harness.brand, share: 0, setup: setup, [], [])], clock: DatabaseClock())
                try await read.run(in: transaction)
            }
        }
    }

    @Test("a batch that does not lock, and reads the setup's version first")
    func unlocked() async throws {
        try await Self.with { harness, setup in
            try await Self.expectIdentity(harness) { transaction in
                var read = BatchRead(
                    [BatchShare(harness.brand, share: 0, setup: setup, [], [])],
                    recalling: RememberedItems(byteCount: 1_048_576), clock: DatabaseClock())
                try await read.run(in: transaction)
                #expect(read.proof.isEmpty)
            }
        }
    }

    @Test("a batch that does not lock, and has the setup's version proved by what it writes")
    func proved() async throws {
        try await Self.with { harness, setup in
            let proof = SetupAssumption([BatchShare(harness.brand, share: 0, setup: setup, [], [])]).command
            await #expect(throws: PostgresError.self) {
                try await harness.pool.withTransaction { try await $0.execute([proof]) }
            }
            try await Self.expectIdentity(harness) { transaction in
                _ = try await transaction.execute([TransactionIdentity.assigning, proof])
            }
        }
    }

    @Test("a step of an import whose SKUs are new")
    func step() async throws {
        try await Self.with { harness, setup in
            try await Self.expectIdentity(harness) { transaction in
                var read = ImportRead([try SKU("NEW")], of: harness.brand, setup: setup)
                try await read.run(in: transaction, drafts: nil)
            }
        }
    }
}
