extension ProtoTimestamp {
    /// The seconds that a timestamp may have: from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
    public static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
    /// The nanoseconds that a timestamp may have; they always count forward.
    public static let nanosRange: ClosedRange<Int32> = 0...999_999_999

    /// Whether seconds and nanoseconds are in range.
    public var isValid: Bool {
        Self.secondsRange.contains(self.seconds) && Self.nanosRange.contains(self.nanos)
    }

    /// The timestamp that lies a duration behind 1970-01-01T00:00:00Z, or before it.
    ///
    /// What is finer than a nanosecond is cut off, towards the past.
    ///
    /// - Throws: ``TimeRangeError`` outside the years 1 to 9999.
    public init(sinceEpoch duration: Swift.Duration) throws(TimeRangeError) {
        var (seconds, attoseconds) = duration.components
        if attoseconds < 0 {
            let (earlier, overflow) = seconds.subtractingReportingOverflow(1)
            guard !overflow else { throw TimeRangeError("\(duration) is before the year 1") }
            seconds = earlier
            attoseconds += 1_000_000_000_000_000_000
        }
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
        guard self.isValid else { throw TimeRangeError("\(duration) is not within the years 1 to 9999") }
    }

    /// How long after 1970-01-01T00:00:00Z the timestamp is; negative before.
    ///
    /// - Throws: ``TimeRangeError`` for a timestamp that its proto file does not allow.
    public func sinceEpoch() throws(TimeRangeError) -> Swift.Duration {
        guard self.isValid else {
            throw TimeRangeError("\(self.seconds) s and \(self.nanos) ns are not a valid timestamp")
        }
        return .seconds(self.seconds) + .nanoseconds(Int64(self.nanos))
    }
}

extension ProtoTimestamp: Comparable {
    /// Whether a timestamp is earlier than another.
    public static func < (left: ProtoTimestamp, right: ProtoTimestamp) -> Bool {
        (left.seconds, left.nanos) < (right.seconds, right.nanos)
    }
}
