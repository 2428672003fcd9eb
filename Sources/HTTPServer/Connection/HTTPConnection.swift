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
    private var isLineEnded = false
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

    /// What stands before the parser.
    func makeGate() -> RequestGate {
        let gate = RequestGate(self)
        self.gate = gate
        return gate
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
        case .headerOverflow: self.isLineEnded ? .headersTooLarge(self.core.limits) : .targetTooLong(self.core.limits)
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

    var inputAllowance: Int { self.state.inputAllowance }

    func readBegan() {
        self.isReading = true
        self.now = .now()
    }

    /// Bytes are about to be given to the parser.
    func willParse(_ bytes: ByteBuffer) {
        if self.state.inbound == .idle { self.isLineEnded = false }
        do throws(HTTPRefusal) {
            try self.state.bytesArrived(bytes.readableBytes, self.now)
        } catch {
            self.refuse(self.isLineEnded || self.state.inbound != .head ? error : .targetTooLong(self.core.limits))
        }
    }

    /// Bytes were given to the parser.
    func didParse(_ bytes: ByteBuffer) {
        // Heads mostly come whole. Where one does not, it may turn out too large: is it for its target or its fields?
        guard self.state.inbound == .head, !self.isLineEnded else { return }
        let line = bytes.readableBytesView.drop { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        self.isLineEnded = line.contains(UInt8(ascii: "\n"))
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
        if let refusal = self.core.requestBegan(request) {
            self.shed(refusal)
        } else {
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
        while let arrival = self.backlog.first, !self.state.isClosing, self.takes(arrival) {
            self.backlog.removeFirst()
            self.take(arrival)
        }
        self.isAdvancing = false
        self.gate?.feed()
        if !self.isReading { self.flush() }
        self.releaseRead()
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
