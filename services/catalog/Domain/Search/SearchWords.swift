internal import Foundation

/// A text as search sees it: words of letters and digits, folded so that case and accents do not matter.
///
/// The same rule makes the words of products and those of questions, so that one finds the other.
public enum SearchWords {
    /// Words beyond this many of a text are left out.
    public static let maximumWords = 5_000
    /// Of longer words only so many characters count.
    public static let maximumWordLength = 40

    /// The words of a text, in their order.
    ///
    /// A run that holds both letters and digits around punctuation, as "5W-30", is followed by itself without it: "5w",
    /// "30", "5w30". So is found what is written either way.
    public static func of(_ text: String) -> [String] {
        var words: [String] = []
        for run in Self.folded(text).split(whereSeparator: \.isWhitespace) {
            let parts = run.unicodeScalars.split { !Self.isPart($0) }.map { Self.cut(String($0)) }
            guard words.count + parts.count < Self.maximumWords else { break }
            words += parts
            guard parts.count > 1 else { continue }
            let whole = parts.joined()
            if whole.utf8.count <= Self.maximumWordLength, whole.utf8.contains(where: { (48...57).contains($0) }) {
                words.append(whole)
            }
        }
        return words
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
