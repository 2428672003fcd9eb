/// A condition on an attribute, as clients write it: `material=Ceramic`, `diameter>=280 mm`.
public struct AttributeFilter: Equatable, Sendable {
    /// How the value is compared.
    public enum Comparison: Equatable, Sendable {
        /// With a folded text.
        case equal(String)
        /// With a number, in what it measures.
        case atLeast(AttributeNumber)
        case atMost(AttributeNumber)
    }

    /// Why a text is no condition.
    public enum Fault: Error, Equatable {
        case form
        case number
    }

    /// The folded name.
    public let name: String
    /// What the value must be.
    public let comparison: Comparison

    /// Reads NAME=VALUE, NAME>=NUMBER UNIT or NAME<=NUMBER UNIT; the first operator counts.
    public init(_ text: String) throws(Fault) {
        guard let sign = text.firstIndex(where: { "<>=".contains($0) }) else { throw .form }
        let name = Self.trimmed(text[..<sign])
        var rest = text[text.index(after: sign)...]
        guard !name.isEmpty else { throw .form }
        self.name = SearchWords.folded(name)
        if text[sign] == "=" {
            self.comparison = .equal(SearchWords.folded(Self.trimmed(rest)))
            return
        }
        guard rest.first == "=" else { throw .form }
        rest.removeFirst()
        guard let number = AttributeNumber(Self.trimmed(rest)) else { throw .number }
        self.comparison = text[sign] == ">" ? .atLeast(number) : .atMost(number)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
