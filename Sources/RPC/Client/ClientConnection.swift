internal import Logging
internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

/// One connection of a client: the only channel handler behind TLS. Bound to the event loop.
///
/// It carries out what ``ClientConnectionState`` decides.
final class ClientConnection: ChannelInboundHandler, FrameReceiver {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let configuration: RPCClientConfiguration
    private let loop: LoopContext
    private let logger: Logger
    private let frames: OutboundFrames
    private var state: ClientConnectionState<ClientCall>
    private var inbound: InboundFrames
    private var context: ChannelHandlerContext?
    private var isClosing = false
    private var now = NIODeadline.uptimeNanoseconds(0)
    private var lastRead = NIODeadline.uptimeNanoseconds(0)
    private var pingDeadline = NIODeadline.distantFuture
    private lazy var timer = DeadlineTimer(self.loop.eventLoop) { now in self.timerFired(now) }
    private var callers = CallerNumbers()
    private var callsAwaitingWrite: [ClientCall] = []
    /// Told once: when HELLO has arrived, or when the connection failed before.
    private var onReady: ((RPCError?) -> Void)?
    /// Told when the connection takes no new calls any more.
    private let onLeaving: (ClientConnection) -> Void
    /// Told when a call could be taken.
    private let onRoom: () -> Void
    /// Told how each call went, for the circuit breaker; `nil` for a call that was given up.
    private let onOutcome: (_ isFailure: Bool?) -> Void

    init(
        _ configuration: RPCClientConfiguration,
        _ loop: LoopContext,
        _ logger: Logger,
        onReady: @escaping (RPCError?) -> Void,
        onLeaving: @escaping (ClientConnection) -> Void,
        onRoom: @escaping () -> Void,
        onOutcome: @escaping (_ isFailure: Bool?) -> Void
    ) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        self.frames = OutboundFrames(loop, maximumWaitingBytes: configuration.limits.maximumQueuedBytes)
        self.state = ClientConnectionState(limits: configuration.limits)
        self.inbound = InboundFrames(maximumLength: configuration.limits.maximumFrameBytes)
        self.onReady = onReady
        self.onLeaving = onLeaving
        self.onRoom = onRoom
        self.onOutcome = onOutcome
    }

    /// Whether a call can be made now.
    var takesCalls: Bool { !self.isClosing && self.onReady == nil && self.state.takesStreams }
    /// The calls under way.
    var callCount: Int { self.state.streams.count }
}

// MARK: - The channel

extension ClientConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.frames.attach(context, isEncrypted: self.configuration.tls != nil)
        self.frames.onOverflow = { self.close("more than the limit waits to be written") }
        if context.channel.isActive { self.writeHello() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.frames.detach()
        self.timer.stop()
    }

    func channelActive(context: ChannelHandlerContext) { self.writeHello() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.now = .now()
        self.lastRead = self.now
        self.inbound.receive(self.unwrapInboundIn(data), self)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if self.isClosing { self.inbound.stop() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            var calls: [ClientCall] = []
            swap(&calls, &self.callsAwaitingWrite)
            for call in calls { self.sendQueued(call) }
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.close("\(error)") }

    func channelInactive(context: ChannelHandlerContext) {
        self.isClosing = true
        self.frames.detach()
        self.timer.stop()
        self.context = nil
        // A write may find the connection broken: what led to it must have returned before its calls are failed.
        let bound = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
        self.loop.eventLoop.execute { bound.value.closed() }
        context.fireChannelInactive()
    }

    private func closed() {
        let error = RPCError(
            .unavailable, "the connection was lost before the answer came", type: "connection-lost",
            reason: .unavailable)
        for call in self.state.closed() {
            self.onOutcome(true)
            call.end(CallFailure(error: error, isUnhandled: false))
        }
        self.callsAwaitingWrite = []
        self.ready(
            RPCError(
                .unavailable, "the connection was closed before HELLO", type: "connection-lost", reason: .unavailable))
        self.onLeaving(self)
    }

    private func ready(_ error: RPCError?) {
        let onReady = self.onReady
        self.onReady = nil
        onReady?(error)
    }

    /// Closes the connection; calls under way fail.
    func close(_ reason: String) {
        guard !self.isClosing, let context = self.context else { return }
        self.isClosing = true
        self.logger.debug(
            "connection closed: \(reason)",
            metadata: ["peer": "\(context.channel.remoteAddress?.description ?? "unknown")"])
        context.close(promise: nil)
    }

    /// Takes no new calls, and closes when the last has ended.
    func leave() {
        self.state.left()
        self.closeIfDone()
    }

    /// A stream has ended: the connection closes if it was to, and otherwise has room for a call that waits.
    private func closeIfDone() {
        if self.state.isDone { return self.close("done") }
        if self.takesCalls { self.onRoom() }
    }
}

