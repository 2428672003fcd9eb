public import PricingDomain

/// Instants and days as text, of the Gregorian calendar and the years 1 to 9999.
public enum InstantText {
    static let expected = "a time such as 2026-01-31T00:00:00Z, or a day such as 2026-01-31"
    static let microsecondsPerSecond: Int64 = 1_000_000
    static let microsecondsPerDay: Int64 = 86_400 * Self.microsecondsPerSecond
    private static let years: ClosedRange<Int64> = 1...9_999

    /// The instant that a text says: RFC 3339 with at most six decimals of a second, or a day, which begins at 00:00 UTC.
    ///
    /// - Returns: nil where it says none, or one outside of the years.
    static func parse(_ text: some Collection<UInt8>) -> Instant? {
        var scanner = Scanner(text)
        guard let day = scanner.day() else { return nil }
        if scanner.isAtEnd { return Instant(microseconds: day * Self.microsecondsPerDay) }
        guard let separator = scanner.next(), separator | 0x20 == UInt8(ascii: "t") || separator == 0x20,
            let hour = scanner.number(digits: 2), hour < 24, scanner.skip(":"),
            let minute = scanner.number(digits: 2), minute < 60, scanner.skip(":"),
            let second = scanner.number(digits: 2), second < 60, let fraction = scanner.fraction(),
            let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        let seconds = (hour * 60 + minute) * 60 + second - offset * 60
        let instant = Instant(
            microseconds: day * Self.microsecondsPerDay + seconds * Self.microsecondsPerSecond + fraction)
        return Self.years.contains(Self.civil(ofDay: Self.day(of: instant)).year) ? instant : nil
    }

    /// The day that a text says: YYYY-MM-DD.
    static func parseDay(_ text: some Collection<UInt8>) -> Instant? {
        var scanner = Scanner(text)
        guard let day = scanner.day(), scanner.isAtEnd else { return nil }
        return Instant(microseconds: day * Self.microsecondsPerDay)
    }

    /// The beginning of the next day; behind the last one of the years, no end at all.
    static func dayBehind(_ day: Instant) -> Instant {
        let next = Instant(microseconds: day.microseconds + Self.microsecondsPerDay)
        return Self.years.contains(Self.civil(ofDay: Self.day(of: next)).year) ? next : .distantFuture
    }

    /// The text of an instant, in UTC: no more decimals than it needs. Empty for the open ends of periods.
    public static func text(_ instant: Instant) -> String {
        guard instant > .distantPast, instant < .distantFuture else { return "" }
        let inDay = instant.microseconds - Self.day(of: instant) * Self.microsecondsPerDay
        let (seconds, fraction) = inDay.quotientAndRemainder(dividingBy: Self.microsecondsPerSecond)
        var decimals = ""
        if fraction > 0 {
            decimals = "." + Self.digits(fraction, count: 6)
            while decimals.last == "0" { decimals.removeLast() }
        }
        return Self.dayText(instant) + "T" + Self.digits(seconds / 3_600, count: 2) + ":"
            + Self.digits(seconds / 60 % 60, count: 2) + ":" + Self.digits(seconds % 60, count: 2) + decimals + "Z"
    }

    /// The day in which an instant lies, in UTC: YYYY-MM-DD.
    static func dayText(_ instant: Instant) -> String {
        let civil = Self.civil(ofDay: Self.day(of: instant))
        return Self.digits(civil.year, count: 4) + "-" + Self.digits(civil.month, count: 2) + "-"
            + Self.digits(civil.day, count: 2)
    }

    /// Whether a day of UTC begins with it.
    static func isDay(_ instant: Instant) -> Bool { instant.microseconds % Self.microsecondsPerDay == 0 }

    private static func digits(_ number: Int64, count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }

    // MARK: Calendar

    /// How many whole days lie between 1970-01-01 and the day of an instant.
    private static func day(of instant: Instant) -> Int64 {
        let (day, rest) = instant.microseconds.quotientAndRemainder(dividingBy: Self.microsecondsPerDay)
        return rest < 0 ? day - 1 : day
    }

    /// How many days lie between 1970-01-01 and a day. Years are counted from March on, so that the leap day is the last of
    /// its year; 400 years have 146,097 days.
    fileprivate static func day(year: Int64, month: Int64, day: Int64) -> Int64? {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        guard Self.years.contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let length: Int64 =
            switch month {
            case 2: isLeap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        guard day <= length else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - Self.daysBefore1970
    }

    private static func civil(ofDay number: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = number + Self.daysBefore1970
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// From 1 March of the year 0 on.
    private static let daysBefore1970: Int64 = 719_468
}

/// Reads a text from its beginning.
private struct Scanner<Text: Collection<UInt8>> {
    private let text: Text
    private var index: Text.Index

    init(_ text: Text) {
        self.text = text
        self.index = text.startIndex
    }

    var isAtEnd: Bool { self.index == self.text.endIndex }

    mutating func next() -> UInt8? {
        guard !self.isAtEnd else { return nil }
        defer { self.text.formIndex(after: &self.index) }
        return self.text[self.index]
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool { self.next() == UInt8(ascii: character) }

    mutating func number(digits: Int) -> Int64? {
        var number: Int64 = 0
        for _ in 0..<digits {
            guard let byte = self.next(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return number
    }

    /// The number of a day.
    mutating func day() -> Int64? {
        guard let year = self.number(digits: 4), self.skip("-"), let month = self.number(digits: 2), self.skip("-"),
            let day = self.number(digits: 2)
        else { return nil }
        return InstantText.day(year: year, month: month, day: day)
    }

    /// Microseconds behind a point; 0 where there is none.
    mutating func fraction() -> Int64? {
        guard !self.isAtEnd, self.text[self.index] == UInt8(ascii: ".") else { return 0 }
        _ = self.next()
        var (value, unit): (Int64, Int64) = (0, InstantText.microsecondsPerSecond)
        while !self.isAtEnd, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self.text[self.index]) {
            guard unit > 1, let digit = self.next() else { return nil }
            unit /= 10
            value += Int64(digit - UInt8(ascii: "0")) * unit
        }
        return unit < InstantText.microsecondsPerSecond ? value : nil
    }

    /// By how many minutes the text is ahead of UTC.
    mutating func offset() -> Int64? {
        guard let sign = self.next() else { return nil }
        if sign | 0x20 == UInt8(ascii: "z") { return 0 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = self.number(digits: 2), hours < 24,
            self.skip(":"), let minutes = self.number(digits: 2), minutes < 60
        else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
    }
}
