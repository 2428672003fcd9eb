internal import Postgres
internal import Synchronization

/// Runs what must run once among many copies of a service: takes a lease, renews it in time, and stops the work before
/// anybody else can have the lease.
///
/// Work that is stopped may still be at it for a moment, and a process that is paused stops nothing: effects in the
/// database must call ``Lease/check(in:)`` in their transaction.
public struct LeaseHolder: Sendable {
    /// When a lease is renewed and given up.
    public struct Intervals: Sendable {
        /// How long a lease is held unless renewed, in milliseconds.
        public var leaseMilliseconds: Int64 = 15_000
        /// How long after a renewal the next one follows, in milliseconds.
        public var renewalMilliseconds: Int64 = 5_000
        /// How long after a failed renewal, or while another process has the lease, the next try follows, in
        /// milliseconds.
        public var retryMilliseconds: Int64 = 1_000
        /// How long before the lease can expire the work is stopped, in milliseconds: the time it has to end.
        public var marginMilliseconds: Int64 = 3_000

        /// 15 s, renewed every 5 s, tried every second, stopped 3 s before its end.
        public init() {}
    }

    private let leases: Leases
    private let intervals: Intervals
    private let beforeRenewal: @Sendable () async throws(PostgresError) -> Void

    /// - Parameter intervals: The renewal must come before the margin, so that one may fail.
    public init(_ leases: Leases, intervals: Intervals = Intervals()) {
        self.init(leases, intervals: intervals, beforeRenewal: { () throws(PostgresError) in })
    }

    /// - Parameter beforeRenewal: What it throws makes a renewal fail, for tests.
    init(
        _ leases: Leases, intervals: Intervals,
        beforeRenewal: @escaping @Sendable () async throws(PostgresError) -> Void
    ) {
        precondition(
            intervals.retryMilliseconds > 0 && intervals.renewalMilliseconds > 0
                && intervals.renewalMilliseconds + intervals.marginMilliseconds < intervals.leaseMilliseconds,
            "a lease's renewal and margin must fit into it")
        self.leases = leases
        self.intervals = intervals
        self.beforeRenewal = beforeRenewal
    }

    /// Waits for the lease and runs a body while it is held; again whenever it was lost, until the body comes to its end.
    ///
    /// - Parameter body: Is cancelled when the lease is about to be lost, and must then end within the margin. What it
    ///   throws while the lease is held is thrown on, with the lease given back.
    /// - Throws: What the body throws, or `CancellationError` when the task is cancelled. That the database cannot be
    ///   reached is waited out.
    public func run<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        while true {
            try Task.checkCancellation()
            // Before the request is sent: the database's clock starts to count no earlier.
            let start = ContinuousClock.now
            if let lease = await self.acquire(name) {
                let holding = Holding(end: self.end(from: start))
                let ending = try await self.hold(lease, holding, body)
                if case .finished(let value) = ending { return value }
            } else {
                try await Task.sleep(for: .milliseconds(self.intervals.retryMilliseconds))
            }
        }
    }

    private enum Ending<Value: Sendable>: Sendable {
        case finished(Value)
        case lost
    }

    /// Until when the body may run, moved on by each renewal.
    private final class Holding: Sendable {
        private let current: Mutex<ContinuousClock.Instant>

        init(end: ContinuousClock.Instant) { self.current = Mutex(end) }

        var end: ContinuousClock.Instant {
            get { self.current.withLock { $0 } }
            set { self.current.withLock { $0 = newValue } }
        }
    }

    private func end(from start: ContinuousClock.Instant) -> ContinuousClock.Instant {
        start + .milliseconds(self.intervals.leaseMilliseconds - self.intervals.marginMilliseconds)
    }

    private func acquire(_ name: String) async -> Lease? {
        try? await self.leases.acquire(name, milliseconds: self.intervals.leaseMilliseconds)
    }

    private func hold<Value: Sendable>(
        _ lease: Lease, _ holding: Holding, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Ending<Value> {
        let result = await withTaskGroup(of: Result<Ending<Value>, any Error>.self) { group in
            group.addTask {
                do { return .success(.finished(try await body(lease))) } catch { return .failure(error) }
            }
            group.addTask {
                await self.renew(lease, holding)
                return .success(.lost)
            }
            group.addTask {
                await Self.waitForEnd(of: holding)
                return .success(.lost)
            }
            let first = await group.next() ?? .success(.lost)
            group.cancelAll()
            // The body must have ended before anything else is begun in its place.
            await group.waitForAll()
            return first
        }
        await self.release(lease)
        return try result.get()
    }

    /// In a task of its own, as this one may be cancelled. Should it fail, the lease expires by itself.
    private func release(_ lease: Lease) async {
        await Task { try? await self.leases.release(lease) }.value
    }

    /// Returns when somebody else has the lease, or when cancelled.
    private func renew(_ lease: Lease, _ holding: Holding) async {
        var pause = self.intervals.renewalMilliseconds
        while true {
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { return }
            let start = ContinuousClock.now
            do throws(PostgresError) {
                try await self.beforeRenewal()
                guard try await self.leases.renew(lease, milliseconds: self.intervals.leaseMilliseconds) else { return }
                holding.end = self.end(from: start)
                pause = self.intervals.renewalMilliseconds
            } catch {
                pause = self.intervals.retryMilliseconds
            }
        }
    }

    private static func waitForEnd(of holding: Holding) async {
        var end = holding.end
        while ContinuousClock.now < end {
            do { try await Task.sleep(until: end, clock: .continuous) } catch { return }
            end = holding.end
        }
    }
}
