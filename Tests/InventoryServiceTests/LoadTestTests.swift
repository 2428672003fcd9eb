import DrivelineTesting
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
}
