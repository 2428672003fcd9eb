internal import Synchronization

/// A value that tasks can wait on, so that tests wait for what happens and never for time to pass.
package final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        let isMet: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var value: Value
        var waiters: [UInt64: Waiter] = [:]
        var cancelled: Set<UInt64> = []
        var nextWaiter: UInt64 = 0
    }

    private let state: Mutex<State>

    package init(_ value: Value) { self.state = Mutex(State(value: value)) }

    /// The value now.
    package var value: Value { self.state.withLock { $0.value } }

    /// Changes the value and wakes those whose condition it meets.
    @discardableResult
    package func update<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
        let (result, woken) = self.state.withLock { state in
            let result = body(&state.value)
            let met = state.waiters.filter { $0.value.isMet(state.value) }
            for key in met.keys { state.waiters[key] = nil }
            return (result, met.values.map(\.continuation))
        }
        for continuation in woken { continuation.resume() }
        return result
    }

    /// Waits until the value meets a condition.
    ///
    /// - Throws: `CancellationError`.
    package func wait(until isMet: @escaping @Sendable (Value) -> Bool) async throws {
        let number = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.add(Waiter(isMet: isMet, continuation: continuation), number)
            }
        } onCancel: {
            self.cancel(number)
        }
    }

    private func add(_ waiter: Waiter, _ number: UInt64) {
        let result: Result<Void, any Error>? = self.state.withLock { state in
            if waiter.isMet(state.value) { return .success(()) }
            if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
            state.waiters[number] = waiter
            return nil
        }
        if let result { waiter.continuation.resume(with: result) }
    }

    private func cancel(_ number: UInt64) {
        let waiter = self.state.withLock { state in
            let waiter = state.waiters.removeValue(forKey: number)
            if waiter == nil { state.cancelled.insert(number) }
            return waiter
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}

/// Something that happens once.
package typealias Event = Watched<Bool>

extension Watched where Value == Bool {
    package convenience init() { self.init(false) }

    /// It has happened.
    package func happen() { self.update { $0 = true } }

    /// Waits until it has happened.
    package func wait() async throws { try await self.wait { $0 } }
}

/// Something that is counted.
package typealias Counter = Watched<Int>

extension Watched where Value == Int {
    package convenience init() { self.init(0) }

    /// One more, and what the count is then.
    @discardableResult
    package func add(_ difference: Int = 1) -> Int {
        self.update { count in
            count += difference
            return count
        }
    }

    /// Waits until the count has reached a number.
    package func wait(for count: Int) async throws { try await self.wait { $0 >= count } }
}

/// An operation that should have ended long ago.
package struct StillRunning: Error {}

/// Runs an operation that a fault could leave hanging, and goes on without it when it does.
///
/// The limit is far beyond what the operation takes; it is no measurement.
package func withHangGuard<Result: Sendable>(
    seconds: Int = 20,
    _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let outcome = Watched<Swift.Result<Result, any Error>?>(nil)
    let work = Task {
        do {
            let result = try await operation()
            outcome.update { $0 = $0 ?? .success(result) }
        } catch {
            outcome.update { $0 = $0 ?? .failure(error) }
        }
    }
    let limit = Task {
        try await Task.sleep(for: .seconds(seconds))
        outcome.update { $0 = $0 ?? .failure(StillRunning()) }
    }
    defer {
        limit.cancel()
        work.cancel()
    }
    try await outcome.wait { $0 != nil }
    guard let result = outcome.value else { throw StillRunning() }
    return try result.get()
}
