internal import OrderMessages
internal import Refusals
internal import WellKnownMessages

extension OrderMoment {
    /// An instant that somebody says something happened at; nil: now.
    ///
    /// - Parameter earliest: What it must follow, and how that is called. Clocks differ, and who says seconds cuts off.
    /// - Throws: ``OrderRefusal`` with `dateOutOfRange` for one in the future, or before what it follows.
    func past(
        _ instant: ProtoTimestamp?, field: String, behind earliest: (instant: ProtoTimestamp, name: String)? = nil
    ) throws(OrderRefusal) -> ProtoTimestamp {
        guard let instant else { return self.now }
        guard instant.isValid, instant <= self.now.adding(seconds: OrderLimits.clockSkewSeconds) else {
            throw OrderRefusal(
                .dateOutOfRange, field: field, instant.isValid ? "lies in the future" : "is no instant",
                expected: "an instant that has passed")
        }
        if let earliest, instant.adding(seconds: OrderLimits.clockSkewSeconds) < earliest.instant {
            throw OrderRefusal(
                .dateOutOfRange, field: field, "lies before \(earliest.name)",
                expected: "an instant behind \(earliest.name)")
        }
        return instant
    }
}

extension ProtoTimestamp {
    /// So many seconds later, at most the last instant that there is.
    func adding(seconds: Int64) -> ProtoTimestamp {
        let (sum, isTooLate) = self.seconds.addingReportingOverflow(seconds)
        let last = Self.secondsRange.upperBound
        return ProtoTimestamp(seconds: isTooLate ? last : min(sum, last), nanos: self.nanos)
    }

    /// So many days later, or earlier.
    func adding(days: Int64) -> ProtoTimestamp { self.adding(seconds: days * 86_400) }
}
