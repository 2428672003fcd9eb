import PricingDomain
import TestSupport
import Testing

@Suite(.processorBound) struct CouponCodeTests {
    @Test("Codes that differ in case are the same, and are kept as they were said")
    func folding() throws {
        let code = try #require(CouponCode("Summer_10-x"))
        #expect(code.folded == "SUMMER_10-X")
        #expect(code.description == "Summer_10-x")
        #expect(code == CouponCode("SUMMER_10-X"))
        #expect(code.hashValue == CouponCode("summer_10-X")?.hashValue)
        #expect(code != CouponCode("SUMMER_10-Y"))
    }

    @Test(
        "What no coupon can be called is no code",
        arguments: [
            "", "-A", "_A", "A B", "Ä", "A\u{130}", "\u{212A}", "A.B", "A\n", String(repeating: "A", count: 65),
        ])
    func invalid(_ text: String) { #expect(CouponCode(text) == nil) }

    @Test("The longest code is one")
    func longest() { #expect(CouponCode(String(repeating: "z", count: 64))?.folded.first == "Z") }
}
