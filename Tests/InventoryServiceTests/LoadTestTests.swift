import DrivelineTesting
import InventoryAPI
import InventoryMessages
import LoadTesting
import RPC
import TestSupport
import Testing

@testable import InventoryService

@Suite("A load test of the service itself", .timeLimit(.minutes(5)))
struct LoadTestTests {
    @Test(
        "all checks hold under every mix",
        arguments: [
            "reads", "cold-reads", "updates", "reservations", "all", "reads=1,updates=2,reservations=3",
        ])
    func mixes(_ mix: String) async throws {
        var plan = LoadPlan()
        plan.mix = try #require(LoadMix(mix))
        plan.connections = 4
        plan.outstanding = 4
        plan.warmUpSeconds = 0.1
        plan.durationSeconds = 1.5
        plan.seed = testSeed("LoadTestTests.\(mix)")
        plan.timeout = .seconds(60)
        // So few that the favourites are sold out, and calls meet on them.
        plan.skus = 40
        plan.locations = 2
        plan.units = 30
        try await InventoryHarness.with(copies: 2, locations: []) { [plan] harness in
            let copies = harness.copies
            let credential = "\(harness.brand)/load \(InventoryHarness.scopes)"
            // The test's own, and one for each connection, by turns to both copies.
            let outcome = try await LoadTest(plan) { group in
                let copy = copies[Int.random(in: 0..<copies.count)]
                return try copy.server.client(credential: credential, group: group) { LoadTest.configure(&$0) }
            }.run()
            #expect(outcome.findings.failed == [], "\(outcome.findings)")
            #expect(outcome.record.all.answered > 0 && outcome.unresolved == 0)
            try await harness.expectSoundLedger()
        }
    }

    @Test("what an interrupted test holds is given back before the next begins, and nothing else")
    func leftovers() async throws {
        var plan = LoadPlan()
        plan.mix = try #require(LoadMix("reads"))
        plan.connections = 1
        plan.warmUpSeconds = 0
        plan.durationSeconds = 0.1
        plan.timeout = .seconds(60)
        plan.skus = 4
        try await InventoryHarness.with { [plan] harness in
            try await harness.adjust("A", 10)
            for (id, reference) in [("left", "driveline load-test"), ("order", "order-7")] {
                _ = try await harness.client.reserve(
                    ReserveRequest(
                        commandID: id, context: CommandContext(reference: reference),
                        lines: [ReservationLine(sku: "A", quantity: 3)]))
            }
            let server = harness.copies[0].server
            let credential = "\(harness.brand)/load \(InventoryHarness.scopes)"
            _ = try await LoadTest(plan) { group in
                try server.client(credential: credential, group: group) { LoadTest.configure(&$0) }
            }.run()
            let left = try await harness.client.getReservation(GetReservationRequest(reservationID: "left"))
            let order = try await harness.client.getReservation(GetReservationRequest(reservationID: "order"))
            #expect(left.state == .released && order.state == .held)
            try await harness.expectSoundLedger()
        }
    }
}
