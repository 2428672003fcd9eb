internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

extension ServerConnection {
    func received(_ violation: Violation) {
        // What cannot even be cut into frames before HELLO is another protocol; it would not understand a GOAWAY.
        self.close("\(violation)", goAway: self.state.isAwaitingHello ? nil : .internal)
    }

    func received(_ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan) -> FrameVerdict {
        if header.type == .request {
            self.receivedRequest(header, meta: meta, body: body)
        } else {
            self.receivedOther(header, body: body)
        }
        if self.isClosing { return .stop }
        return self.isAuthenticating ? .pause : .next
    }

    func receivedOther(_ header: FrameHeader, body: borrowing RawSpan) {
        if let violation = self.state.check(header) {
            return self.close("\(violation)", goAway: self.state.isAwaitingHello ? nil : .internal)
        }
        switch header.type {
        case .data: self.receivedData(header, body: body)
        case .credit: self.receivedCredit(header)
        case .cancel: self.receivedCancel(header)
        case .caller: self.receivedCaller(header, body: body)
        case .ping: self.receivedPing(header)
        case .pong: self.receivedPong()
        case .hello: self.receivedHello(header, body: body)
        default: break
        }
    }

    func receivedPing(_ header: FrameHeader) {
        guard self.state.receivedPing(at: self.now.uptimeNanoseconds) else {
            return self.close("the peer pings too often", goAway: .resourceExhausted)
        }
        self.frames.write(FrameHeader(.pong, word: header.word))
    }

    func receivedPong() {
        guard let lastStream = self.state.receivedPong() else { return }
        // Whether that was the last work is seen when the read is over: it may have brought calls before the PONG.
        self.writeGoAway(lastStream, .ok, "draining")
    }

    func receivedCancel(_ header: FrameHeader) {
        // A request of the same read is not in the table before its handler was started.
        self.endRead()
        switch self.state.receivedCancel(header, at: self.now.uptimeNanoseconds) {
        case .ignore: self.cancelDeferred(header.stream)
        case .cancel(let call): self.abandon(call, RPCError(.cancelled, "the caller cancelled"))
        case .tooMany: self.close("the peer cancels too often", goAway: .resourceExhausted)
        case .violation(let violation): self.close("\(violation)", goAway: .internal)
        }
    }

    func receivedCredit(_ header: FrameHeader) {
        switch self.state.receivedCredit(header) {
        case .ignore: break
        case .resume(let call): self.sendQueued(call)
        case .violation(let violation): self.close("\(violation)", goAway: .internal)
        }
    }

    func receivedData(_ header: FrameHeader, body: borrowing RawSpan) {
        switch self.state.receivedData(header) {
        case .ignore: break
        case .violation(let violation): self.close("\(violation)", goAway: .internal)
        case .deliver(let data, let call, let isEnd): self.deliver(data, header, body, to: call, isEnd: isEnd)
        }
    }

    func deliver(
        _ data: StreamFlow.OnData, _ header: FrameHeader, _ body: borrowing RawSpan, to call: ServerCall, isEnd: Bool
    ) {
        switch data {
        case .fragment(let grant):
            call.inbound?.receivedFragment(body)
            self.hold(body.byteCount, for: call)
            self.frames.write(FrameHeader(.credit, stream: header.stream, amount: UInt32(grant)))
        case .message(let cost):
            if call.hasStarted {
                call.inbound?.receivedMessage(body, cost: cost)
            } else {
                self.runAssembled(call, body, isEnd: isEnd)
            }
        case .tooLarge:
            if !call.isAnswered { self.writeFailure(call.stream, self.tooLarge) }
            self.abandon(call, self.tooLarge)
        case .nothing, .violation:
            break
        }
        if isEnd { call.inbound?.ended() }
    }

    var tooLarge: RPCError {
        RPCError(
            .resourceExhausted, "the message exceeds \(self.state.limits.maximumMessageBytes) bytes",
            type: "message-too-large", reason: .messageTooLarge)
    }
}

extension ServerConnection {
    func writeHello() {
        let limits = self.state.limits
        self.write(
            .hello, word: WireLimits.magic, amount: WireLimits.version,
            Hello(
                maximumFrameBytes: limits.maximumFrameBytes,
                maximumMessageBytes: limits.maximumMessageBytes,
                maximumStreams: limits.maximumStreams,
                initialCreditBytes: limits.initialCreditBytes,
                agent: self.core.configuration.agent
            ))
    }

    func receivedHello(_ header: FrameHeader, body: borrowing RawSpan) {
        let isFirst = self.state.isAwaitingHello
        if let violation = self.state.receivedHello(header) {
            return self.close("\(violation)", goAway: isFirst ? nil : .internal)
        }
        guard let hello: Hello = self.decode(body) else { return self.close("\(Violation.malformed(.hello))") }
        self.state.learned(PeerLimits(hello))
        self.authenticate(
            PeerCredentials(
                credential: hello.credential,
                certificateNames: self.core.configuration.peerNames(self.context?.channel),
                remoteAddress: self.remoteAddress))
    }

    func authenticate(_ credentials: PeerCredentials) {
        self.isAuthenticating = true
        let authenticator = self.core.authenticator
        let connection = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
        _ = Task.immediate(executorPreference: self.loop.executor) {
            let result: Result<CallerIdentity, RPCError>
            do throws(RPCError) {
                result = .success(try await authenticator.authenticate(credentials))
            } catch {
                result = .failure(error)
            }
            connection.value.authenticated(result)
        }
    }

    func authenticated(_ result: Result<CallerIdentity, RPCError>) {
        self.isAuthenticating = false
        self.helloDeadline = .distantFuture
        switch result {
        case .success(let identity):
            self.ownCaller = KnownCaller(identity)
        case .failure(let error):
            // The credential itself is not logged, nor is anything that a caller wrote.
            return self.close("the credential was refused", goAway: error.code)
        }
        // Within the read that brought HELLO, the frames behind it come next anyway.
        guard !self.isScanning, !self.isClosing else { return }
        self.isScanning = true
        self.now = .now()
        self.inbound.resume(self)
        self.isScanning = false
        self.endRead()
        self.releaseRead()
    }

    func receivedCaller(_ header: FrameHeader, body: borrowing RawSpan) {
        guard self.ownCaller.identity.mayActForOthers else {
            return self.close("the peer may not act for others", goAway: .permissionDenied)
        }
        guard let caller: RPCMessages.Caller = self.decode(body) else {
            return self.close("\(Violation.malformed(.caller))", goAway: .internal)
        }
        self.callers[header.caller] = KnownCaller(
            CallerIdentity(brand: caller.brand, principal: caller.principal, scopes: Set(caller.scopes)))
        self.forgetLastCaller()
    }

    /// A number may stand for somebody else now.
    func forgetLastCaller() {
        self.lastCallerNumber = 0
        self.lastCaller = self.ownCaller
    }

    func decode<M: Message>(_ body: borrowing RawSpan) -> M? {
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        return try? M(decoding: body, in: arena)
    }
}

extension PeerLimits {
    init(_ hello: Hello) {
        self.init(
            maximumFrameBytes: hello.maximumFrameBytes,
            maximumMessageBytes: hello.maximumMessageBytes,
            maximumStreams: hello.maximumStreams,
            initialCreditBytes: hello.initialCreditBytes
        )
    }
}