// MARK: - Frames

extension ClientConnection {
    func received(_ violation: Violation) { self.close("\(violation)") }

    func received(_ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan) -> FrameVerdict {
        if let violation = self.state.check(header) {
            self.close("\(violation)")
            return .stop
        }
        switch header.type {
        case .response: self.receivedResponse(header, meta: meta, body: body)
        case .data: self.receivedData(header, meta: meta, body: body)
        case .credit: self.receivedCredit(header)
        case .ping: self.frames.write(FrameHeader(.pong, word: header.word))
        case .pong: self.receivedPong()
        case .goAway: self.receivedGoAway(header, body: body)
        case .hello: self.receivedHello(header, body: body)
        default: break
        }
        return self.isClosing ? .stop : .next
    }

    private func receivedPong() {
        if let violation = self.state.receivedPong() { return self.close("\(violation)") }
        self.pingDeadline = .distantFuture
        if !self.state.streams.isEmpty { self.timer.arm(self.now + self.configuration.keepaliveInterval) }
    }

    private func receivedCredit(_ header: FrameHeader) {
        switch self.state.receivedCredit(header) {
        case .ignore: break
        case .resume(let call): self.sendQueued(call)
        case .violation(let violation): self.close("\(violation)")
        }
    }

    private func receivedHello(_ header: FrameHeader, body: borrowing RawSpan) {
        if let violation = self.state.receivedHello(header) { return self.close("\(violation)") }
        guard let hello: Hello = self.decode(body) else { return self.close("\(Violation.malformed(.hello))") }
        self.state.learned(PeerLimits(hello))
        self.ready(nil)
    }

    private func receivedGoAway(_ header: FrameHeader, body: borrowing RawSpan) {
        guard let goAway: GoAway = self.decode(body) else { return self.close("\(Violation.malformed(.goAway))") }
        let unhandled = self.state.receivedGoAway(lastStream: header.stream)
        self.onLeaving(self)
        let status = StatusCode(rawValue: header.word)
        let reason = goAway.reason
        if status != .ok {
            self.ready(RPCError(status, "the server refused the connection: \(reason)"))
        }
        let error = RPCError(
            status == .ok ? .unavailable : status, "the server is leaving: \(reason)", type: "server-leaving",
            reason: .unavailable)
        for call in unhandled { call.end(CallFailure(error: error, isUnhandled: true)) }
        if status != .ok { return self.close("the server refused the connection: \(status)") }
        self.closeIfDone()
    }

    private func receivedResponse(_ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan) {
        switch self.state.receivedResponse(header) {
        case .ignore: break
        case .finish(let call): self.finish(call, header, meta: meta, body: body)
        case .tooLarge(let call): call.end(CallFailure(error: self.tooLarge, isUnhandled: false))
        case .violation(let violation): return self.close("\(violation)")
        }
        self.closeIfDone()
    }

    private func finish(_ call: ClientCall, _ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan) {
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        var details = FrameMeta()
        if header.metaLength > 0 {
            do throws(RPCError) {
                details = try FrameMeta(meta, in: arena)
            } catch {
                return call.end(CallFailure(error: error, isUnhandled: false))
            }
        }
        let code = StatusCode(rawValue: header.word)
        self.onOutcome(code.isServerFailure)
        guard code == .ok else {
            let error = RPCError(code, details.message, problem: details.problem, metadata: details.metadata)
            return call.end(CallFailure(error: error, isUnhandled: false))
        }
        if !details.metadata.isEmpty { call.options.onTrailingMetadata?(details.metadata) }
        call.end(header.flags.contains(.noMessage) ? nil : call.assembled(with: body), in: arena)
    }

    private func receivedData(_ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan) {
        switch self.state.receivedData(header) {
        case .ignore: break
        case .violation(let violation): self.close("\(violation)")
        case .deliver(let data, let call): self.deliver(data, header, meta: meta, body: body, to: call)
        }
    }

