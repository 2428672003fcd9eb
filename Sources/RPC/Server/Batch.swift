internal import NIOCore
public import ProtobufC
internal import RPCMessages
internal import Wire

/// The calls of a batch method that came in one read.
///
/// A batch handler answers each call: at once by ``respond(to:_:)`` or ``fail(_:_:)``, or later through
/// ``defer(_:)``. A call that gets none of these is answered INTERNAL.
public struct Batch<Request: Message, Response: Message>: ~Escapable {
    @usableFromInline let calls: BatchCalls

    @inlinable
    @_lifetime(borrow calls)
    init(_ calls: borrowing BatchCalls) { self.calls = copy calls }

    /// The number of calls, at least 1 and at most 512.
    @inlinable
    public var count: Int { self.calls.count }

    /// The request of a call, which must be in `0..<count`.
    @inlinable
    public subscript(index: Int) -> View<Request> {
        @_lifetime(copy self)
        get {
            let storage = self.calls.request(index).assumingMemoryBound(to: Request.Storage.self)
            return _overrideLifetime(View(unchecked: storage), copying: self)
        }
    }

    /// On whose behalf a call is made.
    public func caller(_ index: Int) -> CallerIdentity { self.calls.caller(index) }

    /// A call's metadata.
    public func metadata(_ index: Int) -> Metadata { self.calls.arrival(index).metadata }

    /// The trace that a call belongs to.
    public func trace(_ index: Int) -> TraceContext? { self.calls.arrival(index).trace }

    /// Answers a call with a message that is written in place.
    @inlinable
    public func respond(to index: Int, _ write: (inout Builder<Response>) -> Void) {
        guard self.calls.takes(index) else { return }
        let arena = self.calls.arena
        do throws(EncodingError) {
            let begin = arena.mark
            var response = try Builder<Response>(in: arena)
            write(&response)
            self.calls.answer(index, try EncodedMessage(response.storage, since: begin, in: arena))
        } catch {
            self.calls.fail(index, RPCError(error, of: Response.fullName))
        }
    }

    /// Answers a call with a message that is encoded already; nothing looks at the bytes.
    public func respond(to index: Int, encoded bytes: borrowing RawSpan) {
        guard self.calls.takes(index) else { return }
        self.calls.answer(index, bytes)
    }

    /// Answers a call with a failure.
    public func fail(_ index: Int, _ error: RPCError) {
        guard self.calls.takes(index) else { return }
        self.calls.fail(index, error)
    }

    /// Keeps a call open, to be answered when its answer is known. What the handler needs of the request must be
    /// copied.
    public func `defer`(_ index: Int) -> Reply<Response> { Reply(self.calls.defer(index)) }
}

/// The calls of a batch, without their types. Bound to the event loop, and used again for the batches of later reads.
@usableFromInline
final class BatchCalls {
    /// The most calls that are handed to a handler at once.
    static let maximumCount = 512

    private struct Entry {
        let stream: UInt32
        let bodyBytes: UInt32
        var isAnswered: Bool
        let request: UnsafeRawPointer
        let arrival: CallArrival
    }

    let method: ServerMethod
    private let handler: ServerMethod.BatchHandler
    private let connection: ServerConnection
    private var entries: ContiguousArray<Entry> = []
    @usableFromInline let arena: Arena

    /// Starts a batch; it borrows the loop's arena until ``run()``.
    init(_ connection: ServerConnection, _ method: ServerMethod, _ handler: ServerMethod.BatchHandler) {
        self.connection = connection
        self.method = method
        self.handler = handler
        self.arena = connection.loop.borrowArena()
        self.entries.reserveCapacity(64)
    }

    @usableFromInline
    var count: Int { self.entries.count }

    /// Decodes a call's request into the arena.
    func append(_ header: FrameHeader, _ arrival: CallArrival, _ body: borrowing RawSpan) throws(RPCError) {
        self.arena.beginMessage()
        let request = try self.handler.decode(body, self.arena)
        self.entries.append(
            Entry(
                stream: header.stream, bodyBytes: UInt32(truncatingIfNeeded: header.bodyBytes), isAnswered: false,
                request: request, arrival: arrival))
    }

