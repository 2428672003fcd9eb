/// Decides about one caller's requests with tokens that are leased in small lots from a bucket that all processes share,
/// so that most requests ask nobody. Pure: told what happened and when, it says what to do.
///
/// Where the shared bucket cannot be reached it goes by a bucket of its own for ``retryNanoseconds``, and then asks again:
/// the limit is never off.
public struct LeasedBucket: Sendable, Hashable {
    /// How long leased tokens may be used; those that are left then are lost, so that nobody hoards them.
    public static let leaseNanoseconds: UInt64 = 1_000_000_000
    /// How long the bucket of its own is used before the shared one is asked again.
    public static let retryNanoseconds: UInt64 = 1_000_000_000
    /// The longest that a refusal of the shared bucket is believed.
    public static let maximumRefusalNanoseconds: UInt64 = 60_000_000_000

    /// What the shared bucket gave.
    public struct Lease: Sendable, Hashable {
        /// The tokens that may be used.
        public var granted: Int
        /// The tokens that are left in the shared bucket.
        public var remaining: Int
        /// Where none were granted: how long until there is one.
        public var waitNanoseconds: UInt64

        /// A lease.
        public init(granted: Int, remaining: Int, waitNanoseconds: UInt64 = 0) {
            self.granted = granted
            self.remaining = remaining
            self.waitNanoseconds = waitNanoseconds
        }
    }

    /// What becomes of a request.
    public enum Decision: Sendable, Hashable {
        case admitted(RateLimitStanding)
        /// Until the lease that is under way has come, or failed: then it is to be asked for again.
        case waits
        case refused(RateLimitStanding, retryAfterSeconds: Int)
    }

    /// What to do for a request.
    public struct Step: Sendable, Hashable {
        /// What becomes of it.
        public var decision: Decision
        /// Whether a lot is to be leased; ``granted(_:at:)`` or ``leaseFailed(at:)`` must follow.
        public var leasesLot: Bool

        /// A step.
        public init(decision: Decision, leasesLot: Bool) {
            self.decision = decision
            self.leasesLot = leasesLot
        }
    }

    private let limit: RateLimit
    private let localLimit: RateLimit
    private var leased = 0
    private var leasedUntilNanoseconds: UInt64 = 0
    private var sharedRemaining: Int
    private var refusedUntilNanoseconds: UInt64 = 0
    private var isLeasing = false
    private var local: TokenBucket?
    private var localUntilNanoseconds: UInt64 = 0
    /// When a request came last.
    public private(set) var usedNanoseconds: UInt64 = 0

    /// A bucket that has leased nothing yet.
    ///
    /// - Parameter sharers: How many there are beside each other, each with its share of the limit, where the shared
    ///   bucket cannot be reached.
    public init(_ limit: RateLimit, sharers: Int) {
        self.limit = limit
        self.localLimit = limit.divided(by: sharers)
        self.sharedRemaining = limit.burst
    }

    /// Whether a lease is under way.
    public var isBusy: Bool { self.isLeasing }

    /// A request has come.
    public mutating func request(at nanoseconds: UInt64) -> Step {
        self.usedNanoseconds = nanoseconds
        if nanoseconds < self.localUntilNanoseconds { return self.requestLocally(at: nanoseconds) }
        if nanoseconds >= self.leasedUntilNanoseconds { self.leased = 0 }
        if self.leased > 0 {
            self.leased -= 1
            let leasesLot = self.leased < self.limit.lot / 4 && !self.isLeasing && self.sharedRemaining > 0
            self.isLeasing = self.isLeasing || leasesLot
            return Step(decision: .admitted(self.standing), leasesLot: leasesLot)
        }
        if nanoseconds < self.refusedUntilNanoseconds {
            let wait = self.refusedUntilNanoseconds - nanoseconds
            return Step(decision: self.refusal(after: wait), leasesLot: false)
        }
        let leasesLot = !self.isLeasing
        self.isLeasing = true
        return Step(decision: .waits, leasesLot: leasesLot)
    }

    /// The shared bucket has answered.
    public mutating func granted(_ lease: Lease, at nanoseconds: UInt64) {
        self.isLeasing = false
        // A bucket that can be reached again is the one that counts.
        self.local = nil
        self.localUntilNanoseconds = 0
        if nanoseconds >= self.leasedUntilNanoseconds { self.leased = 0 }
        self.sharedRemaining = max(0, lease.remaining)
        self.leased += max(0, min(lease.granted, self.limit.lot))
        guard lease.granted <= 0 else {
            self.leasedUntilNanoseconds = nanoseconds + Self.leaseNanoseconds
            self.refusedUntilNanoseconds = 0
            return
        }
        let wait = min(max(lease.waitNanoseconds, 1_000_000), Self.maximumRefusalNanoseconds)
        self.refusedUntilNanoseconds = nanoseconds + wait
    }

    /// The shared bucket could not be asked.
    public mutating func leaseFailed(at nanoseconds: UInt64) {
        self.isLeasing = false
        // Kept from one failure to the next: a bucket that was full anew each time would be no limit.
        self.local = self.local ?? TokenBucket(self.localLimit, at: nanoseconds)
        self.localUntilNanoseconds = nanoseconds + Self.retryNanoseconds
    }

    private mutating func requestLocally(at nanoseconds: UInt64) -> Step {
        var bucket = self.local ?? TokenBucket(self.localLimit, at: nanoseconds)
        let isAdmitted = bucket.take(at: nanoseconds)
        self.local = bucket
        guard isAdmitted else {
            return Step(
                decision: self.refusal(after: bucket.nanosecondsUntilToken(at: nanoseconds)), leasesLot: false)
        }
        return Step(decision: .admitted(RateLimitStanding(remaining: bucket.tokens)), leasesLot: false)
    }

    private var standing: RateLimitStanding {
        RateLimitStanding(remaining: min(self.limit.burst, self.leased + self.sharedRemaining))
    }

    private func refusal(after nanoseconds: UInt64) -> Decision {
        let seconds = Int(clamping: (nanoseconds + 999_999_999) / 1_000_000_000)
        return .refused(RateLimitStanding(remaining: 0), retryAfterSeconds: max(1, seconds))
    }
}
