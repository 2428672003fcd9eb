internal import NIOCore
public import ProtobufC
internal import RPCMessages

/// The calls of a batch method that came in one read.
///
/// A batch handler answers each call: at once by ``respond(to:_:)`` or ``fail(_:_:)``, or later through
/// ``deferRest()`` or ``defer(_:)``. A call that gets none of these is answered INTERNAL.
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
    public func caller(_ index: Int) -> CallerIdentity { self.calls.arrival(index).caller.identity }

    /// Whether a call has the same caller as the one before it, as most have: what was made of that one's
    /// ``caller(_:)`` holds for this one.
    public func isOfSameCaller(_ index: Int) -> Bool { index > 0 && self.calls.isOfSameCaller(index) }

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
    public func respond(to index: Int, encoded bytes: borrowing RawSpan) { self.calls.answer(index, bytes) }

    /// Answers a call with a failure.
    public func fail(_ index: Int, _ error: RPCError) { self.calls.fail(index, error) }

    /// Keeps a call open, to be answered when its answer is known. What the handler needs of the request must be
    /// copied.
    public func `defer`(_ index: Int) -> Reply<Response> { Reply(self.calls.defer(index)) }

    /// Keeps all calls open that have no answer yet, to be answered when their answers are known, each on its own. What
    /// the handler needs of the requests must be copied.
    ///
    /// Costs one allocation, however many calls there are. Once at most, and as the last that is done with the batch.
    public func deferRest() -> BatchReplies<Response> { BatchReplies(self.calls) }
}

/// The answer that a call of a batch still waits for. Dropped without one, it answers INTERNAL.
public final class Reply<Response: Message>: Sendable {
    private let call: ServerCall

    init(_ call: ServerCall) { self.call = call }

    deinit {
        self.call.onEventLoop { call in
            guard !call.hasReturned else { return }
            call.connection.fail(call, BatchCalls.noAnswer)
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

/// The answers that the calls of a batch still wait for. Those that have none when it is dropped are answered INTERNAL.
///
/// Answers are given on the event loop that handled the batch; a second answer to a call has no effect.
public final class BatchReplies<Response: Message>: Sendable {
    private let calls: BatchCalls

    init(_ calls: BatchCalls) {
        self.calls = calls
        calls.deferRest()
    }

    deinit { self.calls.onEventLoop { $0.failUnanswered() } }

    /// Runs a function on the event loop: at once if this is it.
    public func onEventLoop(_ body: @escaping @Sendable () -> Void) { self.calls.onEventLoop { _ in body() } }

    /// Answers a call, by its index in the batch. On the event loop.
    public func respond(to index: Int, _ response: Response) {
        self.calls.withArena { arena in
            do throws(EncodingError) {
                self.calls.answer(index, try response.encoded(in: arena))
            } catch {
                self.calls.fail(index, RPCError(error, of: Response.fullName))
            }
        }
    }

    /// Answers a call with a message that is encoded already; nothing looks at the bytes. On the event loop.
    public func respond(to index: Int, encoded bytes: borrowing RawSpan) { self.calls.answer(index, bytes) }

    /// Fails a call. On the event loop.
    public func fail(_ index: Int, _ error: RPCError) { self.calls.fail(index, error) }
}
