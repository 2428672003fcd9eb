import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import Wire

@testable import InventoryService

@Suite("What may be sold, and what a reservation would take", .timeLimit(.minutes(5))) struct AvailabilityTests {
    private func with(_ body: (Fixture, InventoryServiceClient) async throws -> Void) async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.makeLocations(["A": "west", "B": "east", "C": "east"])
            try await fixture.pool.runScript("update location set is_active = false where location_id = 'C'")
            try await fixture.pool.runScript("update location set safety_buffer = 1 where location_id = 'B'")
            try await fixture.pool.runScript(
                "update setup set version = version + 1, channels = '{amazon}', channel_buffers = '{3}'")
            try await fixture.write(
                "PAD",
                .init(
                    levels: ["A": .init(available: 10), "B": .init(available: 5), "C": .init(available: 100)],
                    safetyBuffer: 2))
            try await fixture.write("DISC", .init(levels: ["A": .init(available: 3)], isDropShip: true))
            try await fixture.makeKit("KIT", of: [("PAD", 4), ("DISC", 2)])
            try await fixture.withClient(fixture.reads) { try await body(fixture, $0) }
        }
    }

    @Test("buffers of locations, SKU and channel come off, and what is not active does not count")
    func buffers() async throws {
        try await self.with { (_, client) async throws in
            let plain = try await client.getAvailability(GetAvailabilityRequest(skus: ["PAD", "DISC", "?"]))
            #expect(plain.items.map(\.sellable) == [12, 3])
            #expect(plain.items[0].locations.map(\.locationID) == ["A", "B", "C"])
            #expect(plain.items[0].locations.map(\.sellable) == [10, 4, 0])
            #expect(plain.items.map(\.dropShip) == [false, true])
            #expect(plain.unknownSkus == ["?"])
            let amazon = try await client.getAvailability(
                GetAvailabilityRequest(skus: ["PAD", "DISC"], channel: "amazon"))
            #expect(amazon.items.map(\.sellable) == [9, 0])
        }
    }

    @Test("a kit is as many as its scarcest component gives")
    func kit() async throws {
        try await self.with { (fixture, client) async throws in
            let answer = try await client.getAvailability(GetAvailabilityRequest(skus: ["KIT"]))
            #expect(answer.items == [Availability(sku: "KIT", sellable: 1, limitingSku: "DISC")])
            try await fixture.write("DISC", .init(levels: ["A": .init(available: 30)]))
            let later = try await client.getAvailability(GetAvailabilityRequest(skus: ["KIT"]))
            #expect(later.items == [Availability(sku: "KIT", sellable: 3, limitingSku: "PAD")])
        }
    }

    @Test("a plan says what a reservation would take, and holds nothing")
    func plan() async throws {
        try await self.with { (_, client) async throws in
            let request = PlanReservationRequest(lines: [
                ReservationLine(sku: "PAD", quantity: 12), ReservationLine(sku: "KIT", quantity: 1, locationID: "A"),
            ])
            let refused = try await client.planReservation(request)
            #expect(!refused.possible)
            #expect(refused.refusal?.reason == .insufficientStock)
            #expect(refused.refusal?.field == "lines[1].quantity")
            var possible = request
            possible.lines[0].quantity = 11
            possible.lines[1].locationID = ""
            let plan = try await client.planReservation(possible)
            #expect(plan.possible)
            #expect(plan.allocations.filter { $0.line == 0 }.map(\.quantity).reduce(0, +) == 11)
            #expect(plan.allocations.filter { $0.line == 1 }.map(\.kitSku) == ["KIT", "KIT"])
            #expect(plan.explanation.count == plan.allocations.count)
            // Asking again gives the same.
            #expect(try await client.planReservation(possible) == plan)
        }
    }

    @Test("a plan for an unknown location or with a wrong field is refused by name")
    func badPlans() async throws {
        try await self.with { (_, client) async throws in
            let unknown = try await client.planReservation(
                PlanReservationRequest(lines: [ReservationLine(sku: "PAD", quantity: 1, locationID: "Z")]))
            #expect(unknown.refusal?.reason == .unknownLocation)
            let nothing = try await client.planReservation(
                PlanReservationRequest(lines: [ReservationLine(sku: "?", quantity: 1)]))
            #expect(!nothing.possible)
            for (line, field) in [
                (ReservationLine(sku: "PAD ", quantity: 1), "lines[0].sku"),
                (ReservationLine(sku: "PAD", quantity: 1, locationID: " "), "lines[0].locationId"),
            ] {
                let error = await #expect(throws: RPCError.self) {
                    try await client.planReservation(PlanReservationRequest(lines: [line]))
                }
                #expect(error?.problem?.fields.first?.field == field)
            }
        }
    }
}
