/// A JSON value as RFC 8259 has it; numbers as they are written, so that none is rounded.
public indirect enum JSONValue: Hashable, Sendable {
    case object([Member])
    case array([JSONValue])
    case string(String)
    case number(String)
    case bool(Bool)
    case null

    /// A name and its value.
    public struct Member: Hashable, Sendable {
        /// As it is without its escapes.
        public let name: String
        /// What stands behind the colon.
        public let value: JSONValue

        /// A name and its value.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// How deep values may stand in each other.
    public static let maximumDepth = 16

    /// Reads one value with white space around it.
    ///
    /// - Throws: ``JSONFault``.
    public init(_ bytes: ArraySlice<UInt8>) throws(JSONFault) {
        var parser = JSONParser(bytes)
        self = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.isAtEnd else { throw parser.fault("something stands behind the value") }
    }

    /// What it is, for people.
    public var kind: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string(let text): "the text \(text.prefix(64).debugDescription)"
        case .number(let digits): String(digits.prefix(64))
        case .bool(let value): "\(value)"
        case .null: "null"
        }
    }
}

/// Why bytes are no JSON.
public struct JSONFault: Error, Hashable, Sendable {
    /// What is wrong, for people.
    public let reason: String
    /// Where, from the first byte on.
    public let offset: Int
}

private struct JSONParser {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.index = bytes.startIndex
    }

    var isAtEnd: Bool { self.index == self.bytes.endIndex }

    private var next: UInt8? { self.isAtEnd ? nil : self.bytes[self.index] }

    func fault(_ reason: String) -> JSONFault {
        JSONFault(reason: reason, offset: self.index - self.bytes.startIndex)
    }

    mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { self.index += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard let next, Character(Unicode.Scalar(next)) == byte else { return false }
        self.index += 1
        return true
    }

    mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < JSONValue.maximumDepth else {
            throw self.fault("values stand more than \(JSONValue.maximumDepth) deep in each other")
        }
        self.skipSpace()
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth)
        case UInt8(ascii: "["): return try self.array(depth)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "-"): return .number(try self.number())
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            return .number(try self.number())
        default: return try self.word()
        }
    }

    private mutating func object(_ depth: Int) throws(JSONFault) -> JSONValue {
        self.index += 1
        var members: [JSONValue.Member] = []
        self.skipSpace()
        if self.take("}") { return .object([]) }
        repeat {
            self.skipSpace()
            guard self.next == UInt8(ascii: "\"") else { throw self.fault("a name in quotation marks is missing") }
            let name = try self.string()
            self.skipSpace()
            guard self.take(":") else { throw self.fault("a colon is missing") }
            members.append(JSONValue.Member(name: name, value: try self.value(depth: depth + 1)))
            self.skipSpace()
        } while self.take(",")
        guard self.take("}") else { throw self.fault("a comma or a closing brace is missing") }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(JSONFault) -> JSONValue {
        self.index += 1
        var values: [JSONValue] = []
        self.skipSpace()
        if self.take("]") { return .array([]) }
        repeat {
            values.append(try self.value(depth: depth + 1))
            self.skipSpace()
        } while self.take(",")
        guard self.take("]") else { throw self.fault("a comma or a closing bracket is missing") }
        return .array(values)
    }

    private mutating func word() throws(JSONFault) -> JSONValue {
        let words: [(String, JSONValue)] = [("true", .bool(true)), ("false", .bool(false)), ("null", .null)]
        for (word, value) in words where self.bytes[self.index...].starts(with: word.utf8) {
            self.index += word.utf8.count
            return value
        }
        throw self.fault("a value is missing")
    }

    private mutating func number() throws(JSONFault) -> String {
        let start = self.index
        _ = self.take("-")
        let first = self.next
        let whole = self.digits()
        guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw self.fault("a number is malformed") }
        if self.take("."), self.digits() == 0 { throw self.fault("a number is malformed") }
        if self.take("e") || self.take("E") {
            if !self.take("+") { _ = self.take("-") }
            if self.digits() == 0 { throw self.fault("a number is malformed") }
        }
        return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = self.index
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.index += 1 }
        return self.index - start
    }

    private mutating func string() throws(JSONFault) -> String {
        self.index += 1
        var text: [UInt8] = []
        while let byte = self.next {
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw self.fault("a text is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try self.escape(&text)
            case 0..<0x20: throw self.fault("a text has a control character that is not escaped")
            default: text.append(byte)
            }
        }
        throw self.fault("a text has no end")
    }

    private mutating func escape(_ text: inout [UInt8]) throws(JSONFault) {
        guard let byte = self.next else { throw self.fault("a text has no end") }
        self.index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try self.codeUnit()
            var units = [unit]
            if UTF16.isLeadSurrogate(unit) {
                guard self.take("\\"), self.take("u") else { throw self.fault("half of a character is missing") }
                units.append(try self.codeUnit())
            }
            guard let character = String(validating: units, as: UTF16.self) else {
                throw self.fault("half of a character is missing")
            }
            text += character.utf8
        default: throw self.fault("a text has an escape that is not known")
        }
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt16 {
        let digits = self.bytes[self.index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw self.fault("an escape has not four digits") }
        self.index += 4
        return unit
    }
}
