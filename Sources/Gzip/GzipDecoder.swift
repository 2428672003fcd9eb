internal import CZlib

/// Decompresses gzip (RFC 1952) piece by piece, in bounded memory: a pure machine that is given the file in pieces.
///
/// Take all of ``next()`` behind each ``append(_:)``. Several members one behind the other are one file, as the format
/// says. zlib checks each member's CRC-32 and length. Behind an error the decoder gives that error again.
public final class GzipDecoder {
    /// How a file begins that is gzip; no text in UTF-8 does.
    public static let magic: [UInt8] = [0x1F, 0x8B]
    /// The most bytes that ``next()`` gives at once.
    public static let pieceBytes = 65_536

    /// What a file may come to.
    public struct Limits: Sendable, Hashable {
        /// Bytes in all, decompressed.
        public let bytes: Int64
        /// How many times as long as its compressed bytes a file may be, where it is longer than ``ratioFreeBytes``.
        ///
        /// Lists of stock come to 5 to 30 times; the most that the format can do is 1,032.
        public let ratio: Int64
        /// Bytes up to which any ratio is taken, as small files can have high ones for honest reasons.
        public let ratioFreeBytes: Int64

        /// Limits.
        public init(bytes: Int64, ratio: Int64 = 200, ratioFreeBytes: Int64 = 1 << 20) {
            self.bytes = bytes
            self.ratio = max(1, ratio)
            self.ratioFreeBytes = ratioFreeBytes
        }
    }

    private let limits: Limits
    // zlib keeps a pointer to the stream within its own state, so it must stay where it is: it is allocated once, never
    // handed out, and freed when nobody holds this object any more. The object is not Sendable.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var position = 0
    /// Bytes that came in, and that were given.
    private var compressedBytes: Int64 = 0
    private var bytes: Int64 = 0
    /// Whether the last member is complete.
    private var isAtEnd = false
    /// Whether zlib may hold bytes that it had no room for.
    private var hasMore = false
    private var failure: GzipError?

    /// A decoder of one file.
    ///
    /// - Throws: ``GzipError`` `outOfMemory`.
    public init(_ limits: Limits) throws(GzipError) {
        self.limits = limits
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        let state = inflateInit2_(
            self.stream, Self.gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard state == Z_OK else {
            // deinit runs nevertheless, and inflateEnd does no harm to a stream that has no state.
            throw GzipError(.outOfMemory, "there is no memory to decompress the file with")
        }
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deinitialize(count: 1)
        self.stream.deallocate()
    }

    /// Takes the next bytes of the file.
    public func append(_ more: [UInt8]) {
        self.compressedBytes += Int64(more.count)
        if self.position == self.input.count {
            self.input = more
        } else {
            self.input.removeFirst(self.position)
            self.input += more
        }
        self.position = 0
    }

    /// The next decompressed bytes, at most ``pieceBytes``; nil: more of the file is needed first.
    ///
    /// - Throws: ``GzipError`` where the file is damaged or comes to more than it may.
    public func next() throws(GzipError) -> [UInt8]? {
        if let failure { throw failure }
        do throws(GzipError) {
            while self.position < self.input.count || self.hasMore {
                if self.isAtEnd { try self.beginMember() }
                let piece = try self.inflatePiece()
                guard !piece.isEmpty else { continue }
                try self.count(piece)
                return piece
            }
            return nil
        } catch {
            self.failure = error
            throw error
        }
    }

    /// Notes that the file has ended.
    ///
    /// - Throws: ``GzipError`` `truncated` where it ends within a member.
    public func complete() throws(GzipError) {
        if let failure { throw failure }
        guard self.isAtEnd, self.position == self.input.count else {
            throw GzipError(
                .truncated, "the gzip file ends after \(self.compressedBytes) bytes, in the middle of what it holds")
        }
    }

    private func beginMember() throws(GzipError) {
        guard inflateReset(self.stream) == Z_OK else { throw self.damaged }
        self.isAtEnd = false
    }

    private func inflatePiece() throws(GzipError) -> [UInt8] {
        var state = Z_OK
        var left = 0
        let count = self.input.count - self.position
        let piece = self.input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { output, filled in
                // Both pointers are valid for this one call of inflate, which does not keep them.
                self.stream.pointee.next_in = input.baseAddress?.advanced(by: self.position)
                self.stream.pointee.avail_in = UInt32(clamping: count)
                self.stream.pointee.next_out = output.baseAddress
                self.stream.pointee.avail_out = UInt32(Self.pieceBytes)
                state = inflate(self.stream, Z_NO_FLUSH)
                left = Int(self.stream.pointee.avail_in)
                filled = Self.pieceBytes - Int(self.stream.pointee.avail_out)
                self.stream.pointee.next_in = nil
                self.stream.pointee.next_out = nil
            }
        }
        self.position += min(count, Int(UInt32.max)) - left
        self.hasMore = piece.count == Self.pieceBytes && state == Z_OK
        switch state {
        // Z_BUF_ERROR: all that is there was used, and more is needed.
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: self.isAtEnd = true
        case Z_MEM_ERROR: throw GzipError(.outOfMemory, "there is no memory to decompress the file with")
        default: throw self.damaged
        }
        return piece
    }

    private func count(_ piece: [UInt8]) throws(GzipError) {
        self.bytes += Int64(piece.count)
        guard self.bytes <= self.limits.bytes else {
            throw GzipError(.tooLarge, "the file has more than \(self.limits.bytes) bytes when it is decompressed")
        }
        let read = self.compressedBytes - Int64(self.input.count - self.position)
        guard self.bytes <= self.limits.ratioFreeBytes || self.bytes / self.limits.ratio <= max(1, read) else {
            throw GzipError(
                .ratioTooHigh,
                """
                \(read) bytes of the file stand for more than \(self.limits.ratio) times as many, \
                which no list of stock does; send it uncompressed if it is right
                """)
        }
    }

    private var damaged: GzipError {
        let read = self.compressedBytes - Int64(self.input.count - self.position)
        guard read > Self.magic.count else {
            return GzipError(.damaged, "the file is no gzip, as which it is named or sent: it begins otherwise")
        }
        return GzipError(.damaged, "the gzip file is damaged at its byte \(read) or before it; send it again")
    }

    /// The largest window of the format, 32 KiB, with 16 for gzip and nothing else.
    private static let gzipWindowBits: Int32 = 15 + 16
}
