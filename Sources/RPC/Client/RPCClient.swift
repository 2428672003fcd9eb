public import Logging
public import NIOCore
public import NIOPosix
internal import NIOSSL
public import ProtobufC
internal import RPCMessages
internal import Synchronization
internal import WellKnownMessages
internal import Wire

/// A client of the servers of one target. Generated clients such as `EchoServiceClient` stand on it.
///
/// It connects when it is first used, keeps one connection for each event loop and address, and reconnects by itself.
/// Calls may be made from any task; those made on one of the group's event loops stay on it.
public final class RPCClient: Sendable {
    private let configuration: RPCClientConfiguration
    private let group: any EventLoopGroup
    private let pools: [ClientPool]
    private let budget: Mutex<RetryBudget>

    /// Makes a client.
    ///
    /// - Throws: A `NIOSSLError` where the TLS configuration is unusable.
    public init(
        _ configuration: RPCClientConfiguration,
        logger: Logger = Logger(label: "driveline.rpc.client"),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        var tls = configuration.tls
        tls?.applicationProtocols = ["driveline/1"]
        let sslContext = try tls.map { try NIOSSLContext(configuration: $0) }
        self.configuration = configuration
        self.group = group
        self.pools = LoopContexts(group).all.map { ClientPool(configuration, $0, logger, sslContext) }
        self.budget = Mutex(RetryBudget(nanoseconds: NIODeadline.now().uptimeNanoseconds))
    }

    deinit { self.shutDown() }

    /// Fails what waits, lets what is under way end, and closes the connections. The client must not be used
    /// afterwards.
    public func shutDown() {
        for pool in self.pools { pool.shutDown() }
    }

    /// The pool of the event loop that the calling task runs on, or of any.
    var pool: ClientPool {
        let eventLoop = self.group.any()
        return self.pool(on: eventLoop)
    }

    /// The pool of an event loop, or any where the loop is of another group.
    func pool(on eventLoop: any EventLoop) -> ClientPool {
        self.pools.first { $0.eventLoop === eventLoop } ?? self.pools[0]
    }

    func deadline(_ options: CallOptions) -> NIODeadline {
        let inherited = CallScope.current?.deadline ?? .distantFuture
        if let timeout = options.timeout { return min(inherited, .now() + TimeAmount(timeout)) }
        return inherited < .distantFuture ? inherited : .now() + TimeAmount(self.configuration.defaultTimeout)
    }

    func trace(_ options: CallOptions) -> TraceContext? { options.trace ?? CallScope.current?.trace }
}

// MARK: - Unary calls

extension RPCClient {
    /// Makes a unary call, again where that is safe and promises success.
    ///
    /// A call is repeated when the server certainly did not handle it, or when its method may be repeated and the
    /// failure invites it; always within the deadline, at most ``RPCClientConfiguration/maximumAttempts`` times and
    /// as long as the client's retry budget lasts.
    ///
    /// - Throws: ``RPCError``. Cancelling the task cancels the call.
    public func unary<Request: Message, Response: Message>(
        _ method: MethodDescriptor,
        _ request: Request,
        options: CallOptions = CallOptions()
    ) async throws(RPCError) -> Response {
        let deadline = self.deadline(options)
        let trace = self.trace(options)
        self.countCall()
        var attempt = 1
        while true {
            let call = UnaryClientCall<Request, Response>(method, request, options, deadline: deadline, trace: trace)
            switch await self.outcome(of: call) {
            case .success(let response): return response
            case .failure(let failure):
                guard let delay = self.delay(beforeRetryOf: call, failure, attempt) else { throw failure.error }
                try? await Task.sleep(for: delay)
                guard !Task.isCancelled else { throw RPCError(.cancelled, "the call was cancelled") }
                attempt += 1
            }
        }
    }

    /// Adds to the retry budget what a call does, whatever comes of it.
    func countCall() { self.budget.withLock { $0.called() } }

