/// A bucket of tokens that fills again as time goes by. All in whole numbers; pure.
struct TokenBucket: Sendable, Hashable {
    private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

    let limit: RateLimit
    private(set) var tokens: Int
    /// Up to when tokens have been added; what is left of a token lies behind it.
    private var filledNanoseconds: UInt64

    /// A full bucket.
    init(_ limit: RateLimit, at nanoseconds: UInt64) {
        self.limit = limit
        self.tokens = limit.burst
        self.filledNanoseconds = nanoseconds
    }

    /// Takes a token, if there is one.
    mutating func take(at nanoseconds: UInt64) -> Bool {
        self.fill(at: nanoseconds)
        guard self.tokens > 0 else { return false }
        self.tokens -= 1
        return true
    }

    /// How long until there is a token.
    func nanosecondsUntilToken(at nanoseconds: UInt64) -> UInt64 {
        guard self.tokens == 0 else { return 0 }
        let due = self.filledNanoseconds &+ Self.nanosecondsPerSecond / UInt64(self.limit.perSecond)
        return due > nanoseconds ? due - nanoseconds : 0
    }

    private mutating func fill(at nanoseconds: UInt64) {
        guard nanoseconds > self.filledNanoseconds else { return }
        let elapsed = nanoseconds - self.filledNanoseconds
        let full = UInt64(self.limit.burst) * Self.nanosecondsPerSecond / UInt64(self.limit.perSecond)
        guard elapsed < full else {
            self.tokens = self.limit.burst
            self.filledNanoseconds = nanoseconds
            return
        }
        let added = elapsed * UInt64(self.limit.perSecond) / Self.nanosecondsPerSecond
        self.tokens = min(self.limit.burst, self.tokens + Int(added))
        self.filledNanoseconds += added * Self.nanosecondsPerSecond / UInt64(self.limit.perSecond)
    }
}
