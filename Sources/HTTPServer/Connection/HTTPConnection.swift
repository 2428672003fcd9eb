internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
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
    private enum Arrival {
        case part(HTTPServerRequestPart)
        case failure(HTTPRefusal)
    }

    let core: ServerCore
    let loop: HTTPLoop
    let isSecure: Bool
    var state: HTTPConnectionState
    var context: ChannelHandlerContext?
    /// The request whose answer has not ended.
    var exchange: HTTPExchange?
    /// Answers that are not flushed yet.
    var outbound = ByteBuffer()
    /// The latest that is known of the time.
    var now: NIODeadline
    private var gate: RequestGate?
    private var peer = ""
    private var backlog = CircularBuffer<Arrival>()
    private var isAdvancing = false
    private var isReading = false
    private var isReadHeld = false
    /// Whether the request line of the head that comes has ended.
    private var isLineEnded = false
    /// What the parser is at.
    private var parsing = ByteBuffer()
    private var droppedBytes = 0
    /// Whether answers may wait for the socket, how many bytes did when it was looked at, and since when none went.
    var mayHaveWaitingBytes = false
    var waitingBytes = 0
    var stallDeadline = NIODeadline.distantFuture

    init(_ core: ServerCore, _ loop: HTTPLoop, isSecure: Bool, _ now: NIODeadline) {
        self.core = core
        self.loop = loop
        self.isSecure = isSecure
        self.now = now
        self.state = HTTPConnectionState(limits: core.limits, now: now)
        if core.isDraining.load(ordering: .relaxed) { self.state.drainBegan() }
    }

    /// Makes a channel a connection that has been counted.
    static func add(to channel: any Channel, _ core: ServerCore, _ loop: HTTPLoop, tls: NIOSSLContext?) throws {
        let connection = HTTPConnection(core, loop, isSecure: tls != nil, .now())
        loop.add(connection)
        core.observer?.connectionsChanged(by: 1)
        channel.closeFuture.assumeIsolated().whenComplete { _ in connection.closed() }
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
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
        self.core.connectionClosed()
        self.core.observer?.connectionsChanged(by: -1)
    }

    private func refusal(_ error: HTTPParserError) -> HTTPRefusal {
        switch error {
        case .headerOverflow: self.headTooLarge
        case .invalidVersion: .malformed("the version must be HTTP/1.0 or HTTP/1.1")
        case .invalidMethod: .malformed("the method is none that is known")
        default: .malformed("this is no well-formed HTTP/1.1 request (\(error))")
        }
    }
}

// MARK: - Input

extension HTTPConnection {
    var wantsInput: Bool { self.state.wantsInput && self.backlog.isEmpty || self.state.isClosing }

    var isClosing: Bool { self.state.isClosing }

    var inputAllowance: Int {
        // What is inflated may become a hundred times as large before anyone can take it.
        self.exchange?.coding == .gzip ? HTTPServerLimits.parsedAheadBytes : self.state.inputAllowance
    }

    func readBegan() {
        self.isReading = true
        self.now = .now()
    }

    /// Bytes are about to be given to the parser.
    func willParse(_ bytes: ByteBuffer) {
        if self.state.inbound == .idle { self.isLineEnded = false }
        self.parsing = bytes
        do throws(HTTPRefusal) {
            try self.state.bytesArrived(bytes.readableBytes, self.now)
        } catch {
            self.refuse(self.state.inbound == .head ? self.headTooLarge : error)
        }
    }

    /// Bytes were given to the parser.
    func didParse() {
        // Heads mostly come whole. Where one does not, it may turn out too large: is it for its target or its fields?
        if self.state.inbound == .head, !self.isLineEnded { self.isLineEnded = self.parsing.firstLineBytes != nil }
        self.parsing = ByteBuffer()
    }

    private var headTooLarge: HTTPRefusal {
        let limits = self.core.limits
        guard self.state.inbound != .body, !self.isLineEnded else { return .headersTooLarge(limits) }
        let line = self.parsing.firstLineBytes ?? .max
        return line > limits.maximumTargetBytes ? .targetTooLong(limits) : .headersTooLarge(limits)
    }

