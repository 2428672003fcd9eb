internal import NIOCore
public import ProtobufC
internal import RPCMessages
internal import Wire

/// A call that is being handled. Generated code and the runtime talk through it; handlers see a ``ServerContext``.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
@usableFromInline
final class ServerCall: @unchecked Sendable {
    let connection: ServerConnection
    let method: ServerMethod
    let header: FrameHeader
    let arrival: CallArrival
    /// The handler, until it is started.
    private var operation: (@Sendable () async -> Void)?
    /// The task that runs the handler, while it does.
    var task: HandlerTasks.HandlerTask?
    /// `nil` for most calls, so that a plain unary call is small.
    private(set) var extras: Extras?
    /// Whether the stream is in the connection's table.
    var isOpen = false
    /// Whether an answer was given, or is not wanted any more.
    var isAnswered = false
    /// Whether the handler has been started; false while a unary request comes in pieces.
    var hasStarted = true
    /// Whether the handler was submitted and has not returned.
    var isRunning = false
    /// Whether the handler has returned.
    var hasReturned = false
    /// Whether the end of the call has been reported.
    var isAccountedFor = false
    /// What the request takes of the connection's limit.
    var heldBytes = 0

    init(_ connection: ServerConnection, _ method: ServerMethod, _ header: FrameHeader, _ arrival: CallArrival) {
        self.connection = connection
        self.method = method
        self.header = header
        self.arrival = arrival
    }

    var stream: UInt32 { self.header.stream }
    var eventLoop: any EventLoop { self.connection.loop.eventLoop }

    /// What only calls have that stream, or that say more than their response.
    final class Extras {
        var initialMetadata = Metadata()
        var trailingMetadata = Metadata()
        var inbound: InboundQueue?
        var outbound: OutboundQueue?
        /// The handler's task on the global pool, for a method that is offloaded.
        var offloadedTask: Task<Void, Never>?
    }

    /// The extras, to be written.
    private var writableExtras: Extras {
        if let extras = self.extras { return extras }
        let extras = Extras()
        self.extras = extras
        return extras
    }

    var initialMetadata: Metadata {
        get { self.extras?.initialMetadata ?? Metadata() }
        set { self.writableExtras.initialMetadata = newValue }
    }

    var trailingMetadata: Metadata {
        get { self.extras?.trailingMetadata ?? Metadata() }
        set { self.writableExtras.trailingMetadata = newValue }
    }

    var inbound: InboundQueue? {
        get { self.extras?.inbound }
        set { self.writableExtras.inbound = newValue }
    }

    var outbound: OutboundQueue? {
        get { self.extras?.outbound }
        set { self.writableExtras.outbound = newValue }
    }

    /// Decodes the request.
    @inlinable
    func decode<Request: Message>(_: Request.Type, _ body: borrowing RawSpan) throws(RPCError) -> Request {
        let arena = self.borrowArena()
        defer { self.returnArena() }
        return Request(copying: try decodeRequest(Request.self, body, in: arena))
    }

    @usableFromInline
    func borrowArena() -> Arena { self.connection.loop.borrowArena() }

    @usableFromInline
    func returnArena() { self.connection.loop.returnArena() }

    /// Puts the stream into the connection's table, as a call needs that goes on beyond its read or sends more than
    /// its answer.
    @usableFromInline
    func open() { self.connection.open(self) }

    /// Has the handler run, on the event loop once the current read is over, or on the global pool.
    @usableFromInline
    func start(_ operation: @escaping @Sendable () async -> Void) {
        self.operation = operation
        self.isRunning = true
        self.connection.runningCalls += 1
        guard self.method.isOffloaded else { return self.connection.loop.handlerTasks.submit(self) }
        self.open()
        guard let operation = self.takeOperation() else { return }
        self.writableExtras.offloadedTask = Task {
            await CallScope.$bound.withValue(self.scope, operation: operation)
        }
    }

    /// The handler with what surrounds it, to be run once; `nil` where the call was abandoned before.
    func takeOperation() -> (@Sendable () async -> Void)? {
        let operation = self.operation
        self.operation = nil
        guard !self.isAnswered else {
            self.connection.returned(self, .cancelled)
            return nil
        }
        guard self.method.hasInterceptors, let operation, let around = self.method.around else { return operation }
        let info = self.info
        return { await around(info, operation) }
    }

    /// What the handler's own calls inherit.
    var scope: CallScope {
        CallScope(
            deadline: self.arrival.deadline, trace: self.arrival.trace, brand: self.arrival.caller.identity.brand)
    }

    /// Tells the handler that nobody waits for its answer any more.
    func cancel() {
        self.task?.cancel()
        self.extras?.offloadedTask?.cancel()
    }

    var info: CallInfo {
        CallInfo(
            method: self.method.descriptor, caller: self.arrival.caller.identity, metadata: self.arrival.metadata,
            trace: self.arrival.trace)
    }

    /// The handler returned a response.
    @inlinable
    func finish<Response: Message>(_ response: Response) {
        guard self.isInEventLoop else { return self.onEventLoop { $0.finish(response) } }
        let arena = self.borrowArena()
        defer { self.returnArena() }
        do throws(EncodingError) {
            self.connectionFinish(try response.encoded(in: arena))
        } catch {
            self.fail(RPCError(error, of: Response.fullName))
        }
    }

    /// The handler returned, and has written its responses.
    @usableFromInline
    func finish() {
        guard self.isInEventLoop else { return self.onEventLoop { $0.finish() } }
        self.connection.finish(self)
    }

    /// The handler threw.
    @usableFromInline
    func fail(_ error: any Error) {
        let error = RPCError(handlerError: error)
        guard self.isInEventLoop else { return self.onEventLoop { $0.connection.fail($0, error) } }
        self.connection.fail(self, error)
    }

    @usableFromInline
    func connectionFinish(_ response: borrowing EncodedMessage) { self.connection.finish(self, response) }

    @usableFromInline
    var isInEventLoop: Bool { self.eventLoop.inEventLoop }

    @usableFromInline
    func onEventLoop(_ body: @escaping @Sendable (ServerCall) -> Void) {
        self.eventLoop.execute { body(self) }
    }
}

/// What was found out about a request before its body is looked at.
struct CallArrival {
    let caller: KnownCaller
    let deadline: NIODeadline
    let time: NIODeadline
    /// What the request's meta section holds; `nil` for most, which have none.
    let details: RequestDetails?

    var metadata: Metadata { self.details?.metadata ?? Metadata() }
    var trace: TraceContext? { self.details?.trace }
}

/// The meta section of a request. A class, so that calls without one carry no more than a word for it.
final class RequestDetails: Sendable {
    let metadata: Metadata
    let trace: TraceContext?

    init(_ meta: FrameMeta) {
        self.metadata = meta.metadata
        self.trace = meta.trace
    }
}

/// A call whose stream is not in the connection's table, as it is answered within the read that brought it.
struct UnopenedCall {
    let method: ServerMethod
    let header: FrameHeader
    let arrival: CallArrival
}

/// A caller that requests name by number; shared by all its calls.
final class KnownCaller: Sendable {
    let identity: CallerIdentity
    let isAuthenticated: Bool

    init(_ identity: CallerIdentity) {
        self.identity = identity
        self.isAuthenticated = identity.isAuthenticated
    }
}
