/// How long to wait before the next try to connect: twice as long after each failure, and somewhat random, so that
/// many clients do not come back together.
struct Backoff {
    /// The wait after the first failure, and the longest, in milliseconds.
    static let milliseconds = (first: 50, longest: 2_000)
    /// Doubled at the most so often.
    private static let maximumDoublings = 10

    private var failures = 0

    mutating func succeeded() { self.failures = 0 }

    /// The wait after one more failure, in milliseconds.
    mutating func failed() -> Int {
        let doubled = Self.milliseconds.first << min(self.failures, Self.maximumDoublings)
        self.failures += 1
        let longest = min(doubled, Self.milliseconds.longest)
        return Int.random(in: longest / 2...longest)
    }
}