    /// Runs the handler, and answers what it left.
    func run() {
        if !self.entries.isEmpty { self.handler.run(self) }
        for index in self.entries.indices where !self.entries[index].isAnswered {
            self.fail(index, RPCError(.internal, "the handler gave no answer", type: "internal", reason: .internal))
        }
        self.entries.removeAll()
        self.connection.loop.returnArena()
    }

    @usableFromInline
    func request(_ index: Int) -> UnsafeRawPointer { self.entries[index].request }

    func caller(_ index: Int) -> CallerIdentity { self.entries[index].arrival.caller.identity }

    func arrival(_ index: Int) -> CallArrival { self.entries[index].arrival }

    /// Whether a call has no answer yet.
    @usableFromInline
    func takes(_ index: Int) -> Bool { !self.entries[index].isAnswered }

    @usableFromInline
    func answer(_ index: Int, _ response: borrowing EncodedMessage) {
        let stream = self.entries[index].stream
        if response.maximumByteCount <= WireLimits.fragmentBytes {
            self.connection.frames.write(
                FrameHeader(.response, stream: stream), response)
        } else {
            self.connection.answer(self.call(index), response)
        }
        self.ended(index, .ok)
    }

    func answer(_ index: Int, _ bytes: borrowing RawSpan) {
        self.connection.answer(self.call(index), bytes)
        self.ended(index, .ok)
    }

    @usableFromInline
    func fail(_ index: Int, _ error: RPCError) {
        self.connection.refuse(self.entries[index].stream, error)
        self.ended(index, error.code)
    }

    private func call(_ index: Int) -> UnopenedCall {
        let entry = self.entries[index]
        let header = FrameHeader(
            .request, flags: .endStream, stream: entry.stream, word: self.method.id, bodyBytes: Int(entry.bodyBytes))
        return UnopenedCall(method: self.method, header: header, arrival: entry.arrival)
    }

    @inline(__always)
    private func ended(_ index: Int, _ code: StatusCode) {
        self.entries[index].isAnswered = true
        guard self.method.hasObserver else { return self.method.callEnded() }
        let call = self.call(index)
        self.connection.callEnded(self.method, code, call.header, began: call.arrival.time)
    }

    func `defer`(_ index: Int) -> ServerCall {
        precondition(!self.entries[index].isAnswered, "call \(index) of the batch is answered already")
        self.entries[index].isAnswered = true
        let unopened = self.call(index)
        let call = ServerCall(self.connection, self.method, unopened.header, unopened.arrival)
        call.open()
        return call
    }
}

/// The answer that a call of a batch still waits for. Dropped without one, it answers INTERNAL.
public final class Reply<Response: Message>: Sendable {
    private let call: ServerCall

    init(_ call: ServerCall) { self.call = call }

    deinit {
        self.call.onEventLoop { call in
            guard !call.hasReturned else { return }
            let error = RPCError(.internal, "the handler gave no answer", type: "internal", reason: .internal)
            call.connection.fail(call, error)
        }
    }

    /// Runs a function on the event loop that writes the answer, where answers to many calls are best given together.
    public func onEventLoop(_ body: @escaping @Sendable () -> Void) { self.call.onEventLoop { _ in body() } }

    /// Answers the call. A second answer has no effect. From any thread.
    public func respond(_ response: Response) { self.call.finish(response) }

    /// Answers the call with a message that is encoded already; nothing looks at the bytes. From any thread.
    public func respond(encoded bytes: [UInt8]) { self.respond(encoded: bytes.span.bytes) }

    /// Answers the call with a message that is encoded already; nothing looks at the bytes. From any thread; on the
    /// call's event loop the bytes are written where they go out, without another copy.
    public func respond(encoded bytes: borrowing RawSpan) {
        guard !self.call.isInEventLoop else { return self.call.connection.finish(self.call, encoded: bytes) }
        let body = bytes.withUnsafeBytes { ByteBuffer(bytes: $0) }
        self.call.onEventLoop { $0.connection.finish($0, body) }
    }

    /// Fails the call. From any thread.
    public func fail(_ error: RPCError) { self.call.fail(error) }
}
