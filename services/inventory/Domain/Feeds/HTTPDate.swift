/// The time in a header such as Last-Modified. Source: RFC 9110, section 5.6.7.
public enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The moment that a text such as "Sun, 06 Nov 1994 08:49:37 GMT" names; nil for any other form.
    public static func moment(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT" else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Self.number($0, digits: 2) }
        guard let day = Self.number(words[1], digits: 2), let month = Self.months.firstIndex(of: String(words[2])),
            let year = Self.number(words[3], digits: 4), clock.count == 3, (1...31).contains(day), clock[0] < 24,
            clock[1] < 60, clock[2] <= 60
        else { return nil }
        let days = Self.days(year: year, month: Int64(month) + 1, day: day)
        return Timestamp(seconds: days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2])
    }

    private static func number(_ text: Substring, digits: Int) -> Int64? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// Days since 1970-01-01 of a day of the Gregorian calendar, from the year 0 on.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // Years that begin in March have their leap day at the end.
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
