/// A regular expression that a whole text must match.
///
/// Known are literals, `.`, classes such as `[A-Z0-9_-]` and `[^,]`, the escapes `\d \w \s \D \W \S \n \r \t` and a
/// backslash before punctuation, groups, alternatives with `|`, and the quantifiers `? * + {m} {m,} {m,n}`. A `^` at
/// the beginning and a `$` at the end are allowed and mean nothing, since the whole text must match anyway. Classes
/// name ASCII characters;
/// `.` and negated classes match any one character (a Unicode scalar), `.` except a line feed.
///
/// Matching takes time linear in the text and no memory from the heap, whatever the pattern: every state that the
/// text may lead to is followed at once, in a set of bits.
///
///     let sku = try TextPattern("[A-Z]{2,3}-[0-9]+")
///     sku.matches("AB-1")    // true
///     sku.matches("xAB-1")   // false
public struct TextPattern: Sendable {
    /// The positions that a pattern may have: its bytes and classes, with what is repeated by number counted as often
    /// as it is repeated at most.
    public static let maximumPositions = 1_024
    /// How deep groups may be nested.
    public static let maximumDepth = 32

    /// The pattern as it was written.
    public let source: String
    private let automaton: PositionAutomaton

    /// Compiles a pattern.
    ///
    /// - Throws: ``TextPatternError`` where it is not valid, or too large.
    public init(_ source: String) throws(TextPatternError) {
        var parser = PatternParser(source)
        self.source = source
        self.automaton = try PositionAutomaton(try parser.parse())
    }

    /// Compiles a pattern that the generator has checked, for generated code.
    public init(checked source: StaticString) {
        do {
            self = try TextPattern("\(source)")
        } catch {
            preconditionFailure("the generator let an invalid pattern pass: \(source): \(error)")
        }
    }

    /// Whether the whole text matches.
    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { self.automaton.matches(UnsafeRawBufferPointer($0)) }
    }

    /// Whether the whole text matches; the bytes must be valid UTF-8.
    public func matches(_ utf8: UnsafeRawBufferPointer) -> Bool {
        self.automaton.matches(utf8)
    }
}

/// Why a pattern is not valid.
public struct TextPatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number of characters in front of the place.
    public var offset: Int
    /// What is wrong there.
    public var reason: String

    /// The reason with its place.
    public var description: String { "\(self.reason), at character \(self.offset + 1)" }
}
