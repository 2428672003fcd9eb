/// A moment by the database's clock. Nothing here reads a clock: every decision is given its time.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01 00:00 UTC.
    public let microseconds: Int64

    /// A moment.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The moment so many seconds later; the last one there is where that cannot be said.
    public func adding(seconds: Int64) -> Timestamp {
        let (product, multiplied) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, added) = self.microseconds.addingReportingOverflow(product)
        guard !multiplied, !added else { return Timestamp(microseconds: seconds < 0 ? .min : .max) }
        return Timestamp(microseconds: sum)
    }

    /// The number of microseconds.
    public var description: String { "\(self.microseconds) µs" }

    /// Whether the left one is earlier.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}
