import InventoryDomain
import Postgres
import Testing

@testable import InventoryService

/// Who tells of kits behind a change of the setup waits for the transactions that PostgreSQL shows: those with an id.
@Suite("Transactions that decide by a setup have their id before they read it") struct TransactionIdentityTests {
    private static func expectIdentity(
        inEachOf count: Int = 1, _ body: (PostgresUUID, BrandSetup, PostgresTransaction) async throws -> Void
    ) async throws {
        try await InventoryHarness.with { harness in
            let setup = try await harness.copies[0].engine.setups.currentSetup(of: harness.brand)
            for _ in 0..<count {
                try await harness.pool.withTransaction { transaction in
                    try await body(harness.brand, setup, transaction)
                    let identity = PostgresStatement("select pg_current_xact_id_if_assigned() is not null")
                    #expect(try await transaction.query(identity).first?.decode(Bool.self) == true)
                }
            }
        }
    }

    @Test("a batch that locks, where none of the rows that it would lock are there")
    func locked() async throws {
        try await Self.expectIdentity { brand, setup, transaction in
            var read = BatchRead([BatchShare(brand, share: 0, setup: setup, [], [])], clock: DatabaseClock())
            try await read.run(in: transaction)
        }
    }

    @Test("a batch that does not lock, and reads the setup's version first, or has it proved by what it writes")
    func unlocked() async throws {
        let clock = DatabaseClock()
        try await Self.expectIdentity(inEachOf: 2) { brand, setup, transaction in
            let isProvedLater = clock.now != nil
            var read = BatchRead(
                [BatchShare(brand, share: 0, setup: setup, [], [])],
                recalling: RememberedItems(byteCount: 1_048_576), clock: clock)
            try await read.run(in: transaction)
            #expect(read.guards.isEmpty != isProvedLater)
            try read.read(try await transaction.execute(read.guards))
        }
        #expect(clock.now != nil)
    }

    @Test("a step of an import whose SKUs are new")
    func step() async throws {
        try await Self.expectIdentity { brand, setup, transaction in
            var read = ImportRead([try SKU("NEW")], of: brand, setup: setup)
            try await read.run(in: transaction, drafts: nil)
        }
    }
}
