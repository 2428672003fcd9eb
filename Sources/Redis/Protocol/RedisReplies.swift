/// The replies to one batch, one for each command in its order, borrowed from what was read.
///
/// Valid only while the completion that was handed them runs; the compiler does not let them escape.
public struct RedisReplies: ~Escapable {
    private let block: UnsafePointer<ReplyBlock.State>

    @_lifetime(borrow block)
    init(_ block: borrowing ReplyBlock) { self.block = UnsafePointer(block.state) }

    /// The number of replies.
    public var count: Int { self.block.pointee.starts.count }

    /// The reply to a command, which must be in `0..<count`. It may be an error: ``RedisReplyView/error``.
    public subscript(index: Int) -> RedisReplyView {
        @_lifetime(copy self)
        get {
            precondition(index >= 0 && index < self.count, "index \(index) is not below \(self.count)")
            let start = Int(self.block.pointee.starts.elements[index])
            return _overrideLifetime(RedisReplyView(unchecked: self.block, item: start), copying: self)
        }
    }
}

/// One reply, or an element of one, borrowed from what was read.
public struct RedisReplyView: ~Escapable {
    private let block: UnsafePointer<ReplyBlock.State>
    private let index: Int

    /// - Precondition: The block outlives the view, and has that item.
    @_lifetime(immortal)
    init(unchecked block: UnsafePointer<ReplyBlock.State>, item index: Int) {
        self.block = block
        self.index = index
    }

    private var item: ReplyItem { self.block.pointee.items.elements[self.index] }

    private var buffer: UnsafeRawBufferPointer {
        let item = self.item
        switch item.kind {
        case .text, .bytes, .error:
            return UnsafeRawBufferPointer(
                start: self.block.pointee.bytes.elements + Int(item.value), count: Int(item.count))
        case .integer, .null, .array: return UnsafeRawBufferPointer(start: nil, count: 0)
        }
    }

    /// What it is.
    public var kind: RedisReplyKind { self.item.kind }

    /// Whether there is nothing.
    public var isNull: Bool { self.item.kind == .null }

    /// The bytes of a value, a text or an error, without a copy; none for what has no bytes.
    public var bytes: RawSpan {
        @_lifetime(copy self)
        get { _overrideLifetime(RawSpan(_unsafeBytes: self.buffer), copying: self) }
    }

    /// The number, where the reply is one.
    public var integer: Int64? { self.item.kind == .integer ? self.item.value : nil }

    /// The server's refusal, where the reply is one.
    public var error: RedisError? {
        guard self.item.kind == .error else { return nil }
        let message = self.buffer.prefix(RedisError.maximumMessageBytes)
        return RedisError(server: String(decoding: message, as: UTF8.self))
    }

    /// The number of elements of an array; 0 for anything else.
    public var count: Int { self.item.kind == .array ? Int(self.item.count) : 0 }

    /// An element of an array, which must be in `0..<count`.
    ///
    /// Cost: constant where no element is an array itself; otherwise all elements before it are passed.
    public subscript(index: Int) -> RedisReplyView {
        @_lifetime(copy self)
        get {
            precondition(index >= 0 && index < self.count, "index \(index) is not below \(self.count)")
            var item = self.index &+ 1
            if self.item.isFlat {
                item &+= index
            } else {
                for _ in 0..<index { item = self.next(after: item) }
            }
            return _overrideLifetime(RedisReplyView(unchecked: self.block, item: item), copying: self)
        }
    }

    /// Where the items of one reply end. hiredis nests no deeper than 7, which bounds the recursion.
    private func next(after item: Int) -> Int {
        let array = self.block.pointee.items.elements[item]
        guard array.kind == .array else { return item &+ 1 }
        var next = item &+ 1
        for _ in 0..<array.count { next = self.next(after: next) }
        return next
    }

    /// A copy that may be kept.
    public func copy() -> RedisReply {
        switch self.item.kind {
        case .text: .text(String(decoding: self.buffer, as: UTF8.self))
        case .bytes: .bytes([UInt8](self.buffer))
        case .integer: .integer(self.item.value)
        case .null: .null
        case .error: .error(self.error ?? RedisError(server: ""))
        case .array: .array(self.copyElements())
        }
    }

    private func copyElements() -> [RedisReply] {
        var elements: [RedisReply] = []
        elements.reserveCapacity(self.count)
        var item = self.index &+ 1
        for _ in 0..<self.count {
            elements.append(RedisReplyView(unchecked: self.block, item: item).copy())
            item = self.next(after: item)
        }
        return elements
    }
}

/// What came of a batch: its replies, or one failure for all of it.
public struct RedisOutcome: ~Escapable {
    private let replies: RedisReplies?
    private let failure: RedisError?

    @_lifetime(borrow block)
    init(_ block: borrowing ReplyBlock) {
        self.replies = RedisReplies(block)
        self.failure = nil
    }

    @_lifetime(immortal)
    init(failure: RedisError) {
        self.replies = nil
        self.failure = failure
    }

    /// The replies.
    ///
    /// - Throws: Why there are none: ``RedisError/mayHaveRun`` says whether the commands may have been carried out. A
    ///   refusal of one command is a reply of its own, and not thrown.
    @_lifetime(copy self)
    public func get() throws(RedisError) -> RedisReplies {
        guard let replies = self.replies else {
            throw self.failure ?? RedisError(.connectionLost, "there is no reply", mayHaveRun: true)
        }
        return replies
    }
}
