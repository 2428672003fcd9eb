internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

extension HTTPConnection {
    /// Bodies up to here are copied behind their heads, so that both go out in one write.
    static let copiedBodyBytes = 16_384

    /// Writes a whole answer.
    func answer(_ exchange: HTTPExchange, _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer) {
        guard self.exchange === exchange, self.state.outbound == .awaited else { return }
        self.refreshTime()
        var headers = headers
        let body = self.loop.compressed(body, for: exchange, status, &headers, self.core.limits)
        let framing: AnswerHead.Framing = status.hasBody ? .length(body.readableBytes) : .none
        guard self.writeHead(exchange, status, headers, framing, isStreamed: false) else { return }
        if status.hasBody, exchange.method != .HEAD { self.writeBody(body) }
        self.endAnswer(exchange)
    }

    /// Writes the head of an answer, unless it cannot be sent.
    private func writeHead(
        _ exchange: HTTPExchange, _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ framing: AnswerHead.Framing,
        isStreamed: Bool
    ) -> Bool {
        let start = self.outbound.writerIndex
        var head = AnswerHead(status: status, framing: framing, keepsAlive: true, isHTTP10: exchange.isHTTP10)
        // Read with each answer: a task that tells the connections could come behind requests that were read in the
        // same turn of the event loop.
        if self.core.isDraining.load(ordering: .relaxed) { self.state.drainBegan() }
        let closes = framing == .untilClose || headers.saysClose
        head.keepsAlive = self.state.answerBegan(isStreamed: isStreamed, closes: closes)
        self.makeRoom()
        let isSendable = head.write(
            headers, self.core.commonHeaders, date: self.loop.dateText(self.now), to: &self.outbound)
        guard isSendable, status.code >= 200 else {
            self.outbound.moveWriterIndex(to: start)
            self.core.logger.error("an answer has a status or a header that cannot be sent")
            self.state.answerRetracted()
            self.refuse(.answerInvalid)
            return false
        }
        return true
    }

    private func makeRoom() {
        if self.outbound.capacity == 0, let context = self.context {
            self.outbound = context.channel.allocator.buffer(capacity: 1_024)
        }
    }

    private func writeBody(_ body: ByteBuffer) {
        if body.readableBytes <= Self.copiedBodyBytes {
            self.outbound.writeImmutableBuffer(body)
        } else {
            self.writeOutbound()
            self.write(body)
        }
        if self.outbound.readableBytes > self.core.limits.maximumWaitingAnswerBytes { self.flush() }
    }

    private func endAnswer(_ exchange: HTTPExchange) {
        self.exchange = nil
        exchange.answered()
        switch self.state.answerEnded(self.now) {
        case .keep:
            self.closeIfDrained()
            self.noticeNextHead()
            self.advance()
        case .close(let lingers): self.close(lingers: lingers)
        }
    }

    /// Flushes what has been written.
    func flush() {
        self.writeOutbound()
        self.context?.flush()
    }

    private func writeOutbound() {
        guard self.outbound.readableBytes > 0 else { return }
        self.write(self.outbound)
        self.outbound = ByteBuffer()
    }

    private func write(_ bytes: ByteBuffer) {
        self.mayHaveWaitingBytes = true
        self.context?.write(self.wrapOutboundOut(bytes), promise: nil)
    }

    private func refreshTime() { self.now = .now() }
}

// MARK: - Streamed answers

extension HTTPConnection {
    func beginStream(_ exchange: HTTPExchange, _ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        guard self.exchange === exchange, self.state.outbound == .awaited else { return }
        self.refreshTime()
        let framing: AnswerHead.Framing =
            !status.hasBody ? .none : exchange.isHTTP10 ? .untilClose : .chunked
        exchange.streamFraming = framing
        guard self.writeHead(exchange, status, headers, framing, isStreamed: true) else { return }
        self.advance()
    }

    func writeStream(_ exchange: HTTPExchange, _ bytes: ByteBuffer, _ waiter: StreamWaiter) {
        guard self.exchange === exchange, self.state.outbound == .streaming else { return waiter.resume(.ended) }
        self.writeChunk(bytes, exchange)
        self.flush()
        if self.state.isWritable {
            waiter.resume(nil)
        } else {
            exchange.waitingWriters.append(waiter)
        }
    }

    private func writeChunk(_ bytes: ByteBuffer, _ exchange: HTTPExchange) {
        // An empty chunk would end the body.
        guard bytes.readableBytes > 0, exchange.method != .HEAD else { return }
        switch exchange.streamFraming {
        case .none: return
        case .chunked:
            self.outbound.writeString(String(bytes.readableBytes, radix: 16))
            self.outbound.writeStaticString("\r\n")
            self.writeBody(bytes)
            self.outbound.writeStaticString("\r\n")
        case .length, .untilClose: self.writeBody(bytes)
        }
    }

