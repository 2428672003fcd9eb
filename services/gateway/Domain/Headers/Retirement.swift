/// That an endpoint is on its way out: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
public struct Retirement: Sendable, Hashable {
    /// What every answer of the endpoint says; none where it stays.
    public let fields: [HeaderField]

    /// - Parameters:
    ///   - deprecatedOn: The RFC 3339 date since which it is not to be used any more; empty: it may be used.
    ///   - sunsetOn: The RFC 3339 date on which it goes away; empty: none is set.
    /// - Returns: `nil` where a date is none.
    public init?(deprecatedOn: String, sunsetOn: String) {
        var fields: [HeaderField] = []
        if !deprecatedOn.isEmpty {
            guard let date = CalendarDate(deprecatedOn) else { return nil }
            fields.append(HeaderField("Deprecation", "@\(date.daysSince1970 * 86_400)"))
        }
        if !sunsetOn.isEmpty {
            guard let date = CalendarDate(sunsetOn) else { return nil }
            fields.append(HeaderField("Sunset", date.httpDate))
        }
        self.fields = fields
    }
}

/// A day of the Gregorian calendar.
struct CalendarDate: Sendable, Hashable {
    let year: Int
    let month: Int
    let day: Int

    /// Reads `YYYY-MM-DD` of the years 1970 to 9999.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1970...9999).contains(year),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// By years that begin in March, so that the leap day is the last (Hinnant, "chrono-compatible low-level date
    /// algorithms", days_from_civil).
    var daysSince1970: Int {
        let year = self.month <= 2 ? self.year - 1 : self.year
        let era = year / 400
        let yearOfEra = year % 400
        let dayOfYear = (153 * (self.month + (self.month > 2 ? -3 : 9)) + 2) / 5 + self.day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The beginning of the day in the form of RFC 9110, 5.6.7.
    var httpDate: String {
        // 1970 began on a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][self.daysSince1970 % 7]
        let month = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][self.month - 1]
        return "\(weekday), \(self.day < 10 ? "0" : "")\(self.day) \(month) \(self.year) 00:00:00 GMT"
    }
}
