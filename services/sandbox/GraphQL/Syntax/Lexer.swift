/// A word of a document.
struct Token: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case name, integer, decimal, string, punctuator, end
    }

    var kind: Kind
    /// The word; of a string its content.
    var text: String
    var location: SourceLocation
}

/// Takes a document apart into its words (GraphQL, October 2021, section 2.1).
struct Lexer {
    private let bytes: [UInt8]
    private let maximumTokens: Int
    private var position = 0
    private var line = 1
    private var lineStart = 0

    init(_ text: String, maximumTokens: Int) {
        self.bytes = Array(text.utf8)
        self.maximumTokens = maximumTokens
    }

    /// All words and an end, which stands where the last word does.
    ///
    /// - Throws: ``GraphQLError`` where there are characters that no word has, or more words than allowed.
    mutating func tokens() throws(GraphQLError) -> [Token] {
        var tokens: [Token] = []
        while let token = try self.next() {
            guard tokens.count < self.maximumTokens else {
                throw .parse("the document has more than \(self.maximumTokens) words", token.location)
            }
            tokens.append(token)
        }
        let last = tokens.last?.location ?? SourceLocation(line: 1, column: 1)
        tokens.append(Token(kind: .end, text: "", location: last))
        return tokens
    }

    private var here: SourceLocation {
        SourceLocation(line: self.line, column: self.position - self.lineStart + 1)
    }

    private func byte(_ offset: Int = 0) -> UInt8? {
        self.position + offset < self.bytes.count ? self.bytes[self.position + offset] : nil
    }

    private mutating func newLine() {
        self.line += 1
        self.lineStart = self.position
    }

    private mutating func skipIgnored() {
        while let byte = self.byte() {
            switch byte {
            case UInt8(ascii: "\n"):
                self.position += 1
                self.newLine()
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: ","): self.position += 1
            case UInt8(ascii: "#"):
                while let next = self.byte(), next != UInt8(ascii: "\n") { self.position += 1 }
            // A byte order mark.
            case 0xEF where self.byte(1) == 0xBB && self.byte(2) == 0xBF: self.position += 3
            default: return
            }
        }
    }

    private mutating func next() throws(GraphQLError) -> Token? {
        self.skipIgnored()
        guard let byte = self.byte() else { return nil }
        let start = self.here
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            return Token(kind: .name, text: self.word(), location: start)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return try self.number(start)
        case UInt8(ascii: "\""): return try self.string(start)
        case UInt8(ascii: "."):
            guard self.byte(1) == byte, self.byte(2) == byte else { break }
            self.position += 3
            return Token(kind: .punctuator, text: "...", location: start)
        case _ where "!$&()[]{}:=@|".utf8.contains(byte):
            self.position += 1
            return Token(kind: .punctuator, text: String(UnicodeScalar(byte)), location: start)
        default: break
        }
        throw .parse("unexpected character", start)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private mutating func word() -> String {
        let start = self.position
        while let byte = self.byte(), Self.isNameByte(byte) { self.position += 1 }
        return String(decoding: self.bytes[start..<self.position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = self.position
        while let byte = self.byte(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.position += 1 }
        return self.position - start
    }

    private mutating func number(_ start: SourceLocation) throws(GraphQLError) -> Token {
        let first = self.position
        if self.byte() == UInt8(ascii: "-") { self.position += 1 }
        let leading = self.byte()
        let count = self.digits()
        var isValid = count == 1 || (count > 1 && leading != UInt8(ascii: "0"))
        var kind = Token.Kind.integer
        if self.byte() == UInt8(ascii: ".") {
            kind = .decimal
            self.position += 1
            isValid = self.digits() > 0 && isValid
        }
        if self.byte() == UInt8(ascii: "e") || self.byte() == UInt8(ascii: "E") {
            kind = .decimal
            self.position += 1
            if self.byte() == UInt8(ascii: "+") || self.byte() == UInt8(ascii: "-") { self.position += 1 }
            isValid = self.digits() > 0 && isValid
        }
        if let byte = self.byte(), Self.isNameByte(byte) { isValid = false }
        guard isValid else { throw .parse("invalid number", start) }
        return Token(
            kind: kind, text: String(decoding: self.bytes[first..<self.position], as: UTF8.self), location: start)
    }
}

// MARK: - Strings

extension Lexer {
    private mutating func string(_ start: SourceLocation) throws(GraphQLError) -> Token {
        if self.byte(1) == UInt8(ascii: "\""), self.byte(2) == UInt8(ascii: "\"") { return try self.block(start) }
        self.position += 1
        var content: [UInt8] = []
        while let byte = self.byte(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
            self.position += 1
            if byte == UInt8(ascii: "\"") {
                return Token(kind: .string, text: String(decoding: content, as: UTF8.self), location: start)
            }
            if byte == UInt8(ascii: "\\") { try self.escape(into: &content, start) } else { content.append(byte) }
        }
        throw .parse("unterminated string", start)
    }

    private mutating func escape(into content: inout [UInt8], _ start: SourceLocation) throws(GraphQLError) {
        let byte = self.byte()
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte ?? 0)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var code = try self.fourDigits(start)
            if (0xD800..<0xDC00).contains(code), self.byte() == UInt8(ascii: "\\"), self.byte(1) == UInt8(ascii: "u") {
                self.position += 2
                let low = try self.fourDigits(start)
                guard (0xDC00..<0xE000).contains(low) else { throw .parse("invalid escape in a string", start) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw .parse("invalid escape in a string", start) }
            content.append(contentsOf: String(scalar).utf8)
        default: throw .parse("invalid escape in a string", start)
        }
    }

    private mutating func fourDigits(_ start: SourceLocation) throws(GraphQLError) -> UInt32 {
        guard self.position + 4 <= self.bytes.count else { throw .parse("invalid escape in a string", start) }
        let text = String(decoding: self.bytes[self.position..<self.position + 4], as: UTF8.self)
        guard text.allSatisfy(\.isHexDigit), let code = UInt32(text, radix: 16) else {
            throw .parse("invalid escape in a string", start)
        }
        self.position += 4
        return code
    }

    private mutating func block(_ start: SourceLocation) throws(GraphQLError) -> Token {
        self.position += 3
        var content: [UInt8] = []
        let quote = UInt8(ascii: "\"")
        while let byte = self.byte() {
            if byte == quote, self.byte(1) == quote, self.byte(2) == quote {
                self.position += 3
                return Token(kind: .string, text: Self.unindented(content), location: start)
            }
            if byte == UInt8(ascii: "\\"), self.byte(1) == quote, self.byte(2) == quote, self.byte(3) == quote {
                content.append(contentsOf: [quote, quote, quote])
                self.position += 4
                continue
            }
            content.append(byte)
            self.position += 1
            if byte == UInt8(ascii: "\n") { self.newLine() }
        }
        throw .parse("unterminated string", start)
    }

    /// The content of a block without what all its lines but the first are indented by, and without blank lines around.
    private static func unindented(_ content: [UInt8]) -> String {
        func isBlank(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
        var lines = content.filter { $0 != 0x0D }.split(separator: 0x0A, omittingEmptySubsequences: false)
        let indents = lines.dropFirst().filter { !isBlank($0) }.map { line in
            line.prefix { $0 == 0x20 || $0 == 0x09 }.count
        }
        let indent = indents.min() ?? 0
        for index in lines.indices.dropFirst() { lines[index] = lines[index].dropFirst(indent) }
        while let first = lines.first, isBlank(first) { lines.removeFirst() }
        while let last = lines.last, isBlank(last) { lines.removeLast() }
        return lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }
}
