/// A day of the Gregorian calendar, 0001-01-01 to 9999-12-31.
public struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What a valid one looks like, for people.
    public static let expected = "a day of the calendar, YYYY-MM-DD"
    /// The last day that can be named.
    public static let last = Day(number: 2_932_896)

    /// Days since 1970-01-01.
    public let number: Int

    private init(number: Int) { self.number = number }

    /// The day of a moment, in UTC.
    ///
    /// - Parameter microseconds: Since 1970-01-01; outside the calendar's range the nearest day counts.
    public init(microseconds: Int64) {
        let perDay: Int64 = 86_400_000_000
        let floor = microseconds >= 0 ? microseconds / perDay : -((-1 - microseconds) / perDay) - 1
        self.number = min(max(Int(floor), Self.first), Self.last.number)
    }

    /// Reads `2026-01-31`; nil for anything else, and for days that the calendar does not have.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        guard let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), year >= 1, (1...12).contains(month),
            (1...Self.length(of: month, in: year)).contains(day)
        else { return nil }
        self.number = Self.number(year: year, month: month, day: day)
    }

    /// Whether the left one is earlier.
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    /// `2026-01-31`.
    public var description: String {
        // Counted from 0000-03-01, in eras of 400 years; source: Howard Hinnant, "chrono-compatible low-level date
        // algorithms".
        let shifted = self.number + 719_468
        let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * index + 2) / 5 + 1
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    private static let first = Self.number(year: 1, month: 1, day: 1)

    private static func number(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (year / 400, year % 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
