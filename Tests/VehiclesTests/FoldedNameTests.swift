import TestSupport
import Testing

@testable import Vehicles

@Suite("Spellings of one name have one key", .processorBound)
struct FoldedNameTests {
    @Test(
        "case, punctuation, diacritics and the ampersand do not count",
        arguments: [
            ("F-150", "f150"), ("Mercedes-Benz", "mercedesbenz"), ("Citroën", "citroen"), ("Citroe\u{308}n", "citroen"),
            ("Town & Country", "townandcountry"), ("ŠKODA", "skoda"), ("Straße", "strasse"), ("Łada", "lada"),
            ("  ", ""), ("", ""), ("/-_.", ""), ("ВАЗ 2101", "ваз2101"), ("İ", "i"),
        ])
    func keys(_ name: String, _ key: String) { #expect(FoldedName.key(name) == key) }

    @Test("a hyphen joins what it stands between, and a slash or a blank parts it")
    func words() {
        #expect(FoldedName.words("Altima / Stanza GXE 2-Door's") == ["altima", "stanza", "gxe", "2doors"])
    }

    @Test("a key is its own key, whatever the name is")
    func idempotent() {
        var generator = SeededGenerator(seed: testSeed())
        for _ in 0..<2_000 {
            let scalars = (0..<20).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0x20...0x2FF, using: &generator))
            }
            let name = String(String.UnicodeScalarView(scalars))
            let key = FoldedName.key(name)
            #expect(FoldedName.key(key) == key)
            #expect(FoldedName.key(name + " ") == key)
        }
    }

    @Test("of a very long text no more than its beginning counts")
    func long() {
        let text = String(repeating: "ab ", count: 100_000)
        #expect(FoldedName.key(text).count <= FoldedName.maximumScalars)
    }
}