    private func deliver(
        _ data: StreamFlow.OnData, _ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan,
        to call: ClientCall
    ) {
        if header.metaLength > 0 {
            let arena = self.loop.borrowArena()
            defer { self.loop.returnArena() }
            if let meta = try? FrameMeta(meta, in: arena) { call.receivedInitial(meta.metadata) }
        }
        switch data {
        case .fragment(let grant):
            body.withUnsafeBytes { _ = call.assembly.writeBytes($0) }
            self.frames.write(FrameHeader(.credit, stream: header.stream, amount: UInt32(grant)))
        case .message(let cost): call.receivedMessage(call.assembled(with: body), cost: cost)
        case .tooLarge: self.cancel(call, self.tooLarge)
        case .nothing, .violation: break
        }
    }

    private var tooLarge: RPCError {
        RPCError(
            .resourceExhausted, "the response exceeds \(self.configuration.limits.maximumMessageBytes) bytes",
            type: "message-too-large", reason: .messageTooLarge)
    }

    private func decode<M: Message>(_ body: borrowing RawSpan) -> M? {
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        return try? M(decoding: body, in: arena)
    }
}

extension StatusCode {
    /// Whether the status says that the server is in trouble, rather than something about the request.
    var isServerFailure: Bool {
        self == .unavailable || self == .deadlineExceeded || self == .internal || self == .unknown || self == .dataLoss
    }
}

extension ClientCall {
    /// The pieces before and the last one.
    func assembled(with body: borrowing RawSpan) -> ByteBuffer {
        var whole = self.assembly
        self.assembly = ByteBuffer()
        body.withUnsafeBytes { _ = whole.writeBytes($0) }
        return whole
    }
}

// MARK: - Calls

extension ClientConnection {
    private func writeHello() {
        let limits = self.configuration.limits
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        let hello = Hello(
            maximumFrameBytes: limits.maximumFrameBytes,
            maximumMessageBytes: limits.maximumMessageBytes,
            maximumStreams: limits.maximumStreams,
            initialCreditBytes: limits.initialCreditBytes,
            credential: self.configuration.credential,
            agent: self.configuration.agent
        )
        guard let encoded = try? hello.encoded(in: arena) else { return self.close("HELLO is too large") }
        self.frames.write(
            FrameHeader(.hello, word: WireLimits.magic, amount: WireLimits.version), encoded)
    }

    /// Makes a call.
    ///
    /// - Precondition: ``takesCalls``.
    func start(_ call: ClientCall) {
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        do throws(RPCError) {
            guard let microseconds = call.remainingMicroseconds(.now()) else { throw ServerConnection.deadlineExceeded }
            let body = try call.encodeRequest(in: arena)
            guard body?.readableBytes ?? 0 <= Int(self.state.peerLimits.maximumMessageBytes) else {
                throw RPCError(
                    .resourceExhausted,
                    "the request exceeds the \(self.state.peerLimits.maximumMessageBytes) bytes that the server accepts",
                    type: "message-too-large", reason: .messageTooLarge)
            }
            try self.open(call, body, microseconds)
        } catch {
            self.onOutcome(nil)
            call.end(CallFailure(error: error, isUnhandled: true))
        }
    }

    private func open(_ call: ClientCall, _ body: ByteBuffer?, _ microseconds: UInt32) throws(RPCError) {
        let meta = try self.metaBytes(call)
        let caller = call.options.caller.map { self.number(of: $0) } ?? 0
        guard let stream = self.state.open(call) else {
            throw RPCError(.unavailable, "the connection takes no more calls")
        }
        call.connection = self
        call.stream = stream
        let whole = body ?? ByteBuffer()
        let count = min(whole.readableBytes, WireLimits.fragmentBytes)
        let isWhole = count == whole.readableBytes
        var flags: FrameFlags = isWhole ? (call.endsWithRequest ? .endStream : []) : .more
        if body == nil { flags.insert(.noMessage) }
        self.frames.write(
            FrameHeader(
                .request, flags: flags, stream: stream, word: call.method.id, amount: microseconds, caller: caller,
                metaBytes: meta.count, bodyBytes: count),
            meta: meta, body: whole.readableBytesView.prefix(count))
        self.arm(call.deadline)
        if !isWhole {
            var rest = whole
            rest.moveReaderIndex(forwardBy: count)
            self.queue(call, rest, call.endsWithRequest ? .endStream : [], nil)
        }
        call.opened()
    }

    private func metaBytes(_ call: ClientCall) throws(RPCError) -> [UInt8] {
        let meta = FrameMeta(metadata: call.options.metadata, trace: call.trace)
        guard !meta.isEmpty else { return [] }
        guard let bytes = try? meta.protobuf.encodedBytes(), bytes.count <= Int(UInt16.max) else {
            throw RPCError(
                .invalidArgument, "the metadata exceed \(UInt16.max) bytes", type: "metadata-invalid",
                reason: .fieldInvalid)
        }
        return bytes
    }

