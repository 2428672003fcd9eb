internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

/// How a try of a call failed.
struct CallFailure: Error {
    var error: RPCError
    /// Whether the server certainly did not handle the call, so that it may be made again whatever it does.
    var isUnhandled: Bool
}

/// One try of a call on the client's side. Bound to the event loop once it was submitted.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
class ClientCall: @unchecked Sendable {
    let method: MethodDescriptor
    let options: CallOptions
    let deadline: NIODeadline
    let trace: TraceContext?
    /// Where the call is, once a connection has taken it.
    weak var connection: ClientConnection?
    var stream: UInt32 = 0
    var isOver = false
    var outbound: OutboundQueue?
    /// The pieces of a message that is not complete.
    var assembly = ByteBuffer()

    init(_ method: MethodDescriptor, _ options: CallOptions, deadline: NIODeadline, trace: TraceContext?) {
        self.method = method
        self.options = options
        self.deadline = deadline
        self.trace = trace
    }

    /// The encoded first message; `nil` for a call that starts without one.
    func encodeRequest(in arena: Arena) throws(RPCError) -> ByteBuffer? { nil }

    /// Whether the client's side ends with the first message.
    var endsWithRequest: Bool { self.method.kind == .unary || self.method.kind == .serverStreaming }

    /// A connection has taken the call.
    func opened() {}

    /// A message arrived that is not the last frame.
    func receivedMessage(_ body: ByteBuffer, cost: Int) {}

    /// Metadata arrived before the first message.
    func receivedInitial(_ metadata: Metadata) {}

    /// The call's last frame arrived with status OK.
    func succeeded(_ body: ByteBuffer?, in arena: Arena) {}

    /// The call failed.
    func failed(_ failure: CallFailure) {}

    /// Ends the call once.
    final func end(_ failure: CallFailure) {
        guard !self.isOver else { return }
        self.isOver = true
        self.outbound?.failed(failure.error)
        self.failed(failure)
    }

    /// Ends the call once with its response.
    final func end(_ body: ByteBuffer?, in arena: Arena) {
        guard !self.isOver else { return }
        self.isOver = true
        self.outbound?.failed(RPCError(.cancelled, "the server has answered"))
        self.succeeded(body, in: arena)
    }

    /// The time that REQUEST tells the server, in microseconds; `nil` where none is left.
    final func remainingMicroseconds(_ now: NIODeadline) -> UInt32? {
        guard self.deadline < .distantFuture else { return 0 }
        // Rounded up: a time-out of 0 would mean none.
        let microseconds = ((self.deadline - now).nanoseconds + 999) / 1_000
        return microseconds > 0 ? UInt32(clamping: microseconds) : nil
    }
}

/// A unary call.
final class UnaryClientCall<Request: Message, Response: Message>: ClientCall, @unchecked Sendable {
    typealias Outcome = Result<Response, CallFailure>

    private let request: Request
    private var continuation: UnsafeContinuation<Outcome, Never>?

    init(
        _ method: MethodDescriptor, _ request: Request, _ options: CallOptions, deadline: NIODeadline,
        trace: TraceContext?
    ) {
        self.request = request
        super.init(method, options, deadline: deadline, trace: trace)
    }

    /// Who waits for the outcome; set before the call is submitted.
    func await(_ continuation: UnsafeContinuation<Outcome, Never>) { self.continuation = continuation }

    override func encodeRequest(in arena: Arena) throws(RPCError) -> ByteBuffer? {
        do throws(EncodingError) {
            return try self.request.encoded(in: arena).buffer
        } catch {
            throw RPCError(error, of: Request.fullName)
        }
    }

    override func succeeded(_ body: ByteBuffer?, in arena: Arena) {
        guard let body else {
            let error = RPCError(.internal, "the server answered OK without a message")
            return self.resume(.failure(CallFailure(error: error, isUnhandled: false)))
        }
        do throws(DecodingError) {
            self.resume(.success(try Response(decoding: body.readableBytesSpan, in: arena)))
        } catch {
            var error = RPCError(error, of: Response.fullName)
            error.code = .internal
            self.resume(.failure(CallFailure(error: error, isUnhandled: false)))
        }
    }

    override func failed(_ failure: CallFailure) { self.resume(.failure(failure)) }

    private func resume(_ outcome: Outcome) {
        let continuation = self.continuation
        self.continuation = nil
        continuation?.resume(returning: outcome)
    }
}

/// A call that streams in one direction or both.
final class StreamingClientCall: ClientCall, @unchecked Sendable {
    private let first: ByteBuffer?
    /// What has arrived and was not taken.
    private(set) var inbound: InboundQueue
    private(set) var initialMetadata = Metadata()
    /// What was to be sent before there was a connection: one message for each task that writes.
    private var unsent: [(ByteBuffer?, Bool, OutboundQueue.Writer)] = []

    init(
        _ method: MethodDescriptor, first: ByteBuffer?, _ options: CallOptions, deadline: NIODeadline,
        trace: TraceContext?
    ) {
        self.first = first
        self.inbound = InboundQueue(onConsumed: { _ in })
        super.init(method, options, deadline: deadline, trace: trace)
        self.inbound = InboundQueue(onConsumed: { [unowned self] cost in self.connection?.consumed(cost, on: self) })
    }

    override func encodeRequest(in arena: Arena) throws(RPCError) -> ByteBuffer? { self.first }

    /// Sends a message, or ends the client's side; waits for a connection where there is none yet.
    func send(_ body: ByteBuffer?, isEnd: Bool, _ writer: OutboundQueue.Writer) {
        if let connection = self.connection {
            connection.send(self, body, isEnd: isEnd, writer)
        } else if self.isOver {
            writer.resume(returning: RPCError(.cancelled, "the call is over"))
        } else {
            self.unsent.append((body, isEnd, writer))
        }
    }

    override func opened() {
        let unsent = self.unsent
        self.unsent = []
        for (body, isEnd, writer) in unsent { self.send(body, isEnd: isEnd, writer) }
    }

    override func receivedMessage(_ body: ByteBuffer, cost: Int) {
        self.inbound.receivedMessage(body.readableBytesSpan, cost: cost)
    }

    override func receivedInitial(_ metadata: Metadata) { self.initialMetadata = metadata }

    override func succeeded(_ body: ByteBuffer?, in arena: Arena) {
        if let body { self.inbound.receivedMessage(body.readableBytesSpan, cost: 0) }
        self.inbound.ended()
    }

    override func failed(_ failure: CallFailure) {
        for (_, _, writer) in self.unsent { writer.resume(returning: failure.error) }
        self.unsent = []
        self.inbound.ended(failure.error)
    }
}
