internal import Synchronization

/// Gathers the answers to all commands of a call, which come from several transactions.
final class BulkAnswers: AnswerReceiver {
    private struct State {
        var answers: [CommandAnswer?]
        var missing: Int
        var waiter: CheckedContinuation<[CommandAnswer], Never>?
    }

    private let state: Mutex<State>

    /// - Parameter count: How many commands there are.
    init(count: Int) {
        self.state = Mutex(State(answers: [CommandAnswer?](repeating: nil, count: count), missing: count))
    }

    func received(_ answers: [(place: Int, answer: CommandAnswer)]) {
        let waiter = self.state.withLock { state in
            for (place, answer) in answers where state.answers[place] == nil {
                state.answers[place] = answer
                state.missing -= 1
            }
            defer { if state.missing == 0 { state.waiter = nil } }
            return state.missing == 0 ? state.waiter : nil
        }
        waiter?.resume(returning: self.all)
    }

    /// Waits until every command has its answer: once.
    ///
    /// - Returns: In the order of their places.
    func wait() async -> [CommandAnswer] {
        await withCheckedContinuation { continuation in
            let isComplete = self.state.withLock { state in
                if state.missing > 0 { state.waiter = continuation }
                return state.missing == 0
            }
            if isComplete { continuation.resume(returning: self.all) }
        }
    }

    private var all: [CommandAnswer] { self.state.withLock { $0.answers.compactMap(\.self) } }
}
