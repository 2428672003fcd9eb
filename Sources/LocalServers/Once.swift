internal import Foundation
internal import Synchronization

/// A value that is set once, and that any number of tasks wait for.
final class Once<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [UInt64: CheckedContinuation<Value?, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }
    private let state = Mutex(State())

    /// The value, where it is set.
    var current: Value? { self.state.withLock { $0.value } }

    /// Sets the value; all but the first are ignored.
    func set(_ value: Value) {
        let waiters = self.state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value?, Never>]() }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// Waits for the value; `nil` where the task is cancelled first.
    func value() async -> Value? {
        let number = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: Value?? = self.state.withLock { state in
                    // Cancelled before: `onCancel` has found no waiter to resume.
                    if state.value != nil || Task.isCancelled { return .some(state.value) }
                    state.waiters[number] = continuation
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            self.state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }

    /// Waits for the value as long as `limit`; `nil` where it does not come, or the task is cancelled.
    func value(within limit: Duration) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await self.value() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap { $0 }
        }
    }
}

/// Runs what blocks on a thread of its own: it would take one of the few that tasks run on.
func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(LocalServerError) -> Value
) async throws(LocalServerError) -> Value {
    let result: Result<Value, LocalServerError> = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            do throws(LocalServerError) {
                continuation.resume(returning: .success(try body()))
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }
    return try result.get()
}
