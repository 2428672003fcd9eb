internal import Foundation

/// A time, in milliseconds since 1970.
public struct Moment: Codable, Sendable, Hashable, Comparable {
    /// The milliseconds since 1970.
    public var milliseconds: Int64

    /// A time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Reads the milliseconds.
    public init(from decoder: any Decoder) throws {
        self.milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the milliseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.milliseconds)
    }

    /// The time by the clock of this machine.
    public static func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The earlier one first.
    public static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }

    /// Later by some milliseconds.
    public static func + (moment: Moment, milliseconds: Int) -> Moment {
        Moment(milliseconds: moment.milliseconds + Int64(milliseconds))
    }

    /// Without what is less than a second, as platforms tell it.
    public var seconds: Int64 { self.milliseconds / 1_000 }

    /// As `2026-04-01T09:30:00Z`.
    public var text: String {
        var time = tm()
        var seconds = time_t(self.seconds)
        gmtime_r(&seconds, &time)
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(time.tm_year + 1_900, 4))-\(digits(time.tm_mon + 1, 2))-\(digits(time.tm_mday, 2))"
            + "T\(digits(time.tm_hour, 2)):\(digits(time.tm_min, 2)):\(digits(time.tm_sec, 2))Z"
    }

    /// Reads `2026-04-01`, `2026-04-01T09:30:00Z`, or one with a fraction or an offset such as `-05:00`.
    public init?(text: String) {
        let parts = text.split(separator: "T", maxSplits: 1).map(String.init)
        let day = parts.first?.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int32($0) } ?? []
        guard day.count == 3, (1_970...9_999).contains(day[0]), (1...12).contains(day[1]), (1...31).contains(day[2])
        else { return nil }
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (day[0] - 1_900, day[1] - 1, day[2])
        guard parts.count == 2 else {
            self.init(milliseconds: Int64(timegm(&time)) * 1_000)
            return
        }
        guard let clock = ClockText(parts[1]) else { return nil }
        self.init(milliseconds: (Int64(timegm(&time)) + clock.seconds - clock.offset) * 1_000 + clock.milliseconds)
    }
}

/// A time of day as it is written in ISO 8601.
private struct ClockText {
    var seconds: Int64 = 0
    var milliseconds: Int64 = 0
    /// In seconds east of Greenwich.
    var offset: Int64 = 0

    init?(_ text: String) {
        var rest = Substring(text)
        if let last = rest.last, last == "Z" || last == "z" {
            rest = rest.dropLast()
        } else if let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let parts = rest[rest.index(after: sign)...].split(separator: ":").compactMap { Int64($0) }
            guard let hours = parts.first, parts.count <= 2, hours <= 14 else { return nil }
            let seconds = hours * 3_600 + (parts.count == 2 ? parts[1] : 0) * 60
            self.offset = rest[sign] == "-" ? -seconds : seconds
            rest = rest[..<sign]
        }
        let pieces = rest.split(separator: ".", maxSplits: 1)
        let numbers =
            pieces.first?.split(separator: ":", omittingEmptySubsequences: false).compactMap { Int64($0) } ?? []
        guard numbers.count == 3, (0...23).contains(numbers[0]), (0...59).contains(numbers[1]),
            (0...60).contains(numbers[2])
        else { return nil }
        self.seconds = numbers[0] * 3_600 + numbers[1] * 60 + numbers[2]
        guard pieces.count == 2 else { return }
        let fraction = pieces[1].prefix(3)
        guard !fraction.isEmpty, pieces[1].allSatisfy(\.isNumber), let value = Int64(fraction) else { return nil }
        self.milliseconds = value * [100, 10, 1][fraction.count - 1]
    }
}
