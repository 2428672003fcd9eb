/// Says which calls a platform's limits allow now, and when the others may go out. Has no clock: all times are given, in
/// microseconds of whatever clock.
///
/// Each call takes its tokens before it is sent, so that calls that are under way are counted. What is kept back for stock
/// that goes to zero is out of reach of all other lanes: such a call finds tokens behind any backlog.
public struct QuotaPlanner: Sendable {
    /// Whether a call may go out.
    public enum Decision: Hashable, Sendable {
        /// It may, and its tokens are taken.
        case go(Permit)
        /// It is to be asked again then, in microseconds.
        case wait(until: Int64)
    }

    /// The tokens that a call has taken, to be given back account of by ``settle(_:cost:at:)``.
    public struct Permit: Hashable, Sendable {
        /// Where from.
        public let bucket: String
        /// How many.
        public let tokens: Double
    }

    /// By name.
    public private(set) var operations: [String: QuotaOperation]
    private var buckets: [String: QuotaBucket] = [:]
    /// Tokens of calls that are under way.
    private var outstanding: [String: Double] = [:]
    /// How often in a row the platform throttled without saying for how long.
    private var throttles: [String: Int64] = [:]

    /// A planner whose buckets are full, but for what is known of them.
    ///
    /// - Parameters:
    ///   - known: From who had the connection before.
    ///   - paces: Of bulks, by operation: as the last one went.
    public init(
        _ operations: [QuotaOperation], known: [QuotaBucket] = [], paces: [String: BulkPace] = [:], at now: Int64
    ) {
        var byName: [String: QuotaOperation] = [:]
        for var operation in operations {
            if let pace = paces[operation.name] { operation.bulk?.pace = pace }
            byName[operation.name] = operation
            for limit in [operation.limit, operation.bulk?.limit].compactMap(\.self)
            where self.buckets[limit.bucket] == nil {
                self.buckets[limit.bucket] = QuotaBucket(
                    name: limit.bucket, available: limit.burst, ratePerSecond: limit.ratePerSecond,
                    burst: limit.burst, observedAt: now, blockedUntil: nil)
            }
        }
        self.operations = byName
        for bucket in known where self.buckets[bucket.name] != nil {
            var bucket = bucket
            bucket.observedAt = min(bucket.observedAt, now)
            bucket.ratePerSecond = max(bucket.ratePerSecond, QuotaLimits.lowestRatePerSecond)
            self.buckets[bucket.name] = bucket
        }
    }

    /// Takes the tokens of a call, if it may go out now.
    ///
    /// An operation that the platform has no limit for always may.
    ///
    /// - Parameter isBulk: Whether it is a bulk of the operation.
    public mutating func take(
        _ operation: String, lane: SyncLane, isBulk: Bool = false, at now: Int64
    ) -> Decision {
        guard let operation = self.operations[operation] else { return .go(Permit(bucket: "", tokens: 0)) }
        let name = isBulk ? operation.bulkBucket : operation.bucket
        guard var bucket = self.buckets[name] else { return .go(Permit(bucket: "", tokens: 0)) }
        if let blocked = bucket.blockedUntil {
            guard blocked <= now else { return .wait(until: blocked) }
            bucket.blockedUntil = nil
        }
        // More than the bucket ever holds is asked for only of a full one.
        let cost = isBulk ? operation.bulk?.cost ?? operation.cost : operation.cost
        let needed = min(cost + self.reserved(from: lane, in: bucket), bucket.burst)
        let time = bucket.time(of: needed, at: now)
        guard time <= now else { return .wait(until: time) }
        bucket.available = bucket.available(at: now) - cost
        bucket.observedAt = max(now, bucket.observedAt)
        self.buckets[name] = bucket
        self.outstanding[name, default: 0] += cost
        return .go(Permit(bucket: name, tokens: cost))
    }

    /// Whether a bulk of an operation would go now, as far as its own bucket is asked; nothing is taken.
    public func wouldTakeBulk(_ operation: String, lane: SyncLane, at now: Int64) -> Bool {
        var copy = self
        if case .go = copy.take(operation, lane: lane, isBulk: true, at: now) { return true }
        return false
    }

