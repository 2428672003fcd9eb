internal import ProtobufC

/// Why bytes are not fields of a message, or cannot be written as JSON.
struct WireError: Error, Hashable {
    /// The place in the bytes; -1: what is made of them is too large.
    var offset: Int
    /// What is wrong there.
    var reason: String

    static let tooLarge = WireError(offset: -1, reason: "the JSON is too large")
}

/// How a value stands behind its tag.
enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
}

/// Reads the fields of one message, one behind the other.
struct WireReader: ~Escapable {
    /// The bytes of the outermost message.
    let bytes: RawSpan
    /// Where the next field begins.
    var position: Int
    /// Where the message ends.
    let end: Int

    /// Reads a part of the bytes; the range must lie in them.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    /// Whether there is no further field.
    var isAtEnd: Bool { self.position >= self.end }

    /// Reads a tag.
    mutating func tag() throws(WireError) -> (number: UInt32, type: WireType) {
        let start = self.position
        let tag = try self.varint()
        guard let type = WireType(rawValue: UInt8(tag & 7)), tag >> 3 > 0, tag <= UInt32.max else {
            throw WireError(offset: start, reason: "there is no tag of a field")
        }
        return (UInt32(tag >> 3), type)
    }

    /// Reads a number of variable length.
    @inline(__always)
    mutating func varint() throws(WireError) -> UInt64 {
        if self.position < self.end {
            let byte = self.bytes.byte(at: self.position)
            if byte < 0x80 {
                self.position &+= 1
                return UInt64(byte)
            }
        }
        return try self.longVarint()
    }

    private mutating func longVarint() throws(WireError) -> UInt64 {
        let start = self.position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            guard self.position < self.end else { throw WireError(offset: start, reason: "the bytes end in a number") }
            let byte = self.bytes.byte(at: self.position)
            self.position &+= 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw WireError(offset: start, reason: "a number has more than ten bytes")
    }

    /// Reads a length and moves beyond what is as long.
    mutating func lengthDelimited() throws(WireError) -> Range<Int> {
        let start = self.position
        let length = try self.varint()
        guard length <= UInt64(self.end &- self.position) else {
            throw WireError(offset: start, reason: "a length leads beyond the end")
        }
        let range = self.position..<self.position &+ Int(length)
        self.position = range.upperBound
        return range
    }

    /// Reads four bytes.
    mutating func fixed32() throws(WireError) -> UInt32 {
        guard self.end &- self.position >= 4 else {
            throw WireError(offset: self.position, reason: "the bytes end in a number")
        }
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(self.bytes.byte(at: self.position &+ index)) << UInt32(8 * index) }
        self.position &+= 4
        return value
    }

    /// Reads eight bytes.
    mutating func fixed64() throws(WireError) -> UInt64 {
        guard self.end &- self.position >= 8 else {
            throw WireError(offset: self.position, reason: "the bytes end in a number")
        }
        defer { self.position &+= 8 }
        return self.bytes.littleEndianWord(at: self.position)
    }

    /// Moves beyond a value.
    mutating func skip(_ type: WireType) throws(WireError) {
        switch type {
        case .varint: _ = try self.varint()
        case .fixed64: _ = try self.fixed64()
        case .lengthDelimited: _ = try self.lengthDelimited()
        case .fixed32: _ = try self.fixed32()
        }
    }
}
