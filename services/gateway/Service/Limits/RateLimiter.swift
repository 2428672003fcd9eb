internal import GatewayDomain
internal import NIOCore
internal import Redis

/// Decides about the requests of all callers that come on one event loop. Bound to it.
final class RateLimiter {
    /// The buckets that are kept; the ones that were not used for longest go first.
    static let maximumBuckets = 16_384
    /// The requests of one caller that may wait for a lease; one more is refused.
    static let maximumWaiters = 1_024

    /// A caller's requests of one class.
    struct Key: Hashable {
        var caller: String
        var routeClass: RouteClass
    }

    typealias Waiter = (LeasedBucket.Decision) -> Void

    private let limits: [RouteClass: RateLimit]
    private let policies: [RouteClass: HeaderField]
    private let sharers: Int
    /// The connection on this event loop; `nil` where there is no Redis.
    private let redis: RedisConnection?
    private let metrics: GatewayMetrics
    private var buckets: [Key: LeasedBucket] = [:]
    private var waiters: [Key: [Waiter]] = [:]

    /// - Parameter sharers: The event loops of all gateways, each with its share where there is no Redis.
    init(_ limits: [RouteClass: RateLimit], sharers: Int, redis: RedisConnection?, _ metrics: GatewayMetrics) {
        self.limits = limits
        self.policies = Dictionary(uniqueKeysWithValues: limits.map { ($0, $1.field($0)) })
        self.sharers = sharers
        self.redis = redis
        self.metrics = metrics
    }

    /// What a caller is told of its limit.
    func fields(_ standing: RateLimitStanding, _ routeClass: RouteClass) -> [HeaderField] {
        guard let limit = self.limits[routeClass], let policy = self.policies[routeClass] else { return [] }
        return [policy, standing.field(limit, routeClass)]
    }

    /// Decides about a request; `nil` where the closure is told later, because a lease has to be waited for.
    func request(_ key: Key, orLater waiter: @autoclosure () -> Waiter) -> LeasedBucket.Decision? {
        let decision = self.decide(key)
        guard decision == .waits else { return decision }
        guard self.waiters[key, default: []].count < Self.maximumWaiters else {
            return .refused(RateLimitStanding(remaining: 0), retryAfterSeconds: 1)
        }
        self.waiters[key, default: []].append(waiter())
        return nil
    }

    /// Decides, and leases what that needs.
    private func decide(_ key: Key) -> LeasedBucket.Decision {
        guard let limit = self.limits[key.routeClass] else { return .admitted(RateLimitStanding(remaining: 0)) }
        if self.buckets[key] == nil {
            self.makeRoom()
            self.buckets[key] = LeasedBucket(limit, sharers: self.sharers)
        }
        let step = self.ask(key)
        if step.leasesLot { self.lease(key, limit) }
        // Where Redis has gone that is known at once, and the bucket has an answer of its own.
        guard step.decision == .waits, self.buckets[key]?.isBusy == false else { return step.decision }
        return self.ask(key).decision
    }

    private func ask(_ key: Key) -> LeasedBucket.Step {
        self.buckets[key]?.request(at: NIODeadline.now().uptimeNanoseconds)
            ?? LeasedBucket.Step(decision: .waits, leasesLot: false)
    }

    private func lease(_ key: Key, _ limit: RateLimit) {
        guard let redis = self.redis else { return self.leased(key, nil) }
        redis.evaluate(
            RateLimitScript.lease, keys: [RateLimitScript.key(key.caller, key.routeClass)],
            arguments: [limit.perSecond, limit.burst, limit.lot]
        ) { outcome in
            self.leased(key, RateLimitScript.lease(outcome))
        }
    }

    private func leased(_ key: Key, _ lease: LeasedBucket.Lease?) {
        let now = NIODeadline.now().uptimeNanoseconds
        if let lease {
            self.buckets[key]?.granted(lease, at: now)
        } else {
            self.buckets[key]?.leaseFailed(at: now)
        }
        self.metrics.leased(isGranted: lease != nil)
        guard let waiting = self.waiters.removeValue(forKey: key) else { return }
        // In the order in which they came: those for whom the lot is too small wait for the next.
        for (index, waiter) in waiting.enumerated() {
            let decision = self.decide(key)
            guard decision == .waits else {
                waiter(decision)
                continue
            }
            self.waiters[key] = Array(waiting[index...]) + (self.waiters[key] ?? [])
            return
        }
    }

    /// Lets go of half of the buckets where there are too many: those that were not used for longest. One that a lease is
    /// under way for stays.
    private func makeRoom() {
        guard self.buckets.count >= Self.maximumBuckets else { return }
        let idle = self.buckets.filter { !$0.value.isBusy }
            .sorted { $0.value.usedNanoseconds < $1.value.usedNanoseconds }
        for (key, _) in idle.prefix(Self.maximumBuckets / 2) { self.buckets[key] = nil }
    }
}
