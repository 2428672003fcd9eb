public import CProtobufC

/// Memory for protobuf-c's structures that is taken piece by piece and given back all at once.
///
/// A message is unpacked into an arena, read or copied from there, and forgotten by ``reset()``: neither `malloc` nor
/// the walk that frees an unpacked message happens. An arena belongs to one event loop (or one thread) and is reused
/// for every message on it.
///
/// The arena is also the limit on what one message may cost: an allocation above the limit fails, the unpacking fails
/// with it, and ``isExhausted`` tells that from a malformed message.
///
/// This is a handle without a reference count, since counting would cost more than most allocations. It is valid as
/// long as its ``ArenaMemory``.
@frozen
public struct Arena {
    /// The bytes that an arena keeps between messages.
    public static let baseChunkBytes = 262_144
    /// The default limit of one message's structures: eight times the largest message that RPC takes by default.
    public static let defaultLimitBytes = 33_554_432
    /// protobuf-c aligns nothing itself; its structures hold nothing that needs more than this.
    @usableFromInline static let alignment = 16

    @usableFromInline
    struct State {
        /// Where the next allocation begins.
        @usableFromInline var cursor: UnsafeMutableRawPointer
        /// What is left of the chunk behind the cursor.
        @usableFromInline var remainingBytes: Int
        /// What further chunks may still take until the limit is reached.
        @usableFromInline var allowanceBytes: Int
        @usableFromInline var isExhausted: Bool
        @usableFromInline var hasFurtherChunks: Bool
        @usableFromInline let limitBytes: Int
        @usableFromInline let base: UnsafeMutableRawPointer
        @usableFromInline var furtherChunks: [UnsafeMutableRawPointer]
        /// What protobuf-c is given.
        @usableFromInline var allocator: ProtobufCAllocator
    }

    @usableFromInline let state: UnsafeMutablePointer<State>

    /// Makes an arena that nothing frees; see ``ArenaMemory``.
    fileprivate init(limitBytes: Int) {
        precondition(limitBytes >= 0, "the limit of an arena is \(limitBytes) bytes; it must not be negative")
        let base = UnsafeMutableRawPointer.allocate(byteCount: Arena.baseChunkBytes, alignment: Arena.alignment)
        self.state = .allocate(capacity: 1)
        let allocator = ProtobufCAllocator(
            alloc: { state, size in
                Arena.allocate(size, from: state.unsafelyUnwrapped.assumingMemoryBound(to: State.self))
            },
            free: { _, _ in },
            allocator_data: UnsafeMutableRawPointer(self.state)
        )
        self.state.initialize(
            to: State(
                cursor: base,
                remainingBytes: Arena.baseChunkBytes,
                allowanceBytes: limitBytes,
                isExhausted: false,
                hasFurtherChunks: false,
                limitBytes: limitBytes,
                base: base,
                furtherChunks: [],
                allocator: allocator
            )
        )
    }

    fileprivate func deallocate() {
        for chunk in self.state.pointee.furtherChunks { chunk.deallocate() }
        self.state.pointee.base.deallocate()
        self.state.deinitialize(count: 1)
        self.state.deallocate()
    }

    /// What protobuf-c is given.
    @inlinable
    var allocator: UnsafeMutablePointer<ProtobufCAllocator> {
        UnsafeMutableRawPointer(self.state).advanced(by: Arena.allocatorOffset)
            .assumingMemoryBound(to: ProtobufCAllocator.self)
    }

    @usableFromInline static let allocatorOffset = MemoryLayout<State>.offset(of: \.allocator) ?? 0

    /// Whether an allocation has failed since the last reset, because of the limit.
    @inlinable
    public var isExhausted: Bool { self.state.pointee.isExhausted }

    /// A position in the arena.
    @frozen
    public struct Mark {
        @usableFromInline let cursor: UnsafeMutableRawPointer

        @inlinable
        init(cursor: UnsafeMutableRawPointer) { self.cursor = cursor }
    }

    /// Where the next allocation begins, if the current chunk has room for it.
    @inlinable
    public var mark: Mark { Mark(cursor: self.state.pointee.cursor) }

