public import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

// Calls whose messages are bytes already, for those that pass messages on without looking into them, as a gateway does.

/// A unary call of encoded messages that is under way.
public struct EncodedCall: Sendable {
    let attempts: EncodedAttempts

    /// Gives the call up: its completion is told CANCELLED, unless it was told something before. From any thread.
    public func cancel() { self.attempts.cancel() }
}

extension RPCClient {
    /// Makes a unary call whose request is encoded already, without a task, and calls back with the encoded response.
    ///
    /// It is repeated by the rules of ``unary(_:_:options:)``. Nothing is decoded on the way.
    ///
    /// - Parameters:
    ///   - request: The encoded message. That it is one of `method` is up to the caller.
    ///   - eventLoop: Where the call is made and the completion is called; one of the client's group, since on another
    ///     there is no connection, and one of the group's stands in.
    ///   - completion: Called once, on the event loop, perhaps before this returns.
    @discardableResult
    public func unary(
        _ method: MethodDescriptor, encoded request: ByteBuffer, options: CallOptions = CallOptions(),
        on eventLoop: any EventLoop, _ completion: @escaping @Sendable (Result<ByteBuffer, RPCError>) -> Void
    ) -> EncodedCall {
        self.countCall()
        let attempts = EncodedAttempts(
            self, self.pool(on: eventLoop), method, request, options, deadline: self.deadline(options),
            trace: self.trace(options), completion)
        attempts.start()
        return EncodedCall(attempts: attempts)
    }

    /// Makes a call with one encoded request and many responses, which stay encoded. It is never repeated by itself.
    ///
    /// - Parameters:
    ///   - request: The encoded message. That it is one of `method` is up to the caller.
    ///   - eventLoop: Where the call is made; one of the client's group.
    public func serverStreaming(
        _ method: MethodDescriptor, encoded request: ByteBuffer, options: CallOptions = CallOptions(),
        on eventLoop: any EventLoop
    ) -> EncodedResponseStream {
        EncodedResponseStream(handle: self.start(method, first: request, options, self.pool(on: eventLoop)))
    }
}

/// The encoded responses of a call, in order. Dropping the stream, and all else that holds the call, cancels it.
public struct EncodedResponseStream: AsyncSequence, Sendable {
    /// An encoded response.
    public typealias Element = ByteBuffer
    /// How the call can fail.
    public typealias Failure = RPCError

    let handle: StreamHandle

    /// Begins to take the responses; a second iterator goes on where the first is.
    public func makeAsyncIterator() -> Iterator { Iterator(handle: self.handle) }

    /// Gives the call up: whoever waits for a response is told CANCELLED.
    public func cancel() { self.handle.cancel(RPCError(.cancelled, "the call was cancelled")) }

    /// Takes the responses one by one. Taking one lets the server send more.
    public struct Iterator: AsyncIteratorProtocol {
        let handle: StreamHandle

        /// The next response, or `nil` after the last.
        ///
        /// - Throws: ``RPCError``: what the server answered, or what broke the call off.
        public mutating func next() async throws(RPCError) -> ByteBuffer? { try await self.handle.next() }
    }
}

/// The tries of one unary call of encoded messages. Bound to the event loop of its pool.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class EncodedAttempts: @unchecked Sendable {
    typealias Completion = @Sendable (Result<ByteBuffer, RPCError>) -> Void

    private let client: RPCClient
    private let pool: ClientPool
    private let method: MethodDescriptor
    private let request: ByteBuffer
    private let options: CallOptions
    private let deadline: NIODeadline
    private let trace: TraceContext?
    private var completion: Completion?
    private var attempt = 1
    private var call: EncodedClientCall?

    init(
        _ client: RPCClient, _ pool: ClientPool, _ method: MethodDescriptor, _ request: ByteBuffer,
        _ options: CallOptions, deadline: NIODeadline, trace: TraceContext?, _ completion: @escaping Completion
    ) {
        self.client = client
        self.pool = pool
        self.method = method
        self.request = request
        self.options = options
        self.deadline = deadline
        self.trace = trace
        self.completion = completion
    }

    func start() {
        if self.pool.eventLoop.inEventLoop {
            self.begin()
        } else {
            self.pool.eventLoop.execute { self.begin() }
        }
    }

    func cancel() {
        self.pool.eventLoop.execute {
            let call = self.call
            self.complete(.failure(RPCError(.cancelled, "the call was cancelled")))
            if let call { self.pool.cancel(call, RPCError(.cancelled, "the call was cancelled")) }
        }
    }

    private func begin() {
        guard self.completion != nil else { return }
        let call = EncodedClientCall(
            self.method, self.request, self.options, deadline: self.deadline, trace: self.trace, self.ended)
        self.call = call
        self.pool.submit(call)
    }

    private func ended(_ outcome: Result<ByteBuffer, CallFailure>) {
        guard let call = self.call, self.completion != nil else { return }
        switch outcome {
        case .success(let response): self.complete(.success(response))
        case .failure(let failure):
            guard let delay = self.client.delay(beforeRetryOf: call, failure, self.attempt) else {
                return self.complete(.failure(failure.error))
            }
            self.attempt += 1
            self.pool.eventLoop.scheduleTask(in: TimeAmount(delay)) { self.begin() }
        }
    }

    private func complete(_ result: Result<ByteBuffer, RPCError>) {
        let completion = self.completion
        self.completion = nil
        self.call = nil
        completion?(result)
    }
}

/// One try of a unary call of encoded messages.
///
/// `@unchecked`: as its superclass.
private final class EncodedClientCall: ClientCall, @unchecked Sendable {
    private let request: ByteBuffer
    private var completion: ((Result<ByteBuffer, CallFailure>) -> Void)?

    init(
        _ method: MethodDescriptor, _ request: ByteBuffer, _ options: CallOptions, deadline: NIODeadline,
        trace: TraceContext?, _ completion: @escaping (Result<ByteBuffer, CallFailure>) -> Void
    ) {
        self.request = request
        self.completion = completion
        super.init(method, options, deadline: deadline, trace: trace)
    }

    override func encodeRequest(in arena: Arena) throws(RPCError) -> ByteBuffer? { self.request }

    override func succeeded(_ body: ByteBuffer?, in arena: Arena) {
        guard let body else {
            let error = RPCError(.internal, "the server answered OK without a message")
            return self.tell(.failure(CallFailure(error: error, isUnhandled: false)))
        }
        self.tell(.success(body))
    }

    override func failed(_ failure: CallFailure) { self.tell(.failure(failure)) }

    private func tell(_ outcome: Result<ByteBuffer, CallFailure>) {
        let completion = self.completion
        self.completion = nil
        completion?(outcome)
    }
}
