/// A kind of call and the limit that a platform publishes for it: a token bucket, which several kinds may share.
public struct QuotaOperation: Hashable, Sendable {
    /// What adapters call it: "stock".
    public var name: String
    /// The bucket that its calls take from.
    public var bucket: String
    /// Tokens that come back in a second; above zero.
    public var ratePerSecond: Double
    /// The most tokens that gather.
    public var burst: Double
    /// What a call costs, in tokens, before its answer says otherwise.
    public var cost: Double
    /// The most rows of one call: 1 or more.
    public var rows: Int

    /// An operation with all that it consists of; what would be no limit at all is taken as the smallest that is one.
    public init(name: String, bucket: String, ratePerSecond: Double, burst: Double, cost: Double = 1, rows: Int = 1) {
        self.name = name
        self.bucket = bucket
        self.ratePerSecond = ratePerSecond.isFinite ? max(ratePerSecond, QuotaLimits.lowestRatePerSecond) : 1
        self.cost = cost.isFinite ? max(cost, 0) : 1
        self.burst = burst.isFinite ? max(burst, self.cost) : self.cost
        self.rows = max(rows, 1)
    }
}

/// Limits of how a platform's limits are kept.
public enum QuotaLimits {
    /// The slowest rate that is believed, in tokens a second: one a day.
    public static let lowestRatePerSecond = 1.0 / 86_400
    /// How many calls of stock to zero are kept back from the other lanes.
    public static let reservedCalls = 2.0
    /// How long is waited where a platform throttles and does not say how long, in microseconds; twice as long after each
    /// further time.
    public static let firstBlockMicroseconds: Int64 = 1_000_000
    /// The longest of these waits, in microseconds.
    public static let longestBlockMicroseconds: Int64 = 60_000_000
    /// The longest wait that a platform may ask for, in microseconds: a day.
    public static let longestAskedMicroseconds: Int64 = 86_400_000_000
}
