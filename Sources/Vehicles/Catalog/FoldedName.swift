/// Names without what their spellings differ in.
///
/// Letters are small and without diacritics, "&" is "and", and all that is neither letter nor digit is left out: "F-150"
/// and "f 150" have one key, and "Citroën" that of "Citroen". Latin letters with diacritics are known to the end of Latin
/// Extended-A; letters of other scripts stay as they are.
public enum FoldedName {
    /// The key of a name; empty where it has neither letters nor digits. Of long texts no more than ``maximumScalars``
    /// scalars are looked at.
    public static func key(_ name: some StringProtocol) -> String { self.words(name).joined() }

    /// The keys of a name's words. A hyphen or an apostrophe between letters does not part words; a slash does.
    public static func words(_ name: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func isJoint(_ scalar: Unicode.Scalar) -> Bool { scalar == "-" || scalar == "'" || scalar == "\u{2019}" }
        func endWord() {
            if !word.isEmpty { words.append(String(word)) }
            word.removeAll(keepingCapacity: true)
        }
        for scalar in name.unicodeScalars.prefix(Self.maximumScalars) {
            if scalar == "&" {
                word.append(contentsOf: "and".unicodeScalars)
            } else if !self.append(scalar, to: &word), !isJoint(scalar) {
                endWord()
            }
        }
        endWord()
        return words
    }

    /// The most scalars of a name that are looked at.
    public static let maximumScalars = 256

    /// Appends what a scalar counts for; false: it is neither letter nor digit.
    private static func append(_ scalar: Unicode.Scalar, to word: inout String.UnicodeScalarView) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9": word.append(scalar)
        // Marks of letters that are written apart from them.
        case "\u{300}"..."\u{36F}": break
        case "A"..."Z": word.append(Unicode.Scalar(UInt8(scalar.value) + 32))
        default:
            guard scalar.value >= 0x80 else { return false }
            if let plain = self.plainLetters[scalar] {
                word.append(contentsOf: plain.unicodeScalars)
            } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                word.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            } else {
                return false
            }
        }
        return true
    }

    private static let plainLetters: [Unicode.Scalar: String] = {
        let letters = [
            "a": "àáâãäåāăą", "ae": "æ", "c": "çćĉċč", "d": "ðďđ", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥħ",
            "i": "ìíîïĩīĭįıİ", "ij": "ĳ", "j": "ĵ", "k": "ķĸ", "l": "ĺļľŀł", "n": "ñńņňŉŋ", "o": "òóôõöøōŏő",
            "oe": "œ", "r": "ŕŗř", "s": "śŝşšſ", "ss": "ß", "t": "ţťŧ", "th": "þ", "u": "ùúûüũūŭůűų", "w": "ŵ",
            "y": "ýÿŷ", "z": "źżž",
        ]
        var plain: [Unicode.Scalar: String] = [:]
        for (letter, marked) in letters {
            for scalar in marked.unicodeScalars {
                plain[scalar] = letter
                // Some are two scalars in capitals, or a plain one.
                let capital = scalar.properties.uppercaseMapping.unicodeScalars
                if capital.count == 1, let first = capital.first, first.value >= 0x80 { plain[first] = letter }
            }
        }
        return plain
    }()
}
