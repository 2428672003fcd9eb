import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized) struct EventHistoryTests {
    @Test(
        "nothing is skipped, nothing is done twice and no order is broken, whatever is cut, killed or late",
        arguments: 0..<3)
    func consumer(round: Int) async throws {
        let history = EventHistory(seed: testSeed())
        #expect(try await history.verdict(of: EventReaders.streamed).isClean)
    }

    @Test("a planted reader of ids behind the last seen one is caught skipping")
    func idAfterLastSeen() async throws {
        try await self.expectCaught(EventReaders.idAfterLastSeen) { $0.missing > 0 }
    }

    @Test("a planted effect outside of the cursor's transaction is caught doubling")
    func effectOutside() async throws {
        try await self.expectCaught(EventReaders.effectOutside) { $0.doubled > 0 }
    }

    @Test("a planted cursor that is not committed with the effect is caught doubling")
    func cursorAfterEffect() async throws {
        try await self.expectCaught(EventReaders.cursorAfterEffect) { $0.doubled > 0 }
    }

    /// Plays histories until one shows the mistake.
    private func expectCaught(
        _ reader: @escaping EventHistory.Reader, _ isCaught: (EventHistory.Verdict) -> Bool
    ) async throws {
        for _ in 0..<5 {
            var history = EventHistory(seed: testSeed())
            history.patience = .seconds(3)
            if isCaught(try await history.verdict(of: reader)) { return }
        }
        Issue.record("five histories have not shown the mistake")
    }
}
