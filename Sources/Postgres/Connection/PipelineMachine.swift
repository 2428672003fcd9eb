internal import DequeModule

/// Which of the answers of one connection belongs to which request.
///
/// Answers come in the order of what was sent. What stands between two syncs is a *group*: after an error the server
/// skips the rest of it. Pure: fed with what was sent and what came.
struct PipelineMachine {
    /// What was sent and is to be answered.
    private enum Entry: Hashable {
        case prepare(name: Int)
        case command(flight: Int)
        case sync
    }

    /// What came.
    enum Received: Hashable { case answer, error, skipped, sync }

    /// What it means.
    enum Action: Hashable {
        case prepared(name: Int)
        case prepareFailed(name: Int)
        case answered(flight: Int)
        case failed(flight: Int)
        /// An earlier one of its group failed, so this did not run.
        case skipped(flight: Int)
        /// The commit at the group's end failed.
        case commitFailed
        case groupEnded
        /// Nothing was asked that this could answer: the connection is of no use any more.
        case unexpected
    }

    private var entries: Deque<Entry> = []

    /// Whether everything that was sent is answered.
    var isEmpty: Bool { self.entries.isEmpty }

    mutating func sentPrepare(name: Int) { self.entries.append(.prepare(name: name)) }
    mutating func sentCommand(flight: Int) { self.entries.append(.command(flight: flight)) }
    mutating func sentSync() { self.entries.append(.sync) }

    mutating func received(_ received: Received) -> Action {
        guard let head = self.entries.first else { return .unexpected }
        // An error at a sync comes before the sync's own answer.
        if head == .sync && received == .error { return .commitFailed }
        guard (head == .sync) == (received == .sync) else { return .unexpected }
        self.entries.removeFirst()
        switch (head, received) {
        case (.sync, _): return .groupEnded
        case (.prepare(let name), .answer): return .prepared(name: name)
        case (.prepare(let name), _): return .prepareFailed(name: name)
        case (.command(let flight), .answer): return .answered(flight: flight)
        case (.command(let flight), .error): return .failed(flight: flight)
        case (.command(let flight), _): return .skipped(flight: flight)
        }
    }
}
