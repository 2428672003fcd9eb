internal import NIOCore
internal import NIOHTTP1

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
        self.parsedTail.append(bytes)
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
        self.noticeNextHead()
    }

    /// Sees whether the parser has bytes of the next head, which came along with the request that has just ended: such a
    /// connection is not idle. Behind a body of a length that was told, its last bytes do not show it.
    func noticeNextHead() {
        guard self.state.phase == .idle, self.state.hasAsked, self.state.outbound == .none, self.backlog.isEmpty,
            self.parsing.readableBytes == 0, self.state.isEndedByEmptyLine, !self.parsedTail.isEmptyLine
        else { return }
        self.isLineEnded = false
        self.state.nextHeadBegan(self.now)
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
        if count > 2 * HTTPServerLimits.maximumReadBytes { self.context?.close(promise: nil) }
    }

    func arrived(_ arrival: Arrival) {
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

    /// What a parser's error means for the client.
    func refusal(_ error: HTTPParserError) -> HTTPRefusal {
        switch error {
        case .headerOverflow: self.headTooLarge
        case .invalidVersion: .malformed("the version must be HTTP/1.0 or HTTP/1.1")
        case .invalidMethod: .malformed("the method is none that is known")
        default: .malformed("this is no well-formed HTTP/1.1 request (\(error))")
        }
    }
}

extension ByteBuffer {
    /// The bytes of the first line that is not empty, or `nil` where it does not end here.
    fileprivate var firstLineBytes: Int? {
        let line = self.readableBytesView.drop { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        return line.firstIndex(of: UInt8(ascii: "\n")).map { $0 - line.startIndex }
    }
}
