internal import Buckets

/// Which buckets of a consumer may go on, after which failures. Pure: the caller tells the time.
///
/// A batch that failed is halved until the culprit is alone, so that what is before it is not held up; from then on batches
/// grow again. A bucket whose event fails waits, longer each time; the other buckets go on.
struct EventRetries {
    /// What follows from a failure.
    enum Next: Hashable {
        /// The same again, after the bucket's wait.
        case again
        /// All tries of one event are used up.
        case park(tries: Int)
    }

    private struct Trouble {
        var tries = 0
        var waits = 0
        var until: Int64
        /// How many events go into one transaction.
        var size = Int.max
        /// Up to here.
        var through: Int64
    }

    private let maximumTries: Int
    private let firstWaitMilliseconds: Int64
    private let longestWaitMilliseconds: Int64
    private var troubles: [Bucket: Trouble] = [:]

    init(_ configuration: EventConsumer.Configuration) {
        self.init(
            maximumTries: configuration.maximumTries, firstWaitMilliseconds: configuration.firstWaitMilliseconds,
            longestWaitMilliseconds: configuration.longestWaitMilliseconds)
    }

    init(maximumTries: Int, firstWaitMilliseconds: Int64, longestWaitMilliseconds: Int64) {
        self.maximumTries = max(1, maximumTries)
        self.firstWaitMilliseconds = max(0, firstWaitMilliseconds)
        self.longestWaitMilliseconds = max(0, longestWaitMilliseconds)
    }

    /// Whether the bucket need not wait.
    func mayRun(_ bucket: Bucket, at milliseconds: Int64) -> Bool {
        self.troubles[bucket].map { $0.until <= milliseconds } ?? true
    }

    /// Whether something of the bucket has failed that is not done yet.
    func isInTrouble(_ bucket: Bucket) -> Bool { self.troubles[bucket] != nil }

    /// How long until the next waiting bucket may go on; nil if none waits.
    func wait(at milliseconds: Int64) -> Int64? {
        self.troubles.values.map { max(0, $0.until - milliseconds) }.filter { $0 > 0 }.min()
    }

    /// How many of a bucket's next events go into one transaction.
    func size(of bucket: Bucket, available: Int) -> Int { min(self.troubles[bucket]?.size ?? available, available) }

    /// The bucket waits, longer each time, for what is no event's fault.
    mutating func delayed(_ bucket: Bucket, at milliseconds: Int64) {
        var trouble = self.troubles[bucket] ?? Trouble(until: milliseconds, through: 0)
        trouble.until = milliseconds + self.wait(afterWaits: trouble.waits)
        trouble.waits += 1
        self.troubles[bucket] = trouble
    }

    /// Events were dealt with, through this one.
    mutating func succeeded(_ bucket: Bucket, through sequence: Int64, at milliseconds: Int64) {
        guard var trouble = self.troubles[bucket] else { return }
        guard sequence < trouble.through else {
            self.troubles[bucket] = nil
            return
        }
        trouble.tries = 0
        trouble.waits = 0
        trouble.until = milliseconds
        let (doubled, overflow) = trouble.size.multipliedReportingOverflow(by: 2)
        trouble.size = overflow ? .max : doubled
        self.troubles[bucket] = trouble
    }

    /// A transaction of a bucket failed.
    ///
    /// - Parameters:
    ///   - count: How many events it had.
    ///   - last: The sequence of the last one.
    ///   - isTransient: That the database was at fault, and no event: it counts as no try.
    mutating func failed(
        _ bucket: Bucket, count: Int, through last: Int64, isTransient: Bool, at milliseconds: Int64
    ) -> Next {
        var trouble = self.troubles[bucket] ?? Trouble(until: milliseconds, through: last)
        defer { self.troubles[bucket] = trouble }
        trouble.through = max(trouble.through, last)
        if isTransient || count == 1 {
            trouble.until = milliseconds + self.wait(afterWaits: trouble.waits)
            trouble.waits += 1
        }
        guard !isTransient else { return .again }
        guard count == 1 else {
            trouble.size = max(1, count / 2)
            return .again
        }
        trouble.size = 1
        trouble.tries += 1
        return trouble.tries >= self.maximumTries ? .park(tries: trouble.tries) : .again
    }

    private func wait(afterWaits waits: Int) -> Int64 {
        // 2^20 times any wait of a millisecond or more is over any sensible limit.
        let (wait, overflow) = self.firstWaitMilliseconds.multipliedReportingOverflow(by: 1 << Int64(min(waits, 20)))
        return overflow ? self.longestWaitMilliseconds : min(wait, self.longestWaitMilliseconds)
    }
}
