import DrivelineTesting
import InventoryAPI
import InventoryDomain
import InventoryMessages
import Postgres
import TestSupport
import Testing

@testable import InventoryService

extension InventoryHarness {
    /// What `driveline inventory verify` finds.
    func verify(
        brand: PostgresUUID? = nil
    ) async throws -> (
        summary: StockVerification.Summary, findings: [StockVerification.Finding]
    ) {
        try await self.withVerificationPool { pool in
            var findings: [StockVerification.Finding] = []
            let summary = try await StockVerification(pool).run(brand: brand) { findings.append($0) }
            return (summary, findings)
        }
    }

    func withVerificationPool<Value>(_ body: (PostgresPool) async throws -> Value) async throws -> Value {
        let pool = try PostgresPool(
            StockVerification.configuration(url: self.database.url), on: self.pool.reactor)
        do {
            let value = try await body(pool)
            await pool.shutDown()
            return value
        } catch {
            await pool.shutDown(graceMilliseconds: 0)
            throw error
        }
    }
}

@Suite("Verifying and repairing stock in the database")
struct StockVerificationTests {
    /// Stock with every kind of movement, over two locations, with open reservations.
    private static func fill(_ harness: InventoryHarness, callers: Int = 4) async throws {
        let seed = testSeed()
        for caller in 0..<callers {
            var random = SeededGenerator(seed: seed &+ UInt64(caller))
            for number in 0..<60 {
                // Refusals are part of a history.
                try? await RandomCalls.send(
                    RandomCalls.next(caller: caller, number: number, using: &random), by: harness.client)
            }
        }
        // What is tampered with: known numbers.
        try await harness.adjust("T", 10)
        try await harness.reserve("T", 4, reservation: "open")
        try await harness.adjust("T", 5, at: "WHS2")
        _ = try await harness.client.transferStock(
            TransferStockRequest(
                commandID: "t", sku: "T", fromLocationID: "WHS2", toLocationID: "WHS1", quantity: 2))
    }

    @Test("what the service has written agrees with its movements, also brand by brand")
    func clean() async throws {
        try await InventoryHarness.with(locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            try await Self.fill(harness)
            let (summary, findings) = try await harness.verify()
            #expect(findings.map(\.result) == [])
            #expect(summary.items == Int(try await harness.number("select count(*) from item")))
            #expect(summary.levels == Int(try await harness.number("select count(*) from level")))
            #expect(summary.movements == Int(try await harness.number("select count(*) from movement")))
            #expect(summary.movements > 100)
            #expect(try await harness.verify(brand: harness.brand).summary == summary)
            #expect(try await harness.verify(brand: .init(high: 1, low: 1)).summary.items == 0)
        }
    }

