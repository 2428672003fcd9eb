import ChannelDomain
import TestSupport
import Testing

@Suite("When a platform is asked for its notifications", .processorBound)
struct SubscriptionStateTests {
    private static let (here, there) = ("https://a.example/n", "https://b.example/n")
    private static let hour: Int64 = 3_600_000_000

    @Test("at once where it never was, at another address, and after a change; else within the last hour of a day")
    func due() {
        var state = SubscriptionState()
        #expect(state.due(for: Self.here, version: 1) == 0)
        for chance in [0, 0.5, 1, -1, 2] {
            state.subscribed(to: Self.here, version: 1, topics: ["orders"], at: 100, chance: chance)
            let due = state.due(for: Self.here, version: 1)
            #expect((100 + 23 * Self.hour...100 + 24 * Self.hour).contains(due))
        }
        #expect(state.subscribedAt == 100 && state.topics == ["orders"])
        #expect(state.due(for: Self.there, version: 1) == 0 && state.due(for: Self.here, version: 2) == 0)
    }

    @Test("after longer and longer pauses where it fails, which end with a success and begin anew at another address")
    func failures() {
        var state = SubscriptionState()
        state.subscribed(to: Self.here, version: 1, topics: ["orders"], at: 0, chance: 0)
        var last: Int64 = 0
        for tries in 1...30 {
            state.failed(.passing, "busy", to: Self.here, version: 1, at: 0, chance: 1)
            #expect(state.tries == tries && state.dueAt >= last && (1_000_000...300_000_000).contains(state.dueAt))
            last = state.dueAt
        }
        #expect(last == 300_000_000)
        // What was there may still be.
        #expect(state.subscribedAt == 0 && state.topics == ["orders"] && state.error == "busy")
        state.failed(.passing, "busy", to: Self.there, version: 1, at: 0, chance: 1)
        #expect(state.tries == 1 && state.subscribedAt == nil && state.topics.isEmpty)
        state.subscribed(to: Self.there, version: 1, topics: ["orders"], at: 7, chance: 0)
        #expect(state.tries == 0 && state.error.isEmpty)
    }

    @Test("in an hour where it is refused; when the platform asks, within bounds, where it is throttled")
    func others() {
        var state = SubscriptionState()
        state.failed(.refused, "no", to: Self.here, version: 1, at: 5, chance: 0)
        #expect(state.dueAt == 5 + Self.hour && state.tries == 1)
        for (asked, pause) in [(20_000, 20_000), (-1, 1_000), (.max, 3_600_000)] as [(Int64, Int64)] {
            state.failed(.throttled(milliseconds: asked), "later", to: Self.here, version: 1, at: 5, chance: 0)
            #expect(state.dueAt == 5 + pause * 1_000 && state.tries == 1)
        }
    }
}
