/// A kind of call and the limit that a platform publishes for it: a token bucket, which several kinds may share.
public struct QuotaOperation: Hashable, Sendable {
    /// Many rows at once.
    public struct Bulk: Hashable, Sendable {
        /// How many rows: fewer go by ordinary calls.
        public var rows: ClosedRange<Int>
        /// What all its calls cost together, in tokens.
        public var cost: Double

        /// A bulk with both of its parts; what would be none at all is taken as the smallest that is one.
        public init(minimumRows: Int, maximumRows: Int, cost: Double) {
            let minimum = max(minimumRows, 1)
            self.rows = minimum...max(minimum, maximumRows)
            self.cost = cost.isFinite ? max(cost, 0) : 1
        }
    }

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
    /// nil: all rows go by ordinary calls.
    public var bulk: Bulk?

    /// An operation with all that it consists of; what would be no limit at all is taken as the smallest that is one.
    public init(
        name: String, bucket: String, ratePerSecond: Double, burst: Double, cost: Double = 1, rows: Int = 1,
        bulk: Bulk? = nil
    ) {
        self.name = name
        self.bucket = bucket
        self.ratePerSecond = ratePerSecond.isFinite ? max(ratePerSecond, QuotaLimits.lowestRatePerSecond) : 1
        self.cost = cost.isFinite ? max(cost, 0) : 1
        self.burst = burst.isFinite ? max(burst, self.cost) : self.cost
        self.rows = max(rows, 1)
        self.bulk = bulk
    }

    /// What so many rows cost, in tokens: by bulks as long as there are enough of them.
    func cost(ofRows count: Int64) -> Double {
        var (left, cost) = (count, 0.0)
        if let bulk, bulk.rows.upperBound > self.rows {
            let full = left / Int64(bulk.rows.upperBound)
            (left, cost) = (left - full * Int64(bulk.rows.upperBound), Double(full) * bulk.cost)
            if left >= Int64(bulk.rows.lowerBound), left > Int64(self.rows) { return cost + bulk.cost }
        }
        return cost + (Double(left) / Double(self.rows)).rounded(.up) * self.cost
    }

    /// The most that one of its calls, or a bulk, costs.
    var dearest: Double { max(self.cost, self.bulk?.cost ?? 0) }
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
