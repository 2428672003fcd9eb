/// Why a document of XML cannot be read or written.
public struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For programs and people.
        public let description: String

        /// It breaks the rules of XML 1.0 or of its namespaces.
        public static let malformed = Self(description: "xml-malformed")
        /// It ends too early.
        public static let truncated = Self(description: "xml-truncated")
        /// Its bytes are not what its encoding says, or the encoding is none that is read.
        public static let encoding = Self(description: "xml-encoding")
        /// It has a DOCTYPE, which could declare entities.
        public static let doctype = Self(description: "xml-doctype")
        /// It names an entity other than the five that XML itself has.
        public static let entity = Self(description: "xml-entity")
        /// It is beyond one of ``XMLLimits``.
        public static let limit = Self(description: "xml-limit")
        /// A character or name that XML cannot carry was to be written, or elements in a wrong order.
        public static let unwritable = Self(description: "xml-unwritable")
        /// No memory is left.
        public static let outOfMemory = Self(description: "out-of-memory")
    }

    /// What kind of failure it is.
    public let code: Code
    /// The line of the document, from 1; 0: none, as where it was to be written.
    public let line: Int
    /// The column in that line, from 1, in bytes as UTF-8 has them; nil: not known.
    public let column: Int?
    /// The reason alone, in one line, without the place.
    public let reason: String

    init(_ code: Code, line: Int = 0, column: Int? = nil, _ reason: String) {
        self.code = code
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// One line for people, with the place.
    public var description: String {
        guard self.line > 0 else { return self.reason }
        guard let column else { return "line \(self.line): \(self.reason)" }
        return "line \(self.line), column \(column): \(self.reason)"
    }
}
