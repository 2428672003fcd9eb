internal import CHiredis

/// hiredis' reader with a block of our own behind it: it never builds its tree of replies.
///
/// Bound to the event loop. It owns the reader's C memory, which goes with it.
final class ReplyReader {
    /// hiredis is fed in pieces of this many bytes: it moves what it has not read to the front of its buffer for each
    /// 1,024 bytes that it has, which costs little only where little is left.
    private static let chunkBytes = 4_096
    /// An empty buffer beyond this is let go.
    private static let keptBytes = 65_536

    private let reader: UnsafeMutablePointer<redisReader>
    private let maximumReplyBytes: Int
    /// The whole replies read since it was last emptied, and a beginning.
    let block = ReplyBlock()

    init(maximumReplyBytes: Int) {
        guard let reader = redisReaderCreateWithFunctions(ReplyReader.functions) else {
            preconditionFailure("there is no memory for a reader")
        }
        // hiredis hands this back with every object. It does not outlive the block: both end with this.
        reader.pointee.privdata = UnsafeMutableRawPointer(self.block.state)
        reader.pointee.maxbuf = ReplyReader.keptBytes
        self.reader = reader
        self.maximumReplyBytes = maximumReplyBytes
    }

    deinit { redisReaderFree(self.reader) }

    /// Reads bytes that arrived.
    ///
    /// - Parameter onReply: Called for each whole reply, which is then the last of ``block``; false ends the reading.
    /// - Returns: What is wrong with the bytes; nothing can be read afterwards.
    func read(_ bytes: UnsafeRawBufferPointer, onReply: () -> Bool) -> RedisError? {
        guard let start = bytes.baseAddress else { return nil }
        var offset = 0
        while offset < bytes.count {
            let count = min(bytes.count &- offset, ReplyReader.chunkBytes)
            let chunk = (start + offset).assumingMemoryBound(to: CChar.self)
            guard redisReaderFeed(self.reader, chunk, count) == REDIS_OK else { return self.violation }
            offset &+= count
            var reply: UnsafeMutableRawPointer?
            repeat {
                reply = nil
                guard redisReaderGetReply(self.reader, &reply) == REDIS_OK else { return self.violation }
                if reply != nil, !onReply() { return nil }
            } while reply != nil
            if self.waitingBytes > self.maximumReplyBytes { return self.tooLarge }
        }
        return nil
    }

    /// The bytes of what is not complete.
    private var waitingBytes: Int { self.reader.pointee.len &- self.reader.pointee.pos &+ self.block.byteCount }

    private var violation: RedisError {
        let text = withUnsafeBytes(of: self.reader.pointee.errstr) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.protocolViolation, "what the server sent is no RESP2 reply: \(text)", mayHaveRun: true)
    }

    private var tooLarge: RedisError {
        RedisError(
            .protocolViolation, "the replies to one batch exceed \(self.maximumReplyBytes) bytes", mayHaveRun: true)
    }
}

// MARK: - What hiredis calls

extension ReplyReader {
    /// hiredis keeps the pointer as long as a reader lives, so the table is never freed.
    ///
    /// `nonisolated(unsafe)`: it is written before anybody has it, and then only read.
    nonisolated(unsafe) private static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        functions.initialize(
            to: redisReplyObjectFunctions(
                createString: { ReplyReader.create($0, $1, $2) },
                createArray: { task, count in
                    // An element that is an array itself ends the flatness of the one that holds it.
                    if let task, let parent = task.pointee.parent, let object = parent.pointee.obj {
                        ReplyReader.block(task).pointee.items.elements[Int(bitPattern: object) &- 1].isFlat = false
                    }
                    return ReplyReader.append(
                        task, ReplyItem(kind: .array, isFlat: true, count: UInt32(max(count, 0)), value: 0))
                },
                createInteger: {
                    ReplyReader.append($0, ReplyItem(kind: .integer, isFlat: true, count: 0, value: $1))
                },
                createNil: { ReplyReader.append($0, ReplyItem(kind: .null, isFlat: true, count: 0, value: 0)) },
                freeObject: { _ in }
            ))
        return functions
    }()

    @inline(__always)
    private static func create(
        _ task: UnsafePointer<redisReadTask>?, _ start: UnsafeMutablePointer<CChar>?, _ count: Int
    ) -> UnsafeMutableRawPointer? {
        guard let task else { return nil }
        let kind: RedisReplyKind =
            switch task.pointee.type {
            case REDIS_REPLY_ERROR: .error
            case REDIS_REPLY_STATUS: .text
            default: .bytes
            }
        let block = ReplyReader.block(task)
        let offset = block.pointee.bytes.count
        if let start, count > 0 { block.pointee.bytes.append(UnsafeRawPointer(start), count: count) }
        return self.append(
            task, ReplyItem(kind: kind, isFlat: true, count: UInt32(truncatingIfNeeded: count), value: Int64(offset)))
    }

    /// Adds an item and names it to hiredis by its index, one higher since null would mean that memory ran out.
    @inline(__always)
    private static func append(
        _ task: UnsafePointer<redisReadTask>?, _ item: ReplyItem
    ) -> UnsafeMutableRawPointer? {
        guard let task else { return nil }
        let block = ReplyReader.block(task)
        let index = block.pointee.items.count
        if task.pointee.parent == nil { block.pointee.starts.append(UInt32(truncatingIfNeeded: index)) }
        block.pointee.items.append(item)
        return UnsafeMutableRawPointer(bitPattern: index &+ 1)
    }

    @inline(__always)
    private static func block(_ task: UnsafePointer<redisReadTask>) -> UnsafeMutablePointer<ReplyBlock.State> {
        task.pointee.privdata.assumingMemoryBound(to: ReplyBlock.State.self)
    }
}
