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
                now.sentences == [
                    "ABC1234 at A: 90 available = 90 on hand - 0 reserved; made up of +80 by set (8 movements), "
                        + "+10 by count (1 movement)",
                    "ABC1234 at B: 7 available = 7 on hand - 0 reserved; made up of +7 by set (1 movement)",
                    "ABC1234: 0 sellable = 97 available - 90 at A (not known) - 7 at B (not known)",
                ])
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

    @Test("where a level is not what its movements add up to, the explanation of now says so")
    func unaccounted() async throws {
        try await self.with { (fixture, client) async throws in
            try await fixture.pool.runScript("update level set available = available + 3 where location_id = 'A'")
            let told = try await client.explainStock(ExplainStockRequest(sku: "ABC1234", locationID: "A"))
            #expect(told.warehouses.map(\.stockAvailable) == [93])
            #expect(told.sentences.map { $0.hasSuffix(", 3 that no movement accounts for") } == [true])
            try await fixture.pool.runScript("delete from level where location_id = 'B'")
            let lost = try await client.explainStock(ExplainStockRequest(sku: "ABC1234", locationID: "B"))
            #expect(lost.warehouses.map(\.stockAvailable) == [0])
            #expect(lost.sentences.map { $0.hasSuffix(", -7 that no movement accounts for") } == [true])
        }
    }

    @Test("a kit is explained by its components: now as who asks is told, and as of a time by what they were")
    func kit() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.makeLocations(["A": "", "B": ""])
            try await fixture.write("PAD", .init(levels: ["A": .init(available: 9)]))
            try await fixture.write("DISC", .init(levels: ["A": .init(available: 2), "B": .init(available: 3)]))
            try await fixture.makeKit("KIT", of: [("PAD", 2), ("DISC", 1)])
            try await fixture.withClient(fixture.reads) { client in
                let moment = try await client.listMovements(ListMovementsRequest(sku: "DISC")).movements.first?
                    .occurredAt
                try await fixture.write("PAD", .init(levels: ["A": .init(available: 5)], safetyBuffer: 1))
                try await fixture.pool.runScript(
                    """
                    update location set is_active = false where location_id = 'B';
                    update setup set version = version + 1;
                    insert into reservation (bucket, brand_id, reservation_id, state, expires_at, created_at, changed_at,
                        reference, version)
                    values (3, '\(fixture.brand)', 'held', 2, null, now(), now(), '', 1);
                    insert into allocation (bucket, brand_id, reservation_id, part, line, sku, location_id, quantity,
                        backordered, kit_sku)
                    values (3, '\(fixture.brand)', 'held', 0, 0, 'PAD', 'A', 2, 0, 'KIT'),
                        (3, '\(fixture.brand)', 'held', 1, 1, 'PAD', 'A', 1, 0, null);
                    insert into reservation (bucket, brand_id, reservation_id, state, expires_at, created_at, changed_at,
                        reference, version)
                    select 3, '\(fixture.brand)', 'later' || n, 2, null, now() + interval '1 s', now(), '', 1
                    from generate_series(1, 101) n;
                    insert into allocation (bucket, brand_id, reservation_id, part, line, sku, location_id, quantity,
                        backordered, committed, kit_sku)
                    select 3, '\(fixture.brand)', 'later' || n, 0, 0, 'PAD', 'A', 2, 0, case n when 1 then 2 else 0 end,
                        case n when 1 then 'KIT' end
                    from generate_series(1, 101) n;
                    """)
                let now = try await client.explainStock(ExplainStockRequest(sku: "KIT"))
                #expect(
                    now.sentences == [
                        "KIT: 2 kits = the least of 4 PAD / 2, 2 DISC / 1, in whole kits; limited by PAD",
                        "PAD: 4 sellable = 5 available - 1 kept back of the SKU",
                        "DISC: 2 sellable = 5 available - 3 at B (not active)",
                    ])
                #expect(now.movements.map(\.sku) == ["PAD", "PAD"] && now.warehouses.isEmpty)
                #expect(now.reservations.map { $0.allocations.map(\.quantity) } == [[2]])
                #expect(now.reservations.map(\.reservationID) == ["held"], "not those behind 100 of the part alone")
                let told = try await client.getAvailability(GetAvailabilityRequest(skus: ["KIT"]))
                #expect(told.items.first?.sellable == 2)
                let then = try await client.explainStock(ExplainStockRequest(sku: "KIT", asOf: moment))
                #expect(
                    then.sentences == [
                        "KIT at that time, by what it consists of and by the locations that sell now: "
                            + "2 kits = the least of 9 PAD / 2, 2 DISC / 1, in whole kits; limited by DISC"
                    ])
                #expect(then.reservations.isEmpty && then.movements.map(\.sku) == ["DISC", "DISC"])
                let place = try await client.explainStock(ExplainStockRequest(sku: "KIT", locationID: "A"))
                #expect(
                    place.sentences == [
                        "KIT at A: 2 kits = the least of 5 PAD / 2, 2 DISC / 1, in whole kits; limited by PAD"
                    ])
            }
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
