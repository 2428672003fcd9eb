import Money
import TestSupport
import Testing

@Suite("Money")
struct MoneyTests {
    @Test(
        "an amount is what its digits say",
        arguments: [("0", 0), ("12.99", 12_990_000), ("8999999999.999999", 8_999_999_999_999_999)]
            as [(String, Int64)])
    func reads(text: String, micros: Int64) throws {
        #expect(try Amount(text).micros == micros)
    }

    @Test("what is no amount is a fault", arguments: ["", "-1", "9000000000", "0.0000001", "1e3"])
    func refuses(text: String) {
        #expect(throws: DecimalText.Fault.self) { try Amount(text) }
    }

    @Test("a currency is written with its own places")
    func currency() throws {
        let yen = try #require(Currency(code: "JPY"))
        #expect(Amount(micros: 12_000_000).text(in: yen) == "12")
        #expect(yen.minorUnit == Amount(micros: 1_000_000))
        #expect(Currency(code: "XAU") == nil)
    }

    @Test("there is no rounding to steps of nothing")
    func steps() {
        #expect(Rounding(.up, increment: .zero) == nil)
        #expect(Rounding(.up, increment: Amount(micros: 50_000))?.rounded(Amount(micros: 1)) == Amount(micros: 50_000))
    }
}