    private func outcome<Request, Response>(
        of call: UnaryClientCall<Request, Response>
    ) async -> Result<Response, CallFailure> {
        let pool = self.pool
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                call.await(continuation)
                pool.submit(call)
            }
        } onCancel: {
            pool.cancel(call, RPCError(.cancelled, "the call was cancelled"))
        }
    }

    /// How long to wait before the call is made again; `nil` where it is not.
    func delay(beforeRetryOf call: ClientCall, _ failure: CallFailure, _ attempt: Int) -> Duration? {
        let error = failure.error
        guard attempt < self.configuration.maximumAttempts, error.code != .cancelled, !Task.isCancelled,
            failure.isUnhandled ? error.code == .unavailable : error.invitesRetry && call.method.mayBeRepeated
        else { return nil }
        let now = NIODeadline.now()
        let isPaidFor = self.budget.withLock {
            $0.takeRetry(isTimeout: error.code == .deadlineExceeded, at: now.uptimeNanoseconds)
        }
        guard isPaidFor else { return nil }
        var generator = SystemRandomNumberGenerator()
        var delay = Duration.milliseconds(Backoff.retry.milliseconds(retry: attempt, using: &generator))
        if let demanded = error.problem?.retryAfter.flatMap({ try? Duration($0) }) { delay = max(delay, demanded) }
        return now + TimeAmount(delay) < call.deadline ? delay : nil
    }
}

extension MethodDescriptor {
    /// Whether a call that may have been handled can be made again.
    var mayBeRepeated: Bool { self.idempotency != .none }
}

// MARK: - Streaming calls

extension RPCClient {
    /// Makes a call with one request and many responses. It is never repeated by itself.
    ///
    /// - Throws: ``RPCError`` where the request cannot be encoded; other failures come from the stream.
    public func serverStreaming<Request: Message, Response: Message>(
        _ method: MethodDescriptor,
        _ request: Request,
        options: CallOptions = CallOptions()
    ) async throws(RPCError) -> ResponseStream<Response> {
        ResponseStream(self.start(method, first: try encodedBuffer(request), options, self.pool))
    }

    /// Makes a call with many requests and one response. It is never repeated by itself.
    ///
    /// - Parameter send: Writes the requests; when it returns, the client's side has ended.
    /// - Throws: ``RPCError``: what the server answered, or what `send` threw.
    public func clientStreaming<Request: Message, Response: Message>(
        _ method: MethodDescriptor,
        options: CallOptions = CallOptions(),
        _ send: (RequestWriter<Request>) async throws -> Void
    ) async throws(RPCError) -> Response {
        let handle = self.start(method, first: nil, options, self.pool)
        let writer = RequestWriter<Request>(handle)
        do {
            try await send(writer)
            await writer.finish()
        } catch {
            // Where the server has answered already, its answer says why the writing failed.
            handle.cancel(RPCError(handlerError: error))
        }
        var responses = ResponseStream<Response>(handle).makeAsyncIterator()
        guard let response = try await responses.next() else {
            throw RPCError(.internal, "the server answered OK without a message")
        }
        return response
    }

    /// Makes a call with many requests and many responses. It is never repeated by itself.
    public func bidirectional<Request: Message, Response: Message>(
        _ method: MethodDescriptor,
        options: CallOptions = CallOptions()
    ) async throws(RPCError) -> BidirectionalCall<Request, Response> {
        let handle = self.start(method, first: nil, options, self.pool)
        return BidirectionalCall(requests: RequestWriter(handle), responses: ResponseStream(handle))
    }

    func start(
        _ method: MethodDescriptor, first: ByteBuffer?, _ options: CallOptions, _ pool: ClientPool
    ) -> StreamHandle {
        let call = StreamingClientCall(
            method, first: first, options, deadline: self.deadline(options), trace: self.trace(options))
        pool.submit(call)
        return StreamHandle(call, pool)
    }
}
