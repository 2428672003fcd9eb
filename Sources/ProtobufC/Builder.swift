public import CProtobufC

/// A message that is written straight into the arena, for handlers that cannot afford a Swift value.
///
/// The setters of each message's fields are generated as extensions. What does not fit in the arena is left out and
/// the arena marked exhausted, which fails the message as a whole when it is encoded; setters therefore do not throw.
public struct Builder<M: Message>: ~Copyable, ~Escapable {
    /// protobuf-c's structure, for generated code.
    public let storage: UnsafeMutablePointer<M.Storage>
    /// Where the message lives.
    public let arena: Arena

    /// Starts an empty message.
    ///
    /// - Throws: ``EncodingError/tooLarge`` where the arena has no room for it.
    @inlinable
    @_lifetime(borrow arena)
    public init(in arena: borrowing Arena) throws(EncodingError) {
        let arena = copy arena
        guard let storage = arena.make(M.self) else { throw .tooLarge }
        self.storage = storage
        self.arena = arena
    }

    /// Goes on with a structure that another builder leads to, for generated code.
    @inlinable
    @_lifetime(immortal)
    public init(unchecked storage: UnsafeMutablePointer<M.Storage>, in arena: Arena) {
        self.storage = storage
        self.arena = arena
    }

    /// Replaces the whole message by a Swift value's fields.
    @inlinable
    public mutating func set(_ message: M) {
        M.initialize(self.storage)
        message.store(into: self.storage, in: self.arena)
    }
}

extension Arena {
    /// Copies a string's UTF-8 into the arena; empty above the limit.
    @inlinable
    public func store(_ text: String) -> ProtobufCBinaryData {
        var text = text
        return text.withUTF8 { self.store(UnsafeRawBufferPointer($0)) }
    }

    /// Copies borrowed text into the arena; empty above the limit.
    @inlinable
    public func store(_ text: borrowing TextView) -> ProtobufCBinaryData {
        self.store(text.bytes)
    }

    /// Copies bytes into the arena; empty above the limit.
    @inlinable
    public func store(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        bytes.withUnsafeBytes { self.store($0) }
    }

    @inlinable
    func store(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
        guard !bytes.isEmpty, let copy = self.allocate(bytes.count) else { return ProtobufCBinaryData() }
        copy.copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
        return ProtobufCBinaryData(len: bytes.count, data: copy.assumingMemoryBound(to: UInt8.self))
    }

    /// An array of `count` elements in the arena, not initialised; `nil` where `count` is 0 or above the limit.
    @inlinable
    public func makeArray<Element: BitwiseCopyable>(_: Element.Type, count: Int) -> UnsafeMutablePointer<Element>? {
        guard count > 0, count <= Int.max / MemoryLayout<Element>.stride else { return nil }
        guard let memory = self.allocate(count * MemoryLayout<Element>.stride) else { return nil }
        return memory.bindMemory(to: Element.self, capacity: count)
    }

    /// An array of pointers to initialised structures in the arena; `nil` where `count` is 0 or above the limit.
    @inlinable
    public func makeMessages<M: Message>(
        _: M.Type,
        count: Int
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<M.Storage>?>? {
        typealias Element = UnsafeMutablePointer<M.Storage>?
        guard count > 0, count <= Int.max / MemoryLayout<M.Storage>.stride / 2,
            let list = self.allocate(count * MemoryLayout<Element>.stride),
            let memory = self.allocate(count * MemoryLayout<M.Storage>.stride)
        else { return nil }
        let elements = list.bindMemory(to: Element.self, capacity: count)
        let structures = memory.bindMemory(to: M.Storage.self, capacity: count)
        for index in 0..<count {
            M.initialize(structures + index)
            (elements + index).initialize(to: structures + index)
        }
        return elements
    }
}
