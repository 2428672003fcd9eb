internal import PricingMessages

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

    private init(uncheckedFrom from: Instant, to: Instant) {
        self.from = from
        self.to = to
    }

    /// Whether an instant lies in it.
    public func contains(_ instant: Instant) -> Bool { self.from <= instant && instant < self.to }

    /// Whether some instant lies in both.
    public func overlaps(_ other: Period) -> Bool { self.from < other.to && other.from < self.to }
}
