/// Instants as platforms write them: RFC 3339, of the years 1970 to 9999, in microseconds since 1970.
public enum PlatformTime {
    private static let microsecondsPerSecond: Int64 = 1_000_000
    private static let secondsPerDay: Int64 = 86_400
    private static let firstYear: Int64 = 1970
    private static let lastYear: Int64 = 9999

    /// The instant of a text such as "2026-01-31T08:30:00Z" or "2021-12-31T19:00:00-05:00"; digits behind the sixth of a
    /// second's fraction are cut off. nil: it says none.
    public static func microseconds(_ text: String) -> Int64? {
        var rest = Substring(text).utf8
        guard let year = Self.number(&rest, 4), Self.take(&rest, "-"), let month = Self.number(&rest, 2),
            Self.take(&rest, "-"), let day = Self.number(&rest, 2), Self.takeSeparator(&rest),
            let hour = Self.number(&rest, 2), Self.take(&rest, ":"), let minute = Self.number(&rest, 2),
            Self.take(&rest, ":"), let second = Self.number(&rest, 2), let fraction = Self.fraction(&rest),
            let offset = Self.offset(&rest), rest.isEmpty
        else { return nil }
        // Some clocks write the second of a leap as 60.
        guard (Self.firstYear...Self.lastYear).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.days(inMonth: month, of: year), hour < 24, minute < 60, second <= 60
        else { return nil }
        let seconds = Self.days(before: year, month) * Self.secondsPerDay + (day - 1) * Self.secondsPerDay
        let inDay = (hour * 60 + minute - offset) * 60 + second
        return (seconds + inDay) * Self.microsecondsPerSecond + fraction
    }

    /// An instant as text, in UTC, to the second that it lies in.
    public static func text(_ microseconds: Int64) -> String {
        let seconds = max(0, microseconds) / Self.microsecondsPerSecond
        var (days, year) = (seconds / Self.secondsPerDay, Self.firstYear)
        let leap = { (year: Int64) in year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        while year < Self.lastYear, days >= (leap(year) ? 366 : 365) {
            days -= leap(year) ? 366 : 365
            year += 1
        }
        var month: Int64 = 1
        while month < 12, days >= Self.days(inMonth: month, of: year) {
            days -= Self.days(inMonth: month, of: year)
            month += 1
        }
        let inDay = seconds % Self.secondsPerDay
        return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(days + 1, 2) + "T"
            + Self.padded(inDay / 3600, 2) + ":" + Self.padded(inDay / 60 % 60, 2) + ":" + Self.padded(inDay % 60, 2)
            + "Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970 to the first of a month.
    private static func days(before year: Int64, _ month: Int64) -> Int64 {
        let years = year - 1
        let leapDays = years / 4 - years / 100 + years / 400
        let leapDaysBefore: Int64 = 1969 / 4 - 1969 / 100 + 1969 / 400
        var days = (year - Self.firstYear) * 365 + leapDays - leapDaysBefore
        for earlier in 1..<max(1, month) { days += Self.days(inMonth: earlier, of: year) }
        return days
    }

    private static func number(_ rest: inout Substring.UTF8View, _ count: Int) -> Int64? {
        guard rest.count >= count else { return nil }
        var value: Int64 = 0
        for byte in rest.prefix(count) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        rest = rest.dropFirst(count)
        return value
    }

    private static func take(_ rest: inout Substring.UTF8View, _ character: Unicode.Scalar) -> Bool {
        guard rest.first.map({ UInt32($0) }) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func takeSeparator(_ rest: inout Substring.UTF8View) -> Bool {
        Self.take(&rest, "T") || Self.take(&rest, "t") || Self.take(&rest, " ")
    }

    /// The microseconds behind the point; 0 without one, nil where nothing stands behind it.
    private static func fraction(_ rest: inout Substring.UTF8View) -> Int64? {
        guard Self.take(&rest, ".") else { return 0 }
        var (value, places) = (Int64(0), 0)
        while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            if places < 6 { value = value * 10 + Int64(byte - UInt8(ascii: "0")) }
            places += 1
            rest = rest.dropFirst()
        }
        guard places > 0 else { return nil }
        for _ in min(places, 6)..<6 { value *= 10 }
        return value
    }

    /// Minutes ahead of UTC.
    private static func offset(_ rest: inout Substring.UTF8View) -> Int64? {
        if Self.take(&rest, "Z") || Self.take(&rest, "z") { return 0 }
        let isBehind = Self.take(&rest, "-")
        guard isBehind || Self.take(&rest, "+"), let hours = Self.number(&rest, 2), hours < 24 else { return nil }
        _ = Self.take(&rest, ":")
        guard let minutes = Self.number(&rest, 2), minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (isBehind ? -1 : 1)
    }
}
