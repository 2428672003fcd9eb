/// How many requests a caller may make: a bucket of tokens, of which each request takes one.
public struct RateLimit: Sendable, Hashable {
    /// The tokens that come back each second.
    public let perSecond: Int
    /// The tokens that the bucket holds: so many requests may come at once.
    public let burst: Int

    /// A limit.
    ///
    /// - Precondition: Both are from 1 to ``maximum``.
    public init(perSecond: Int, burst: Int) {
        precondition((1...Self.maximum).contains(perSecond) && (1...Self.maximum).contains(burst), "no limit")
        self.perSecond = perSecond
        self.burst = burst
    }

    /// The highest rate and burst.
    public static let maximum = 1_000_000

    /// The tokens that are taken from the shared bucket at once: those of a tenth of a second, and no more than a tenth of
    /// the burst, so that what lies unused elsewhere is little.
    public var lot: Int { max(1, min(self.perSecond, self.burst) / 10) }

    /// The share of one of several that have to do without the shared bucket.
    public func divided(by count: Int) -> RateLimit {
        RateLimit(perSecond: max(1, self.perSecond / max(1, count)), burst: max(1, self.burst / max(1, count)))
    }

    /// The answer's header that says what the limit is.
    public func field(_ routeClass: RouteClass) -> HeaderField {
        HeaderField("RateLimit-Policy", "\"\(routeClass.rawValue)\";q=\(self.burst);w=\(self.windowSeconds)")
    }

    /// In how many seconds an empty bucket is full; at least 1.
    var windowSeconds: Int { max(1, (self.burst + self.perSecond - 1) / self.perSecond) }
}

/// What kind of request a limit is for.
public enum RouteClass: String, Sendable, Hashable, CaseIterable {
    /// Requests that change nothing.
    case read
    /// Requests that change something.
    case write
}

/// What a caller is told of a limit (draft-ietf-httpapi-ratelimit-headers).
public struct RateLimitStanding: Sendable, Hashable {
    /// The tokens that are left, as far as is known here.
    public var remaining: Int

    /// A standing.
    public init(remaining: Int) { self.remaining = remaining }

    /// The answer's header that says where the caller stands.
    public func field(_ limit: RateLimit, _ routeClass: RouteClass) -> HeaderField {
        let missing = max(0, limit.burst - self.remaining)
        let resetSeconds = (missing + limit.perSecond - 1) / limit.perSecond
        return HeaderField("RateLimit", "\"\(routeClass.rawValue)\";r=\(max(0, self.remaining));t=\(resetSeconds)")
    }
}
