import TestSupport
import Testing

@testable import OrderFiles

@Suite("Amounts and times of marketplaces", .processorBound)
struct SettlementTextTests {
    @Test(
        "amounts are read as each marketplace writes them",
        arguments: [
            ("12.99", 12_990_000), ("-4,50", -4_500_000), ("+3", 3_000_000), ("1,234.56", 1_234_560_000),
            ("1.234,56", 1_234_560_000), ("1,234,567", 1_234_567_000_000), ("0.125", 125_000), ("0,125", 125_000),
            ("1234.567", 1_234_567_000), ("-0.000001", -1), ("1.2340", 1_234_000), ("12,3", 12_300_000), ("0", 0),
            ("8999999999.999999", 8_999_999_999_999_999),
        ] as [(String, Int64)])
    func amounts(text: String, micros: Int64) throws {
        #expect(try SettlementAmountText.parse(Array(text.utf8)[...]) == micros)
    }

    @Test(
        "what is no amount, or could be two, is refused",
        arguments: [
            "", "-", "1,234", "1.234", "12,34,5", "1,23,456.7", "1.2.3,4", "1e3", "$5", "5-", "1 000", "0.0000001",
            "9000000000",
            ".5", "5.", "--1", "NaN", "1,2345,678",
        ])
    func noAmounts(text: String) {
        #expect(throws: SettlementAmountText.Problem.self) { try SettlementAmountText.parse(Array(text.utf8)[...]) }
    }

    @Test(
        "times are read as each marketplace writes them",
        arguments: [
            ("2026-01-31T12:00:00+00:00", 1_769_860_800), ("2026-01-31T12:00:00Z", 1_769_860_800),
            ("2026-01-31 12:00:00 UTC", 1_769_860_800), ("2026/01/31 12:00:00 UTC", 1_769_860_800),
            ("31.01.2026 12:00:00 UTC", 1_769_860_800), ("2026-01-31T13:00:00+01:00", 1_769_860_800),
            ("2026-01-31", 1_769_817_600), ("31.01.2026", 1_769_817_600), ("31/01/2026", 1_769_817_600),
            ("1970-01-01", 0), ("2024-02-29T23:59:59Z", 1_709_251_199), ("2026-01-31T12:00", 1_769_860_800),
        ] as [(String, Int64)])
    func times(text: String, seconds: Int64) {
        #expect(SettlementTime.parse(Array(text.utf8)[...]) == seconds * 1_000_000)
    }

    @Test("which part is the day is the marketplace's to say")
    func slashes() {
        let text = Array("01/02/2026".utf8)[...]
        #expect(SettlementTime.parse(text, slashes: .dayFirst) == 1_769_904_000_000_000)
        #expect(SettlementTime.parse(text, slashes: .monthFirst) == 1_767_312_000_000_000)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2026", "2026-13-01", "2026-02-30", "31.13.2026", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00 PST",
            "2026-01-31x", "01/02/26", "2026-01-31T12:00:00.5.5Z", "yesterday", "1969-12-31",
        ])
    func noTimes(text: String) { #expect(SettlementTime.parse(Array(text.utf8)[...]) == nil) }
}
