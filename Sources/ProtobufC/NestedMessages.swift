public import CProtobufC

// What generated code handles messages inside of messages with.

extension Message {
    /// Decodes bytes into a structure, for messages that protobuf-c makes no unpack function for: those that are
    /// nested in another.
    @inlinable
    public static func unpackByDescriptor(
        _ bytes: UnsafeRawBufferPointer,
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>
    ) -> UnsafeMutablePointer<Storage>? {
        // The descriptor's address is known from an initialised structure only: Swift imports the constant itself by
        // value.
        let descriptor = withUnsafeTemporaryAllocation(of: Storage.self, capacity: 1) { memory in
            let storage = memory.baseAddress.unsafelyUnwrapped
            Self.initialize(storage)
            return UnsafeRawPointer(storage).load(as: ProtobufCMessage.self).descriptor
        }
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let message = protobuf_c_message_unpack(descriptor, allocator, bytes.count, start) else { return nil }
        return UnsafeMutableRawPointer(message).assumingMemoryBound(to: Storage.self)
    }

    /// Copies a message that stands for its default where it is absent.
    @inlinable
    public init(copyingOrEmpty storage: UnsafeMutablePointer<Storage>?) {
        guard let storage else {
            self.init()
            return
        }
        self.init(copying: UnsafePointer(storage))
    }
}

extension Optional where Wrapped: Message {
    /// Copies a message that may be absent.
    @inlinable
    public init(copying storage: UnsafeMutablePointer<Wrapped.Storage>?) {
        self = storage.map { Wrapped(copying: UnsafePointer($0)) }
    }
}

extension Arena {
    /// Stores a message that may be absent; `nil` above the limit.
    @inlinable
    public func storeMessage<M: Message>(_ message: M?) -> UnsafeMutablePointer<M.Storage>? {
        guard let message, let storage = self.make(M.self) else { return nil }
        message.store(into: storage, in: self)
        return storage
    }

    /// Hands out a message to be written: the one that is there, or an empty one; `nil` above the limit.
    @inlinable
    public func build<M: Message>(
        _ present: UnsafeMutablePointer<M.Storage>?,
        _ write: (inout Builder<M>) -> Void
    ) -> UnsafeMutablePointer<M.Storage>? {
        guard let storage = present ?? self.make(M.self) else { return nil }
        var builder = Builder<M>(unchecked: storage, in: self)
        write(&builder)
        return storage
    }
}
