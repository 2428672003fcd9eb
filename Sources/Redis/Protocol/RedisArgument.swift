public import NIOCore

/// What can be an argument of a command.
public protocol RedisArgument {
    /// Hands over the bytes to be sent. They are sent as they are: there is nothing to escape.
    func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void)
}

extension String: RedisArgument {
    /// UTF-8.
    @inlinable
    public func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        var text = self
        text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension StaticString: RedisArgument {
    /// UTF-8.
    @inlinable
    public func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        self.withUTF8Buffer { body(UnsafeRawBufferPointer($0)) }
    }
}

extension Array: RedisArgument where Element == UInt8 {
    /// The bytes themselves.
    @inlinable
    public func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void) { self.withUnsafeBytes { body($0) } }
}

extension ByteBuffer: RedisArgument {
    /// What is readable.
    @inlinable
    public func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        self.withUnsafeReadableBytes { body($0) }
    }
}

extension Int: RedisArgument {
    /// Decimal digits.
    public func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void) { String(self).withArgumentBytes(body) }
}

extension Int64: RedisArgument {
    /// Decimal digits.
    public func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void) { String(self).withArgumentBytes(body) }
}
