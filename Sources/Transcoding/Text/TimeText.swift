internal import ProtobufC

/// A moment or a length of time, as protobuf's Timestamp and Duration hold them.
struct SecondsAndNanos: Hashable {
    var seconds: Int64
    /// Of the same sign as the seconds in a duration, and never negative in a moment.
    var nanos: Int32

    /// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
    static let timestampSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
    /// About 10,000 years either way.
    static let durationSeconds: ClosedRange<Int64> = -315_576_000_000...315_576_000_000

    var isTimestamp: Bool { Self.timestampSeconds.contains(self.seconds) && (0..<1_000_000_000).contains(self.nanos) }

    var isDuration: Bool {
        Self.durationSeconds.contains(self.seconds) && (-999_999_999...999_999_999).contains(self.nanos)
            && (self.seconds == 0 || self.nanos == 0 || (self.seconds < 0) == (self.nanos < 0))
    }
}

/// Reads a text from left to right.
private struct TextCursor: ~Escapable {
    let text: RawSpan
    var position = 0

    @_lifetime(copy text)
    init(_ text: RawSpan) { self.text = text }

    var isAtEnd: Bool { self.position >= self.text.byteCount }

    var current: UInt8 { self.isAtEnd ? 0 : self.text.byte(at: self.position) }

    mutating func take(_ byte: UInt8) -> Bool {
        guard self.current == byte else { return false }
        self.position += 1
        return true
    }

    /// Exactly so many digits.
    mutating func digits(_ count: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            let digit = self.current &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
            self.position += 1
        }
        return value
    }

    /// A dot and one to nine digits, as billionths; 0 where there is no dot.
    mutating func fraction() -> Int32? {
        guard self.take(UInt8(ascii: ".")) else { return 0 }
        var value: Int32 = 0
        var count = 0
        while self.current &- UInt8(ascii: "0") < 10, count < 9 {
            value = value * 10 + Int32(self.current &- UInt8(ascii: "0"))
            self.position += 1
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in count..<9 { value *= 10 }
        return value
    }
}

extension SecondsAndNanos {
    /// Reads a moment as RFC 3339 has it, for example `2026-01-31T12:00:00.5Z` or `2026-01-31T12:00:00+01:00`.
    init?(timestamp text: RawSpan) {
        var cursor = TextCursor(text)
        guard let year = cursor.digits(4), cursor.take(UInt8(ascii: "-")), let month = cursor.digits(2),
            cursor.take(UInt8(ascii: "-")), let day = cursor.digits(2), cursor.take(UInt8(ascii: "T")),
            let hour = cursor.digits(2), cursor.take(UInt8(ascii: ":")), let minute = cursor.digits(2),
            cursor.take(UInt8(ascii: ":")), let second = cursor.digits(2), let nanos = cursor.fraction(),
            let offset = Self.offset(&cursor), cursor.isAtEnd
        else { return nil }
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(year, month), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let days = Self.daysSince1970(year, month, day)
        self.init(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset, nanos: nanos)
        guard self.isTimestamp else { return nil }
    }

    /// The seconds by which local time is ahead.
    private static func offset(_ cursor: inout TextCursor) -> Int64? {
        if cursor.take(UInt8(ascii: "Z")) { return 0 }
        let isBehind = cursor.take(UInt8(ascii: "-"))
        guard isBehind || cursor.take(UInt8(ascii: "+")), let hours = cursor.digits(2), cursor.take(UInt8(ascii: ":")),
            let minutes = cursor.digits(2), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (isBehind ? -1 : 1)
    }

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(_ year: Int64, _ month: Int64) -> Int64 {
        switch month {
        case 2: self.isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Counted in years that begin in March, so that a leap day is the last of its year; 146,097 days are 400 years.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Reads a duration, for example `1.5s`.
    init?(duration text: RawSpan) {
        var cursor = TextCursor(text)
        let isNegative = cursor.take(UInt8(ascii: "-"))
        var seconds: Int64 = 0
        let start = cursor.position
        while cursor.current &- UInt8(ascii: "0") < 10 {
            seconds = seconds * 10 + Int64(cursor.current &- UInt8(ascii: "0"))
            guard seconds <= Self.durationSeconds.upperBound else { return nil }
            cursor.position += 1
        }
        guard cursor.position > start, let nanos = cursor.fraction(), cursor.take(UInt8(ascii: "s")), cursor.isAtEnd
        else { return nil }
        self.init(seconds: isNegative ? -seconds : seconds, nanos: isNegative ? -nanos : nanos)
        guard self.isDuration else { return nil }
    }
}

extension OutputBytes {
    /// Appends a moment, which must be in range, as RFC 3339 has it, in UTC.
    func append(timestamp value: SecondsAndNanos) {
        // From the first of March of the year 0, so that nothing is negative.
        let seconds = value.seconds + 719_468 * 86_400
        let (day, time) = (seconds / 86_400, seconds % 86_400)
        let era = day / 146_097
        let dayOfEra = day % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        self.append(digits: year, 4)
        self.append(UInt8(ascii: "-"))
        self.append(digits: month, 2)
        self.append(UInt8(ascii: "-"))
        self.append(digits: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2)
        self.append(UInt8(ascii: "T"))
        self.append(digits: time / 3_600, 2)
        self.append(UInt8(ascii: ":"))
        self.append(digits: time / 60 % 60, 2)
        self.append(UInt8(ascii: ":"))
        self.append(digits: time % 60, 2)
        self.append(fraction: value.nanos)
        self.append(UInt8(ascii: "Z"))
    }

    /// Appends a duration, which must be in range.
    func append(duration value: SecondsAndNanos) {
        if value.seconds < 0 || value.nanos < 0 { self.append(UInt8(ascii: "-")) }
        self.append(decimal: value.seconds.magnitude)
        self.append(fraction: Int32(value.nanos.magnitude))
        self.append(UInt8(ascii: "s"))
    }

    /// Appends a dot and three, six or nine digits; nothing for zero.
    private func append(fraction nanos: Int32) {
        guard nanos != 0 else { return }
        self.append(UInt8(ascii: "."))
        if nanos % 1_000_000 == 0 {
            self.append(digits: Int64(nanos / 1_000_000), 3)
        } else if nanos % 1_000 == 0 {
            self.append(digits: Int64(nanos / 1_000), 6)
        } else {
            self.append(digits: Int64(nanos), 9)
        }
    }

    private func append(digits value: Int64, _ count: Int) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        for _ in 0..<count {
            self.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
