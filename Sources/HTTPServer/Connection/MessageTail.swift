internal import NIOCore

/// The last four bytes of what was read, by which the end of a message is known: a head, or a body in chunks, ends with an
/// empty line, and a head that has only begun does not.
struct MessageTail: Hashable {
    private var bytes: UInt32 = 0

    /// Whether the last line is an empty one.
    var isEmptyLine: Bool {
        self.bytes == 0x0D0A_0D0A || self.bytes & 0xFFFF == 0x0A0A
    }

    /// Goes on with further bytes.
    mutating func append(_ buffer: ByteBuffer) {
        for byte in buffer.readableBytesView.suffix(4) { self.bytes = self.bytes << 8 | UInt32(byte) }
    }
}
