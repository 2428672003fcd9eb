/// When a feed is fetched.
public enum FeedSchedule: Hashable, Sendable {
    /// Every so many minutes.
    case interval(minutes: Int64)
    /// At minutes of the day, 0 to 1,439, in some time zone.
    case daily(minutes: [Int64])

    /// The offset of local time from UTC at a moment, in seconds, positive to the east: a time zone.
    public typealias Offset = (Timestamp) -> Int64

    /// The first moment after another at which the feed is due.
    ///
    /// A time of the day that a change of the clocks leaves out is due as much later by the clock as the clocks were moved;
    /// one that comes twice is due the first time only.
    ///
    /// - Parameters:
    ///   - moment: When it was due or looked after last.
    ///   - offset: The time zone of the times of the day. It changes at most once in two days.
    /// - Returns: nil where the schedule has no time at all.
    public func nextDue(after moment: Timestamp, offset: Offset) -> Timestamp? {
        switch self {
        case .interval(let minutes): return moment.adding(seconds: max(1, minutes) * 60)
        case .daily(let minutes):
            let today = Self.day(of: moment, offset)
            // A day to either side, since local days and those of UTC are not the same.
            let candidates = (today - 1...today + 2).flatMap { day in
                minutes.map { Self.moment(day: day, minute: $0, offset) }
            }
            return candidates.filter { $0 > moment }.min()
        }
    }

    /// The local day of a moment, as days since 1970-01-01.
    private static func day(of moment: Timestamp, _ offset: Offset) -> Int64 {
        let seconds = moment.seconds + offset(moment)
        return seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    }

    /// When the clocks show a minute of a day.
    private static func moment(day: Int64, minute: Int64, _ offset: Offset) -> Timestamp {
        let wall = day * 86_400 + minute * 60
        let before = offset(Timestamp(seconds: wall - 86_400))
        let after = offset(Timestamp(seconds: wall + 86_400))
        // Of a time that comes twice, the offset of before gives the first one.
        for candidate in [wall - before, wall - after] where candidate + offset(Timestamp(seconds: candidate)) == wall {
            return Timestamp(seconds: candidate)
        }
        return Timestamp(seconds: wall - before)
    }
}

extension Timestamp {
    /// A moment by whole seconds since 1970-01-01 00:00 UTC; at most some 290,000 years off.
    public init(seconds: Int64) { self = Timestamp(microseconds: 0).adding(seconds: seconds) }

    /// Whole seconds since 1970-01-01 00:00 UTC, rounded down.
    public var seconds: Int64 {
        let (quotient, remainder) = self.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
