internal import CZlib
internal import NIOCore
internal import NIOHTTP1

/// Inflates gzip, within limits on what comes out, whatever its header claims. Bound to the event loop.
///
/// Owns zlib's stream at a fixed address, since zlib keeps a pointer to it, and frees it at the end.
final class Inflater {
    /// What is inflated at once.
    private static let pieceBytes = 16_384
    /// What may come out whatever the ratio: small bodies of repeated text inflate a lot.
    private static let freeBytes = 65_536

    private let stream: UnsafeMutablePointer<z_stream>
    private var bytesIn = 0
    private var bytesOut = 0
    /// Whether the whole of gzip's data has come.
    private(set) var isAtEnd = false

    /// - Throws: 503 where there is no memory.
    init() throws(HTTPRefusal) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        guard czlib_inflate_init(self.stream) == Z_OK else { throw .overloaded }
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// Begins anew.
    func reset() {
        inflateReset(self.stream)
        self.bytesIn = 0
        self.bytesOut = 0
        self.isAtEnd = false
    }

    /// Inflates a part.
    ///
    /// - Throws: 400 for what is no gzip, 413 for what becomes too large.
    func inflate(_ part: ByteBuffer, limit: Int, _ limits: HTTPServerLimits) throws(HTTPRefusal) -> ByteBuffer {
        var part = part
        var output = ByteBuffer()
        self.bytesIn += part.readableBytes
        let ratioLimit = Self.freeBytes + self.bytesIn * limits.maximumInflationRatio
        repeat {
            // What follows the end would be another member: senders of one body have no use for it.
            guard !self.isAtEnd else { throw .gzipBroken }
            let (produced, consumed, code) = self.step(part, &output)
            part.moveReaderIndex(forwardBy: consumed)
            self.bytesOut += produced
            guard self.bytesOut <= limit else { throw .bodyTooLarge(limit) }
            guard self.bytesOut <= ratioLimit else { throw .inflatesTooMuch(limits) }
            switch code {
            case Z_OK: break
            case Z_STREAM_END: self.isAtEnd = true
            case Z_BUF_ERROR where part.readableBytes == 0: return output
            default: throw .gzipBroken
            }
        } while part.readableBytes > 0 || (self.stream.pointee.avail_out == 0 && !self.isAtEnd)
        return output
    }

    /// One call of zlib: the pointers hold for its length only.
    private func step(_ part: ByteBuffer, _ output: inout ByteBuffer) -> (produced: Int, consumed: Int, code: CInt) {
        let stream = self.stream
        var consumed = 0
        var code = Z_OK
        let produced = output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceBytes) { room in
            part.withUnsafeReadableBytes { bytes in
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: bytes.baseAddress?.assumingMemoryBound(to: Bytef.self))
                stream.pointee.avail_in = uInt(clamping: bytes.count)
                stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: Bytef.self)
                stream.pointee.avail_out = uInt(Self.pieceBytes)
                code = CZlib.inflate(stream, Z_NO_FLUSH)
                consumed = Int(uInt(clamping: bytes.count) - stream.pointee.avail_in)
            }
            return Self.pieceBytes - Int(stream.pointee.avail_out)
        }
        return (produced, consumed, code)
    }
}

extension HTTPRefusal {
    static let gzipBroken = HTTPRefusal(.malformedBody, .badRequest, "the body is not one whole of valid gzip")

    static func inflatesTooMuch(_ limits: HTTPServerLimits) -> HTTPRefusal {
        HTTPRefusal(
            .bodyTooLarge, .payloadTooLarge,
            "a body may inflate to at most \(limits.maximumInflationRatio) times its size")
    }
}