    /// The bytes taken since a position; `nil` where they are not all in one chunk.
    @inlinable
    func bytesUsed(since mark: Mark) -> Int? {
        guard !self.state.pointee.hasFurtherChunks else { return nil }
        return self.state.pointee.cursor - mark.cursor
    }

    /// Forgets everything in the arena. Whatever pointed into it must not be used any more.
    @inlinable
    public func reset() {
        self.state.pointee.cursor = self.state.pointee.base
        self.state.pointee.remainingBytes = Arena.baseChunkBytes
        self.state.pointee.isExhausted = false
        if self.state.pointee.hasFurtherChunks { self.dropFurtherChunks() }
    }

    /// Lets the next message use the whole limit, while what earlier ones took stays.
    ///
    /// For the messages of one batch, which live in the arena together; the number of bytes in a batch is bounded by
    /// what one read brings.
    @inlinable
    public func beginMessage() {
        self.state.pointee.isExhausted = false
        self.state.pointee.allowanceBytes = self.state.pointee.limitBytes
    }

    /// Takes `size` bytes, aligned for any of protobuf-c's structures.
    ///
    /// - Returns: `nil` above the limit; ``isExhausted`` is true from then on until the next reset.
    @inlinable
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        Arena.allocate(size, from: self.state)
    }

    @inlinable
    static func allocate(_ size: Int, from state: UnsafeMutablePointer<State>) -> UnsafeMutableRawPointer? {
        // A negative or overflowing size cannot come from a message that is within the frame limits; it fails like
        // one above the limit.
        guard size >= 0, size <= Int.max - Arena.alignment else { return Arena.fail(state) }
        let rounded = (size &+ Arena.alignment &- 1) & ~(Arena.alignment &- 1)
        guard rounded <= state.pointee.remainingBytes else { return Arena.allocateFromNewChunk(rounded, state) }
        let address = state.pointee.cursor
        state.pointee.cursor = address + rounded
        state.pointee.remainingBytes &-= rounded
        return address
    }

    @usableFromInline
    @inline(never)
    static func allocateFromNewChunk(_ size: Int, _ state: UnsafeMutablePointer<State>) -> UnsafeMutableRawPointer? {
        let chunkBytes = min(max(size, Arena.baseChunkBytes), max(size, state.pointee.allowanceBytes))
        guard chunkBytes <= state.pointee.allowanceBytes else { return Arena.fail(state) }
        let chunk = UnsafeMutableRawPointer.allocate(byteCount: chunkBytes, alignment: Arena.alignment)
        state.pointee.furtherChunks.append(chunk)
        state.pointee.hasFurtherChunks = true
        state.pointee.allowanceBytes -= chunkBytes
        state.pointee.cursor = chunk + size
        state.pointee.remainingBytes = chunkBytes - size
        return chunk
    }

    @usableFromInline
    @inline(never)
    static func fail(_ state: UnsafeMutablePointer<State>) -> UnsafeMutableRawPointer? {
        state.pointee.isExhausted = true
        return nil
    }

    @usableFromInline
    @inline(never)
    func dropFurtherChunks() {
        for chunk in self.state.pointee.furtherChunks { chunk.deallocate() }
        self.state.pointee.furtherChunks.removeAll()
        self.state.pointee.hasFurtherChunks = false
        self.state.pointee.allowanceBytes = self.state.pointee.limitBytes
    }
}

/// Owns the memory of an arena.
public final class ArenaMemory {
    /// The arena; it must not be used once this object is gone.
    public let arena: Arena

    /// Makes an arena.
    ///
    /// - Parameter limitBytes: What all allocations between two resets may take, beyond the base chunk.
    public init(limitBytes: Int = Arena.defaultLimitBytes) { self.arena = Arena(limitBytes: limitBytes) }

    deinit { self.arena.deallocate() }

    /// Lends an arena that is gone when `body` returns.
    public static func with<Result: ~Copyable, Failure: Error>(
        limitBytes: Int = Arena.defaultLimitBytes,
        _ body: (Arena) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let memory = ArenaMemory(limitBytes: limitBytes)
        defer { withExtendedLifetime(memory) {} }
        return try body(memory.arena)
    }
}
