internal import Glibc

/// A moment in UTC, written as RFC 3339 with microseconds.
///
/// Foundation's formatters take several microseconds and locks for what is a handful of divisions.
struct Timestamp: Equatable {
    let secondsSinceEpoch: Int64
    let microseconds: Int64

    init(secondsSinceEpoch: Int64, microseconds: Int64 = 0) {
        self.secondsSinceEpoch = secondsSinceEpoch
        self.microseconds = microseconds
    }

    /// The wall clock's time.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(secondsSinceEpoch: Int64(time.tv_sec), microseconds: Int64(time.tv_nsec) / 1_000)
    }

    /// `2026-01-31T23:59:58.000001Z`; years below 0 or above 9999 are not meant to occur.
    var text: [UInt8] {
        let days = self.secondsSinceEpoch.flooredQuotient(86_400)
        let second = self.secondsSinceEpoch - days * 86_400
        let (year, month, day) = Timestamp.date(daysSinceEpoch: days)
        var text: [UInt8] = []
        text.reserveCapacity(27)
        text.append(digits: year, count: 4, then: "-")
        text.append(digits: month, count: 2, then: "-")
        text.append(digits: day, count: 2, then: "T")
        text.append(digits: second / 3_600, count: 2, then: ":")
        text.append(digits: second / 60 % 60, count: 2, then: ":")
        text.append(digits: second % 60, count: 2, then: ".")
        text.append(digits: self.microseconds, count: 6, then: "Z")
        return text
    }

    /// The date in the Gregorian calendar, by the algorithm of Howard Hinnant's "chrono-compatible date algorithms":
    /// years begin in March, so that the leap day is their last.
    private static func date(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = daysSinceEpoch + 719_468
        let era = days.flooredQuotient(146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension Int64 {
    /// The quotient rounded down, also for moments before 1970.
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension [UInt8] {
    fileprivate mutating func append(digits value: Int64, count: Int, then separator: Unicode.Scalar) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            self.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
        self.append(UInt8(ascii: separator))
    }
}
