/// What a partner writes in the place of a number of units.
public struct FeedQuantityRules: Hashable, Sendable {
    /// What an empty field means; nil: nothing that can be used.
    public let empty: UnitCount?
    private let words: [String: UnitCount]

    /// Rules.
    ///
    /// - Parameter words: What words mean; case does not matter.
    public init(empty: UnitCount? = nil, words: [String: UnitCount] = [:]) {
        self.empty = empty
        var lowered: [String: UnitCount] = [:]
        for (word, units) in words { lowered[word.lowercased()] = units }
        self.words = lowered
    }

    /// Reads a field: a word; or a number, which may have zeros behind a point ("12.0") and stand for "so many or more"
    /// ("10+", ">10").
    ///
    /// - Throws: ``InvalidValue`` where it is neither.
    public func units(_ text: String) throws(InvalidValue) -> UnitCount {
        let field = text.trimmingSpace
        guard !field.isEmpty else {
            guard let empty else { throw InvalidValue("quantity", "is empty", expected: Self.expected) }
            return empty
        }
        if let units = self.words[field.lowercased()] { return units }
        var digits = field[...]
        if digits.hasPrefix(">") { digits = digits.dropFirst() } else if digits.hasSuffix("+") { digits.removeLast() }
        if let point = digits.firstIndex(of: ".") {
            guard digits[digits.index(after: point)...].allSatisfy({ $0 == "0" }) else { throw Self.unreadable(field) }
            digits = digits[..<point]
        }
        // Int64 takes a sign, which means nothing here.
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(digits) else {
            throw Self.unreadable(field)
        }
        return try UnitCount(number)
    }

    private static let expected = "a whole number of units, 0 or more, or one of the feed's words"

    private static func unreadable(_ field: String) -> InvalidValue {
        InvalidValue("quantity", "is \(field.prefix(64).debugDescription)", expected: self.expected)
    }
}

extension String {
    /// The text without spaces and tabs at its ends.
    var trimmingSpace: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let start = self.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(start[...last])
    }
}
