import TestSupport
import Testing

@testable import CatalogDomain

@Suite(.processorBound) struct AskedTextTests {
    private static func text(_ text: String, _ meanings: [String: WordMeaning] = [:]) -> AskedText {
        var text = AskedText(text)
        text.add(meanings)
        return text
    }

    private static func meaning(_ beginnings: [String], _ relatives: [String] = []) -> WordMeaning {
        WordMeaning(isStopWord: false, beginnings: beginnings, relatives: relatives)
    }

    private static let stopWord = WordMeaning(isStopWord: true, beginnings: ["format"], relatives: [])

    @Test("Meanings are asked for of words without digits, each once, as long as they are not known")
    func lookedUp() {
        var text = Self.text("Pads 5W-30 brake-pads M8")
        #expect(text.lookedUp == ["brake", "pads"])
        text.add(["pads": Self.meaning(["pads"])])
        #expect(text.lookedUp == ["brake"])
    }

    @Test("A word stands for those that begin with it and those of its stem, a number for all that begin with it")
    func terms() {
        let meanings = [
            "brak": Self.meaning(["brake", "brakes"]),
            "batteries": Self.meaning(["batteries"], ["batteries", "battery"]),
            "ox": Self.meaning(["oxygen"]),
        ]
        #expect(Self.text("brak", meanings).query == "('brake' | 'brakes')")
        #expect(Self.text("batteries", meanings).query == "('batteries' | 'battery')")
        // Words of two letters are in no vocabulary, so that what begins with one has to be looked for.
        #expect(Self.text("ox", meanings).query == "'ox':*")
        #expect(Self.text("12 brak", meanings).query == "'12':* & ('brake' | 'brakes')")
        #expect(Self.text("5w-30", meanings).query == "(('5w':* & '30':*) | '5w30':*)")
        #expect(Self.text("new").query == "'new':*")
        #expect(Self.text(" ' & ").query.isEmpty)
    }

    @Test("Where more words begin with one than are listed, the beginning itself is asked for")
    func manyBeginnings() {
        let words = (0...WordMeaning.maximumWords).map { "c\($0)" }
        #expect(Self.text("cab", ["cab": Self.meaning(words, ["cabs"])]).query == "('cab':* | 'cabs')")
        let few = Self.text("cab", ["cab": Self.meaning(Array(words.dropLast()), ["cabs"])]).query
        #expect(!few.contains(":*") && few.hasSuffix("| 'cabs')"))
    }

    @Test("What tells nothing is left out as long as something else is asked for")
    func stopWords() {
        let meanings = ["for": Self.stopWord, "the": Self.stopWord, "pad": Self.meaning(["pad"])]
        let text = Self.text("pad for the", meanings)
        #expect(text.query == "'pad'" && text.exactQuery == "'pad'")
        #expect(Self.text("for the", meanings).query == "'format' & 'format'")
        #expect(Self.text("for-5", meanings).query == "(('5':*) | 'for5':*)")
        #expect(text.unknown.isEmpty)
    }

    @Test("Unknown words of four letters are corrected, but for those with digits and in numbers")
    func corrections() {
        let nothing = Self.meaning([])
        let unknown = ["cermaic": nothing, "pda": nothing, "abcd": nothing, "bp": nothing]
        var text = Self.text("cermaic pda abcd-1 BP1OO", unknown)
        #expect(text.unknown == ["cermaic"])
        text.correct(by: ["cermaic": ["ceramic"], "pda": ["pad"], "abcd": ["abcde"], "bp1oo": ["bp100"]])
        #expect(text.isCorrected && text.text == "ceramic pda abcd-1 bp1oo" && text.lookedUp == ["ceramic"])
        var far = Self.text("cermaic", unknown)
        far.correct(by: ["cermaic": ["thermostat"]])
        #expect(!far.isCorrected && far.text == "cermaic")
    }
}
