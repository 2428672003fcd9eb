/// Reads a pattern by recursive descent.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var offset = 0
    private var depth = 0

    init(_ source: String) {
        self.scalars = Array(source.unicodeScalars)
    }

    /// Parses the whole pattern.
    mutating func parse() throws(TextPatternError) -> PatternNode {
        if self.next == "^" { self.offset += 1 }
        let node = try self.parseAlternatives()
        // Whatever ends the alternatives too early.
        if self.next == "$", self.offset == self.scalars.count - 1 { self.offset += 1 }
        if let scalar = self.next { throw self.error("\"\(scalar)\" must not stand here without a backslash") }
        return node
    }

    private var next: Unicode.Scalar? { self.offset < self.scalars.count ? self.scalars[self.offset] : nil }

    private func error(_ reason: String) -> TextPatternError { TextPatternError(offset: self.offset, reason: reason) }

    private mutating func parseAlternatives() throws(TextPatternError) -> PatternNode {
        var alternatives = [try self.parseSequence()]
        while self.next == "|" {
            self.offset += 1
            alternatives.append(try self.parseSequence())
        }
        return .alternatives(alternatives)
    }

    private mutating func parseSequence() throws(TextPatternError) -> PatternNode {
        var items: [PatternNode] = []
        while let scalar = self.next, !"|)$^".unicodeScalars.contains(scalar) {
            items.append(try self.parseQuantifier(try self.parseAtom(scalar)))
        }
        return .sequence(items)
    }

    private mutating func parseAtom(_ scalar: Unicode.Scalar) throws(TextPatternError) -> PatternNode {
        if "?*+{}]".unicodeScalars.contains(scalar) {
            throw self.error("\"\(scalar)\" must not stand here without a backslash")
        }
        self.offset += 1
        switch scalar {
        case "(": return try self.parseGroup()
        case "[": return try self.parseClass()
        case ".": return .character(ByteSet(0x0A...0x0A).asciiComplement)
        case "\\": return try self.parseEscape()
        default: return .character(scalar)
        }
    }

    private mutating func parseGroup() throws(TextPatternError) -> PatternNode {
        self.depth += 1
        guard self.depth <= TextPattern.maximumDepth else {
            throw self.error("groups are nested deeper than \(TextPattern.maximumDepth)")
        }
        if self.next == "?" {
            guard self.offset + 1 < self.scalars.count, self.scalars[self.offset + 1] == ":" else {
                throw self.error("of the groups with a question mark only (?:…) is known")
            }
            self.offset += 2
        }
        let node = try self.parseAlternatives()
        guard self.next == ")" else { throw self.error("a group is not closed") }
        self.offset += 1
        self.depth -= 1
        return node
    }

    private mutating func parseEscape() throws(TextPatternError) -> PatternNode {
        guard let scalar = self.next else { throw self.error("a backslash ends the pattern") }
        switch scalar {
        case "D":
            self.offset += 1
            return .character(ByteSet.digits.asciiComplement)
        case "W":
            self.offset += 1
            return .character(ByteSet.word.asciiComplement)
        case "S":
            self.offset += 1
            return .character(ByteSet.space.asciiComplement)
        default: return .byte(try self.parseEscapedSet())
        }
    }

    /// What stands behind a backslash and is an ASCII character or a class of them.
    private mutating func parseEscapedSet() throws(TextPatternError) -> ByteSet {
        guard let scalar = self.next else { throw self.error("a backslash ends the pattern") }
        guard scalar.isASCII else { throw self.error("a backslash before \"\(scalar)\" means nothing") }
        let byte = UInt8(truncatingIfNeeded: scalar.value)
        let set: ByteSet
        switch scalar {
        case "d": set = .digits
        case "w": set = .word
        case "s": set = .space
        case "n": set = ByteSet(0x0A...0x0A)
        case "r": set = ByteSet(0x0D...0x0D)
        case "t": set = ByteSet(0x09...0x09)
        case _ where ByteSet.word.contains(byte) && scalar != "_" || byte < 0x20:
            throw self.error("a backslash before \"\(scalar)\" means nothing")
        default: set = ByteSet(byte...byte)
        }
        self.offset += 1
        return set
    }
}

