import CatalogDomain
import TestSupport
import Testing

@Suite(.processorBound) struct DayTests {
    @Test("Every day of the calendar is read and written back, in order")
    func allDays() throws {
        var day = try #require(Day("1896-01-01"))
        let end = try #require(Day("2105-01-01"))
        var count = 0
        while day < end {
            let next = Day(microseconds: Int64(day.number + 1) * 86_400_000_000)
            #expect(next > day)
            #expect(Day(next.description) == next)
            day = next
            count += 1
        }
        #expect(count == 76_336)
        #expect(Day("1970-01-01")?.number == 0)
        #expect(Day.last.description == "9999-12-31" && Day("9999-12-31") == Day.last)
        #expect(Day(microseconds: -1).description == "1969-12-31")
        #expect(Day(microseconds: .min).description == "0001-01-01" && Day(microseconds: .max) == Day.last)
    }

    @Test(
        "Days that the calendar does not have are none",
        arguments: [
            "", "2025-02-29", "1900-02-29", "2026-04-31", "2026-00-10", "2026-1-10", "0000-01-01", "2026/01/01",
            "+026-01-01",
        ])
    func invalid(_ text: String) {
        #expect(Day(text) == nil)
    }
}
