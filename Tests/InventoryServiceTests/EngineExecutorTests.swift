import InventoryDomain
import Postgres
import Testing

@testable import InventoryService

@Suite("The thread of the engine's transactions") struct EngineExecutorTests {
    /// Tells whether the task that brings the answer prefers a reactor.
    private final class Answer: AnswerReceiver {
        private let reactor: PostgresReactor
        private let prefersReactor: CheckedContinuation<Bool, Never>

        init(_ reactor: PostgresReactor, _ prefersReactor: CheckedContinuation<Bool, Never>) {
            self.reactor = reactor
            self.prefersReactor = prefersReactor
        }

        func received(_ answers: [(place: Int, answer: CommandAnswer)]) {
            let preferred = withUnsafeCurrentTask { $0?.unownedTaskExecutor }
            self.prefersReactor.resume(returning: preferred == self.reactor.asUnownedTaskExecutor())
        }
    }

    @Test("a batch goes on where the database answers, without a thread of the pool between")
    func executor() async throws {
        try await InventoryHarness.with { harness in
            let place = Place(try SKU("A"), try LocationID("WHS1"))
            let command = try Command(
                id: try CommandID("1"), actor: "test", action: .adjust(place, try UnitDelta(1), .correction))
            let prefersReactor = await withCheckedContinuation { continuation in
                let answer = Answer(harness.pool.reactor, continuation)
                harness.copies[0].engine.submit([
                    PendingCommand(brand: harness.brand, command: command, traceParent: nil, receiver: answer, place: 0)
                ])
            }
            #expect(prefersReactor)
        }
    }
}
