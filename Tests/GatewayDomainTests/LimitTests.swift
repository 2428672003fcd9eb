import TestSupport
import Testing

@testable import GatewayDomain

@Suite("A caller's requests are limited, with leased tokens and without")
struct LimitTests {
    private static let second: UInt64 = 1_000_000_000

    /// The bucket that all share, as the script in Redis keeps it.
    private struct SharedBucket {
        var bucket: TokenBucket
        mutating func lease(_ lot: Int, at now: UInt64) -> LeasedBucket.Lease {
            var granted = 0
            while granted < lot, self.bucket.take(at: now) { granted += 1 }
            return LeasedBucket.Lease(
                granted: granted, remaining: self.bucket.tokens,
                waitNanoseconds: granted > 0 ? 0 : self.bucket.nanosecondsUntilToken(at: now))
        }
    }

    /// A bucket of tokens within expectations, which change nothing.
    private final class Tokens {
        var bucket: TokenBucket
        init(_ limit: RateLimit) { self.bucket = TokenBucket(limit, at: 0) }
        func take(at now: UInt64) -> Bool { self.bucket.take(at: now) }
    }

    /// A leased bucket, and how often it leased.
    private final class Leasing {
        var bucket: LeasedBucket
        let limit: RateLimit
        var leases = 0

        init(_ limit: RateLimit, sharers: Int = 1) {
            self.bucket = LeasedBucket(limit, sharers: sharers)
            self.limit = limit
        }

        func request(at now: UInt64) -> LeasedBucket.Step { self.bucket.request(at: now) }

        /// Asks, and carries out what that needs at once.
        func ask(_ shared: Shared, at now: UInt64) -> LeasedBucket.Decision {
            for _ in 0..<3 {
                let step = self.bucket.request(at: now)
                if step.leasesLot {
                    self.leases += 1
                    self.bucket.granted(shared.bucket.lease(self.limit.lot, at: now), at: now)
                }
                guard step.decision == .waits else { return step.decision }
            }
            return .waits
        }
    }

    private final class Shared {
        var bucket: SharedBucket
        init(_ limit: RateLimit) { self.bucket = SharedBucket(bucket: TokenBucket(limit, at: 0)) }
    }

    @Test("A bucket gives its burst at once, and then its rate")
    func bucket() {
        let bucket = Tokens(RateLimit(perSecond: 10, burst: 5))
        var taken = 0
        while bucket.take(at: 0) { taken += 1 }
        #expect(taken == 5)
        #expect(bucket.bucket.nanosecondsUntilToken(at: 0) == Self.second / 10)
        #expect(!bucket.take(at: Self.second / 10 - 1))
        #expect(bucket.take(at: Self.second / 10))
        #expect(!bucket.take(at: Self.second / 10))
        taken = 0
        while bucket.take(at: 100 * Self.second) { taken += 1 }
        #expect(taken == 5)
        // A clock that goes back gives nothing.
        #expect(!bucket.take(at: 0))
    }

