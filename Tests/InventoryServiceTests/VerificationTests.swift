import DrivelineTesting
import InventoryAPI
import InventoryDomain
import InventoryMessages
import Postgres
import TestSupport
import Testing
import WellKnownMessages

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
    /// Stock with every kind of movement, over two locations, with open reservations and lots.
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
        try await Self.fillLots(harness)
    }

    @Test("of stock with every kind of movement, each number's causes add up to it")
    func explained() async throws {
        try await InventoryHarness.with(locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            try await Self.fill(harness)
            let items = try await harness.client.listStock(ListStockRequest(detail: .full, pageSize: 1_000)).items
            #expect(items.count > 5)
            for item in items {
                let told = try await harness.client.explainStock(ExplainStockRequest(sku: item.sku))
                #expect(told.warehouses.map(\.reserved) == item.warehouses.map(\.reserved))
                #expect(!told.sentences.contains { $0.contains("no movement accounts for") }, "\(told.sentences)")
            }
            let told = try await harness.client.explainStock(ExplainStockRequest(sku: "T")).sentences
            #expect(
                told.contains("T at WHS1: 4 reserved = +4 by reserve (1 movement)")
                    && told.contains("T at WHS1: 2 in transit = +2 by transfer (1 movement)"), "\(told)")
        }
    }

    /// The SKU L with 6 units of L1, of which 2 are reserved, 5 of L2, of which 1 is in quarantine, and 4 in no lot. L3 is
    /// used up.
    private static func fillLots(_ harness: InventoryHarness) async throws {
        let received: [(lot: String, quantity: Int64, expiry: Int64)] = [
            ("L1", 6, 4_000_000_000), ("L2", 5, 5_000_000_000), ("L3", 1, 0), ("", 4, 0),
        ]
        // What was announced is in no lot until it comes.
        _ = try await harness.client.expectStock(
            ExpectStockRequest(commandID: "expect", sku: "L", locationID: "WHS1", delta: 8))
        for (lot, quantity, expiry) in received {
            let expiresAt = expiry > 0 ? ProtoTimestamp(seconds: expiry) : nil
            _ = try await harness.client.receiveStock(
                ReceiveStockRequest(
                    commandID: "receive-\(lot)", sku: "L", locationID: "WHS1", quantity: quantity,
                    lot: lot.isEmpty ? nil : LotReference(lotID: lot, expiresAt: expiresAt)))
        }
        try await harness.reserve("L", 2, reservation: "open-lot")
        _ = try await harness.client.quarantineStock(
            QuarantineStockRequest(commandID: "q", sku: "L", locationID: "WHS1", quantity: 1, lotID: "L2"))
        _ = try await harness.client.adjustStock(
            AdjustStockRequest(
                commandID: "l3", sku: "L", locationID: "WHS1", delta: -1, reason: .lost,
                lot: LotReference(lotID: "L3")))
    }

    @Test("what the service has written agrees with its movements, also brand by brand")
    func clean() async throws {
        try await InventoryHarness.with(locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            try await Self.fill(harness)
            let (summary, findings) = try await harness.verify()
            #expect(findings.map(\.result) == [])
            #expect(summary.items == Int(try await harness.number("select count(*) from item")))
            #expect(summary.levels == Int(try await harness.number("select count(*) from level")))
            #expect(summary.lots == Int(try await harness.number("select count(*) from lot")) && summary.lots > 1)
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
        var sku = "T"
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

    /// The same for the SKU with lots.
    static let lotTamperings: [Tampering] = [
        .init(sql: "update lot set available = available - 1 where sku = 'L' and lot_id = 'L1'", kinds: [.lot]),
        .init(
            sql: "update lot set available = available + 9 where sku = 'L' and lot_id = 'L2'",
            kinds: [.lot, .lotsBeyondLevel]),
        .init(
            sql: "update lot set quarantined = 3 where sku = 'L' and lot_id = 'L1'", kinds: [.lot, .lotsBeyondLevel]),
        .init(
            sql: "update lot set reserved = 0 where sku = 'L' and lot_id = 'L1'", kinds: [.lot, .lotReservations]),
        .init(sql: "delete from lot where sku = 'L' and lot_id = 'L1'", kinds: [.lotMissing]),
        .init(
            sql: "delete from lot where sku = 'L'; update item set has_lots = false where sku = 'L'",
            kinds: [.lotMissing]),
        .init(
            sql: """
                insert into lot (bucket, brand_id, sku, location_id, lot_id, available, reserved, quarantined)
                select bucket, brand_id, sku, location_id, 'L9', 2, 0, 0 from lot where sku = 'L' and lot_id = 'L1'
                """,
            kinds: [.lotUnknown]),
        .init(
            sql: "update lot set location_id = 'WHS3' where sku = 'L' and lot_id = 'L2'",
            kinds: [.lotMissing, .lotUnknown, .levelMissing]),
        .init(sql: "update item set has_lots = false where sku = 'L'", kinds: [.itemHasLots]),
        .init(sql: "delete from item where sku = 'L'", kinds: [.itemMissing]),
        .init(
            sql: "update level set available = available - 12 where sku = 'L'",
            kinds: [.level, .itemTotal, .itemInStock, .lotsBeyondLevel]),
        .init(
            sql: "delete from level where sku = 'L'", kinds: [.levelMissing, .itemTotal, .itemInStock]),
        .init(
            sql: "delete from movement where sku = 'L' and command_id = 'receive-L2'",
            kinds: [.level, .lot, .movementBalance, .movementImpossible]),
        .init(
            sql: "delete from movement where sku = 'L' and command_id = 'l3'",
            kinds: [.level, .lotMissing]),
        .init(
            sql: "update movement set lot_id = 'L2' where sku = 'L' and command_id = 'receive-L1'", kinds: [.lot]),
        .init(sql: "update movement set lot_id = null where sku = 'L' and command_id = 'q'", kinds: [.lot]),
        .init(
            sql: "update allocation set lot_id = null where sku = 'L'", kinds: [.lotReservations]),
        .init(
            sql: "update reservation set state = 5, expires_at = null where reservation_id = 'open-lot'",
            kinds: [.reservations, .lotReservations]),
    ].map { (tampering: Tampering) in
        var tampering = tampering
        tampering.sku = "L"
        return tampering
    }

    @Test(
        "whatever somebody does to the tables is found, and repaired by further movements",
        arguments: Self.tamperings + Self.lotTamperings)
    func tampering(_ tampering: Tampering) async throws {
        try await InventoryHarness.with(locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            try await Self.fill(harness, callers: 1)
            let before = try await harness.number("select count(*) from movement")
            try await harness.pool.runScript(tampering.sql)
            let found = try await harness.verify().findings
            #expect(Set(found.flatMap(\.result.differences).map(\.kind)) == tampering.kinds)
            let sku = try SKU(tampering.sku)
            #expect(Set(found.map(\.sku)) == [sku])
            try await harness.withVerificationPool { pool in
                let outcome = try await StockRepairs(pool).repair(brand: harness.brand, sku: sku)
                #expect((outcome != .nothingToMend) == tampering.isMended)
                #expect(try await StockRepairs(pool).repair(brand: harness.brand, sku: sku) == .nothingToMend)
            }
            let after = try await harness.verify().findings
            #expect(after.isEmpty == tampering.isMended, "\(after.flatMap(\.result.differences))")
            #expect(try await harness.number("select count(*) from movement") >= before - 1)
            for fault in InventoryHarness.faults where fault.what.hasPrefix("lots") {
                #expect(try await harness.number(fault.count) == 0, "\(fault.what)")
            }
            // The service goes on where the repair stopped.
            try await harness.adjust(tampering.sku, 2)
            if tampering.sku == "L" { try await Self.goOn(harness) }
            #expect(try await harness.verify().findings.count == (tampering.isMended ? 0 : 1))
            guard tampering.isMended else { return }
            let events =
                try await tampering.sku == "T"
                ? harness.number("select count(*) from event where subject = 'T' and type = 'inventory.stock.changed'")
                : harness.number("select count(*) from event where subject = 'L' and type = 'inventory.stock.changed'")
            #expect(events >= (tampering.sku == "T" ? 6 : 12))
        }
    }

    /// What is sold, counted and given back of a SKU whose lots were repaired.
    private static func goOn(_ harness: InventoryHarness) async throws {
        // Where the reservation was tampered with, it may be over by now.
        _ = try? await harness.client.releaseReservation(
            ReleaseReservationRequest(commandID: "release", reservationID: "open-lot"))
        _ = try await harness.client.countStock(
            CountStockRequest(commandID: "count", sku: "L", locationID: "WHS1", counted: 7))
        try await harness.reserve("L", 3, reservation: "next")
        _ = try await harness.client.commitReservation(
            CommitReservationRequest(commandID: "commit", reservationID: "next"))
    }

    @Test("a lot that is made anew is told of, as nothing says when it expires; one that expired is no difference")
    func expiry() async throws {
        try await InventoryHarness.with { harness in
            try await Self.fillLots(harness)
            try await harness.pool.runScript("update lot set expires_at = '2001-01-01' where lot_id = 'L1'")
            #expect(try await harness.verify().findings.isEmpty)
            try await harness.pool.runScript("delete from lot where lot_id = 'L1'")
            try await harness.withVerificationPool { pool in
                let outcome = try await StockRepairs(pool).repair(brand: harness.brand, sku: try SKU("L"))
                #expect(outcome == .mended(version: 9, movements: 0, remadeLots: 1))
            }
            let lots = try await harness.client.listLots(ListLotsRequest(sku: "L")).lots
            #expect(lots.map(\.lotID) == ["L2", "L1"] && lots.map(\.onHand) == [4, 6])
            #expect(lots.map(\.reserved) == [0, 2] && lots.last?.expiresAt == nil)
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
