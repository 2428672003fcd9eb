/// The fixed first 24 bytes of every frame.
///
/// ```
///  length u32 | type u8 | flags u8 | meta length u16 | stream u32 | method or status u32 | time-out or credit u32 | caller u32
/// ```
///
/// All numbers are big-endian; `length` counts what follows it. See `docs/wire.md`, section 1.
public struct FrameHeader: Hashable, Sendable {
    /// The bytes that a header takes.
    public static let byteCount = 24
    /// The least value of ``length``: the header itself after its first field.
    public static let minimumLength: UInt32 = 20

    /// The number of bytes after this field.
    public var length: UInt32
    /// What kind of frame this is.
    public var type: FrameType
    /// The flags; which may be set depends on the type.
    public var flags: FrameFlags
    /// The number of bytes of meta between header and body.
    public var metaLength: UInt16
    /// The stream, or 0 for frames about the connection.
    public var stream: UInt32
    /// The method id, the status code, the magic or what a PING carries, depending on the type.
    public var word: UInt32
    /// The time-out in microseconds, the credit in bytes or the version, depending on the type.
    public var amount: UInt32
    /// The caller's number, or 0 for the connection's own.
    public var caller: UInt32

    /// A header for a frame with so many bytes of meta and body.
    ///
    /// - Precondition: `metaBytes` fits in 16 bits and the whole in 24; senders cut larger messages into fragments.
    @inlinable
    public init(
        _ type: FrameType,
        flags: FrameFlags = [],
        stream: UInt32 = 0,
        word: UInt32 = 0,
        amount: UInt32 = 0,
        caller: UInt32 = 0,
        metaBytes: Int = 0,
        bodyBytes: Int = 0
    ) {
        precondition(metaBytes >= 0 && metaBytes <= Int(UInt16.max), "\(metaBytes) bytes of meta do not fit in a frame")
        precondition(
            bodyBytes >= 0 && bodyBytes < 1 << 24 - Int(FrameHeader.minimumLength) - metaBytes,
            "\(bodyBytes) bytes of body do not fit in a frame"
        )
        self.length = FrameHeader.minimumLength &+ UInt32(truncatingIfNeeded: metaBytes &+ bodyBytes)
        self.type = type
        self.flags = flags
        self.metaLength = UInt16(truncatingIfNeeded: metaBytes)
        self.stream = stream
        self.word = word
        self.amount = amount
        self.caller = caller
    }

    /// Reads a header.
    ///
    /// - Precondition: 24 bytes from `offset` on lie within `bytes`.
    @inlinable
    public init(_ bytes: borrowing RawSpan, at offset: Int) {
        precondition(offset >= 0 && offset &+ FrameHeader.byteCount <= bytes.byteCount, "the header is incomplete")
        func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ position: Int, _: Value.Type) -> Value {
            Value(bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ position, as: Value.self))
        }
        self.length = integer(0, UInt32.self)
        self.type = FrameType(rawValue: integer(4, UInt8.self))
        self.flags = FrameFlags(rawValue: integer(5, UInt8.self))
        self.metaLength = integer(6, UInt16.self)
        self.stream = integer(8, UInt32.self)
        self.word = integer(12, UInt32.self)
        self.amount = integer(16, UInt32.self)
        self.caller = integer(20, UInt32.self)
    }

    /// Writes the header.
    ///
    /// - Precondition: `output` holds at least 24 bytes.
    @inlinable
    public func write(to output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= FrameHeader.byteCount, "\(output.count) bytes are too few for a header")
        output.storeBytes(of: self.length.bigEndian, toByteOffset: 0, as: UInt32.self)
        output.storeBytes(of: self.type.rawValue, toByteOffset: 4, as: UInt8.self)
        output.storeBytes(of: self.flags.rawValue, toByteOffset: 5, as: UInt8.self)
        output.storeBytes(of: self.metaLength.bigEndian, toByteOffset: 6, as: UInt16.self)
        output.storeBytes(of: self.stream.bigEndian, toByteOffset: 8, as: UInt32.self)
        output.storeBytes(of: self.word.bigEndian, toByteOffset: 12, as: UInt32.self)
        output.storeBytes(of: self.amount.bigEndian, toByteOffset: 16, as: UInt32.self)
        output.storeBytes(of: self.caller.bigEndian, toByteOffset: 20, as: UInt32.self)
    }

    /// The bytes of the whole frame.
    @inlinable
    public var frameBytes: Int { 4 &+ Int(self.length) }

    /// The bytes of the body.
    @inlinable
    public var bodyBytes: Int { Int(self.length) &- Int(FrameHeader.minimumLength) &- Int(self.metaLength) }

    /// What the frame costs of its stream's credit, if it is a DATA frame.
    @inlinable
    public var credit: Int { FrameHeader.byteCount &+ Int(self.metaLength) &+ self.bodyBytes }
}

extension FrameHeader {
    /// What stands at the front of the bytes that have arrived.
    public enum Scan: Hashable, Sendable {
        /// A whole frame with this header.
        case frame(FrameHeader)
        /// The beginning of a frame, valid as far as it goes.
        case incomplete
        /// Something that is not a frame, or one that its receiver does not accept.
        case violation(Violation)
    }

    /// Looks for a whole frame.
    ///
    /// The length is judged as soon as its four bytes are there, so that another protocol is recognised before
    /// anything waits for the rest of what it never meant to send.
    ///
    /// - Parameters:
    ///   - bytes: What has arrived.
    ///   - offset: Where the frame begins, at most the number of bytes.
    ///   - maximumLength: The largest ``length`` that is accepted.
    @inlinable
    public static func scan(_ bytes: borrowing RawSpan, at offset: Int, maximumLength: UInt32) -> Scan {
        let available = bytes.byteCount &- offset
        guard available >= FrameHeader.byteCount else {
            return FrameHeader.scanIncomplete(bytes, at: offset, maximumLength: maximumLength)
        }
        let header = FrameHeader(bytes, at: offset)
        guard header.length >= FrameHeader.minimumLength, header.length <= maximumLength else {
            return .violation(.frameLength(header.length))
        }
        guard header.bodyBytes >= 0 else { return .violation(.metaLength(header.metaLength)) }
        guard header.flags.isSubset(of: header.type.allowedFlags) else {
            return .violation(.flags(header.flags, header.type))
        }
        guard !header.flags.isContradictory || !header.type.isKnown else {
            return .violation(.flags(header.flags, header.type))
        }
        return available >= header.frameBytes ? .frame(header) : .incomplete
    }

    @usableFromInline
    @inline(never)
    static func scanIncomplete(_ bytes: borrowing RawSpan, at offset: Int, maximumLength: UInt32) -> Scan {
        var length: UInt32 = 0
        for position in 0..<min(4, bytes.byteCount - offset) {
            length |= UInt32(bytes.unsafeLoad(fromByteOffset: offset + position, as: UInt8.self)) << (24 - 8 * position)
        }
        guard length <= maximumLength else { return .violation(.frameLength(length)) }
        guard bytes.byteCount - offset < 4 || length >= FrameHeader.minimumLength else {
            return .violation(.frameLength(length))
        }
        return .incomplete
    }
}
