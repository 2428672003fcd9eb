/// How long to wait before something that failed is tried again: full jitter, longer and longer.
public enum Backoff {
    /// The longest first wait, in milliseconds; twice as long after each further try.
    public static let firstMilliseconds: Int64 = 500
    /// The longest wait of what nobody waits for, in milliseconds.
    public static let longestMilliseconds: Int64 = 300_000
    /// The longest wait of what makes a shelf right, in milliseconds: a platform that is back shows our numbers within a
    /// minute. How many repetitions there are meanwhile is up to ``RetryBudget`` and ``CircuitBreaker``.
    public static let longestShelfMilliseconds: Int64 = 30_000

    /// The wait, in milliseconds: evenly from 0 to the longest of this try.
    ///
    /// - Parameters:
    ///   - tries: How many have failed: 1 or more.
    ///   - chance: From 0 to 1, even.
    ///   - limit: The longest wait of any try, in milliseconds.
    public static func milliseconds(
        tries: Int64, chance: Double, limit: Int64 = longestMilliseconds
    ) -> Int64 {
        let doublings = min(max(tries - 1, 0), 20)
        let longest = min(Self.firstMilliseconds << doublings, limit)
        return Int64((Double(longest) * min(max(chance, 0), 1)).rounded(.down))
    }
}

/// How many calls of a connection may be repetitions: a tenth of the others, and a few each second. Has no clock.
public struct RetryBudget: Hashable, Sendable {
    /// Repetitions that each other call allows.
    public static let perCall = 0.1
    /// Repetitions that are allowed in a second in any case.
    public static let perSecond = 3.0
    /// The most that gather.
    public static let burst = 30.0

    private var tokens = Self.burst
    private var countedAt: Int64?

    /// A full one.
    public init() {}

    /// A call that is no repetition goes out.
    public mutating func called(at now: Int64) {
        self.refill(at: now)
        self.tokens = min(Self.burst, self.tokens + Self.perCall)
    }

    /// Takes a repetition, if one is allowed now.
    ///
    /// - Returns: nil: it is; else when to ask again, in microseconds.
    public mutating func take(at now: Int64) -> Int64? {
        self.refill(at: now)
        guard self.tokens < 1 else {
            self.tokens -= 1
            return nil
        }
        return now + Int64(((1 - self.tokens) / Self.perSecond * 1_000_000).rounded(.up)) + 1
    }

    private mutating func refill(at now: Int64) {
        if let before = self.countedAt, now > before {
            self.tokens = min(Self.burst, self.tokens + Double(now - before) / 1_000_000 * Self.perSecond)
        }
        self.countedAt = max(self.countedAt ?? now, now)
    }
}
