// Bytes of any span are readable as numbers: every pattern of bits is a valid one, and each function compares the
// offset with the span's length first. That is what makes these loads safe.
extension RawSpan {
    /// The byte at an offset, which must be in `0..<byteCount`.
    @inlinable
    @inline(__always)
    public func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < self.byteCount, "there is no byte at this offset")
        return self.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from an offset on as a number, the first byte the least. The offset must be in
    /// `0...byteCount - 8`.
    @inlinable
    @inline(__always)
    public func littleEndianWord(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset <= self.byteCount &- 8, "there are no eight bytes at this offset")
        return UInt64(littleEndian: self.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// Whether the bytes are UTF-8.
    public var isUTF8: Bool {
        self.withUnsafeBytes { (try? UTF8Span(validating: Span(_unsafeBytes: $0))) != nil }
    }

    /// Whether two spans hold the same bytes.
    @inlinable
    public func isEqual(to other: RawSpan) -> Bool {
        guard self.byteCount == other.byteCount else { return false }
        var offset = 0
        while offset < self.byteCount {
            guard self.byte(at: offset) == other.byte(at: offset) else { return false }
            offset &+= 1
        }
        return true
    }

    /// The bytes in an array.
    public var array: [UInt8] { self.withUnsafeBytes { [UInt8]($0) } }
}

extension String {
    /// Copies bytes as text; what is not UTF-8 is replaced.
    public init(copying utf8: RawSpan) {
        self = utf8.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

extension TextPattern {
    /// Whether the whole text matches; the bytes must be valid UTF-8.
    public func matches(_ utf8: RawSpan) -> Bool {
        utf8.withUnsafeBytes { self.matches($0) }
    }
}
