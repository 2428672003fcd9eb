internal import OrderedCollections

/// Why bytes are no JSON, or more than is read.
public struct JSONFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, where, and what would be right.
    public let description: String
}

extension JSONValue {
    /// How deep arrays and objects may lie in each other.
    public static let maximumDepth = 64

    /// Reads JSON (RFC 8259).
    ///
    /// - Throws: ``JSONFault`` where it is none, has invalid UTF-8, or lies deeper than ``maximumDepth``.
    public init(json bytes: some Collection<UInt8>) throws(JSONFault) {
        var reader = JSONReader(Array(bytes))
        self = try reader.document()
    }

    /// Reads JSON.
    public init(json text: String) throws(JSONFault) { try self.init(json: Array(text.utf8)) }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONFault) -> JSONValue {
        let value = try self.value(depth: 0)
        self.skipSpaces()
        guard self.position == self.bytes.count else { throw self.fault("there is more behind the value") }
        return value
    }

    private func fault(_ what: String) -> JSONFault {
        JSONFault(description: "\(what) at byte \(self.position); valid JSON is expected")
    }

    private var next: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func skipSpaces() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.position += 1 }
    }

    private mutating func takes(_ byte: Character) -> Bool {
        self.skipSpaces()
        guard self.next == byte.asciiValue else { return false }
        self.position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < JSONValue.maximumDepth else {
            throw self.fault("arrays and objects lie more than \(JSONValue.maximumDepth) deep")
        }
        self.skipSpaces()
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.array(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case nil: throw self.fault("a value is missing")
        default: return try self.number()
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        guard self.bytes[self.position...].starts(with: word.utf8) else { throw self.fault("an unknown word stands") }
        self.position += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSONValue {
        self.position += 1
        var members: JSONValue.JSONObject = [:]
        if self.takes("}") { return .object(members) }
        repeat {
            self.skipSpaces()
            guard self.next == UInt8(ascii: "\"") else { throw self.fault("a member's name is missing") }
            let name = try self.string()
            guard self.takes(":") else { throw self.fault("a colon is missing") }
            members[name] = try self.value(depth: depth + 1)
        } while self.takes(",")
        guard self.takes("}") else { throw self.fault("the end of an object is missing") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONFault) -> JSONValue {
        self.position += 1
        var values: [JSONValue] = []
        if self.takes("]") { return .array(values) }
        repeat { values.append(try self.value(depth: depth + 1)) } while self.takes(",")
        guard self.takes("]") else { throw self.fault("the end of an array is missing") }
        return .array(values)
    }

    private mutating func digits() -> Int {
        let start = self.position
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.position += 1 }
        return self.position - start
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = self.position
        if self.next == UInt8(ascii: "-") { self.position += 1 }
        let leading = self.next
        let count = self.digits()
        guard count > 0, count == 1 || leading != UInt8(ascii: "0") else { throw self.fault("no value stands") }
        var isInteger = true
        if self.next == UInt8(ascii: ".") {
            isInteger = false
            self.position += 1
            guard self.digits() > 0 else { throw self.fault("digits are missing behind a point") }
        }
        if self.next == UInt8(ascii: "e") || self.next == UInt8(ascii: "E") {
            isInteger = false
            self.position += 1
            if self.next == UInt8(ascii: "+") || self.next == UInt8(ascii: "-") { self.position += 1 }
            guard self.digits() > 0 else { throw self.fault("an exponent has no digits") }
        }
        let text = String(decoding: self.bytes[start..<self.position], as: UTF8.self)
        return isInteger ? Int64(text).map { .integer($0) } ?? .decimal(text) : .decimal(text)
    }

    private mutating func string() throws(JSONFault) -> String {
        self.position += 1
        var content: [UInt8] = []
        while let byte = self.next {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw self.fault("a text is no valid UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): try self.escape(into: &content)
            case ..<0x20: throw self.fault("a control character stands in a text")
            default: content.append(byte)
            }
        }
        throw self.fault("the end of a text is missing")
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONFault) {
        guard let byte = self.next else { throw self.fault("the end of a text is missing") }
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: String(try self.codePoint()).utf8)
        default: throw self.fault("an unknown escape stands")
        }
    }

    private mutating func codePoint() throws(JSONFault) -> Character {
        var code = try self.fourDigits()
        if (0xD800..<0xDC00).contains(code) {
            guard self.bytes[self.position...].starts(with: "\\u".utf8) else {
                throw self.fault("half a surrogate pair stands")
            }
            self.position += 2
            let low = try self.fourDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw self.fault("half a surrogate pair stands") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw self.fault("half a surrogate pair stands") }
        return Character(scalar)
    }

    private mutating func fourDigits() throws(JSONFault) -> UInt32 {
        guard self.position + 4 <= self.bytes.count else { throw self.fault("an escape is too short") }
        let text = String(decoding: self.bytes[self.position..<self.position + 4], as: UTF8.self)
        guard text.allSatisfy(\.isHexDigit), let code = UInt32(text, radix: 16) else {
            throw self.fault("an escape has no four hexadecimal digits")
        }
        self.position += 4
        return code
    }
}