    /// A bulk has ended: what it shows of how long they take.
    public mutating func learn(_ operation: String, rows: Int64, seconds: Double) -> BulkPace? {
        self.operations[operation]?.bulk?.pace.learn(rows: rows, seconds: seconds)
        return self.operations[operation]?.bulk?.pace
    }

    /// A call was answered, or not.
    ///
    /// - Parameter cost: What it cost, where the answer said so.
    public mutating func settle(_ permit: Permit, cost: Double? = nil, at now: Int64) {
        guard var bucket = self.buckets[permit.bucket] else { return }
        self.outstanding[permit.bucket] = max(0, (self.outstanding[permit.bucket] ?? 0) - permit.tokens)
        guard let cost, cost.isFinite, cost >= 0 else { return }
        bucket.available = bucket.available(at: now) + permit.tokens - cost
        bucket.available = min(bucket.available, bucket.burst)
        bucket.observedAt = max(now, bucket.observedAt)
        self.buckets[permit.bucket] = bucket
    }

    /// An answer said what is left. Calls that are under way are taken off: the platform may not have seen them yet.
    public mutating func observe(
        _ name: String, available: Double?, ratePerSecond: Double?, burst: Double?, at now: Int64
    ) {
        guard var bucket = self.buckets[name] else { return }
        bucket.available = bucket.available(at: now)
        bucket.observedAt = max(now, bucket.observedAt)
        if let rate = ratePerSecond, rate.isFinite, rate >= QuotaLimits.lowestRatePerSecond {
            bucket.ratePerSecond = rate
        }
        if let burst, burst.isFinite, burst > 0 { bucket.burst = burst }
        if let available, available.isFinite {
            bucket.available = available - (self.outstanding[name] ?? 0)
        }
        bucket.available = min(bucket.available, bucket.burst)
        self.buckets[name] = bucket
    }

    /// The platform asks us to wait with calls that take from a bucket.
    ///
    /// - Parameter microseconds: How long; nil: it did not say.
    public mutating func throttled(_ name: String, for microseconds: Int64?, at now: Int64) {
        guard var bucket = self.buckets[name] else { return }
        let wait: Int64
        if let microseconds {
            wait = min(max(microseconds, 0), QuotaLimits.longestAskedMicroseconds)
        } else {
            let times = self.throttles[name] ?? 0
            wait = min(
                QuotaLimits.firstBlockMicroseconds << min(times, 16), QuotaLimits.longestBlockMicroseconds)
            self.throttles[name] = times + 1
        }
        bucket.blockedUntil = max(bucket.blockedUntil ?? now, now + wait)
        self.buckets[name] = bucket
    }

    /// A call that takes from a bucket was not throttled.
    public mutating func passed(_ name: String) { self.throttles[name] = nil }

    /// What is left, by name.
    public func state(at now: Int64) -> [QuotaBucket] {
        self.buckets.keys.sorted().compactMap { self.bucket($0, at: now) }
    }

    /// What is left in a bucket; nil: there is none such.
    func bucket(_ name: String, at now: Int64) -> QuotaBucket? {
        guard var bucket = self.buckets[name] else { return nil }
        bucket.available = bucket.available(at: now)
        bucket.observedAt = max(now, bucket.observedAt)
        if let blocked = bucket.blockedUntil, blocked <= now { bucket.blockedUntil = nil }
        return bucket
    }

    /// What a lane must leave for stock that goes to zero; never so much that it could not call at all.
    private func reserved(from lane: SyncLane, in bucket: QuotaBucket) -> Double {
        guard lane != .stockToZero, let stock = self.operations[SyncLane.stockToZero.operation],
            stock.bucket == bucket.name
        else { return 0 }
        let dearest = self.operations.values.lazy.filter { $0.bucket == bucket.name }.map(\.dearest).max() ?? 0
        return max(0, min(stock.cost * QuotaLimits.reservedCalls, bucket.burst - dearest))
    }
}
