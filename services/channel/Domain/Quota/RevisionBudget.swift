/// How often one listing may be changed yet, where its platform limits that: a token bucket. Has no clock: all times are
/// given, in microseconds.
///
/// So many at once and the rest evenly over a day are never more than both together in any 24 hours, wherever the platform's
/// day begins.
public struct RevisionBudget: Hashable, Sendable {
    /// How much is allowed.
    public struct Limit: Hashable, Sendable {
        /// In any 24 hours.
        public let perDay: Double
        /// At once.
        public let burst: Double
        /// What comes back in a second.
        public let ratePerSecond: Double
        /// What only stock that goes to zero may take.
        public let keptForZero: Double

        /// A limit; what would be none at all is taken as the smallest that is one.
        ///
        /// - Parameters:
        ///   - perDay: In any 24 hours: more than `burst`.
        ///   - keptForZero: Less than `burst`.
        public init(perDay: Double, burst: Double, keptForZero: Double) {
            self.perDay = max(perDay, burst + 1)
            self.burst = max(burst, 1)
            self.ratePerSecond = max(perDay - burst, 1) / 86_400
            self.keptForZero = min(max(keptForZero, 0), self.burst - 1)
        }
    }

    /// What was left.
    public var available: Double
    /// When.
    public var at: Int64

    /// A budget with both of its parts.
    public init(available: Double, at: Int64) {
        self.available = available
        self.at = at
    }

    /// One of which nothing was taken yet.
    public init(full limit: Limit, at now: Int64) { self.init(available: limit.burst, at: now) }

    /// Takes what a change costs; gives when it may be asked again, where there is not enough.
    ///
    /// A change that costs more than ever gathers is made of a full one.
    public mutating func take(_ cost: Double, lane: SyncLane, of limit: Limit, at now: Int64) -> Int64? {
        let seconds = Double(max(0, now - self.at)) / 1_000_000
        let gathered = min(limit.burst, self.available + seconds * limit.ratePerSecond)
        let kept = lane == .stockToZero ? 0 : limit.keptForZero
        let needed = min(cost + kept, limit.burst)
        guard gathered >= needed else {
            return now + Int64(((needed - gathered) / limit.ratePerSecond * 1_000_000).rounded(.up)) + 1
        }
        (self.available, self.at) = (gathered - cost, max(now, self.at))
        return nil
    }
}
