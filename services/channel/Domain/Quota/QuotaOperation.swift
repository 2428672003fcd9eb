/// A kind of call and the limit that a platform publishes for it: a token bucket, which several kinds may share.
public struct QuotaOperation: Hashable, Sendable {
    /// Many rows at once.
    public struct Bulk: Hashable, Sendable {
        /// How many rows: fewer go by ordinary calls.
        public var rows: ClosedRange<Int>
        /// What all its calls cost together, in tokens.
        public var cost: Double
        /// Where bulks are limited apart from other calls; nil: they take from the operation's bucket.
        public var limit: Limit?
        /// How long it takes.
        public var pace: BulkPace

        /// A bulk with all that it consists of; what would be none at all is taken as the smallest that is one.
        public init(
            minimumRows: Int, maximumRows: Int, cost: Double, limit: Limit? = nil, pace: BulkPace = BulkPace()
        ) {
            let minimum = max(minimumRows, 1)
            self.rows = minimum...max(minimum, maximumRows)
            self.cost = cost.isFinite ? max(cost, 0) : 1
            self.limit = limit
            self.pace = pace
        }
    }

    /// A token bucket.
    public struct Limit: Hashable, Sendable {
        /// Its name.
        public var bucket: String
        /// Tokens that come back in a second; above zero.
        public var ratePerSecond: Double
        /// The most tokens that gather.
        public var burst: Double

        /// A limit; what would be none at all is taken as the smallest that is one.
        public init(bucket: String, ratePerSecond: Double, burst: Double) {
            self.bucket = bucket
            self.ratePerSecond = ratePerSecond.isFinite ? max(ratePerSecond, QuotaLimits.lowestRatePerSecond) : 1
            self.burst = burst.isFinite ? max(burst, 1) : 1
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

    /// What takes part in a bucket: ordinary calls, and bulks where they have none of their own.
    var limit: Limit { Limit(bucket: self.bucket, ratePerSecond: self.ratePerSecond, burst: self.burst) }

    /// Where bulks take their tokens.
    var bulkBucket: String { self.bulk?.limit?.bucket ?? self.bucket }

    /// How so many rows go out, where there are enough of them by bulks.
    func calls(ofRows count: Int64) -> (bulks: [Int64], ordinary: Double) {
        guard let bulk, bulk.rows.upperBound > self.rows else { return ([], self.ordinaryCalls(count)) }
        let most = Int64(bulk.rows.upperBound)
        var bulks = Array(repeating: most, count: Int(clamping: count / most))
        let left = count % most
        guard left >= Int64(bulk.rows.lowerBound), left > Int64(self.rows) else {
            return (bulks, self.ordinaryCalls(left))
        }
        bulks.append(left)
        return (bulks, 0)
    }

    private func ordinaryCalls(_ count: Int64) -> Double { (Double(count) / Double(self.rows)).rounded(.up) }

    /// The most that one of its calls, or a bulk, takes from its own bucket.
    var dearest: Double { self.bulkBucket == self.bucket ? max(self.cost, self.bulk?.cost ?? 0) : self.cost }
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
