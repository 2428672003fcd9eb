import CatalogMessages
import TestSupport
import Testing

@testable import CatalogDomain

@Suite(.processorBound) struct SearchWordsTests {
    @Test(
        "A text is its letters and digits, folded",
        arguments: [
            ("Ceramic Brake-Pads", ["ceramic", "brake", "pads"]), ("Straße GÉNÉRALE", ["strasse", "generale"]),
            ("5W-30", ["5w", "30", "5w30"]), ("1/2\" x 3,5mm", ["1", "2", "12", "x", "3", "5mm", "35mm"]), ("  ", []),
            ("O'Reilly", ["o", "reilly"]),
        ])
    func words(_ text: String, _ words: [String]) {
        #expect(SearchWords.of(text).map { $0.replacing("ß", with: "ss") } == words)
    }

    @Test("Words are cut, and there are only so many of them, whatever the text is")
    func limits() {
        var random = SeededGenerator(seed: testSeed())
        let letters = Array("aZ9 -_é\u{301}ß𝒳🚗\n\t/٣'\\:&|!()<>*".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...30_000, using: &random) {
            text.append(letters[Int.random(in: 0..<letters.count, using: &random)])
        }
        let words = SearchWords.of(String(text))
        #expect(words.count <= SearchWords.maximumWords)
        #expect(words.allSatisfy { !$0.isEmpty && $0.count <= SearchWords.maximumWordLength })
        // What the parser of questions takes for an operator is in none.
        #expect(!words.joined().unicodeScalars.contains { "'\\:&|!()<>*\" \n".unicodeScalars.contains($0) })
    }

    @Test(
        "A misspelt word becomes the nearest that there is",
        arguments: [
            ("cermaic", "ceramic"), ("brkae", "brake"), ("rotr", "rotor"), ("alternater", "alternator"),
            ("thermostaat", "thermostat"), ("xyzw", nil), ("pad", nil), ("bracke", "brake"),
        ] as [(String, String?)])
    func corrections(_ word: String, _ correction: String?) {
        let words = ["alternator", "brake", "break", "ceramic", "pads", "rotor", "thermostat"]
        #expect(Misspelling.correction(of: word, among: words) == correction)
    }

    @Test("Slips are counted as a plain search through all ways counts them")
    func slips() {
        var random = SeededGenerator(seed: testSeed())
        func word() -> [Unicode.Scalar] {
            (0..<Int.random(in: 0...6, using: &random)).map { _ in ["a", "b", "c"].randomElement(using: &random) ?? "a"
            }
        }
        for _ in 0..<200 {
            let (left, right) = (word(), word())
            let expected = Self.distance(left[...], right[...])
            #expect(Misspelling.slips(left, right, limit: 10) == expected)
            #expect(Misspelling.slips(left, right, limit: 1) == (expected <= 1 ? expected : nil))
        }
    }

    /// The same by its definition.
    private static func distance(_ left: ArraySlice<Unicode.Scalar>, _ right: ArraySlice<Unicode.Scalar>) -> Int {
        guard let first = left.first else { return right.count }
        guard let other = right.first else { return left.count }
        var least = min(
            Self.distance(left.dropFirst(), right) + 1, Self.distance(left, right.dropFirst()) + 1,
            Self.distance(left.dropFirst(), right.dropFirst()) + (first == other ? 0 : 1))
        if left.count > 1, right.count > 1, first == right.dropFirst().first, other == left.dropFirst().first {
            least = min(least, Self.distance(left.dropFirst(2), right.dropFirst(2)) + 1)
        }
        return least
    }

    @Test("A mark with certificates holds on their days, one without always; each counts once")
    func certifications() {
        let product = Product(
            sku: "A", certifications: ["DOT", "SAE"],
            certificates: [
                Certificate(mark: "dot", validFrom: "2026-01-01", validTo: "2026-12-31"), Certificate(mark: "CARB EO"),
            ])
        #expect(
            SearchDocument(product).certifications == [
                .init(mark: "SAE", validFrom: nil, validTo: nil),
                .init(mark: "dot", validFrom: "2026-01-01", validTo: "2026-12-31"),
                .init(mark: "CARB EO", validFrom: nil, validTo: nil),
            ])
    }

    @Test("Conditions on attributes are read, or refused")
    func filters() throws {
        let kilograms = try #require(AttributeNumber("1.5 kg"))
        #expect(try AttributeFilter(" Material = Ceramic ").comparison == .equal("ceramic"))
        #expect(try AttributeFilter("Material=a>=b").comparison == .equal("a>=b"))
        #expect(try AttributeFilter("weight>=1500 g").comparison == .atLeast(kilograms))
        #expect(try AttributeFilter("weight<=1.5kg").comparison == .atMost(kilograms))
        for text in ["", "material", "=x", "a>5", "a<5", ">=5"] {
            #expect(throws: AttributeFilter.Fault.form) { try AttributeFilter(text) }
        }
        #expect(throws: AttributeFilter.Fault.number) { try AttributeFilter("weight>=heavy") }
    }
}
