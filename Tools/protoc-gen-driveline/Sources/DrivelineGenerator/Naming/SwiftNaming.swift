/// How proto names become Swift names.
enum SwiftNaming {
    /// Words that Swift writes in capitals, as the Swift API guidelines ask for.
    private static let initialisms: [String: String] = [
        "id": "ID", "ids": "IDs", "url": "URL", "urls": "URLs", "uri": "URI", "uris": "URIs",
        "http": "HTTP", "https": "HTTPS", "json": "JSON", "uuid": "UUID", "uuids": "UUIDs",
    ]

    /// The words that cannot stand as a name without backticks.
    private static let keywords: Set<String> = [
        "actor", "any", "as", "associatedtype", "async", "await", "break", "case", "catch", "class", "continue",
        "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
        "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil", "operator",
        "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return", "self", "some", "static",
        "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where",
        "while",
    ]

    /// The words of a name, in lower case: `on_hand`, `onHand` and `ON_HAND` all give `on`, `hand`.
    ///
    /// A run of capitals is one word, its last capital beginning the next: `HTTPStatus` gives `http`, `status`.
    static func words(_ name: String) -> [String] {
        var words: [String] = []
        for part in name.split(separator: "_") {
            let characters = Array(part)
            var word = ""
            for (index, character) in characters.enumerated() {
                let previousIsLower = index > 0 && !characters[index - 1].isUppercase
                let nextIsLower = index + 1 < characters.count && characters[index + 1].isLowercase
                if character.isUppercase, !word.isEmpty, previousIsLower || nextIsLower {
                    words.append(word)
                    word = ""
                }
                word += character.lowercased()
            }
            words.append(word)
        }
        return words
    }

    /// The name of a property, method or case, without backticks: `location_id` gives `locationID`.
    static func lowerCamel(_ name: String) -> String {
        let words = self.words(name)
        guard let first = words.first else { return name }
        return first + words.dropFirst().map(self.capitalised).joined()
    }

    /// The name of a type, or what follows `set` in a method's name: `location_id` gives `LocationID`.
    static func upperCamel(_ name: String) -> String {
        self.words(name).map(self.capitalised).joined()
    }

    /// The name as it must stand in source.
    static func escaped(_ name: String) -> String {
        self.keywords.contains(name) ? "`\(name)`" : name
    }

    /// The name as it must stand in front of an argument.
    static func label(_ name: String) -> String {
        ["inout", "let", "var"].contains(name) ? "`\(name)`" : name
    }

    /// The name of a case: without the enum's name in front, so that `SERVING_STATUS_NOT_SERVING` of `ServingStatus` gives
    /// `notServing`.
    ///
    /// The prefix stays where a digit would come first without it.
    static func enumCase(_ value: String, of enumName: String) -> String {
        let prefix = self.words(enumName)
        let words = self.words(value)
        guard words.count > prefix.count, words.starts(with: prefix),
            words[prefix.count].first?.isNumber == false
        else { return self.lowerCamel(value) }
        return self.lowerCamel(words.dropFirst(prefix.count).joined(separator: "_"))
    }

    private static func capitalised(_ word: String) -> String {
        self.initialisms[word] ?? word.prefix(1).uppercased() + word.dropFirst()
    }
}