    private func number(of caller: CallerIdentity) -> UInt32 {
        let (number, isNew) = self.callers.number(of: caller)
        guard isNew else { return number }
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        let message = Caller(brand: caller.brand, principal: caller.principal, scopes: caller.scopes.sorted())
        if let encoded = try? message.encoded(in: arena) {
            self.frames.write(FrameHeader(.caller, caller: number), encoded)
        }
        return number
    }

    /// Sends a message of a streaming call, or ends its side.
    func send(_ call: ClientCall, _ body: ByteBuffer?, isEnd: Bool, _ writer: OutboundQueue.Writer?) {
        guard !call.isOver, call.connection === self else {
            writer?.resume(returning: RPCError(.cancelled, "the call is over"))
            return
        }
        self.queue(call, body, isEnd ? .endStream : [], writer)
    }

    private func queue(_ call: ClientCall, _ body: ByteBuffer?, _ flags: FrameFlags, _ writer: OutboundQueue.Writer?) {
        let outbound = call.outbound ?? OutboundQueue(self.frames)
        call.outbound = outbound
        outbound.append(body, .data(flags), writer)
        self.sendQueued(call)
    }

    private func sendQueued(_ call: ClientCall) {
        guard let outbound = call.outbound, !call.isOver else { return }
        if outbound.send(call.stream, &self.state) { self.callsAwaitingWrite.append(call) }
    }

    /// Gives a call up.
    func cancel(_ call: ClientCall, _ error: RPCError) {
        if self.state.cancelled(call.stream) {
            self.frames.write(FrameHeader(.cancel, stream: call.stream))
            if error.code == .cancelled { self.onOutcome(nil) }
        }
        call.end(CallFailure(error: error, isUnhandled: false))
        self.closeIfDone()
    }

    /// The application took a message.
    func consumed(_ cost: Int, on call: ClientCall) {
        guard cost > 0, let grant = self.state.consumed(cost, on: call.stream) else { return }
        self.frames.write(FrameHeader(.credit, stream: call.stream, amount: UInt32(grant)))
    }
}

// MARK: - Time

extension ClientConnection {
    private func arm(_ deadline: NIODeadline) {
        self.timer.arm(min(deadline, self.lastRead + self.configuration.keepaliveInterval))
    }

    private func timerFired(_ now: NIODeadline) -> NIODeadline {
        guard !self.isClosing else { return .distantFuture }
        var next = NIODeadline.distantFuture
        var expired: [ClientCall] = []
        self.state.streams.visit { _, stream in
            if stream.payload.deadline <= now {
                expired.append(stream.payload)
            } else {
                next = min(next, stream.payload.deadline)
            }
        }
        for call in expired {
            self.onOutcome(true)
            self.cancel(call, ServerConnection.deadlineExceeded)
        }
        guard !self.state.streams.isEmpty else { return .distantFuture }
        return min(next, self.keepAlive(now))
    }

    /// Asks for a sign of life where calls are open and nothing has been heard for long.
    private func keepAlive(_ now: NIODeadline) -> NIODeadline {
        if self.state.isAwaitingPong {
            guard self.pingDeadline > now else {
                self.close("the server gives no sign of life")
                return .distantFuture
            }
            return self.pingDeadline
        }
        let due = self.lastRead + self.configuration.keepaliveInterval
        guard due <= now else { return due }
        self.state.sentPing()
        self.pingDeadline = now + self.configuration.keepaliveTimeout
        self.frames.write(FrameHeader(.ping))
        return self.pingDeadline
    }
}

/// The numbers that a connection has given to callers. The oldest number is given anew when all are taken; frames
/// keep their order, so requests that were sent under its old meaning keep that.
struct CallerNumbers {
    private var numbers: [CallerIdentity: UInt32] = [:]
    private var identities: [UInt32: CallerIdentity] = [:]
    private var next: UInt32 = 1

    /// The number of a caller, and whether the server must be told of it.
    mutating func number(of caller: CallerIdentity) -> (number: UInt32, isNew: Bool) {
        if let number = self.numbers[caller] { return (number, false) }
        let number = self.next
        self.next = number == WireLimits.maximumCallers ? 1 : number + 1
        if let evicted = self.identities[number] { self.numbers[evicted] = nil }
        self.numbers[caller] = number
        self.identities[number] = caller
        return (number, true)
    }
}
