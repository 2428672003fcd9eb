/// One statement of a text of several, as it was written.
struct SQLStatement: Hashable {
    let text: String
    /// The line that it begins in, from 1 on.
    let line: Int

    /// The words that begin or end a transaction.
    private static let transactionControls: Set = [
        "abort", "begin", "commit", "end", "prepare", "release", "rollback", "savepoint", "start",
    ]

    var firstWord: String { String(self.text.prefix { $0.isLetter }).lowercased() }

    var isTransactionControl: Bool { Self.transactionControls.contains(self.firstWord) }

    /// The line of the text that a position in this statement lies in.
    ///
    /// - Parameter position: Characters from 1 on, as the server counts them; nil gives the first line.
    func line(at position: Int?) -> Int {
        guard let position else { return self.line }
        return self.line + self.text.unicodeScalars.prefix(position - 1).count { $0 == "\n" }
    }

    /// Takes a text apart at the semicolons that are not within quotes, comments or parentheses; comments before a
    /// statement are left out. What is not closed reaches to the end, for the server to refuse.
    static func split(_ text: String) -> [Self] {
        var scanner = SQLScanner(text)
        var statements: [Self] = []
        while let statement = scanner.next() { statements.append(statement) }
        return statements
    }
}

/// Finds the ends of statements. Source: PostgreSQL documentation, section 4.1, lexical structure.
private struct SQLScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) { self.bytes = Array(text.utf8) }

    mutating func next() -> SQLStatement? {
        while self.skipBlank() || self.byte == UInt8(ascii: ";") && self.advance() {}
        guard self.position < self.bytes.count else { return nil }
        let (start, line) = (self.position, self.line)
        var depth = 0
        while let byte = self.byte, byte != UInt8(ascii: ";") || depth > 0 {
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            self.skipToken()
        }
        return SQLStatement(text: String(decoding: self.bytes[start..<self.position], as: UTF8.self), line: line)
    }

    private var byte: UInt8? { self.byte(at: 0) }

    private func byte(at offset: Int) -> UInt8? {
        let index = self.position + offset
        return self.bytes.indices.contains(index) ? self.bytes[index] : nil
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { wanted in
            wanted.indices.allSatisfy { self.byte(at: $0) == wanted[$0] }
        }
    }

    @discardableResult
    private mutating func advance(_ count: Int = 1) -> Bool {
        for _ in 0..<count where self.position < self.bytes.count {
            if self.bytes[self.position] == UInt8(ascii: "\n") { self.line += 1 }
            self.position += 1
        }
        return true
    }

    /// Goes past white space or a comment; false if there is none.
    private mutating func skipBlank() -> Bool {
        if let byte, byte == 32 || (9...13).contains(byte) { return self.advance() }
        if self.starts(with: "--") {
            while let byte, byte != UInt8(ascii: "\n") { self.advance() }
            return true
        }
        guard self.starts(with: "/*") else { return false }
        var depth = 0
        repeat {
            let change = self.starts(with: "/*") ? 1 : self.starts(with: "*/") ? -1 : 0
            depth += change
            self.advance(change == 0 ? 1 : 2)
        } while depth > 0 && self.byte != nil
        return true
    }

    private mutating func skipToken() {
        if self.skipBlank() { return }
        switch self.byte {
        case UInt8(ascii: "'"): self.skipQuoted(UInt8(ascii: "'"), hasEscapes: self.followsEscapePrefix)
        case UInt8(ascii: "\""): self.skipQuoted(UInt8(ascii: "\""), hasEscapes: false)
        case UInt8(ascii: "$"): self.skipDollarQuoted()
        default: self.advance()
        }
    }

    /// A doubled quote within is two quoted texts side by side, which comes to the same.
    private mutating func skipQuoted(_ quote: UInt8, hasEscapes: Bool) {
        self.advance()
        while let byte, byte != quote { self.advance(hasEscapes && byte == UInt8(ascii: "\\") ? 2 : 1) }
        self.advance()
    }

    private mutating func skipDollarQuoted() {
        let isWithinName = self.byte(at: -1).map(Self.isNamePart) ?? false
        var length = 1
        while let byte = self.byte(at: length), Self.isNamePart(byte) { length += 1 }
        let isTag = self.byte(at: length) == UInt8(ascii: "$") && !(48...57).contains(self.byte(at: 1) ?? 0)
        guard !isWithinName, isTag else {
            self.advance()
            return
        }
        let tag = self.bytes[self.position...self.position + length]
        self.advance(tag.count)
        while self.byte != nil, !self.bytes[self.position...].starts(with: tag) { self.advance() }
        self.advance(tag.count)
    }

    /// Whether an `E` of its own stands before this quote.
    private var followsEscapePrefix: Bool {
        guard let before = self.byte(at: -1), before | 0x20 == UInt8(ascii: "e") else { return false }
        return !(self.byte(at: -2).map(Self.isNamePart) ?? false)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        byte >= 128 || byte == UInt8(ascii: "_") || (48...57).contains(byte) || (97...122).contains(byte | 0x20)
    }
}
