internal import Synchronization

/// Tells those who wait for work that there may be some.
///
/// A hint, and coalesced: any number of wakes while somebody is busy count as one, and whoever waits looks by itself
/// after a while, so that a wake that never came costs time only. No wake is lost between looking and waiting: who looks
/// remembers the count of before, and then waits for a later one.
public final class WakeSignal: Sendable {
    private struct State {
        var count: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    /// A signal that nobody has given.
    public init() {}

    /// How often it was given; to be read before looking for work.
    public var count: UInt64 { self.state.withLock { $0.count } }

    /// Wakes all who wait. Cheap where nobody does.
    public func wake() {
        let waiters = self.state.withLock { state in
            state.count += 1
            let waiters = state.waiters
            state.waiters = [:]
            return waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Waits until the signal was given more often than `count`, the time is over, or the task is cancelled.
    ///
    /// - Parameter milliseconds: How long to wait at the most.
    public func wait(past count: UInt64, milliseconds: Int64) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(past: count) }
            group.addTask { try? await Task.sleep(for: .milliseconds(max(0, milliseconds))) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait(past count: UInt64) async {
        let number = self.state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = self.state.withLock { state in
                    // Cancelled under the lock's order: the handler below finds the waiter, or this finds the mark.
                    guard state.count <= count, !Task.isCancelled else { return false }
                    state.waiters[number] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}
