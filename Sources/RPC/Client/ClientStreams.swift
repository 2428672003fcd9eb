internal import NIOCore
public import ProtobufC
internal import Wire

/// Keeps a streaming call alive: the call is cancelled when the last that could use it is gone.
final class StreamHandle: Sendable {
    let call: StreamingClientCall
    private let pool: ClientPool

    init(_ call: StreamingClientCall, _ pool: ClientPool) {
        self.call = call
        self.pool = pool
    }

    deinit { self.cancel(RPCError(.cancelled, "the call was dropped")) }

    func cancel(_ error: RPCError) { self.pool.cancel(self.call, error) }

    var isInEventLoop: Bool { self.pool.eventLoop.inEventLoop }

    func onEventLoop(_ body: @escaping @Sendable (StreamingClientCall) -> Void) {
        self.pool.eventLoop.execute { body(self.call) }
    }

    /// The next message, or `nil` at the end.
    func next() async throws(RPCError) -> ByteBuffer? {
        if self.isInEventLoop, let ready = self.call.inbound.takeReady() { return try ready.get()?.bytes }
        let outcome = await withTaskCancellationHandler {
            await withUnsafeContinuation { (waiter: UnsafeContinuation<InboundQueue.Outcome, Never>) in
                self.onEventLoop { $0.inbound.wait(waiter) }
            }
        } onCancel: {
            self.cancel(RPCError(.cancelled, "the call was cancelled"))
        }
        return try outcome.get()?.bytes
    }

    /// Sends a message, or ends the client's side.
    func send(_ body: ByteBuffer?, isEnd: Bool) async -> RPCError? {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (writer: OutboundQueue.Writer) in
                self.onEventLoop { $0.send(body, isEnd: isEnd, writer) }
            }
        } onCancel: {
            self.cancel(RPCError(.cancelled, "the call was cancelled"))
        }
    }
}

/// The responses of a call, in order. Dropping the stream, and all else that holds the call, cancels it.
public struct ResponseStream<Response: Message>: AsyncSequence, Sendable {
    /// A response.
    public typealias Element = Response
    /// How the call can fail.
    public typealias Failure = RPCError

    private let handle: StreamHandle

    init(_ handle: StreamHandle) { self.handle = handle }

    /// Begins to take the responses; a second iterator goes on where the first is.
    public func makeAsyncIterator() -> Iterator { Iterator(handle: self.handle) }

    /// The metadata that came before the first response; empty until that has been taken.
    public var initialMetadata: Metadata {
        get async {
            let handle = self.handle
            return await withUnsafeContinuation { continuation in
                handle.onEventLoop { continuation.resume(returning: $0.initialMetadata) }
            }
        }
    }

    /// Takes the responses one by one. Taking a message lets the server send more.
    public struct Iterator: AsyncIteratorProtocol {
        let handle: StreamHandle

        /// The next response, or `nil` after the last.
        ///
        /// - Throws: ``RPCError``: what the server answered, or what broke the call off.
        public mutating func next() async throws(RPCError) -> Response? {
            guard let bytes = try await self.handle.next() else { return nil }
            do throws(DecodingError) {
                return try ArenaMemory.with { (arena) throws(DecodingError) in
                    try Response(decoding: bytes.readableBytesSpan, in: arena)
                }
            } catch {
                var error = RPCError(error, of: Response.fullName)
                error.code = .internal
                throw error
            }
        }
    }
}

/// Where the requests of a streaming call are written.
public struct RequestWriter<Request: Message>: Sendable {
    private let handle: StreamHandle

    init(_ handle: StreamHandle) { self.handle = handle }

    /// Writes a request, and returns when the connection has taken it; waits while the server gives no credit.
    ///
    /// - Throws: ``RPCError`` where the call is over; the responses say how it ended.
    public func write(_ request: Request) async throws(RPCError) {
        if let error = await self.handle.send(try encodedBuffer(request), isEnd: false) { throw error }
    }

    /// Ends the client's side. Without effect where the call is over.
    public func finish() async { _ = await self.handle.send(nil, isEnd: true) }
}

/// A call in which both sides write as they like.
public struct BidirectionalCall<Request: Message, Response: Message>: Sendable {
    /// Where requests are written.
    public let requests: RequestWriter<Request>
    /// The responses.
    public let responses: ResponseStream<Response>
}
