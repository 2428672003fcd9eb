import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService

@Suite("Movements and explanations", .timeLimit(.minutes(5))) struct MovementTests {
    private func with(_ body: (Fixture, InventoryServiceClient) async throws -> Void) async throws {
        try await Fixture.with { (fixture) async throws in
            for number in 1...9 {
                try await fixture.write(
                    "ABC1234",
                    .init(levels: [
                        "A": .init(available: Int64(number * 10)), "B": .init(available: number > 4 ? 7 : 0),
                    ]), reason: number == 9 ? "count" : "set", command: "command-\(number)")
            }
            try await fixture.withClient(fixture.reads) { try await body(fixture, $0) }
        }
    }

    @Test("movements come by pages, the newest first, each once")
    func pages() async throws {
        try await self.with { (_, client) async throws in
            var request = ListMovementsRequest(sku: "ABC1234", pageSize: 3)
            var movements: [Movement] = []
            repeat {
                let page = try await client.listMovements(request)
                movements += page.movements
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty
            #expect(movements.map(\.version) == [9, 8, 7, 6, 5, 5, 4, 3, 2, 1])
            #expect(movements.map(\.locationID) == ["A", "A", "A", "A", "B", "A", "A", "A", "A", "A"])
            #expect(movements[0].reason == "count")
            #expect(movements[0].commandID == "command-9")
            #expect(movements[0].balance?.stockAvailable == 90)
            #expect(movements[0].from == .correction)
            let b = try await client.listMovements(ListMovementsRequest(sku: "ABC1234", locationID: "B"))
            #expect(b.movements.map(\.quantity) == [7])
            let none = try await client.listMovements(ListMovementsRequest(sku: "other"))
            #expect(none == ListMovementsResponse())
            request.locationID = "B"
            request.pageToken = try await client.listMovements(
                ListMovementsRequest(sku: "ABC1234", pageSize: 3)
            ).nextPageToken
            let error = await #expect(throws: RPCError.self) { try await client.listMovements(request) }
            #expect(error?.problem?.fields.first?.field == "pageToken")
        }
    }

    @Test("movements are chosen by time: from a moment on, and before another")
    func times() async throws {
        try await self.with { (_, client) async throws in
            let all = try await client.listMovements(ListMovementsRequest(sku: "ABC1234")).movements
            let fourth = try #require(all.first { $0.version == 4 }?.occurredAt)
            let since = try await client.listMovements(ListMovementsRequest(sku: "ABC1234", since: fourth))
            #expect(since.movements.map(\.version) == [9, 8, 7, 6, 5, 5, 4])
            let until = try await client.listMovements(ListMovementsRequest(sku: "ABC1234", until: fourth))
            #expect(until.movements.map(\.version) == [3, 2, 1])
        }
    }

    @Test("an explanation adds up to the number, now and as of a time")
    func explanation() async throws {
        try await self.with { (_, client) async throws in
            let now = try await client.explainStock(ExplainStockRequest(sku: "ABC1234", limit: 2))
            #expect(now.warehouses.map(\.stockAvailable) == [90, 7])
            #expect(now.movements.map(\.version) == [9, 8])
            #expect(
                now.sentences.first
                    == "ABC1234 at A: 90 available = 90 on hand - 0 reserved; made up of +10 by count (1 movement), "
                    + "+80 by set (8 movements)")
            let all = try await client.listMovements(ListMovementsRequest(sku: "ABC1234")).movements
            let fourth = try #require(all.first { $0.version == 4 }?.occurredAt)
            let then = try await client.explainStock(ExplainStockRequest(sku: "ABC1234", asOf: fourth))
            #expect(then.warehouses.map(\.stockAvailable) == [40])
            #expect(then.movements.map(\.version) == [4, 3, 2, 1])
            #expect(then.reservations.isEmpty)
            let error = await #expect(throws: RPCError.self) {
                try await client.explainStock(ExplainStockRequest(sku: "other"))
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("an explanation of now names the reservations that hold units")
    func reservations() async throws {
        try await self.with { (fixture, client) async throws in
            try await fixture.pool.runScript(
                """
                insert into reservation (bucket, brand_id, reservation_id, state, expires_at, created_at, changed_at,
                    reference, version)
                values (3, '\(fixture.brand)', 'held', 1, now(), now(), now(), 'order 7', 1),
                    (4, '\(fixture.brand)', 'gone', 4, null, now(), now(), '', 1);
                insert into allocation (bucket, brand_id, reservation_id, part, line, sku, location_id, quantity,
                    backordered)
                values (3, '\(fixture.brand)', 'held', 0, 0, 'ABC1234', 'A', 5, 1),
                    (3, '\(fixture.brand)', 'held', 1, 1, 'OTHER', 'A', 6, 0),
                    (4, '\(fixture.brand)', 'gone', 0, 0, 'ABC1234', 'A', 7, 0);
                """)
            let now = try await client.explainStock(ExplainStockRequest(sku: "ABC1234"))
            #expect(now.reservations.map(\.reservationID) == ["held"])
            #expect(
                now.reservations.first?.allocations
                    == [Allocation(line: 0, sku: "ABC1234", locationID: "A", quantity: 5, backordered: 1)])
            let b = try await client.explainStock(ExplainStockRequest(sku: "ABC1234", locationID: "B"))
            #expect(b.reservations.isEmpty)
            #expect(b.warehouses.map(\.locationID) == ["B"])
        }
    }
}