// MARK: - Classes and quantifiers

extension PatternParser {
    private mutating func parseClass() throws(TextPatternError) -> PatternNode {
        let isNegated = self.next == "^"
        if isNegated { self.offset += 1 }
        var set = ByteSet()
        let start = self.offset
        while self.next != "]" || self.offset == start {
            guard self.next != "]" else { throw self.error("a class is empty") }
            set = set.union(try self.parseClassMember())
        }
        self.offset += 1
        return isNegated ? .character(set.asciiComplement) : .byte(set)
    }

    private mutating func parseClassMember() throws(TextPatternError) -> ByteSet {
        let (lower, set) = try self.parseClassItem()
        guard self.next == "-", self.offset + 1 < self.scalars.count, self.scalars[self.offset + 1] != "]" else {
            return set
        }
        self.offset += 1
        guard let lower, let upper = try self.parseClassItem().byte else {
            throw self.error("a range goes from one character to another")
        }
        guard lower <= upper else { throw self.error("a range goes backwards") }
        return ByteSet(lower...upper)
    }

    /// A character, or a class by its escape; the byte is `nil` for the latter.
    private mutating func parseClassItem() throws(TextPatternError) -> (byte: UInt8?, set: ByteSet) {
        guard let scalar = self.next else { throw self.error("a class is not closed") }
        if scalar == "\\" {
            self.offset += 1
            let isClass = self.next.map("dws".unicodeScalars.contains) ?? false
            let set = try self.parseEscapedSet()
            return (isClass ? nil : (0x00...0x7F).first(where: set.contains), set)
        }
        guard scalar.isASCII else { throw self.error("a class can name ASCII characters only, not \"\(scalar)\"") }
        guard scalar != "[" else { throw self.error("\"[\" must not stand in a class without a backslash") }
        self.offset += 1
        let byte = UInt8(truncatingIfNeeded: scalar.value)
        return (byte, ByteSet(byte...byte))
    }

    private mutating func parseQuantifier(_ node: PatternNode) throws(TextPatternError) -> PatternNode {
        let result: PatternNode
        switch self.next {
        case "?": result = .repetition(node, minimum: 0, maximum: 1)
        case "*": result = .repetition(node, minimum: 0, maximum: nil)
        case "+": result = .repetition(node, minimum: 1, maximum: nil)
        case "{":
            let (minimum, maximum) = try self.parseBounds()
            result = .repetition(node, minimum: minimum, maximum: maximum)
        default: return node
        }
        self.offset += 1
        return result
    }

    /// Reads `{m`, `{m,` or `{m,n` and leaves the closing brace.
    private mutating func parseBounds() throws(TextPatternError) -> (Int, Int?) {
        self.offset += 1
        guard let minimum = try self.parseNumber() else { throw self.error("a number is missing behind \"{\"") }
        var maximum: Int? = minimum
        if self.next == "," {
            self.offset += 1
            maximum = try self.parseNumber()
        }
        guard self.next == "}" else { throw self.error("\"}\" is missing") }
        if let maximum, maximum < minimum { throw self.error("the bounds go backwards") }
        return (minimum, maximum)
    }

    private mutating func parseNumber() throws(TextPatternError) -> Int? {
        var number: Int?
        while let scalar = self.next, scalar.isASCII, ByteSet.digits.contains(UInt8(truncatingIfNeeded: scalar.value)) {
            number = (number ?? 0) * 10 + Int(scalar.value - 0x30)
            guard number ?? 0 <= TextPattern.maximumPositions else {
                throw self.error("nothing may be repeated more than \(TextPattern.maximumPositions) times by number")
            }
            self.offset += 1
        }
        return number
    }
}
