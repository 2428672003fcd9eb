internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// One connection of a server: what stands behind the parser in its pipeline. Bound to the event loop.
///
/// It carries out what ``HTTPConnectionState`` decides. Answers are written into one buffer, which is flushed once per
/// read.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class HTTPConnection: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the parser has made of bytes.
    enum Arrival {
        case part(HTTPServerRequestPart)
        case failure(HTTPRefusal)
    }

    let core: ServerCore
    let loop: HTTPLoop
    let isSecure: Bool
    /// Whom it is counted for.
    private let address: ClientAddress?
    private let tls: (any RemovableChannelHandler)?
    private var isCounted = true
    var state: HTTPConnectionState
    var context: ChannelHandlerContext?
    /// The request whose answer has not ended.
    var exchange: HTTPExchange?
    /// Answers that are not flushed yet.
    var outbound = ByteBuffer()
    /// Whether the server drains, not only says that it will.
    var isDrainBegun = false
    /// The latest that is known of the time.
    var now: NIODeadline
    var gate: RequestGate?
    var peer = ""
    var backlog = CircularBuffer<Arrival>()
    var isAdvancing = false
    var isReading = false
    var isReadHeld = false
    /// Whether the request line of the head that comes has ended.
    var isLineEnded = false
    /// What the parser is at.
    var parsing = ByteBuffer()
    /// The last bytes that the parser was given.
    var parsedTail = MessageTail()
    var droppedBytes = 0
    /// Whether answers may wait for the socket, how many bytes did when it was looked at, and since when none went.
    var mayHaveWaitingBytes = false
    var waitingBytes = 0
    var stallDeadline = NIODeadline.distantFuture

    init(
        _ core: ServerCore, _ loop: HTTPLoop, _ address: ClientAddress?, tls: (any RemovableChannelHandler)?,
        _ now: NIODeadline
    ) {
        self.core = core
        self.loop = loop
        self.address = address
        self.tls = tls
        self.isSecure = tls != nil
        self.now = now
        self.state = HTTPConnectionState(limits: core.limits, now: now)
        if core.isDraining.load(ordering: .relaxed) { self.state.drainBegan() }
    }

    /// Makes a channel a connection that has been counted.
    ///
    /// - Parameter tls: What speaks TLS; `nil` for plain text.
    static func add(
        to channel: any Channel, _ core: ServerCore, _ loop: HTTPLoop, from address: ClientAddress?,
        tls: (any RemovableChannelHandler)?
    ) throws {
        let connection = HTTPConnection(core, loop, address, tls: tls, .now())
        loop.add(connection)
        core.observer?.connectionsChanged(by: 1)
        channel.closeFuture.assumeIsolated().whenComplete { _ in connection.closed() }
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(tls) }
        let gate = RequestGate(connection)
        connection.gate = gate
        try pipeline.addHandler(gate)
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: core.limits.parser)))
        try pipeline.addHandler(connection)
    }
}

// MARK: - The channel

extension HTTPConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.peer = context.channel.remoteAddress?.ipAddress ?? ""
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.gate = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.arrived(.part(self.unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.flush()
    }

    /// Reading is held back while bytes wait for a request to be answered, or for a body to be taken.
    func read(context: ChannelHandlerContext) {
        if self.state.isClosing || self.gate?.isEmpty ?? true {
            context.read()
        } else {
            self.isReadHeld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.state.isWritable = context.channel.isWritable
        if self.state.isWritable {
            self.exchange?.resumeWriters()
            self.advance()
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        self.arrived(.failure(self.refusal(error)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        self.state.closingBegan(self.now)
        self.backlog.removeAll()
        self.loseExchange(.disconnected)
        context.fireChannelInactive()
    }

    /// The channel is gone, whether it ever became active or not.
    func closed() {
        self.loop.remove(self)
        self.leavePlace()
        self.core.observer?.connectionsChanged(by: -1)
    }

    private func leavePlace() {
        if self.isCounted { self.core.connectionClosed(from: self.address) }
        self.isCounted = false
    }
}

// MARK: - Making room

extension HTTPConnection {
    /// Whether nothing is asked for, and nothing is left to send.
    var isIdle: Bool {
        self.context != nil && self.state.phase == .idle && self.state.outbound == .none && self.waitingByteCount == 0
    }

    /// Closes, and leaves its place to another connection at once.
    func displace() {
        guard let context = self.context else { return }
        self.core.observer?.connectionDisplaced()
        self.state.closingBegan(self.now)
        self.leavePlace()
        // TLS would wait for the client's farewell, which may never come.
        if let tls = self.tls { context.pipeline.syncOperations.removeHandler(tls, promise: nil) }
        context.close(promise: nil)
    }
}

// MARK: - What the exchange asks for

extension HTTPConnection {
    func wantBody(isStreamed: Bool) {
        if self.state.bodyWanted(isStreamed: isStreamed, self.now) {
            self.outbound.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        }
        self.advance()
    }

    func wantNoBody() { self.state.bodyNotWanted(self.now) }

    /// Lets go of the exchange without an answer by its handler.
    func loseExchange(_ error: HTTPStreamError) {
        guard let exchange = self.exchange else { return }
        self.exchange = nil
        exchange.lost(error)
    }
}
