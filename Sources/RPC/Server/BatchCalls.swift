internal import NIOCore
public import ProtobufC
internal import RPCMessages
internal import Wire

/// The calls of a batch, without their types.
///
/// Calls that are deferred one by one become calls of their own. Those that are deferred together stay here, and not in
/// the table of streams: the connection looks for them here when they are cancelled or expire.
///
/// `@unchecked`: everything that changes is touched on the event loop only, which each way in from elsewhere sees to.
@usableFromInline
final class BatchCalls: @unchecked Sendable {
    /// The most calls that are handed to a handler at once.
    static let maximumCount = 512

    private enum State {
        /// It waits for its answer.
        case open
        /// Nobody waits for its answer any more.
        case abandoned
        /// It was answered, or is a call of its own now.
        case over
    }

    private struct Entry {
        let stream: UInt32
        let bodyBytes: UInt32
        var state: State
        /// Valid while the handler runs.
        let request: UnsafeRawPointer
        let arrival: CallArrival
    }

    let method: ServerMethod
    private let handler: ServerMethod.BatchHandler
    private let connection: ServerConnection
    private var entries: ContiguousArray<Entry> = []
    @usableFromInline let arena: Arena
    /// Of the calls that were deferred together, those that are not over.
    private var deferredCount = 0
    private var isDeferred = false
    /// The calls whose beginning the observer has not been told of.
    private var unannouncedCount = 0
    /// The calls that were answered OK and are not accounted for yet.
    private var succeeded = 0
    private var succeededBytes = 0

    /// Starts a batch; it borrows the loop's arena until ``run()``.
    init(_ connection: ServerConnection, _ method: ServerMethod, _ handler: ServerMethod.BatchHandler) {
        self.connection = connection
        self.method = method
        self.handler = handler
        self.arena = connection.loop.borrowArena()
        self.entries.reserveCapacity(64)
    }

    static var noAnswer: RPCError {
        RPCError(.internal, "the handler gave no answer", type: "internal", reason: .internal)
    }

    @usableFromInline
    var count: Int { self.entries.count }

    /// Decodes a call's request into the arena.
    func append(_ header: FrameHeader, _ arrival: CallArrival, _ body: borrowing RawSpan) throws(RPCError) {
        self.arena.beginMessage()
        let request = try self.handler.decode(body, self.arena)
        self.entries.append(
            Entry(
                stream: header.stream, bodyBytes: UInt32(truncatingIfNeeded: header.bodyBytes), state: .open,
                request: request, arrival: arrival))
        // One that came in pieces has begun with the first of them.
        if !header.flags.contains(.more) { self.unannouncedCount += 1 }
    }

    /// Runs the handler, and answers what it left.
    func run() {
        guard !self.entries.isEmpty else { return self.connection.loop.returnArena() }
        if self.method.hasObserver { self.method.callsBegan(self.unannouncedCount) }
        self.handler.run(self)
        if !self.isDeferred { self.failUnanswered() }
        self.connection.loop.returnArena()
    }

    @usableFromInline
    func request(_ index: Int) -> UnsafeRawPointer { self.entries[index].request }

    func arrival(_ index: Int) -> CallArrival { self.entries[index].arrival }

    func isOfSameCaller(_ index: Int) -> Bool {
        self.entries[index].arrival.caller === self.entries[index - 1].arrival.caller
    }
}

// MARK: - Answers

extension BatchCalls {
    /// Whether a call has no answer yet.
    @usableFromInline
    func takes(_ index: Int) -> Bool { self.entries[index].state != .over }

    @usableFromInline
    func answer(_ index: Int, _ response: borrowing EncodedMessage) {
        self.connection.loop.eventLoop.assertInEventLoop()
        switch self.entries[index].state {
        case .over: return
        case .abandoned: return self.ended(index, .cancelled)
        case .open: break
        }
        if response.maximumByteCount <= WireLimits.fragmentBytes {
            self.connection.frames.write(FrameHeader(.response, stream: self.entries[index].stream), response)
        } else {
            self.connection.answer(self.call(index), response)
        }
        self.ended(index, .ok)
    }

    func answer(_ index: Int, _ bytes: borrowing RawSpan) {
        self.connection.loop.eventLoop.assertInEventLoop()
        switch self.entries[index].state {
        case .over: return
        case .abandoned: return self.ended(index, .cancelled)
        case .open: break
        }
        if bytes.byteCount <= WireLimits.fragmentBytes {
            let stream = self.entries[index].stream
            self.connection.frames.write(
                FrameHeader(.response, stream: stream, bodyBytes: bytes.byteCount), body: bytes)
        } else {
            self.connection.answer(self.call(index), bytes)
        }
        self.ended(index, .ok)
    }

    @usableFromInline
    func fail(_ index: Int, _ error: RPCError) {
        self.connection.loop.eventLoop.assertInEventLoop()
        guard self.entries[index].state != .over else { return }
        if self.entries[index].state == .open { self.connection.refuse(self.entries[index].stream, error) }
        self.ended(index, error.code)
    }

