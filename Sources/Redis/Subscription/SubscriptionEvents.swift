internal import DequeModule
internal import Synchronization

/// The events of one subscription that wait to be taken, and who waits for one.
final class SubscriptionEvents: Sendable {
    typealias Continuation = UnsafeContinuation<RedisSubscriptionEvent?, Never>

    private struct State {
        var events: Deque<RedisSubscriptionEvent> = []
        var waiting: Deque<Continuation> = []
        var isFinished = false
    }

    private let maximumCount: Int
    private let state = Mutex(State())

    init(maximumCount: Int) { self.maximumCount = max(maximumCount, 1) }

    /// Hands an event to who waits, or keeps it.
    func put(_ event: RedisSubscriptionEvent) {
        let continuation = self.state.withLock { state -> Continuation? in
            guard !state.isFinished else { return nil }
            if let waiting = state.waiting.popFirst() { return waiting }
            if state.events.count < self.maximumCount {
                state.events.append(event)
            } else {
                // The event itself goes too: what remains says that something is missing, and where.
                state.events = [.mayHaveMissed]
            }
            return nil
        }
        continuation?.resume(returning: event)
    }

    /// Takes the next event, now or when it comes.
    func take(_ continuation: Continuation) {
        let event = self.state.withLock { state -> RedisSubscriptionEvent?? in
            if let event = state.events.popFirst() { return .some(event) }
            if state.isFinished { return .some(nil) }
            state.waiting.append(continuation)
            return nil
        }
        if let event { continuation.resume(returning: event) }
    }

    /// No more events come.
    func finish() {
        let waiting = self.state.withLock { state in
            state.isFinished = true
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: nil) }
    }
}
