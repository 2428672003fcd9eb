internal import Glibc
internal import NIOCore

/// The time of day as `Date` headers say it, made once a second (RFC 9110, 5.6.7).
struct DateText {
    private static let dayNames = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private var current = ""
    private var staleFrom = NIODeadline.uptimeNanoseconds(0)

    mutating func text(_ now: NIODeadline) -> String {
        if now >= self.staleFrom { self.renew(now) }
        return self.current
    }

    private mutating func renew(_ now: NIODeadline) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        self.current = Self.text(secondsSince1970: time.tv_sec)
        self.staleFrom = now + .nanoseconds(1_000_000_000 - Int64(time.tv_nsec))
    }

    static func text(secondsSince1970 seconds: Int) -> String {
        let days = seconds / 86_400
        let (year, month, day) = Self.civil(days)
        let second = seconds % 86_400
        let time = [second / 3_600, second / 60 % 60, second % 60].map(Self.twoDigits).joined(separator: ":")
        return "\(Self.dayNames[days % 7]), \(Self.twoDigits(day)) \(Self.monthNames[month - 1]) \(year) \(time) GMT"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    /// The date of a day since 1970, by counting years from March on, so that the leap day is each year's last.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let sinceMarch0 = days + 719_468
        let era = sinceMarch0 / 146_097
        let dayOfEra = sinceMarch0 % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
