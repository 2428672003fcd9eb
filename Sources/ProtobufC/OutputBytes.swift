/// Bytes that are about to be sent, in memory that is kept for the next ones.
///
/// A plain growing block: appending is a bounds check and a copy, without the reference counting and exclusivity
/// checks that a general buffer pays for. It belongs to one event loop.
public final class OutputBytes {
    /// The bytes that an empty block begins with.
    public static let initialCapacity = 16_384
    /// A block that grew beyond this is cut back when it is emptied.
    public static let keptCapacity = 1_048_576

    @usableFromInline
    struct State {
        @usableFromInline var start: UnsafeMutableRawPointer
        @usableFromInline var count: Int
        @usableFromInline var capacity: Int
    }

    @usableFromInline let state: UnsafeMutablePointer<State>

    /// An empty block.
    public init() {
        self.state = .allocate(capacity: 1)
        self.state.initialize(
            to: State(
                start: .allocate(byteCount: Self.initialCapacity, alignment: 16), count: 0,
                capacity: Self.initialCapacity))
    }

    deinit {
        self.state.pointee.start.deallocate()
        self.state.deallocate()
    }

    /// The number of bytes.
    @inlinable
    public var count: Int { self.state.pointee.count }

    /// Appends `byteCount` bytes that `write` fills.
    ///
    /// - Precondition: `write` fills all of them.
    @inlinable
    @inline(__always)
    public func append(_ byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        if byteCount > self.state.pointee.capacity &- self.state.pointee.count { self.grow(byteCount) }
        write(
            UnsafeMutableRawBufferPointer(start: self.state.pointee.start + self.state.pointee.count, count: byteCount))
        self.state.pointee.count &+= byteCount
    }

    /// Appends as many bytes as `write` fills of at most `maximumByteCount`.
    ///
    /// - Precondition: `write` returns how many it filled.
    @inlinable
    @inline(__always)
    public func append(upTo maximumByteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        if maximumByteCount > self.state.pointee.capacity &- self.state.pointee.count { self.grow(maximumByteCount) }
        let written = write(
            UnsafeMutableRawBufferPointer(
                start: self.state.pointee.start + self.state.pointee.count, count: maximumByteCount))
        self.state.pointee.count &+= written
    }

    /// Appends bytes.
    @inlinable
    public func append(_ bytes: UnsafeRawBufferPointer) {
        self.append(bytes.count) { $0.copyMemory(from: bytes) }
    }

    /// Reads the bytes.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: self.state.pointee.start, count: self.state.pointee.count))
    }

    /// Forgets the bytes.
    public func removeAll() {
        self.state.pointee.count = 0
        guard self.state.pointee.capacity > Self.keptCapacity else { return }
        self.state.pointee.start.deallocate()
        self.state.pointee.start = .allocate(byteCount: Self.initialCapacity, alignment: 16)
        self.state.pointee.capacity = Self.initialCapacity
    }

    @usableFromInline
    @inline(never)
    func grow(_ byteCount: Int) {
        let capacity = max(self.state.pointee.capacity * 2, self.state.pointee.count + byteCount)
        let start = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        start.copyMemory(from: self.state.pointee.start, byteCount: self.state.pointee.count)
        self.state.pointee.start.deallocate()
        self.state.pointee.start = start
        self.state.pointee.capacity = capacity
    }
}
