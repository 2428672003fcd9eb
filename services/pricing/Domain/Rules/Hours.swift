internal import PricingMessages

/// What the clocks of a time zone show at the instant of a quote.
public struct LocalClock: Hashable, Sendable {
    /// The day: 1 is Monday, 7 Sunday.
    public let weekday: Int
    /// Minutes since midnight: 0 to 1439.
    public let minuteOfDay: Int
    /// Until then the clocks of the zone are known not to be put forward or back.
    public let isSteadyUntil: Instant

    /// What the clocks show; what lies outside of the ranges is taken for the nearest within.
    public init(weekday: Int, minuteOfDay: Int, isSteadyUntil: Instant) {
        self.weekday = min(max(weekday, 1), 7)
        self.minuteOfDay = min(max(minuteOfDay, 0), 1439)
        self.isSteadyUntil = isSteadyUntil
    }
}

/// Hours of days of the week.
struct Hours: Hashable, Sendable {
    private static let minutesOfDay = 1440

    /// The days on which they begin: bit 1 is Monday, bit 7 Sunday.
    private let days: UInt8
    /// Minutes since midnight.
    private let begin: Int
    /// Minutes since the midnight before the beginning, which may be those of the next day; behind the beginning.
    private let end: Int

    /// What a message says. Faults are added.
    init?(_ window: TimeWindow, field: String, _ faults: inout PricingFaults) {
        var days: UInt8 = 0
        for (index, day) in window.days.enumerated() {
            guard (1...7).contains(day.rawValue) else {
                faults.add(
                    .invalidValue, "\(field).days[\(index)]", "is no day of the week",
                    expected: "one of those in the API's description")
                continue
            }
            days |= 1 << UInt8(day.rawValue)
        }
        let begin = Self.minutes(window.from, upTo: "23:59", field: "\(field).from", &faults)
        let end = Self.minutes(window.to, upTo: "24:00", field: "\(field).to", &faults)
        guard let begin, let end else { return nil }
        self.days = window.days.isEmpty ? 0b1111_1110 : days
        self.begin = begin
        self.end = end > begin ? end : end + Self.minutesOfDay
    }

    private static func minutes(_ text: String, upTo last: String, field: String, _ faults: inout PricingFaults) -> Int?
    {
        let bytes = Array(text.utf8)
        let places = [0, 1, 3, 4]
        let isFormed =
            bytes.count == 5 && bytes[2] == UInt8(ascii: ":")
            && places.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }
        if isFormed {
            let digits = places.map { Int(bytes[$0] - UInt8(ascii: "0")) }
            let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
            if minute < 60, text <= last { return hour * 60 + minute }
        }
        faults.add(.invalidValue, field, "is \(text.debugDescription)", expected: "a time from 00:00 to \(last)")
        return nil
    }

    /// Whether a clock shows a time within.
    func contains(_ clock: LocalClock) -> Bool {
        self.begins(on: clock.weekday) && (self.begin..<self.end).contains(clock.minuteOfDay)
            || self.begins(on: clock.weekday - 1)
                && (self.begin..<self.end).contains(clock.minuteOfDay + Self.minutesOfDay)
    }

    /// How many minutes on they begin or end next: 1 to 11,520.
    func minutesToNextEnd(after clock: LocalClock) -> Int {
        var least = Int.max
        // Those that began yesterday may end today; those of this weekday may have begun, and begin again in a week.
        for day in -1...7 where self.begins(on: clock.weekday + day) {
            for end in [self.begin, self.end] {
                let minutes = day * Self.minutesOfDay + end - clock.minuteOfDay
                if minutes > 0 { least = min(least, minutes) }
            }
        }
        return least
    }

    private func begins(on day: Int) -> Bool {
        // Sunday is before Monday.
        let weekday = (day + 6) % 7 + 1
        return self.days & 1 << UInt8(weekday) != 0
    }
}
