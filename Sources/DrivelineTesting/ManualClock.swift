internal import Synchronization

/// A clock that stands still until a test moves it.
///
/// Sleepers wake in the order of their times, and those of one time in the order in which they lay down.
public final class ManualClock: Clock, Sendable {
    /// A time on the clock.
    public struct Instant: InstantProtocol {
        /// How long after the clock's beginning it is.
        public var sinceStart: Duration

        /// A time that long after the clock's beginning.
        public init(sinceStart: Duration = .zero) { self.sinceStart = sinceStart }

        /// The time later by a duration.
        public func advanced(by duration: Duration) -> Self { Self(sinceStart: self.sinceStart + duration) }

        /// How long it is until another time.
        public func duration(to other: Self) -> Duration { other.sinceStart - self.sinceStart }

        /// Whether the first is earlier.
        public static func < (one: Self, other: Self) -> Bool { one.sinceStart < other.sinceStart }
    }

    private struct Sleeper {
        var time: Instant
        var number: UInt64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Instant
        /// The next to wake last.
        var sleepers: [Sleeper] = []
        var watchers: [Watcher] = []
        var nextNumber: UInt64 = 0
    }
    private let state: Mutex<State>

    /// A clock that shows a time.
    public init(now: Instant = Instant()) { self.state = Mutex(State(now: now)) }

    /// The time that it shows.
    public var now: Instant { self.state.withLock { $0.now } }
    /// It knows each duration exactly.
    public var minimumResolution: Duration { .nanoseconds(1) }
    /// How many tasks sleep.
    public var sleeperCount: Int { self.state.withLock { $0.sleepers.count } }
    /// When the next task wakes; `nil` when none sleeps.
    public var nextWake: Instant? { self.state.withLock { $0.sleepers.last?.time } }

    /// Sleeps until the clock shows the time, or the task is cancelled.
    ///
    /// - Throws: `CancellationError`.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let number = self.state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let sleeper = Sleeper(time: deadline, number: number, continuation: continuation)
                self.lieDown(sleeper)
            }
        } onCancel: {
            self.state.withLock { state in
                let index = state.sleepers.firstIndex { $0.number == number }
                return index.map { state.sleepers.remove(at: $0) }
            }?.continuation.resume(throwing: CancellationError())
        }
    }

    private enum Bed {
        case taken(waking: [Watcher])
        case notNeeded
        case cancelled
    }

    private func lieDown(_ sleeper: Sleeper) {
        let bed: Bed = self.state.withLock { state in
            // Asked under the lock that `onCancel` takes: it either comes later, or has found nobody to wake.
            guard !Task.isCancelled else { return .cancelled }
            guard sleeper.time > state.now else { return .notNeeded }
            let index = state.sleepers.firstIndex { ($0.time, $0.number) < (sleeper.time, sleeper.number) }
            state.sleepers.insert(sleeper, at: index ?? state.sleepers.endIndex)
            let count = state.sleepers.count
            defer { state.watchers.removeAll { $0.count <= count } }
            return .taken(waking: state.watchers.filter { $0.count <= count })
        }
        switch bed {
        case .taken(let watchers): for watcher in watchers { watcher.continuation.resume() }
        case .notNeeded: sleeper.continuation.resume()
        case .cancelled: sleeper.continuation.resume(throwing: CancellationError())
        }
    }
}

// MARK: - Moving time

extension ManualClock {
    /// Returns as soon as that many tasks sleep, or more. What the tasks do before is then done.
    public func untilSleeping(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isSo = self.state.withLock { state in
                guard state.sleepers.count < count else { return true }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isSo { continuation.resume() }
        }
    }

    /// Moves the clock, and wakes who sleeps until then, in order. Those who lie down again for a time that has passed
    /// meanwhile wake at once.
    public func advance(by duration: Duration) { self.advance(to: self.now.advanced(by: duration)) }

    /// Moves the clock to a time. It never goes back.
    public func advance(to time: Instant) {
        while let sleeper = self.takeSleeper(until: time) { sleeper.continuation.resume() }
    }

    /// Moves the clock to the time of the next sleeper, and wakes all of that time.
    ///
    /// - Returns: Whether anybody slept.
    @discardableResult
    public func advanceToNext() -> Bool {
        guard let next = self.nextWake else { return false }
        self.advance(to: next)
        return true
    }

    /// Moves the clock from sleeper to sleeper until the tasks of the test have nothing left to do.
    ///
    /// - Parameters:
    ///   - count: How many tasks live by the clock; none may end before. Time moves only when all of them sleep: so none
    ///     misses its turn, whatever the machine does.
    ///   - isIdle: Asked whenever all sleep; the clock stops when it says so.
    ///   - maximumSteps: How often the clock is moved at the most.
    /// - Returns: Whether `isIdle` was fulfilled.
    public func run(
        tasks count: Int = 1, maximumSteps: Int = 100_000, until isIdle: () async throws -> Bool
    ) async rethrows -> Bool {
        for _ in 0..<maximumSteps {
            await self.untilSleeping(count)
            if try await isIdle() { return true }
            self.advanceToNext()
        }
        return false
    }

    private func takeSleeper(until time: Instant) -> Sleeper? {
        self.state.withLock { state in
            guard let next = state.sleepers.last, next.time <= time else {
                state.now = max(state.now, time)
                return nil
            }
            // A woken task that asks for the time is told its own, and not where the clock goes.
            state.now = max(state.now, next.time)
            return state.sleepers.popLast()
        }
    }
}
