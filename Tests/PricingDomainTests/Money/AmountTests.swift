import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing

@Suite("Amounts", .processorBound)
struct AmountTests {
    @Test(
        "an amount is what its digits say",
        arguments: [
            ("0", 0), ("12.99", 12_990_000), ("0.000001", 1), ("8999999999.999999", 8_999_999_999_999_999),
            ("007.50", 7_500_000), ("1.0000000000", 1_000_000),
        ] as [(String, Int64)])
    func reads(text: String, micros: Int64) throws {
        #expect(try Amount(text, field: "amount").micros == micros)
    }

    @Test(
        "what is no amount is refused by name",
        arguments: [
            "", "-1", "+1", ".5", "5.", "1,5", "1e3", "0.0000001", "9000000000", "99999999999999999999", " 1", "1 ",
            "1.2.3", "NaN", "٣",
            "000000000000000000000000000000001",
        ])
    func refuses(text: String) throws {
        let refusal = #expect(throws: PricingRefusal.self) { try Amount(text, field: "prices[2].amount") }
        #expect(refusal?.reason == .invalidAmount)
        #expect(refusal?.faults.map(\.field) == ["prices[2].amount"])
    }

    @Test(
        "an amount is written with the places that it needs, and those of its currency",
        arguments: [
            (0, 2, "0.00"), (0, 0, "0"), (12_990_000, 2, "12.99"), (12_000_000, 0, "12"), (12_990_000, 0, "12.99"),
            (1, 2, "0.000001"), (-1_500_000, 2, "-1.50"), (100_000_000, 2, "100.00"),
            (.min, 2, "-9223372036854.775808"),
            (500_000, 6, "0.500000"),
        ] as [(Int64, Int, String)])
    func writes(micros: Int64, places: Int, text: String) {
        #expect(Amount(micros: micros).text(decimalPlaces: places) == text)
    }

    @Test("what is written is read back equal", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            let amount = Amount(micros: Int64.random(in: 0...Amount.maximum.micros, using: &generator))
            let places = Int.random(in: 0...6, using: &generator)
            #expect(try Amount(amount.text(decimalPlaces: places), field: "amount") == amount)
        }
    }
}
