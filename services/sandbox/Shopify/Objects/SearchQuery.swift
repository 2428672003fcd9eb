internal import SandboxGraphQL
internal import SandboxShop

/// What a list is asked for, such as `sku:A-1 OR sku:A-2` or `updated_at:>='2026-04-01T00:00:00Z' status:open`.
struct SearchQuery {
    enum Comparison: String {
        case equal = ""
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    struct Term {
        var field: String
        var comparison: Comparison
        var value: String
        var isNegated: Bool
    }

    /// Any of these, all terms of which must hold.
    private(set) var alternatives: [[Term]] = []

    /// Reads a query.
    ///
    /// - Parameter fields: The fields that can be asked for; others are refused, where the platform would ignore them.
    init(_ text: String, fields: Set<String>) throws(GraphQLError) {
        var current: [Term] = []
        for word in Self.words(text) {
            switch word {
            case "AND": continue
            case "OR":
                if !current.isEmpty { self.alternatives.append(current) }
                current = []
            default: current.append(try Self.term(word, fields))
            }
        }
        if !current.isEmpty { self.alternatives.append(current) }
    }

    private static func term(_ word: String, _ fields: Set<String>) throws(GraphQLError) -> Term {
        let isNegated = word.hasPrefix("-")
        let parts = word.drop { $0 == "-" }.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, fields.contains(String(parts[0])) else {
            throw GraphQLError(
                "the sandbox does not know the search term \(word); it knows the fields "
                    + fields.sorted().joined(separator: ", "), code: "BAD_REQUEST")
        }
        var value = parts[1]
        var comparison = Comparison.equal
        for sign in [Comparison.lessOrEqual, .greaterOrEqual, .less, .greater] where value.hasPrefix(sign.rawValue) {
            comparison = sign
            value = value.dropFirst(sign.rawValue.count)
            break
        }
        if let quote = value.first, quote == "'" || quote == "\"", value.count >= 2, value.last == quote {
            value = value.dropFirst().dropLast()
        }
        let plain = value.replacing("\\'", with: "'").replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
        return Term(field: String(parts[0]), comparison: comparison, value: String(plain), isNegated: isNegated)
    }

    /// The words, spaces within quotes kept; parentheses are of no effect between plain terms.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
                word.append(character)
            } else if character == "\\" {
                isEscaped = true
                word.append(character)
            } else if let open = quote {
                word.append(character)
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
                word.append(character)
            } else if character.isWhitespace || character == "(" || character == ")" {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// Whether one of the alternatives holds.
    func holds(_ test: (Term) -> Bool) -> Bool {
        self.alternatives.isEmpty
            || self.alternatives.contains { terms in terms.allSatisfy { test($0) != $0.isNegated } }
    }
}

extension SearchQuery.Term {
    /// Compares with a number.
    func matches(_ number: Int64) -> Bool {
        guard let value = Int64(self.value) ?? Gid.parts(self.value)?.number else { return false }
        return self.compare(number, value)
    }

    /// Compares with a time, to the second.
    func matches(_ moment: Moment) -> Bool {
        guard let value = Moment(text: self.value) else { return false }
        return self.compare(moment.seconds, value.seconds)
    }

    /// Compares with a text, without regard to case; a star at the end takes any rest.
    func matches(_ text: String) -> Bool {
        let (text, value) = (text.lowercased(), self.value.lowercased())
        return value.hasSuffix("*") ? text.hasPrefix(value.dropLast()) : text == value
    }

    private func compare(_ left: Int64, _ right: Int64) -> Bool {
        switch self.comparison {
        case .equal: left == right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}
