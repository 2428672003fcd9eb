internal import Foundation

/// A text as search sees it: words of letters and digits, folded so that case and accents do not matter.
///
/// The same rule makes the words of products and those of questions, so that one finds the other.
public enum SearchWords {
    /// Words beyond this many of a text are left out.
    public static let maximumWords = 5_000
    /// Of longer words only so many characters count.
    public static let maximumWordLength = 40
    /// Shorter words are not kept in the vocabulary.
    public static let minimumKeptLength = 3

    /// What stands between spaces: its words, and all of it as one where that may be meant, too.
    public struct Run: Equatable, Sendable {
        /// Its words.
        public var words: [String]
        /// The words without what parts them, where they hold a digit: "5w30" of "5W-30".
        public var whole: String?
    }

    /// Whether a word is one of the language: it has no digit, which numbers of parts, sizes and years have. Those have no
    /// endings, and one with another digit is another number, not a misspelt one.
    public static func isPlain(_ word: String) -> Bool {
        word.unicodeScalars.allSatisfy { $0.properties.numericType == nil }
    }

    /// The words of a text, in their order; a run that is also one word is followed by that.
    public static func of(_ text: String) -> [String] {
        self.runs(of: text).flatMap { run in run.words + (run.whole.map { [$0] } ?? []) }
    }

    /// The runs of a text, in their order.
    public static func runs(of text: String) -> [Run] {
        var runs: [Run] = []
        var count = 0
        for run in Self.folded(text).split(whereSeparator: \.isWhitespace) {
            let words = run.unicodeScalars.split { !Self.isPart($0) }.map { Self.cut(String($0)) }
            count += words.count + 1
            guard count <= Self.maximumWords else { break }
            guard !words.isEmpty else { continue }
            let whole = words.joined()
            let isMeant =
                words.count > 1 && whole.utf8.count <= Self.maximumWordLength
                && whole.utf8.contains { (48...57).contains($0) }
            runs.append(Run(words: words, whole: isMeant ? whole : nil))
        }
        return runs
    }

    /// A text without case, accents and width, by which values are compared.
    public static func folded(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        return text.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private static func cut(_ word: String) -> String { String(word.prefix(Self.maximumWordLength)) }
}