    func finishStream(_ exchange: HTTPExchange) {
        guard self.exchange === exchange, self.state.outbound == .streaming else { return }
        self.refreshTime()
        if exchange.streamFraming == .chunked, exchange.method != .HEAD {
            self.outbound.writeStaticString("0\r\n\r\n")
        }
        self.endAnswer(exchange)
    }

    /// The writer was let go of.
    func abandonStream(_ exchange: HTTPExchange) {
        guard self.exchange === exchange, self.state.outbound == .streaming else { return }
        self.cut(.abandoned)
    }
}

extension HTTPExchange {
    func resumeWriters() {
        let writers = self.waitingWriters
        self.waitingWriters = []
        for writer in writers { writer.resume(nil) }
    }
}

// MARK: - Refusals and ends

extension HTTPConnection {
    /// Answers in the handler's place, and closes.
    func refuse(_ refusal: HTTPRefusal) {
        guard !self.state.isClosing, let context = self.context, context.channel.isActive else { return }
        switch self.state.outbound {
        case .streaming: return self.cut(.brokenBody)
        case .ended: return self.close(lingers: true)
        case .none, .awaited: break
        }
        self.writeRefusal(refusal, keepsAlive: false)
        self.close(lingers: true)
        self.loseExchange(.refused(refusal))
    }

    /// Answers a request that is well-formed in the handler's place, and goes on.
    func shed(_ refusal: HTTPRefusal) {
        guard let exchange = self.exchange else { return }
        self.writeRefusal(refusal, keepsAlive: self.state.answerBegan(isStreamed: false, closes: false))
        self.endAnswer(exchange)
    }

    private func writeRefusal(_ refusal: HTTPRefusal, keepsAlive: Bool) {
        self.core.observer?.refused(refusal)
        self.refreshTime()
        var content = self.core.configuration.refusalContent(refusal)
        if let seconds = refusal.retryAfterSeconds {
            content.headers.replaceOrAdd(name: "Retry-After", value: String(seconds))
        }
        let head = AnswerHead(
            status: refusal.status, framing: .length(content.body.readableBytes), keepsAlive: keepsAlive,
            isHTTP10: self.exchange?.isHTTP10 ?? false)
        self.makeRoom()
        let start = self.outbound.writerIndex
        let date = self.loop.dateText(self.now)
        if !head.write(content.headers, self.core.commonHeaders, date: date, to: &self.outbound) {
            self.core.logger.error("the content of a refusal has a header that cannot be sent")
            self.outbound.moveWriterIndex(to: start)
            _ = head.write([:], self.core.commonHeaders, date: date, to: &self.outbound)
        }
        if self.exchange?.method != .HEAD { self.writeBody(content.body) }
    }

    /// Takes nothing more, and closes when what was written has gone out.
    func close(lingers: Bool) {
        guard !self.state.isClosing, let context = self.context else { return }
        self.state.closingBegan(self.now)
        self.forgetBacklog()
        guard self.outbound.readableBytes > 0 || self.mayHaveWaitingBytes else {
            return self.lastAnswerWritten(lingers: lingers)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.lastAnswerWritten(lingers: lingers) }
        self.mayHaveWaitingBytes = true
        context.writeAndFlush(self.wrapOutboundOut(self.outbound), promise: written)
        self.outbound = ByteBuffer()
        self.advance()
    }

    private func lastAnswerWritten(lingers: Bool) {
        guard let context = self.context else { return }
        guard lingers else { return context.close(promise: nil) }
        self.state.lingerBegan(.now())
        context.close(mode: .output, promise: nil)
    }

    /// Closes in the middle of an answer, which its client can tell from its end.
    func cut(_ reason: HTTPCutReason) {
        guard let context = self.context else { return }
        self.core.observer?.cut(reason)
        self.core.logger.debug("connection cut: \(reason.rawValue)")
        self.state.closingBegan(self.now)
        context.close(promise: nil)
    }

    /// The next answer is the last; without one under way, the connection is closed.
    func drain() {
        self.isDrainBegun = true
        self.state.drainBegan()
        self.exchange?.drainBegan()
        self.closeIfDrained()
    }

    func closeIfDrained() {
        if self.state.isDraining, self.state.phase == .idle, self.state.outbound == .none { self.close(lingers: false) }
    }
}

extension HTTPRefusal {
    static let answerInvalid = HTTPRefusal(
        .answerInvalid, .internalServerError, "the answer to this request could not be sent")
    static let notAnswered = HTTPRefusal(.notAnswered, .gatewayTimeout, "the request was not answered in time")
    static let headTooSlow = HTTPRefusal(.tooSlow, .requestTimeout, "the head of the request came too slowly")
    static let bodyTooSlow = HTTPRefusal(.tooSlow, .requestTimeout, "the body of the request came too slowly")
}

extension HTTPHeaders {
    /// Whether an answer's headers ask for the end of the connection.
    fileprivate var saysClose: Bool {
        self.contains { name, value in
            name.utf8.count == 10 && name.equalsIgnoringCase("connection") && value.equalsIgnoringCase("close")
        }
    }
}
