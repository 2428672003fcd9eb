public import CProtobufC

/// A message in protobuf-c's structures, ready to be packed. It lives until its arena is reset.
///
/// Measuring a message costs as much as packing it. A small one is therefore packed without: the memory that its
/// structures take bounds its size. ``maximumByteCount`` is that bound, and what ``pack(into:)`` needs.
public struct EncodedMessage: ~Escapable {
    /// No field takes more bytes packed than this many times what it takes in the structures. The worst are 32-bit
    /// integers: 4 bytes here, and 15 packed, with the longest tag and a negative value.
    @usableFromInline static let packedBytesPerArenaByte = 4
    /// Messages whose bound is larger are measured, so that no memory is reserved for nothing.
    @usableFromInline static let maximumUnmeasuredBytes = 16_384

    @usableFromInline let base: UnsafePointer<ProtobufCMessage>
    /// What the packed message takes at most.
    public let maximumByteCount: Int
    /// Whether ``maximumByteCount`` is the exact size.
    public let isMeasured: Bool

    /// Takes a structure that was filled.
    ///
    /// - Parameters:
    ///   - storage: The structure.
    ///   - begin: What ``Arena/mark`` was before the structure was made. All that it leads to must have been made
    ///     since.
    /// - Throws: ``EncodingError/tooLarge`` where the arena was exhausted while the structure was filled, so that it
    ///   is incomplete.
    @inlinable
    @_lifetime(borrow arena)
    public init<Storage>(
        _ storage: UnsafeMutablePointer<Storage>,
        since begin: Arena.Mark,
        in arena: borrowing Arena
    ) throws(EncodingError) {
        guard !arena.isExhausted else { throw .tooLarge }
        // Every structure that protobuf-c generates begins with its ProtobufCMessage.
        self.base = UnsafePointer(UnsafeRawPointer(storage).assumingMemoryBound(to: ProtobufCMessage.self))
        if let used = arena.bytesUsed(since: begin),
            used &* EncodedMessage.packedBytesPerArenaByte <= EncodedMessage.maximumUnmeasuredBytes
        {
            self.maximumByteCount = used &* EncodedMessage.packedBytesPerArenaByte
            self.isMeasured = false
        } else {
            self.maximumByteCount = protobuf_c_message_get_packed_size(self.base)
            self.isMeasured = true
        }
    }

    /// The exact size of the packed message in bytes; measures it where that has not been done.
    public var byteCount: Int {
        self.isMeasured ? self.maximumByteCount : protobuf_c_message_get_packed_size(self.base)
    }

    /// Packs the message.
    ///
    /// - Parameter buffer: At least ``maximumByteCount`` bytes.
    /// - Returns: The number of bytes written.
    @inlinable
    public func pack(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // protobuf-c's pack has no bound of its own.
        precondition(
            buffer.count >= self.maximumByteCount,
            "\(buffer.count) bytes are too few for a message of up to \(self.maximumByteCount)")
        guard let start = buffer.baseAddress else { return 0 }
        let count = protobuf_c_message_pack(self.base, start.assumingMemoryBound(to: UInt8.self))
        assert(count <= self.maximumByteCount, "the bound of \(self.maximumByteCount) bytes did not hold: \(count)")
        return count
    }
}
