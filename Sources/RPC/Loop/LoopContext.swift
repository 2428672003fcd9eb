internal import NIOCore
internal import ProtobufC

/// What all connections of one event loop share: the executor, the arena, and the buffers that wait to be flushed.
///
/// Memory belongs to the loop and not to the connection, so that an idle connection costs next to nothing.
///
/// `@unchecked`: everything but the constants is touched on the event loop only.
final class LoopContext: @unchecked Sendable {
    /// Blocks and buffers that are kept for the next write; more are let go.
    private static let maximumSpares = 64
    /// A buffer that grew beyond this is let go after its write.
    private static let maximumSpareBufferBytes = 1_048_576

    let eventLoop: any EventLoop
    let executor: LoopExecutor
    let handlerTasks: HandlerTasks
    private let memory = ArenaMemory()
    private var arenaUsers = 0
    private var spareOutputs: [OutputBytes] = []
    private var spareBuffers: [ByteBuffer] = []
    private var unflushed: [OutboundFrames] = []
    /// The batches whose calls the observer is to be told of.
    private var unaccounted: [BatchCalls] = []
    private var isFlushScheduled = false
    private let allocator = ByteBufferAllocator()

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.executor = LoopExecutor(eventLoop)
        self.handlerTasks = HandlerTasks(self.executor)
        self.executor.afterJobs = { [weak self] in
            self?.handlerTasks.run()
            self?.flushAll()
        }
    }

    /// The arena, until the matching ``returnArena()``. Borrowings nest: what a batch holds in it survives an answer
    /// that is encoded meanwhile.
    func borrowArena() -> Arena {
        self.eventLoop.assertInEventLoop()
        self.arenaUsers += 1
        return self.memory.arena
    }

    /// Ends a borrowing; the last one forgets what is in the arena.
    func returnArena() {
        self.arenaUsers -= 1
        assert(self.arenaUsers >= 0, "the arena was returned more often than borrowed")
        if self.arenaUsers == 0 { self.memory.arena.reset() }
    }

    /// An empty block to write frames into.
    func takeOutput() -> OutputBytes { self.spareOutputs.popLast() ?? OutputBytes() }

    /// Empties a block and keeps it.
    func giveBack(_ output: OutputBytes) {
        output.removeAll()
        if self.spareOutputs.count < LoopContext.maximumSpares { self.spareOutputs.append(output) }
    }

    /// The bytes of a block from an offset on, as the channel wants them; the block is given back.
    func buffer(of output: OutputBytes, from start: Int) -> ByteBuffer {
        let byteCount = output.count - start
        var buffer = self.spareBuffers.popLast() ?? self.allocator.buffer(capacity: byteCount)
        // Where the last write still holds the storage, this takes new one.
        buffer.clear(minimumCapacity: byteCount)
        output.withBytes { _ = buffer.writeBytes($0[start...]) }
        self.giveBack(output)
        return buffer
    }

    /// Gives a buffer back after it was handed to the channel.
    func giveBack(_ buffer: ByteBuffer) {
        guard self.spareBuffers.count < LoopContext.maximumSpares,
            buffer.storageCapacity <= LoopContext.maximumSpareBufferBytes
        else { return }
        self.spareBuffers.append(buffer)
    }

    /// Has a connection's frames flushed once the current tick is over.
    func flushLater(_ frames: OutboundFrames) {
        self.unflushed.append(frames)
        self.scheduleFlush()
    }

    /// Has a batch tell of its answered calls once the current tick is over.
    func accountLater(_ calls: BatchCalls) {
        self.unaccounted.append(calls)
        self.scheduleFlush()
    }

    private func scheduleFlush() {
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        self.eventLoop.execute { self.flushAll() }
    }

    private func flushAll() {
        self.isFlushScheduled = false
        self.accountAll()
        guard !self.unflushed.isEmpty else { return }
        var frames: [OutboundFrames] = []
        swap(&frames, &self.unflushed)
        for frames in frames { frames.flush() }
        frames.removeAll(keepingCapacity: true)
        if self.unflushed.isEmpty { self.unflushed = frames }
    }

    /// Before the answers go out, so that whoever has one finds it accounted for.
    private func accountAll() {
        guard !self.unaccounted.isEmpty else { return }
        let now = NIODeadline.now()
        for calls in self.unaccounted { calls.account(at: now) }
        self.unaccounted.removeAll(keepingCapacity: true)
    }
}

/// The contexts of an event loop group's loops.
struct LoopContexts: Sendable {
    private let contexts: [LoopContext]

    init(_ group: any EventLoopGroup) {
        self.contexts = group.makeIterator().map { LoopContext($0) }
    }

    /// The context of a loop; `nil` for a loop of another group.
    subscript(eventLoop: any EventLoop) -> LoopContext? {
        self.contexts.first { $0.eventLoop === eventLoop }
    }

    var all: [LoopContext] { self.contexts }
}
