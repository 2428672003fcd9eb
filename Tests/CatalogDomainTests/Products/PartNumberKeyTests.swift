import CatalogDomain
import TestSupport
import Testing

@Suite(.processorBound) struct PartNumberKeyTests {
    @Test(
        "Punctuation and case do not count",
        arguments: [
            ("04465-06080", "0446506080"), ("a b.c/d_e", "ABCDE"), ("größe 1", "GRÖSSE1"), ("ÄÖ-٣", "ÄÖ٣"),
            ("---", "---"),
            ("", ""),
        ])
    func folding(_ number: String, _ folded: String) {
        #expect(PartNumberKey(number).description == folded)
    }

    @Test("A folded number stays as it is, whatever it was")
    func idempotence() {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<2_000 {
            let scalars = (0..<12).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0x20...0x17F, using: &random)) }
            let key = PartNumberKey(String(String.UnicodeScalarView(scalars)))
            #expect(PartNumberKey(key.description) == key)
        }
    }
}
