internal import PricingMessages
public import WellKnownMessages

/// An instant: microseconds since 1970-01-01 00:00 UTC.
public struct Instant: Hashable, Comparable, Sendable {
    /// Before all others.
    public static let distantPast = Instant(microseconds: .min)
    /// Behind all others.
    public static let distantFuture = Instant(microseconds: .max)

    /// How many microseconds.
    public var microseconds: Int64

    /// The instant so many microseconds after the beginning of 1970.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The instant that a message says; what is finer than a microsecond is cut off, towards the past.
    ///
    /// - Parameter field: Where it stands, for the refusal.
    public init(_ timestamp: ProtoTimestamp, field: String) throws(PricingRefusal) {
        guard timestamp.isValid else {
            throw PricingRefusal(
                .invalidValue, field: field, "is no instant", expected: "an instant within the years 1 to 9999")
        }
        // Of at most 253,402,300,800 seconds, it fits.
        self.init(microseconds: timestamp.seconds * 1_000_000 + Int64(timestamp.nanos) / 1_000)
    }

    /// The instant as messages say it; nil: before or behind all others.
    public var timestamp: ProtoTimestamp? {
        guard self != .distantPast, self != .distantFuture else { return nil }
        var (seconds, rest) = self.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + 1_000_000) }
        return ProtoTimestamp(seconds: seconds, nanos: Int32(rest) * 1_000)
    }

    /// For people: "2026-05-03T00:00:00Z", with microseconds where there are some.
    var text: String {
        let (second, micros) = Self.floored(self.microseconds, by: 1_000_000)
        let (day, time) = Self.floored(second, by: 86_400)
        let date = Self.date(day)
        let parts = [date.month, date.day, time / 3600, time / 60 % 60, time % 60].map {
            $0 < 10 ? "0\($0)" : "\($0)"
        }
        let fraction = micros == 0 ? "" : ".\(String(1_000_000 + micros).dropFirst())"
        return "\(date.year)-\(parts[0])-\(parts[1])T\(parts[2]):\(parts[3]):\(parts[4])\(fraction)Z"
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }

    /// The date of a day since 1970 in the Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func date(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = Self.floored(day + 719_468, by: 146_097)
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let isLate = month >= 10
        return (
            era * 400 + year + (isLate ? 1 : 0), isLate ? month - 9 : month + 3, dayOfYear - (153 * month + 2) / 5 + 1
        )
    }

    /// Whether the left one is earlier.
    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

/// A time with a beginning, and an end that does not belong to it; either may be open.
public struct Period: Hashable, Sendable {
    /// From ever, for ever.
    public static let always = Period(uncheckedFrom: .distantPast, to: .distantFuture)

    /// When it begins.
    public let from: Instant
    /// When it has ended.
    public let to: Instant

    /// - Parameter field: Where its end stands, for the refusal.
    public init(from: Instant, to: Instant, field: String) throws(PricingRefusal) {
        guard from < to else {
            throw PricingRefusal(
                .datesInverted, field: field, "does not lie behind the beginning", expected: "a later instant, or none")
        }
        self.init(uncheckedFrom: from, to: to)
    }

    /// The period that a document says by two timestamps, either of which may be absent.
    ///
    /// - Parameter field: The beginning of the fields' names, which are `validFrom` and `validTo`: empty, or "prices[2].".
    public init(
        validFrom: ProtoTimestamp?, validTo: ProtoTimestamp?, field: String = ""
    ) throws(PricingRefusal) {
        var from = Instant.distantPast
        var to = Instant.distantFuture
        if let validFrom { from = try Instant(validFrom, field: "\(field)validFrom") }
        if let validTo { to = try Instant(validTo, field: "\(field)validTo") }
        try self.init(from: from, to: to, field: "\(field)validTo")
    }

    private init(uncheckedFrom from: Instant, to: Instant) {
        self.from = from
        self.to = to
    }

    /// Whether an instant lies in it.
    public func contains(_ instant: Instant) -> Bool { self.from <= instant && instant < self.to }

    /// Whether some instant lies in both.
    public func overlaps(_ other: Period) -> Bool { self.from < other.to && other.from < self.to }

    /// What lies in both; nil: nothing does.
    public func intersection(_ other: Period) -> Period? {
        self.overlaps(other)
            ? Period(uncheckedFrom: max(self.from, other.from), to: min(self.to, other.to)) : nil
    }

    /// The first of its ends that lies behind an instant; nil: none does.
    public func nextEnd(after instant: Instant) -> Instant? {
        Self.nextEnd(from: self.from, to: self.to, after: instant)
    }

    static func nextEnd(from: Instant, to: Instant, after instant: Instant) -> Instant? {
        if from > instant { return from }
        return to > instant && to != .distantFuture ? to : nil
    }
}