    /// What somebody did to the tables, what is found of it, and whether a repair brings everything into agreement.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let sql: String
        let kinds: Set<StockDifference.Kind>
        var isMended = true
        var testDescription: String { self.sql }
    }

    static let tamperings: [Tampering] = [
        .init(
            sql: "update level set available = available + 3 where sku = 'T' and location_id = 'WHS1'",
            kinds: [.level, .itemTotal]),
        .init(
            sql: "update level set reserved = reserved + 1 where sku = 'T' and location_id = 'WHS1'",
            kinds: [.level, .reservations]),
        .init(sql: "update level set quarantined = 1, incoming = 2 where sku = 'T'", kinds: [.level]),
        .init(sql: "update level set version = 1 where sku = 'T'", kinds: [.levelVersion]),
        .init(sql: "delete from level where sku = 'T' and location_id = 'WHS2'", kinds: [.levelMissing, .itemTotal]),
        .init(sql: "update item set total_available = 1 where sku = 'T'", kinds: [.itemTotal]),
        .init(sql: "update item set is_in_stock = false where sku = 'T'", kinds: [.itemInStock]),
        .init(sql: "update item set version = 2 where sku = 'T'", kinds: [.itemVersion, .levelVersion]),
        .init(sql: "delete from item where sku = 'T'", kinds: [.itemMissing]),
        .init(sql: "delete from movement where sku = 'T' and version = 1", kinds: [.level, .movementBalance]),
        .init(sql: "delete from movement where sku = 'T' and version = 3", kinds: [.level, .movementImpossible]),
        .init(
            sql: "delete from movement where sku = 'T' and version = 4 and part = 0",
            kinds: [.level, .movementOrder, .transfers]),
        .init(
            sql: "update movement set quantity = 9 where sku = 'T' and version = 1", kinds: [.level, .movementBalance]),
        .init(
            sql: "update movement set available = 9 where sku = 'T' and version = 1", kinds: [.movementBalance],
            isMended: false),
        .init(sql: "update allocation set quantity = 3 where sku = 'T'", kinds: [.reservations]),
        .init(
            sql: "update reservation set state = 5, expires_at = null where reservation_id = 'open'",
            kinds: [.reservations]),
    ]

    @Test(
        "whatever somebody does to the tables is found, and repaired by further movements", arguments: Self.tamperings)
    func tampering(_ tampering: Tampering) async throws {
        try await InventoryHarness.with(locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            try await Self.fill(harness, callers: 1)
            let before = try await harness.number("select count(*) from movement")
            try await harness.pool.runScript(tampering.sql)
            let found = try await harness.verify().findings
            #expect(Set(found.flatMap(\.result.differences).map(\.kind)) == tampering.kinds)
            #expect(Set(found.map(\.sku)) == [try SKU("T")])
            try await harness.withVerificationPool { pool in
                let outcome = try await StockRepairs(pool).repair(brand: harness.brand, sku: try SKU("T"))
                #expect((outcome != .nothingToMend) == tampering.isMended)
                #expect(try await StockRepairs(pool).repair(brand: harness.brand, sku: try SKU("T")) == .nothingToMend)
            }
            let after = try await harness.verify().findings
            #expect(after.isEmpty == tampering.isMended, "\(after.flatMap(\.result.differences))")
            #expect(try await harness.number("select count(*) from movement") >= before - 1)
            // The service goes on where the repair stopped.
            try await harness.adjust("T", 2)
            #expect(try await harness.verify().findings.count == (tampering.isMended ? 0 : 1))
            guard tampering.isMended else { return }
            #expect(
                try await harness.number(
                    "select count(*) from event where subject = 'T' and type = 'inventory.stock.changed'") >= 6)
        }
    }

    @Test("a repair changes only what is wrong under the lock: SKUs that the service changes meanwhile stay right")
    func race() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            for number in 0..<8 { try await harness.adjust("SKU-\(number)", 1_000) }
            try await harness.pool.runScript(
                "update level set available = available + 7 where sku in ('SKU-1', 'SKU-2')")
            try await harness.withVerificationPool { pool in
                await withTaskGroup(of: Void.self) { group in
                    for caller in 0..<8 {
                        group.addTask {
                            for number in 0..<20 {
                                _ = try? await harness.adjust("SKU-\((caller + number) % 8)", -1, copy: caller % 2)
                            }
                        }
                    }
                    for _ in 0..<2 {
                        group.addTask {
                            for number in 0..<8 {
                                _ = try? await StockRepairs(pool).repair(
                                    brand: harness.brand, sku: try SKU("SKU-\(number)"))
                            }
                        }
                    }
                }
                for number in 0..<8 {
                    _ = try await StockRepairs(pool).repair(brand: harness.brand, sku: try SKU("SKU-\(number)"))
                }
            }
            #expect(try await harness.verify().findings.isEmpty)
            let repaired = try await harness.number(
                "select coalesce(sum(quantity), 0)::bigint from movement where reason = 'repair'")
            #expect(repaired == 14)
            #expect(
                try await harness.number("select sum(available)::bigint from level") == 8 * 1_000 - 8 * 20 + 14)
        }
    }
}
