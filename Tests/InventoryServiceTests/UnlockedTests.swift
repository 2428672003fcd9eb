import Buckets
import InventoryAPI
import InventoryDomain
import InventoryMessages
import Postgres
import RPC
import TestSupport
import Testing

@testable import InventoryService

/// Commands on what a copy of the service remembers, while the database says something else by now.
@Suite("Transactions that lock nothing before they read") struct UnlockedTests {
    @Test("two copies that change one SKU by turns lose nothing")
    func byTurns() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            for round in 1...20 {
                for copy in [0, 1] { try await harness.adjust("A", Int64(round), copy: copy) }
            }
            #expect(try await harness.balance("A").available == 420)
            try await harness.expectSoundLedger()
        }
    }

    @Test("stock that another copy brought is sold, and stock that it sold is not sold twice")
    func staleStock() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("A", 1)
            try await harness.reserve("A", 1)
            try await harness.adjust("A", 5, copy: 1)
            try await harness.reserve("A", 5)
            try await harness.adjust("A", 1)
            try await harness.reserve("A", 1, copy: 1)
            await #expect(throws: RPCError.self) { try await harness.reserve("A", 1) }
            #expect(try await harness.balance("A") == InventoryHarness.Numbers(available: 0, reserved: 7))
            try await harness.expectSoundLedger()
        }
    }

    @Test("a partial reservation leaves out no line that another copy has restocked")
    func stalePart() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            let (first, second) = ("A", "B")
            try #require(harness.brand.bucket(of: first) != harness.brand.bucket(of: second))
            try await harness.adjust(first, 9)
            try await harness.adjust(second, 1)
            try await harness.adjust(second, -1)
            try await harness.adjust(second, 3, copy: 1)
            let answer = try await harness.client.reserve(
                ReserveRequest(
                    commandID: "both", reservationID: "both",
                    lines: [first, second].map { ReservationLine(sku: $0, quantity: 2) },
                    rules: AllocationRules(partial: true)))
            #expect(answer.reservation?.unfilled.isEmpty == true)
            #expect(try await harness.balance(second) == InventoryHarness.Numbers(available: 1, reserved: 2))
            try await harness.expectSoundLedger()
        }
    }

    @Test("a repeat gets the first answer, also where it would be refused by now, and from another copy")
    func repeats() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("A", 5)
            let first = try await harness.adjust("A", -5, id: "all")
            for copy in [0, 1, 0] {
                let again = try await harness.adjust("A", -5, id: "all", copy: copy)
                #expect(again.repeatedAnswer && again.items == first.items)
            }
            try await harness.adjust("A", 7)
            let again = try await harness.adjust("A", -5, id: "all")
            #expect(again.repeatedAnswer && again.items == first.items)
            #expect(try await harness.balance("A").available == 7)
            try await harness.expectSoundLedger()
        }
    }

    @Test("a command that was carried out yesterday is not carried out again")
    func yesterday() async throws {
        try await InventoryHarness.with { harness in
            let first = try await harness.adjust("A", 5, id: "once")
            try await harness.adjust("A", 1)
            try await harness.pool.runScript("update command_record set day = day - 1 where command_id = 'once'")
            let again = try await harness.adjust("A", 5, id: "once")
            #expect(again.repeatedAnswer && again.items == first.items)
            #expect(try await harness.balance("A").available == 6)
        }
    }

    @Test("a row that stands where another one was remembered is left alone")
    func otherRow() async throws {
        try await InventoryHarness.with { harness in
            for sku in ["A", "A", "B", "B"] { try await harness.adjust(sku, 5) }
            let (item, level) = (try await harness.place("item", "A"), try await harness.place("level", "A"))
            // The rows of A move, and those of B, with the version that A is remembered with, into their places.
            try await harness.pool.runScript("update item set changed_at = changed_at where sku = 'A'")
            try await harness.pool.runScript("update level set reserved = reserved where sku = 'A'")
            for _ in 0..<20 where try await harness.place("item", "B") != item {
                try await harness.pool.runScript("vacuum item")
                try await harness.pool.runScript("update item set changed_at = changed_at where sku = 'B'")
            }
            for _ in 0..<20 where try await harness.place("level", "B") != level {
                try await harness.pool.runScript("vacuum level")
                try await harness.pool.runScript("update level set reserved = reserved where sku = 'B'")
            }
            // Of the same moment, too, so that nothing but the key tells them apart.
            try await harness.pool.runScript(
                "update item set changed_at = (select changed_at from item where sku = 'A') where sku = 'B'")
            for _ in 0..<20 where try await harness.place("item", "B") != item {
                try await harness.pool.runScript("vacuum item")
                try await harness.pool.runScript("update item set changed_at = changed_at where sku = 'B'")
            }
            try #require(try await harness.place("item", "B") == item)
            try #require(try await harness.place("level", "B") == level)
            try await harness.adjust("A", 1)
            try await harness.adjust("B", 2)
            #expect(try await harness.balance("A").available == 11)
            #expect(try await harness.balance("B").available == 12)
            try await harness.expectSoundLedger()
        }
    }

    @Test("a row that came back to its place is not as it was")
    func sameRow() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            for _ in 0..<2 { try await harness.adjust("A", 5) }
            let (item, level) = (try await harness.place("item", "A"), try await harness.place("level", "A"))
            var units: Int64 = 10
            for round in 0..<40 {
                let places = (try await harness.place("item", "A"), try await harness.place("level", "A"))
                guard round == 0 || places != (item, level) else { break }
                try await harness.pool.runScript("vacuum item")
                try await harness.pool.runScript("vacuum level")
                try await harness.adjust("A", 1, copy: 1)
                units += 1
            }
            try #require(try await harness.place("item", "A") == item)
            try #require(try await harness.place("level", "A") == level)
            try await harness.adjust("A", 100)
            #expect(try await harness.balance("A").available == units + 100)
            try await harness.expectSoundLedger()
        }
    }

    @Test("random commands on a few SKUs through two copies, with hardly any room to remember them in")
    func littleRoom() async throws {
        let seed = testSeed()
        var limits = EngineLimits()
        limits.rememberedBytes = 1_024
        try await InventoryHarness.with(copies: 2, limits: limits, locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            await withTaskGroup(of: Void.self) { group in
                for caller in 0..<8 {
                    group.addTask {
                        var random = SeededGenerator(seed: seed &+ UInt64(caller))
                        let client = InventoryServiceClient(harness.copies[caller % 2].client)
                        for number in 0..<60 {
                            let request = RandomCalls.next(caller: caller, number: number, using: &random)
                            for _ in 0..<2 { try? await RandomCalls.send(request, by: client) }
                        }
                    }
                }
            }
            #expect(try await harness.number("select count(*) from movement") > 100, "seed \(seed)")
            try await harness.expectSoundLedger()
        }
    }
}

extension InventoryHarness {
    /// Where a SKU's only row of a table is.
    fileprivate func place(_ table: String, _ sku: String) async throws -> PostgresTupleID? {
        let statement =
            table == "item"
            ? PostgresStatement("select ctid from item where sku = $1")
            : PostgresStatement("select ctid from level where sku = $1")
        return try await self.pool.query(statement, sku).first?.decode(PostgresTupleID.self)
    }
}