    @Test("Over time no more than the limit is let through, however requests come and however many share it")
    func neverMore() {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let limit = RateLimit(
                perSecond: .random(in: 1...200, using: &generator), burst: .random(in: 1...100, using: &generator))
            let shared = Shared(limit)
            let buckets = (0..<3).map { _ in Leasing(limit, sharers: 3) }
            var now: UInt64 = 0
            var admitted = 0
            for _ in 0..<5_000 {
                now += .random(in: 0...5_000_000, using: &generator)
                let index = Int.random(in: 0..<3, using: &generator)
                if case .admitted = buckets[index].ask(shared, at: now) { admitted += 1 }
            }
            let most = limit.burst + Int(now / 1_000 * UInt64(limit.perSecond) / 1_000_000) + 1
            #expect(admitted <= most, "seed \(seed)")
            // What is lost to leases that ran out is little: a caller who asks without end gets nearly all.
            #expect(admitted >= min(5_000, most) / 2, "seed \(seed)")
        }
    }

    @Test("One caller gets exactly the burst, is told what is left, and when to come back")
    func standing() {
        let limit = RateLimit(perSecond: 2, burst: 20)
        let shared = Shared(limit)
        let bucket = Leasing(limit)
        for left in (0..<20).reversed() {
            #expect(bucket.ask(shared, at: 0) == .admitted(RateLimitStanding(remaining: left)))
        }
        let refusal = LeasedBucket.Decision.refused(RateLimitStanding(remaining: 0), retryAfterSeconds: 1)
        #expect(bucket.ask(shared, at: 0) == refusal)
        #expect(
            RateLimitStanding(remaining: 15).field(limit, .read) == HeaderField("RateLimit", "\"read\";r=15;t=3"))
        #expect(limit.field(.read) == HeaderField("RateLimit-Policy", "\"read\";q=20;w=10"))
    }

    @Test("Most requests ask nobody")
    func leases() {
        let limit = RateLimit(perSecond: 1_000, burst: 1_000)
        let shared = Shared(limit)
        let bucket = Leasing(limit)
        for request in 0..<1_000 { _ = bucket.ask(shared, at: UInt64(request) * 1_000_000) }
        #expect(bucket.leases <= 20)
    }

    @Test("Requests wait for the one lease that is under way")
    func waiting() {
        let bucket = Leasing(RateLimit(perSecond: 100, burst: 100), sharers: 1)
        #expect(bucket.request(at: 0) == LeasedBucket.Step(decision: .waits, leasesLot: true))
        #expect(bucket.request(at: 0) == LeasedBucket.Step(decision: .waits, leasesLot: false))
        #expect(bucket.bucket.isBusy)
        bucket.bucket.granted(LeasedBucket.Lease(granted: 10, remaining: 90), at: 1)
        #expect(!bucket.bucket.isBusy)
        #expect(bucket.request(at: 1).decision == .admitted(RateLimitStanding(remaining: 99)))
    }

    @Test("A lease that was not used in time is worth nothing")
    func expiry() {
        let bucket = Leasing(RateLimit(perSecond: 100, burst: 100), sharers: 1)
        _ = bucket.request(at: 0)
        bucket.bucket.granted(LeasedBucket.Lease(granted: 10, remaining: 90), at: 0)
        #expect(bucket.request(at: LeasedBucket.leaseNanoseconds).decision == .waits)
    }

    @Test("Without the shared bucket each goes by its share, and asks again after a second")
    func local() {
        let limit = RateLimit(perSecond: 10, burst: 20)
        let bucket = Leasing(limit, sharers: 2)
        var admitted = 0
        #expect(bucket.request(at: 0).leasesLot)
        bucket.bucket.leaseFailed(at: 0)
        for _ in 0..<100 {
            if case .admitted = bucket.request(at: 0).decision { admitted += 1 }
        }
        #expect(admitted == 10)
        // The bucket of its own goes on where it was when asking fails again.
        let later = LeasedBucket.retryNanoseconds
        #expect(bucket.request(at: later) == LeasedBucket.Step(decision: .waits, leasesLot: true))
        bucket.bucket.leaseFailed(at: later)
        admitted = 0
        for _ in 0..<100 {
            if case .admitted = bucket.request(at: later).decision { admitted += 1 }
        }
        #expect(admitted == 5)
        // And gives way to the shared one as soon as that answers.
        #expect(bucket.request(at: 2 * later).leasesLot)
        bucket.bucket.granted(LeasedBucket.Lease(granted: 1, remaining: 19), at: 2 * later)
        #expect(bucket.request(at: 2 * later).decision == .admitted(RateLimitStanding(remaining: 19)))
    }

    @Test("What the shared bucket says is bounded")
    func hostileLease() {
        let limit = RateLimit(perSecond: 10, burst: 20)
        let bucket = Leasing(limit, sharers: 1)
        _ = bucket.request(at: 0)
        bucket.bucket.granted(LeasedBucket.Lease(granted: .max, remaining: .max), at: 0)
        #expect(bucket.request(at: 0).decision == .admitted(RateLimitStanding(remaining: 20)))
        #expect(bucket.request(at: 0).decision == .waits)
        bucket.bucket.granted(LeasedBucket.Lease(granted: -1, remaining: -1, waitNanoseconds: .max), at: 0)
        #expect(
            bucket.request(at: 0).decision
                == .refused(RateLimitStanding(remaining: 0), retryAfterSeconds: 60))
    }
}
