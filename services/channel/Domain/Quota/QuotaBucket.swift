/// What is left of one of a platform's limits, as a new owner of a connection takes it over.
public struct QuotaBucket: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Tokens that are left; below zero where calls cost more than was thought.
    public var available: Double
    /// Tokens that come back in a second.
    public var ratePerSecond: Double
    /// The most tokens that gather.
    public var burst: Double
    /// When `available` was so, in microseconds.
    public var observedAt: Int64
    /// Until when the platform asked us to wait, in microseconds; nil: it did not.
    public var blockedUntil: Int64?

    /// A bucket with all that it consists of.
    public init(
        name: String, available: Double, ratePerSecond: Double, burst: Double, observedAt: Int64, blockedUntil: Int64?
    ) {
        self.name = name
        self.available = available
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.observedAt = observedAt
        self.blockedUntil = blockedUntil
    }

    /// The tokens that there are at a time.
    func available(at now: Int64) -> Double {
        let seconds = Double(max(0, now - self.observedAt)) / 1_000_000
        return min(self.burst, self.available + seconds * self.ratePerSecond)
    }

    /// When there will be so many tokens, in microseconds; `now` where there are.
    func time(of tokens: Double, at now: Int64) -> Int64 {
        let missing = tokens - self.available(at: now)
        guard missing > 0 else { return now }
        // Rounded up, so that who comes then finds them.
        return now + Int64((missing / self.ratePerSecond * 1_000_000).rounded(.up)) + 1
    }
}
