internal import DequeModule
internal import Synchronization
internal import Waking

/// The orders of this process for which other services are to do something at once, each once, and who waits for it.
///
/// Only a hint: what finds no room here is found in the database, where all of it is.
final class EffectQueue: Sendable {
    /// The most orders that wait; more are left to the driver.
    static let maximumWaiting = 10_000
    /// The most orders that are worked on at once.
    static let maximumRunning = 64

    private struct State {
        var waiting: Deque<OrderKey> = []
        /// Those that wait or run; true: they run, and something came that the run may not have seen.
        var known: [OrderKey: Bool] = [:]
        var running: Set<OrderKey> = []
        var watchers: [OrderKey: [UInt64: CheckedContinuation<Void, Never>]] = [:]
        var lastWatcher: UInt64 = 0
    }

    private let state = Mutex(State())
    private let signal = WakeSignal()

    /// Something is to be done for an order.
    func add(_ order: OrderKey) {
        let isNew = self.state.withLock { state in
            if state.running.contains(order) {
                state.known[order] = true
                return false
            }
            guard state.known[order] == nil, state.waiting.count < Self.maximumWaiting else { return false }
            state.known[order] = false
            state.waiting.append(order)
            return true
        }
        if isNew { self.signal.wake() }
    }

    /// The next order, when there is one and few enough are worked on; nil: the task is cancelled. For one caller.
    func next() async -> OrderKey? {
        while !Task.isCancelled {
            let count = self.signal.count
            let order = self.state.withLock { state in
                guard state.running.count < Self.maximumRunning, let order = state.waiting.popFirst() else {
                    return OrderKey?.none
                }
                state.running.insert(order)
                return order
            }
            if let order { return order }
            await self.signal.wait(past: count, milliseconds: Self.pauseMilliseconds)
        }
        return nil
    }

    /// What could be done for an order is done.
    func ended(_ order: OrderKey) {
        let watchers = self.state.withLock { state in
            state.running.remove(order)
            if state.known.removeValue(forKey: order) == true {
                state.known[order] = false
                state.waiting.append(order)
                return [UInt64: CheckedContinuation<Void, Never>]()
            }
            return state.watchers.removeValue(forKey: order) ?? [:]
        }
        self.signal.wake()
        for watcher in watchers.values { watcher.resume() }
    }

    /// Waits until nothing is being done for an order, or nothing more can be for now; or until the task is cancelled.
    func wait(for order: OrderKey) async {
        let number = self.state.withLock { state in
            state.lastWatcher += 1
            return state.lastWatcher
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = self.state.withLock { state in
                    // Under the lock: the handler below finds who waits, or this finds that the task is cancelled.
                    guard state.known[order] != nil, !Task.isCancelled else { return false }
                    state.watchers[order, default: [:]][number] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.watchers[order]?.removeValue(forKey: number) }?.resume()
        }
    }

    private static let pauseMilliseconds: Int64 = 60_000
}
