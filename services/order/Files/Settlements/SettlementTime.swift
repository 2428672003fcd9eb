/// Times as files of marketplaces have them.
///
/// Year first with hyphens or slashes, or day first with points: `2026-01-31T12:00:00+01:00`, `2026/01/31 12:00:00
/// UTC`, `31.01.2026 12:00:00 UTC`; with slashes and the year last, `01/31/2026` or `31/01/2026` as the marketplace has
/// it. A day without a time begins at 00:00, and a time that names no zone is UTC.
struct SettlementTime {
    static let expected = "a time such as 2026-01-31T12:00:00Z or 31.01.2026 12:00:00 UTC, or a day"

    /// Which part of `01/02/2026` is the day.
    enum SlashOrder: Sendable { case dayFirst, monthFirst }

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    private var bytes: ArraySlice<UInt8>

    private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The time of a text, in microseconds since 1970; nil: it says none.
    static func parse(_ text: ArraySlice<UInt8>, slashes: SlashOrder = .dayFirst) -> Int64? {
        var time = Self(text)
        guard let day = time.day(slashes) else { return nil }
        if time.bytes.isEmpty { return day * Self.microsecondsPerDay }
        guard time.take("T") || time.take(" "), let hour = time.number(2), hour < 24, time.take(":"),
            let minute = time.number(2), minute < 60
        else { return nil }
        var (second, fraction): (Int64, Int64) = (0, 0)
        if time.take(":") {
            guard let read = time.number(2), read < 60 else { return nil }
            second = read
            if time.take(".") {
                guard let read = time.fraction() else { return nil }
                fraction = read
            }
        }
        guard let offset = time.zone(), time.bytes.isEmpty else { return nil }
        let seconds = (hour * 60 + minute) * 60 + second - offset * 60
        return day * Self.microsecondsPerDay + seconds * 1_000_000 + fraction
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.bytes.first == UInt8(ascii: character) else { return false }
        self.bytes.removeFirst()
        return true
    }

    private mutating func number(_ digits: Int) -> Int64? {
        guard self.bytes.count >= digits else { return nil }
        var number: Int64 = 0
        for byte in self.bytes.prefix(digits) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        self.bytes.removeFirst(digits)
        return number
    }

    private mutating func fraction() -> Int64? {
        var (value, unit): (Int64, Int64) = (0, 1_000_000)
        while let digit = self.number(1) {
            // Behind microseconds nothing is kept.
            unit /= 10
            value += digit * unit
        }
        return value
    }

    /// By how many minutes the time is ahead of UTC.
    private mutating func zone() -> Int64? {
        _ = self.take(" ")
        if self.bytes.isEmpty || self.take("Z") || self.take("z") { return 0 }
        if self.bytes.elementsEqual("UTC".utf8) || self.bytes.elementsEqual("GMT".utf8) {
            self.bytes = []
            return 0
        }
        let isBehind = self.take("-")
        guard isBehind || self.take("+"), let hours = self.number(2), hours < 24 else { return nil }
        _ = self.take(":")
        guard let minutes = self.number(2), minutes < 60 else { return nil }
        return (isBehind ? -1 : 1) * (hours * 60 + minutes)
    }

    /// Days since 1970-01-01.
    private mutating func day(_ slashes: SlashOrder) -> Int64? {
        let start = self.bytes
        if let year = self.number(4) {
            for mark in ["-", "/"] as [Unicode.Scalar] where self.take(mark) {
                guard let month = self.number(2), self.take(mark), let day = self.number(2) else { return nil }
                return Self.day(year, month, day)
            }
            return nil
        }
        self.bytes = start
        guard let first = self.number(2) else { return nil }
        for mark in [".", "/"] as [Unicode.Scalar] where self.take(mark) {
            guard let second = self.number(2), self.take(mark), let year = self.number(4) else { return nil }
            let isMonthFirst = mark == "/" && slashes == .monthFirst
            return isMonthFirst ? Self.day(year, first, second) : Self.day(year, second, first)
        }
        return nil
    }

    /// Days between 1970-01-01 and a day of the Gregorian calendar. Years are counted from March on, so that the leap
    /// day is the last of its year; 400 years have 146,097 days.
    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        guard (1970...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let length: Int64 =
            switch month {
            case 2: isLeap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        guard day <= length else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
