internal import Synchronization
internal import Waking

/// Takes pieces of work as long as there is room for them, and works on them side by side.
final class WorkLoop<Piece: Sendable>: Sendable {
    /// After how long to look without having been woken, in milliseconds.
    private static var lookMilliseconds: Int64 { 1_000 }

    private let signal: WakeSignal
    private let atOnce: Int
    private let running = Mutex(0)

    /// - Parameters:
    ///   - signal: Wakes it.
    ///   - atOnce: How many pieces it works on at once, at the most.
    init(_ signal: WakeSignal, atOnce: Int) {
        self.signal = signal
        self.atOnce = atOnce
    }

    /// Works until the task is cancelled.
    ///
    /// - Parameters:
    ///   - take: Gives at most so many pieces; none: it is asked again when it is woken, or after a second.
    ///   - work: Works on one.
    func run(
        take: @Sendable (Int) async -> [Piece], work: @escaping @Sendable (Piece) async -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let count = self.signal.count
                let free = self.atOnce - self.running.withLock { $0 }
                let taken = free > 0 ? await take(free) : []
                self.running.withLock { $0 += taken.count }
                for piece in taken {
                    group.addTask {
                        await work(piece)
                        self.running.withLock { $0 -= 1 }
                        // There is room, and what waits behind this one may go on.
                        self.signal.wake()
                    }
                }
                if taken.isEmpty { await self.signal.wait(past: count, milliseconds: Self.lookMilliseconds) }
            }
            group.cancelAll()
        }
    }
}
