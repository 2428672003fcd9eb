import HealthMessages
import Testing

@testable import RPCServices

@Suite("Watchers of the RPC health service see states in order", .timeLimit(.minutes(2)))
struct HealthOrderTests {
    @Test("When many set states at once, all watchers end with the same one")
    func last() async throws {
        for _ in 0..<300 {
            let health = Health()
            let watchers = try (0..<8).map { _ in try #require(health.addWatcher(of: "")) }
            await withTaskGroup { group in
                for status in [ServingStatus.serving, .notServing, .serving, .notServing] {
                    group.addTask { health.set(status) }
                }
            }
            let late = try #require(health.addWatcher(of: ""))
            let state = try #require(await Self.next(of: late.statuses))
            for watcher in watchers { #expect(await Self.next(of: watcher.statuses) == state) }
        }
    }

    @Test("A server that leaves ends all watches, also those that begin afterwards")
    func leaving() async throws {
        let health = Health()
        let early = try #require(health.addWatcher(of: ""))
        health.setAllNotServing()
        let late = try #require(health.addWatcher(of: ""))
        for watcher in [early, late] {
            var states: [ServingStatus] = []
            for await state in watcher.statuses { states.append(state) }
            #expect(states == [.notServing])
        }
    }

    private static func next(of statuses: AsyncStream<ServingStatus>) async -> ServingStatus? {
        for await status in statuses { return status }
        return nil
    }
}
