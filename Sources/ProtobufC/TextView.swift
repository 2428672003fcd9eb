public import CProtobufC

/// Text of a message, borrowed from the arena: valid UTF-8 without NUL.
public struct TextView: ~Escapable {
    @usableFromInline let bytes: UnsafeRawBufferPointer

    /// Borrows a field's bytes; they must have been checked by ``isText(_:)``.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked data: ProtobufCBinaryData) {
        self.bytes = UnsafeRawBufferPointer(start: data.data, count: data.len)
    }

    /// The length in bytes of UTF-8.
    @inlinable
    public var byteCount: Int { self.bytes.count }

    /// Whether there is no text.
    @inlinable
    public var isEmpty: Bool { self.bytes.isEmpty }

    /// The UTF-8 bytes.
    @inlinable
    public var utf8: RawSpan {
        @_lifetime(copy self)
        get { _overrideLifetime(RawSpan(_unsafeBytes: self.bytes), copying: self) }
    }

    /// Whether the text is the same as a literal or another string.
    @inlinable
    public static func == (left: borrowing TextView, right: String) -> Bool {
        var right = right
        return right.withUTF8 { right in
            right.count == left.bytes.count && left.bytes.elementsEqual(right)
        }
    }
}

extension String {
    /// Copies borrowed text.
    @inlinable
    public init(copying text: borrowing TextView) {
        self.init(decoding: text.bytes, as: UTF8.self)
    }

    /// Copies a field's bytes, which must have been checked by ``isText(_:)``.
    @inlinable
    public init(copying data: ProtobufCBinaryData) {
        self.init(decoding: UnsafeRawBufferPointer(start: data.data, count: data.len), as: UTF8.self)
    }
}

/// Whether bytes are text as messages may carry it: UTF-8 without NUL.
///
/// ASCII, the common case, is settled eight bytes at a time.
@inlinable
public func isText(_ data: ProtobufCBinaryData) -> Bool {
    let bytes = UnsafeRawBufferPointer(start: data.data, count: data.len)
    var offset = 0
    while offset &+ 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        // The first term has a byte's top bit where the byte is zero (or where a lower byte was); the second where it
        // is not ASCII.
        guard ((word &- 0x0101_0101_0101_0101) | word) & 0x8080_8080_8080_8080 == 0 else {
            return isTextOutsideASCII(bytes)
        }
        offset &+= 8
    }
    while offset < bytes.count {
        guard bytes[offset] &- 1 < 0x7F else { return isTextOutsideASCII(bytes) }
        offset &+= 1
    }
    return true
}

@usableFromInline
@inline(never)
func isTextOutsideASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !bytes.contains(0) else { return false }
    return (try? UTF8Span(validating: Span(_unsafeBytes: bytes))) != nil
}
