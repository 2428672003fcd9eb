import Foundation
import FoundationXML
import Testing

@testable import LoadTesting

@Suite("Reports say what was measured")
struct ReportTests {
    /// A second of calls: 1,000 reads of 1 to 1,000 ms, of which one in ten failed, and a refused reservation.
    private static func outcome() -> LoadTest.Outcome {
        var plan = LoadPlan()
        plan.durationSeconds = 1
        plan.mix = LoadMix("reads") ?? .all
        plan.pacing = .open(callsPerSecond: 2_000)
        let second: UInt64 = 1_000_000_000
        var record = CallRecord(second..<(2 * second))
        for number in 1...UInt64(1_000) {
            let ending: CallEnding = number % 10 == 0 ? .failed("unavailable <& \"'>") : .answered
            let due = second + (number - 1) * 1_000_000
            record.add(.read, ending, due: due, end: due + number * 1_000_000)
        }
        record.add(.reserve, .refused("insufficient-stock"), due: second, end: second + 1)
        record.add(.reserve, .answered, due: second - 1, end: second + 1)
        record.add(.reserve, .answered, due: 2 * second, end: 2 * second + 1)
        record.unbegun = 7
        var findings = Findings()
        for number in 0..<9 { findings.add(Finding(.oversold, "SKU \(number) was oversold")) }
        return LoadTest.Outcome(plan: plan, record: record, findings: findings)
    }

    @Test("calls count by when they were due, and percentiles are those of all that ended")
    func figures() throws {
        let report = LoadReport(Self.outcome())
        #expect(report.calls.map(\.kind) == ["all", "read", "reserve"])
        #expect(report.calls[1].calls == 1_000 && report.calls[1].answered == 900)
        #expect(report.calls[2].calls == 1 && report.calls[2].refused == ["insufficient-stock": 1])
        let median = try #require(report.calls[1].latency.first { $0.percentile == 50 })
        #expect(abs(median.milliseconds - 500) <= 2.5)
        #expect(report.calls[1].maximumMilliseconds == 999)
        #expect(report.callsPerSecondOverTime.reduce(0, +) / 60 == 1_001)
        #expect(report.failuresPerSecondOverTime.reduce(0, +) / 60 == 100)
        #expect(!report.isSound())
        #expect(report.checks.filter { !$0.holds }.map(\.check) == [.oversold])
    }

    @Test("the table has a row for each kind, and what does not hold is told with examples")
    func text() {
        let report = LoadReport(Self.outcome())
        let table = report.tableLines
        #expect(table.map { $0.prefix { $0 != " " } } == ["CALL", "read", "reserve", "all"])
        #expect(Set(table.map(\.count)).count == 1)
        let lines = report.closingLines
        #expect(lines.contains("FAILED never more sold than there was"))
        #expect(lines.contains("         SKU 0 was oversold") && !lines.contains("         SKU 8 was oversold"))
        #expect(lines.contains("         and 4 more"))
        #expect(lines.contains("ok     no version goes back"))
        #expect(lines.contains { $0.hasPrefix("7 calls were due and had not begun") })
        #expect(lines.contains("reserve refused: 1 insufficient-stock"))
    }

    @Test("the JSON has the same figures")
    func json() throws {
        let bytes = try JSONEncoder().encode(LoadReport(Self.outcome()))
        let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        #expect((object["setup"] as? [String: Any])?["callsPerSecond"] as? Double == 2_000)
        #expect((object["calls"] as? [[String: Any]])?.count == 3)
        #expect((object["checks"] as? [[String: Any]])?.count == Check.allCases.count)
    }

    @Test("the picture is XML with a curve for each kind, also where nothing was called")
    func picture() throws {
        for outcome in [
            Self.outcome(), LoadTest.Outcome(plan: LoadPlan(), record: CallRecord(0..<1_000_000_000)),
        ] {
            let text = LatencyChart(outcome).text
            let document = try XMLDocument(xmlString: text)
            #expect(document.rootElement()?.name == "svg")
            #expect(!text.contains("nan") && !text.contains("inf"))
            let curves = try document.nodes(forXPath: "//*[local-name()='polyline']")
            #expect(curves.count == (outcome.record.kinds.isEmpty ? 1 : 4))
        }
    }

    @Test("numbers are short")
    func numbers() {
        #expect(NumberText.whole(1_234_567.4) == "1,234,567" && NumberText.whole(-123) == "-123")
        #expect(NumberText.short(0.0123) == "0.012" && NumberText.short(0.9999) == "1.00")
        #expect(NumberText.short(9.996) == "10.0" && NumberText.short(99.96) == "100")
        #expect(NumberText.short(1.5) == "1.50" && NumberText.fixed(-1.25, decimals: 2) == "-1.25")
        #expect(LoadReport.percentileText(99.99) == "99.99" && LoadReport.percentileText(50) == "50")
    }
}