    /// Bytes were dropped because nothing more is taken.
    func dropped(_ count: Int) {
        self.droppedBytes += count
        if self.droppedBytes > self.core.limits.maximumDroppedBodyBytes * 16 { self.context?.close(promise: nil) }
    }

    /// Bytes have to wait.
    func inputHeld(_ count: Int) {
        // More than a read or two can only come with the end of a client's bytes: it has gone.
        if count > 2 * HTTPServer.maximumReadBytes { self.context?.close(promise: nil) }
    }

    private func arrived(_ arrival: Arrival) {
        guard !self.state.isClosing else { return }
        if self.backlog.isEmpty, self.takes(arrival) {
            self.take(arrival)
        } else {
            self.backlog.append(arrival)
        }
    }

    /// What has been parsed ahead.
    var backlogCount: Int { self.backlog.count }

    private func takes(_ arrival: Arrival) -> Bool {
        switch arrival {
        case .part(.head): self.state.takesHead
        case .part: true
        // What is wrong with the next request is said after the answer to this one.
        case .failure: self.state.inbound != .complete || self.state.outbound == .ended
        }
    }

    private func take(_ arrival: Arrival) {
        switch arrival {
        case .part(.head(let head)): self.takeHead(head)
        case .part(.body(let part)): self.takeBody(part)
        case .part(.end): self.takeEnd()
        case .failure(let refusal): self.refuse(refusal)
        }
    }

    private func takeHead(_ head: HTTPRequestHead) {
        let checked: CheckedHead
        do throws(HTTPRefusal) {
            checked = try CheckedHead(head, self.core.limits)
        } catch {
            return self.refuse(error)
        }
        self.state.headArrived(
            checked.framing, keepsAlive: checked.keepsAlive, expectsContinue: checked.expectsContinue, self.now)
        let exchange = HTTPExchange(checked, self, deadline: self.state.requestDeadline)
        self.exchange = exchange
        let request = HTTPRequest(
            method: checked.method, target: checked.target, headers: checked.headers, isSecure: self.isSecure,
            peer: self.peer, contentLength: exchange.contentLength)
        if let refusal = self.core.refusal(request) {
            self.shed(refusal)
        } else {
            exchange.setUnderWay(true, self)
            self.core.handler.receive(request, exchange)
        }
    }

    private func takeBody(_ part: ByteBuffer) {
        self.state.bodyArrived(part.readableBytes, self.now)
        self.exchange?.bodyArrived(part, self)
    }

    private func takeEnd() {
        self.state.endArrived(self.now)
        self.exchange?.bodyEnded(self)
        self.closeIfDrained()
    }

    /// Takes what waits, as far as the state of things allows.
    func advance() {
        guard !self.isAdvancing else { return }
        self.isAdvancing = true
        repeat {
            while self.takesBacklog {
                let arrival = self.backlog.removeFirst()
                self.take(arrival)
            }
            self.gate?.feed()
            // A flush amid the answers may have made room for more of them.
        } while self.takesBacklog
        self.isAdvancing = false
        // What was answered on the way goes out at once.
        if !self.isReading { self.flush() }
        self.releaseRead()
    }

    private var takesBacklog: Bool {
        guard let arrival = self.backlog.first, !self.state.isClosing else { return false }
        return self.takes(arrival)
    }

    private func releaseRead() {
        guard self.isReadHeld, self.state.isClosing || self.gate?.isEmpty ?? true, let context = self.context else {
            return
        }
        self.isReadHeld = false
        context.read()
    }

    func forgetBacklog() { self.backlog.removeAll() }
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

extension ByteBuffer {
    /// The bytes of the first line that is not empty, or `nil` where it does not end here.
    fileprivate var firstLineBytes: Int? {
        let line = self.readableBytesView.drop { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        return line.firstIndex(of: UInt8(ascii: "\n")).map { $0 - line.startIndex }
    }
}
