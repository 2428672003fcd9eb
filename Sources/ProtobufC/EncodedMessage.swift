public import CProtobufC

/// A message in protobuf-c's structures, ready to be packed. It lives until its arena is reset.
public struct EncodedMessage: ~Escapable {
    @usableFromInline let base: UnsafePointer<ProtobufCMessage>
    /// The size of the packed message in bytes.
    public let byteCount: Int

    /// Measures a structure.
    ///
    /// - Throws: ``EncodingError/tooLarge`` where the arena was exhausted while the structure was filled, so that it is incomplete.
    @inlinable
    @_lifetime(borrow arena)
    public init<Storage>(_ storage: UnsafeMutablePointer<Storage>, in arena: borrowing Arena) throws(EncodingError) {
        guard !arena.isExhausted else { throw .tooLarge }
        // Every structure that protobuf-c generates begins with its ProtobufCMessage.
        self.base = UnsafePointer(UnsafeRawPointer(storage).assumingMemoryBound(to: ProtobufCMessage.self))
        self.byteCount = protobuf_c_message_get_packed_size(self.base)
    }

    /// Packs the message.
    ///
    /// - Parameter buffer: At least ``byteCount`` bytes.
    /// - Returns: The number of bytes written, which is ``byteCount``.
    @inlinable
    public func pack(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // protobuf-c's pack has no bound of its own.
        precondition(buffer.count >= self.byteCount, "\(buffer.count) bytes are too few for a message of \(self.byteCount)")
        guard let start = buffer.baseAddress else { return 0 }
        return protobuf_c_message_pack(self.base, start.assumingMemoryBound(to: UInt8.self))
    }
}
