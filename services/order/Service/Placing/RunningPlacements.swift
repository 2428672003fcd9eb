internal import OrderDomain
internal import OrderMessages
internal import Synchronization

/// The orders that this process is placing, so that who repeats a call waits for its end instead of doing it all again.
///
/// Only thrift: what another process places meanwhile is done twice, and has one effect.
final class RunningPlacements: Sendable {
    /// What placing an order came to.
    typealias Outcome = Result<Order, any Error>

    private struct State {
        var waiting: [OrderKey: [UInt64: CheckedContinuation<Outcome?, Never>]] = [:]
        var lastWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Whether it is being placed.
    func contains(_ order: OrderKey) -> Bool { self.state.withLock { $0.waiting[order] != nil } }

    /// Places an order, or waits until whoever does so already has ended.
    ///
    /// - Returns: nil: whoever did it was interrupted, or the time was over; the order has to be looked at again.
    func run(
        _ order: OrderKey, within time: Duration, _ work: () async throws -> Order
    ) async throws -> Order? {
        guard self.begin(order) else { return try await self.outcome(of: order, within: time)?.get() }
        let outcome: Outcome
        do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        self.end(order, outcome)
        return try outcome.get()
    }

    private func begin(_ order: OrderKey) -> Bool {
        self.state.withLock { state in
            guard state.waiting[order] == nil else { return false }
            state.waiting[order] = [:]
            return true
        }
    }

    private func end(_ order: OrderKey, _ outcome: Outcome) {
        let waiters = self.state.withLock { $0.waiting.removeValue(forKey: order) ?? [:] }
        // What happened to its caller is nothing to do with the others.
        let told: Outcome? =
            if case .failure(let error) = outcome, !(error is OrderRefusal) { nil } else { outcome }
        for waiter in waiters.values { waiter.resume(returning: told) }
    }

    private func outcome(of order: OrderKey, within time: Duration) async -> Outcome? {
        await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { await self.wait(for: order) }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func wait(for order: OrderKey) async -> Outcome? {
        let number = self.state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = self.state.withLock { state in
                    // Under the lock: the handler below finds who waits, or this finds that the task is cancelled.
                    guard state.waiting[order] != nil, !Task.isCancelled else { return false }
                    state.waiting[order]?[number] = continuation
                    return true
                }
                if !mustWait { continuation.resume(returning: nil) }
            }
        } onCancel: {
            self.state.withLock { $0.waiting[order]?.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }
}
