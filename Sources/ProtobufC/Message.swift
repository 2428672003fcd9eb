public import CProtobufC

/// A protobuf message as a Swift value, coded by protobuf-c.
///
/// Conformances are generated from the proto files. A message is a plain value: it shares nothing with the bytes that
/// it came from, and may be kept and sent to other threads. Handlers that cannot afford the copy read a ``View`` and
/// write a ``Builder`` instead.
///
/// Fields that this version of the schema does not know are dropped when a value is made; enum values that it does
/// not know are kept.
public protocol Message: Sendable, Hashable {
    /// The structure that protobuf-c generated for this message.
    associatedtype Storage

    /// The full proto name, for example `driveline.echo.v1.EchoRequest`.
    static var fullName: String { get }

    /// A message with no field set.
    init()

    /// Copies the fields out of protobuf-c's structure, whose text must have been checked.
    init(copying storage: UnsafePointer<Storage>)

    /// Puts protobuf-c's initial value into a structure.
    static func initialize(_ storage: UnsafeMutablePointer<Storage>)

    /// Decodes bytes into a structure in memory of the allocator; `nil` where they are malformed or memory is
    /// refused.
    static func unpack(
        _ bytes: UnsafeRawBufferPointer,
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>
    ) -> UnsafeMutablePointer<Storage>?

    /// Reports each text field that is not UTF-8 or holds a NUL.
    static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations)

    /// Reports each field that breaks its `(driveline.field)` rules.
    static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations)

    /// Puts the fields into an initialised structure; text, bytes and nested messages are copied into the arena.
    func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena)
}

extension Message {
    /// Decodes a structure in the arena and checks its text.
    ///
    /// - Throws: ``DecodingError`` with the reason: malformed, too large, or the fields whose text is invalid.
    @inlinable
    public static func decode(
        _ bytes: borrowing RawSpan,
        in arena: Arena
    ) throws(DecodingError) -> UnsafePointer<Storage> {
        guard let storage = bytes.withUnsafeBytes({ Self.unpack($0, arena.allocator) }) else {
            throw arena.isExhausted ? .tooLarge : .malformed
        }
        var violations = FieldViolations()
        Self.checkText(storage, into: &violations)
        guard violations.isEmpty else { throw .invalidText(violations) }
        return UnsafePointer(storage)
    }

    /// Decodes a value, with the arena as scratch memory.
    ///
    /// - Throws: ``DecodingError``.
    @inlinable
    public init(decoding bytes: borrowing RawSpan, in arena: Arena) throws(DecodingError) {
        self.init(copying: try Self.decode(bytes, in: arena))
    }

    /// Decodes a value from bytes in an array. For tests and tools: it makes an arena of its own each time.
    ///
    /// - Throws: ``DecodingError``.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        self = try ArenaMemory.with { (arena) throws(DecodingError) in try Self(decoding: bytes.span.bytes, in: arena) }
    }

    /// Puts the value into a structure of protobuf-c's in the arena, ready to be packed.
    ///
    /// - Throws: ``EncodingError`` where the arena's limit does not suffice.
    @inlinable
    @_lifetime(borrow arena)
    public func encoded(in arena: borrowing Arena) throws(EncodingError) -> EncodedMessage {
        let begin = arena.mark
        guard let storage = arena.make(Self.self) else { throw .tooLarge }
        self.store(into: storage, in: arena)
        return try EncodedMessage(storage, since: begin, in: arena)
    }

    /// The encoded bytes in an array, with the arena, which may serve many messages, as scratch memory.
    ///
    /// - Throws: ``EncodingError`` where the arena's limit does not suffice.
    @inlinable
    public func bytes(in arena: borrowing Arena) throws(EncodingError) -> [UInt8] {
        let encoded = try self.encoded(in: arena)
        return [UInt8](unsafeUninitializedCapacity: encoded.maximumByteCount) { buffer, count in
            count = encoded.pack(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// The encoded bytes in an array. For tests and tools: it makes an arena of its own each time.
    ///
    /// - Throws: ``EncodingError``.
    public func encodedBytes() throws(EncodingError) -> [UInt8] {
        try ArenaMemory.with { (arena) throws(EncodingError) in try self.bytes(in: arena) }
    }

    /// The fields of the value that break their rules, with the arena as scratch memory. For messages that the dispatcher
    /// leaves to their handler.
    ///
    /// - Throws: ``EncodingError`` where the arena's limit does not suffice.
    public func ruleViolations(in arena: borrowing Arena) throws(EncodingError) -> FieldViolations {
        let begin = arena.mark
        guard let storage = arena.make(Self.self) else { throw .tooLarge }
        self.store(into: storage, in: arena)
        // It says whether all of the value found room.
        _ = try EncodedMessage(storage, since: begin, in: arena)
        return Self.ruleViolations(storage)
    }

    /// The fields that break their rules.
    @inlinable
    public static func ruleViolations(_ storage: UnsafePointer<Storage>) -> FieldViolations {
        var violations = FieldViolations()
        Self.checkRules(storage, into: &violations)
        return violations
    }
}

extension Arena {
    /// An initialised structure for a message, or `nil` above the limit.
    @inlinable
    public func make<M: Message>(_: M.Type) -> UnsafeMutablePointer<M.Storage>? {
        guard let memory = self.allocate(MemoryLayout<M.Storage>.size) else { return nil }
        let storage = memory.bindMemory(to: M.Storage.self, capacity: 1)
        M.initialize(storage)
        return storage
    }
}
