/// A `google.protobuf.Duration` or `google.protobuf.Timestamp` that is outside what its proto file allows.
public struct TimeRangeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the value is, and what would be valid.
    public var description: String

    init(_ description: String) { self.description = description }
}

extension ProtoDuration {
    /// The seconds that a duration may have, either way: about 10,000 years.
    public static let secondsRange: ClosedRange<Int64> = -315_576_000_000...315_576_000_000
    /// The nanoseconds that a duration may have, of the same sign as its seconds.
    public static let nanosRange: ClosedRange<Int32> = -999_999_999...999_999_999

    /// Whether seconds and nanoseconds are in range and do not pull in different directions.
    public var isValid: Bool {
        Self.secondsRange.contains(self.seconds) && Self.nanosRange.contains(self.nanos)
            && self.seconds.signum() * Int64(self.nanos.signum()) >= 0
    }

    /// The proto form of a duration; what is finer than a nanosecond is cut off.
    ///
    /// - Throws: ``TimeRangeError`` for a duration that is longer than the proto form can be.
    public init(_ duration: Swift.Duration) throws(TimeRangeError) {
        // Both parts have the sign of the whole, and so has what is left of them.
        let (seconds, attoseconds) = duration.components
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
        guard self.isValid else { throw TimeRangeError("\(duration) is longer than 315576000000 s") }
    }
}

extension Swift.Duration {
    /// The duration that a proto form stands for.
    ///
    /// - Throws: ``TimeRangeError`` for a proto form that its file does not allow.
    public init(_ duration: ProtoDuration) throws(TimeRangeError) {
        guard duration.isValid else {
            throw TimeRangeError("\(duration.seconds) s and \(duration.nanos) ns are not a valid duration")
        }
        self = .seconds(duration.seconds) + .nanoseconds(Int64(duration.nanos))
    }
}
