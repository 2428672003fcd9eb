internal import Events
internal import Synchronization
internal import Waking

/// Wakes the workers of connections as soon as something is to be sent, without their looking all the time.
///
/// Only a hint: a worker that was not woken looks by itself after a while.
final class SyncNews: Sendable {
    /// How long to wait for news of other processes before all workers of this one are woken, in milliseconds.
    static let longestMilliseconds: Int64 = 60_000

    private struct State {
        var signals: [ConnectionKey: WakeSignal] = [:]
        var marked: Set<ConnectionKey> = []
    }

    private let news: EventNews
    private let state = Mutex(State())

    /// - Parameter news: Is told when the transactions that mark connections are committed.
    init(_ news: EventNews) { self.news = news }

    /// What wakes the worker of a connection.
    func signal(of key: ConnectionKey) -> WakeSignal {
        self.state.withLock { state in
            if let signal = state.signals[key] { return signal }
            let signal = WakeSignal()
            state.signals[key] = signal
            return signal
        }
    }

    /// A transaction that is about to be committed has something for these connections.
    func mark(_ keys: some Sequence<ConnectionKey>) { self.state.withLock { $0.marked.formUnion(keys) } }

    /// Something for these connections was committed.
    func wake(_ keys: some Sequence<ConnectionKey>) {
        let signals = self.state.withLock { state in keys.compactMap { state.signals[$0] } }
        for signal in signals { signal.wake() }
    }

    /// Passes on what the process hears, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let count = self.news.count
            let signals = self.state.withLock { state in
                // What another process has done is for nobody in particular.
                let chosen =
                    state.marked.isEmpty
                    ? Array(state.signals.values) : state.marked.compactMap { state.signals[$0] }
                state.marked = []
                return chosen
            }
            for signal in signals { signal.wake() }
            await self.news.wait(past: count, milliseconds: Self.longestMilliseconds)
        }
    }
}
