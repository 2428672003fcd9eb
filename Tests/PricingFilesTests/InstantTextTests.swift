import PricingDomain
import TestSupport
import Testing

@testable import PricingFiles

@Suite(.processorBound) struct InstantTextTests {
    static let knownTexts: [(String, Int64)] = [
        ("1970-01-01", 0), ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29", 951_782_400_000_000), ("2026-01-31T12:34:56Z", 1_769_862_896_000_000),
        ("2026-01-31T12:34:56.5+01:30", 1_769_857_496_500_000), ("2026-01-31t12:34:56.000001z", 1_769_862_896_000_001),
        ("2026-01-31 12:34:56-00:00", 1_769_862_896_000_000), ("0001-01-01", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ]

    @Test("a text is an instant of UTC", arguments: knownTexts)
    func known(_ text: String, _ microseconds: Int64) {
        #expect(InstantText.parse(text.utf8) == Instant(microseconds: microseconds))
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2026", "2026-1-1", "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00",
            "0000-01-01", "2026-01-01T", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.0000001Z", "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Z ", "2026/01/01", "01.01.2026", "-026-01-01",
            "２０２６-01-01",
            "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        ])
    func refused(_ text: String) { #expect(InstantText.parse(text.utf8) == nil) }

    @Test("every instant is read as it was written")
    func roundTrip() {
        var random = SeededGenerator(seed: testSeed())
        for step in 0..<5_000 {
            let unit: Int64 = [1, 1_000, 1_000_000, InstantText.microsecondsPerDay][step % 4]
            let range = (-62_135_596_800_000_000 / unit)...(253_402_300_799_999_999 / unit)
            let instant = Instant(microseconds: .random(in: range, using: &random) * unit)
            #expect(InstantText.parse(InstantText.text(instant).utf8) == instant)
        }
        #expect(InstantText.text(.distantPast) == "" && InstantText.text(.distantFuture) == "")
    }

    @Test("days follow one another through leap years and centuries")
    func days() throws {
        var day = try #require(InstantText.parseDay("1895-12-31".utf8))
        var (year, month, number) = (1895, 12, 31)
        while year < 2105 {
            day = InstantText.dayBehind(day)
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            number += 1
            if number > length { (month, number) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
            let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
            #expect(InstantText.dayText(day) == "\(year)-\(two(month))-\(two(number))")
        }
    }

    @Test("behind the last day of the calendar there is no end")
    func lastDay() throws {
        let last = try #require(InstantText.parseDay("9999-12-31".utf8))
        #expect(InstantText.dayBehind(last) == .distantFuture)
    }
}
