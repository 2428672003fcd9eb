/// Counts latencies in buckets whose width grows with their value, so that percentiles of any size are known to within
/// ``relativeError`` in a few kilobytes.
///
/// The form is that of a high dynamic range histogram: each power of two is cut into 256 buckets of equal width. It is
/// this project's own, as the package that is at hand brings two more with it for what a hundred lines do.
public struct LatencyHistogram: Sendable, Hashable {
    /// Buckets in each power of two.
    private static let bucketsPerDoubling: UInt64 = 256
    private static let bits = 8

    /// By how much a percentile may lie above the exact one, as a share of it.
    public static let relativeError = 1.0 / Double(bucketsPerDoubling)

    /// The counts; the array is as long as the largest value needs.
    private var counts: [UInt64] = []
    /// How many values were recorded.
    public private(set) var count: UInt64 = 0
    /// The least value, exactly; 0 where there is none.
    public private(set) var minimum: UInt64 = 0
    /// The largest value, exactly; 0 where there is none.
    public private(set) var maximum: UInt64 = 0
    private var sum = 0.0

    /// A histogram of nothing.
    public init() {}

    /// The mean; 0 where there is none.
    public var mean: Double { self.count == 0 ? 0 : self.sum / Double(self.count) }

    /// Records a value, in nanoseconds or any other unit.
    public mutating func record(_ value: UInt64) {
        let bucket = Self.bucket(of: value)
        if bucket >= self.counts.count {
            self.counts.append(contentsOf: repeatElement(0, count: bucket + 1 - self.counts.count))
        }
        self.counts[bucket] += 1
        self.minimum = self.count == 0 ? value : min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        self.count += 1
        self.sum += Double(value)
    }

    /// Adds all values of another histogram.
    public mutating func merge(_ other: LatencyHistogram) {
        guard other.count > 0 else { return }
        if other.counts.count > self.counts.count {
            self.counts.append(contentsOf: repeatElement(0, count: other.counts.count - self.counts.count))
        }
        for (bucket, count) in other.counts.enumerated() { self.counts[bucket] += count }
        self.minimum = self.count == 0 ? other.minimum : min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        self.count += other.count
        self.sum += other.sum
    }

    /// The least value that so many of a hundred values do not exceed; at most ``relativeError`` above the exact one,
    /// and never below it. 0 where nothing was recorded.
    ///
    /// - Parameter percentile: From 0 to 100; what lies outside is taken for the nearest.
    public func value(atPercentile percentile: Double) -> UInt64 {
        guard self.count > 0 else { return 0 }
        let share = min(max(percentile, 0), 100) / 100
        // Rounded up, but not for what the floating point has added to a whole number.
        let rank = (share * Double(self.count) * (1 - 1e-12)).rounded(.up)
        var missing = min(max(UInt64(rank), 1), self.count)
        for (bucket, count) in self.counts.enumerated() {
            guard count < missing else { return min(max(Self.highest(of: bucket), self.minimum), self.maximum) }
            missing -= count
        }
        return self.maximum
    }

    /// Where a value is counted.
    private static func bucket(of value: UInt64) -> Int {
        let shift = max(0, UInt64.bitWidth - value.leadingZeroBitCount - 1 - self.bits)
        return shift * Int(self.bucketsPerDoubling) + Int(value >> UInt64(shift))
    }

    /// The largest value that is counted in a bucket.
    private static func highest(of bucket: Int) -> UInt64 {
        let width = Int(self.bucketsPerDoubling)
        guard bucket >= 2 * width else { return UInt64(bucket) }
        let shift = bucket / width - 1
        // The last bucket of all ends where the numbers do.
        return (UInt64(bucket - shift * width + 1) &<< UInt64(shift)) &- 1
    }
}