    func failUnanswered() {
        guard !self.isDeferred || self.deferredCount > 0 else { return }
        for index in self.entries.indices where self.entries[index].state != .over { self.fail(index, Self.noAnswer) }
    }

    private func call(_ index: Int) -> UnopenedCall {
        let entry = self.entries[index]
        let header = FrameHeader(
            .request, flags: .endStream, stream: entry.stream, word: self.method.id, bodyBytes: Int(entry.bodyBytes))
        return UnopenedCall(method: self.method, header: header, arrival: entry.arrival)
    }

    @inline(__always)
    private func ended(_ index: Int, _ code: StatusCode) {
        self.entries[index].state = .over
        self.account(index, code)
        guard self.isDeferred else { return }
        self.connection.runningCalls -= 1
        self.connection.heldBytes -= Int(self.entries[index].bodyBytes)
        self.deferredCount -= 1
        if self.deferredCount == 0 { self.connection.deferredEnded(self) }
    }

    /// What went well is accounted for together at the end of the tick.
    @inline(__always)
    private func account(_ index: Int, _ code: StatusCode) {
        self.method.callEnded()
        guard self.method.hasObserver else { return }
        guard code == .ok else { return self.accountForFailure(index, code) }
        if self.succeeded == 0 { self.connection.loop.accountLater(self) }
        self.succeeded &+= 1
        self.succeededBytes &+= Int(self.entries[index].bodyBytes)
    }

    private func accountForFailure(_ index: Int, _ code: StatusCode) {
        let entry = self.entries[index]
        self.method.observer?.callsEnded(
            self.method.descriptor, code, count: 1, nanoseconds: self.nanoseconds(until: .now()),
            requestBytes: Int(entry.bodyBytes))
    }

    /// Tells the observer of the calls that were answered OK since the last time.
    func account(at now: NIODeadline) {
        self.method.observer?.callsEnded(
            self.method.descriptor, .ok, count: self.succeeded, nanoseconds: self.nanoseconds(until: now),
            requestBytes: self.succeededBytes)
        self.succeeded = 0
        self.succeededBytes = 0
    }

    /// The calls came in one read.
    private func nanoseconds(until now: NIODeadline) -> UInt64 {
        guard let first = self.entries.first else { return 0 }
        return UInt64(max(0, (now - first.arrival.time).nanoseconds))
    }
}

// MARK: - Deferring

extension BatchCalls {
    func `defer`(_ index: Int) -> ServerCall {
        precondition(self.entries[index].state == .open, "call \(index) of the batch is answered already")
        self.entries[index].state = .over
        let unopened = self.call(index)
        let call = ServerCall(self.connection, self.method, unopened.header, unopened.arrival)
        call.open()
        return call
    }

    /// Keeps the calls that have no answer yet.
    func deferRest() {
        precondition(!self.isDeferred, "the calls of the batch are deferred already")
        self.isDeferred = true
        var heldBytes = 0
        var deadline = NIODeadline.distantFuture
        for entry in self.entries where entry.state == .open {
            self.deferredCount += 1
            heldBytes += Int(entry.bodyBytes)
            deadline = min(deadline, entry.arrival.deadline)
        }
        guard self.deferredCount > 0 else { return }
        self.connection.runningCalls += self.deferredCount
        self.connection.heldBytes += heldBytes
        self.connection.deferred(self, until: deadline)
    }

    /// A caller does not want its answer any more.
    ///
    /// - Returns: Whether it is one of these calls.
    func cancelled(_ stream: UInt32) -> Bool {
        guard let index = self.entries.firstIndex(where: { $0.stream == stream && $0.state != .over }) else {
            return false
        }
        self.entries[index].state = .abandoned
        return true
    }

    /// The connection is gone.
    func abandon() {
        for index in self.entries.indices where self.entries[index].state == .open {
            self.entries[index].state = .abandoned
        }
    }

    /// Fails the calls whose deadline has passed.
    ///
    /// - Returns: The next deadline.
    func expire(_ now: NIODeadline) -> NIODeadline {
        var next = NIODeadline.distantFuture
        for index in self.entries.indices where self.entries[index].state == .open {
            let deadline = self.entries[index].arrival.deadline
            if deadline <= now {
                self.connection.writeFailure(self.entries[index].stream, ServerConnection.deadlineExceeded)
                self.entries[index].state = .abandoned
            } else {
                next = min(next, deadline)
            }
        }
        return next
    }

    /// Runs a function on the event loop: at once if this is it.
    func onEventLoop(_ body: @escaping @Sendable (BatchCalls) -> Void) {
        let eventLoop = self.connection.loop.eventLoop
        if eventLoop.inEventLoop { body(self) } else { eventLoop.execute { body(self) } }
    }

    func withArena(_ body: (Arena) -> Void) {
        let arena = self.connection.loop.borrowArena()
        defer { self.connection.loop.returnArena() }
        body(arena)
    }
}
