internal import ProtobufC

/// Why bytes are not JSON.
struct JSONError: Error, Hashable {
    /// The place in the bytes.
    var offset: Int
    /// What is wrong there.
    var reason: String
}

/// What a value begins with.
enum JSONKind {
    case object
    case list
    case text
    case number
    case boolean
    case null

    /// What a value of another kind is said to be.
    var words: String {
        switch self {
        case .object: "is an object"
        case .list: "is a list"
        case .text: "is text"
        case .number: "is a number"
        case .boolean: "is true or false"
        case .null: "is null"
        }
    }
}

/// Reads JSON token by token, strictly as RFC 8259 has it, without making anything of it.
struct JSONScanner: ~Escapable {
    let bytes: RawSpan
    var position = 0
    /// How many objects and lists are open.
    var depth = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    func error(_ reason: String) -> JSONError { JSONError(offset: self.position, reason: reason) }

    /// The byte at the position; 0, which JSON has nowhere outside of text, at the end.
    @inline(__always)
    var current: UInt8 { self.position < self.bytes.byteCount ? self.bytes.byte(at: self.position) : 0 }

    /// Moves to the next byte that is not white space, and returns it; 0 at the end.
    @inline(__always)
    mutating func next() -> UInt8 {
        while self.position < self.bytes.byteCount {
            let byte = self.bytes.byte(at: self.position)
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            self.position &+= 1
        }
        return 0
    }

    /// What the next value is.
    mutating func kind() throws(JSONError) -> JSONKind {
        switch self.next() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .list
        case UInt8(ascii: "\""): return .text
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw self.unexpected("a value")
        }
    }

    /// The error that there is something else than is expected.
    func unexpected(_ expected: String) -> JSONError {
        if self.position >= self.bytes.byteCount { return self.error("the text ends where \(expected) is expected") }
        if self.position == 0, self.bytes.byteCount >= 3, self.bytes.byte(at: 0) == 0xEF,
            self.bytes.byte(at: 1) == 0xBB, self.bytes.byte(at: 2) == 0xBF
        {
            return self.error("the text begins with a byte order mark; \(expected) is expected")
        }
        let byte = self.current
        let found =
            byte > 0x20 && byte < 0x7F ? "\(Character(UnicodeScalar(byte)))" : "byte 0x\(String(byte, radix: 16))"
        return self.error("\(found) stands where \(expected) is expected")
    }

    /// Takes a byte that must come next, behind white space.
    @inline(__always)
    mutating func take(_ byte: UInt8, _ expected: StaticString) throws(JSONError) {
        guard self.next() == byte else { throw self.unexpected("\(expected)") }
        self.position &+= 1
    }

    /// Takes the brace or bracket that opens an object or list.
    ///
    /// - Returns: Whether something is in it; if not, the end has been taken too.
    mutating func open(_ close: UInt8) throws(JSONError) -> Bool {
        guard self.depth < TranscodingLimits.maximumDepth else {
            throw self.error("objects and lists are nested more than \(TranscodingLimits.maximumDepth) deep")
        }
        self.position &+= 1
        if self.next() == close {
            self.position &+= 1
            return false
        }
        self.depth &+= 1
        return true
    }

    /// Takes the comma between two members or elements, or the end behind the last.
    ///
    /// - Returns: Whether another one follows.
    @inline(__always)
    mutating func another(_ close: UInt8) throws(JSONError) -> Bool {
        let byte = self.next()
        if byte == UInt8(ascii: ",") {
            self.position &+= 1
            return true
        }
        guard byte == close else { throw self.unexpected("a comma or the end of the object or list") }
        self.position &+= 1
        self.depth &-= 1
        return false
    }

    /// Takes a literal such as `true`.
    mutating func literal(_ word: StaticString) throws(JSONError) {
        let count = word.utf8CodeUnitCount
        guard self.bytes.byteCount &- self.position >= count else { throw self.error("the text ends in a value") }
        let isSame = word.withUTF8Buffer { word in
            self.bytes.extracting(self.position..<self.position + count).withUnsafeBytes { $0.elementsEqual(word) }
        }
        guard isSame else { throw self.error("there is no value; expected true, false or null") }
        self.position &+= count
    }

    /// Takes `true` or `false`.
    mutating func boolean() throws(JSONError) -> Bool {
        if self.current == UInt8(ascii: "t") {
            try self.literal("true")
            return true
        }
        try self.literal("false")
        return false
    }

    /// Fails where anything but white space is left.
    mutating func finish() throws(JSONError) {
        guard self.next() == 0, self.position >= self.bytes.byteCount else {
            throw self.unexpected("the end of the text")
        }
    }

    /// Moves beyond a value of any kind, which must be JSON all the same. Takes no stack, however deep it is.
    mutating func skip() throws(JSONError) {
        let outer = self.depth
        // One bit for each open object or list within the value, the innermost lowest: whether it is an object.
        var isObject: UInt64 = 0
        while true {
            switch try self.kind() {
            case .object:
                if try self.open(UInt8(ascii: "}")) {
                    isObject = isObject << 1 | 1
                    try self.skipKey()
                    continue
                }
            case .list:
                if try self.open(UInt8(ascii: "]")) {
                    isObject <<= 1
                    continue
                }
            case .text: _ = try self.text()
            case .number: _ = try self.number()
            case .boolean: _ = try self.boolean()
            case .null: try self.literal("null")
            }
            // Behind a value: leave what it ends.
            while true {
                guard self.depth > outer else { return }
                if try self.another(isObject & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]")) { break }
                isObject >>= 1
            }
            if isObject & 1 == 1 { try self.skipKey() }
        }
    }

    private mutating func skipKey() throws(JSONError) {
        guard self.next() == UInt8(ascii: "\"") else { throw self.unexpected("a name in quotes") }
        _ = try self.text()
        try self.take(UInt8(ascii: ":"), "a colon")
    }
}
