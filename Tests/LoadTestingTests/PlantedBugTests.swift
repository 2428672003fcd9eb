import DrivelineTesting
import RPC
import TestSupport
import Testing

@testable import LoadTesting

@Suite("A load test finds what is wrong with a service", .timeLimit(.minutes(5)))
struct PlantedBugTests {
    /// A short load on a few SKUs that are sold out now and then.
    private static func plan(_ mix: LoadMix = .all) -> LoadPlan {
        var plan = LoadPlan()
        plan.mix = mix
        plan.connections = 2
        plan.outstanding = 4
        plan.warmUpSeconds = 0.1
        plan.durationSeconds = 1
        plan.seed = testSeed("PlantedBugTests")
        plan.timeout = .seconds(60)
        plan.skus = 12
        plan.locations = 2
        plan.units = 20
        plan.staleness = .milliseconds(200)
        return plan
    }

    private static func run(_ bug: FakeInventory.Bug, _ plan: LoadPlan) async throws -> LoadTest.Outcome {
        let server = try await InProcessServer([FakeInventory(bug)])
        do {
            let outcome = try await LoadTest(plan) { group in
                try server.client(credential: Self.credential, group: group) { LoadTest.configure(&$0) }
            }.run()
            await server.stop()
            return outcome
        } catch {
            await server.stop()
            throw error
        }
    }

    private static let credential = "tester inventory:admin inventory:read inventory:reserve inventory:write"
    private static let writes = LoadMix("reads=40,updates=30,reservations=30") ?? .all

    @Test(
        "a service that is right is found right, by every mix",
        arguments: LoadMix.Part.allCases.map(\.rawValue) + ["all"])
    func sound(_ mix: String) async throws {
        let outcome = try await Self.run(.none, Self.plan(try #require(LoadMix(mix))))
        #expect(outcome.findings.failed == [], "\(outcome.findings)")
        #expect(outcome.record.all.answered > 0)
        #expect(outcome.unresolved == 0)
    }

    @Test(
        "each bug is found by the check that is there for it",
        arguments: [
            (FakeInventory.Bug.oversells, Check.oversold), (.goesNegative, .negativeStock), (.goesBack, .staleVersion),
            (.readsVary, .inconsistentRead), (.readsAnotherNumber, .inconsistentRead),
            (.oldVersionInReceipt, .inconsistentReceipt), (.foreignReceipt, .inconsistentReceipt),
            (.holdsLess, .inconsistentReceipt), (.refusesWrongly, .wrongRefusal), (.losesUpdates, .finalStock),
            (.shipsTwice, .finalStock), (.fails, .failedCall),
        ])
    func bug(_ bug: FakeInventory.Bug, _ check: Check) async throws {
        var plan = Self.plan(Self.writes)
        // Where nobody else takes units at the same time, a refusal can be judged.
        if bug == .refusesWrongly { plan.outstanding = 1 }
        // On a loaded machine a second may be over before the bug has shown.
        var outcome = try await Self.run(bug, plan)
        while !outcome.findings.failed.contains(check), plan.durationSeconds < 20 {
            plan.durationSeconds *= 2
            outcome = try await Self.run(bug, plan)
        }
        #expect(outcome.findings.failed.contains(check), "\(outcome.findings)")
        #expect(!LoadReport(outcome).isSound())
    }

    @Test("answers that are lost are failed calls, and what became of their commands is found out at the end")
    func lostAnswers() async throws {
        let outcome = try await Self.run(.losesAnswers, Self.plan(Self.writes))
        #expect(outcome.findings.failed == [.failedCall], "\(outcome.findings)")
        #expect(outcome.unresolved == 0)
    }

    @Test("calls that find no room are counted as that, and break no check")
    func overload() async throws {
        let outcome = try await Self.run(.overloaded, Self.plan(Self.writes))
        #expect(outcome.findings.failed == [], "\(outcome.findings)")
        #expect(outcome.record.all.overloaded["overloaded"] ?? 0 > 0)
    }

    @Test("at a fixed rate a service that is too slow is charged with the time that calls wait for their turn")
    func coordinatedOmission() async throws {
        var plan = Self.plan(try #require(LoadMix("reads")))
        plan.connections = 1
        plan.outstanding = 1
        plan.warmUpSeconds = 0
        plan.pacing = .open(callsPerSecond: 200)
        let slow = SlowInterceptor(milliseconds: 20)
        let server = try await InProcessServer([FakeInventory(.none)], interceptors: [slow])
        let outcome = try await LoadTest(plan) { group in
            try server.client(credential: Self.credential, group: group) { LoadTest.configure(&$0) }
        }.run()
        await server.stop()
        // 200 calls are due in a second, of which 50 at most can be made one behind the other.
        #expect(outcome.record.unbegun >= 140)
        #expect(outcome.record.all.latencies.value(atPercentile: 90) > 300_000_000)
    }

    @Test("the rate that is asked for is the rate that is made")
    func openRate() async throws {
        var plan = Self.plan()
        plan.pacing = .open(callsPerSecond: 100)
        let outcome = try await Self.run(.none, plan)
        #expect(outcome.record.all.count + outcome.record.unbegun == 100)
        #expect(outcome.findings.failed == [])
    }
}

/// Holds every call up.
private struct SlowInterceptor: ServerInterceptor {
    let milliseconds: Int

    func around(_ call: CallInfo, _ run: @Sendable () async -> Void) async {
        try? await Task.sleep(for: .milliseconds(self.milliseconds))
        await run()
    }
}
