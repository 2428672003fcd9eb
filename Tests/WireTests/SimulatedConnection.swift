import Testing
import Wire

/// Both sides of a connection, the frames between them, and calls on it. It does what an executor of the machines does, and checks both at each step.
struct SimulatedConnection {
    typealias Ending = SimulatedCall.Ending

    var random: SeededGenerator
    var client: ClientConnectionState<Int>
    var server: ServerConnectionState<Int>
    var toServer: [FrameHeader] = [FrameHeader.hello]
    var toClient: [FrameHeader] = [FrameHeader.hello]
    var calls: [SimulatedCall] = []
    /// By stream.
    var handlers: [UInt32: SimulatedHandler] = [:]
    var endedHandlers: Set<UInt32> = []
    /// The streams that got to the server, open or refused.
    var seenStreams: Set<UInt32> = []
    var lastStreamOfGoAway: UInt32?
    var nanoseconds: UInt64 = 1_000_000_000
    let clientLimits: WireLimits
    let serverLimits: WireLimits

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func limits() -> WireLimits {
            WireLimits(
                maximumMessageBytes: [150_000, 300_000, 4_194_304].randomElement(using: &random) ?? 300_000,
                maximumStreams: [1, 3, 4_096].randomElement(using: &random) ?? 3,
                initialCreditBytes: [262_144, 262_145, 500_000].randomElement(using: &random) ?? 262_144
            )
        }
        self.clientLimits = limits()
        self.serverLimits = limits()
        self.random = random
        self.client = ClientConnectionState(limits: self.clientLimits)
        self.server = ServerConnectionState(limits: self.serverLimits)
    }

    static func peerLimits(_ limits: WireLimits) -> PeerLimits {
        PeerLimits(
            maximumFrameBytes: limits.maximumFrameBytes, maximumMessageBytes: limits.maximumMessageBytes,
            maximumStreams: limits.maximumStreams, initialCreditBytes: limits.initialCreditBytes)
    }

    mutating func messageSize() -> Int {
        switch Int.random(in: 0..<6, using: &self.random) {
        case 0: 0
        case 1...3: Int.random(in: 1...500, using: &self.random)
        case 4: Int.random(in: 60_000...140_000, using: &self.random)
        // Above the smallest limit now and then, which is answered and not a violation.
        default: Int.random(in: 100_000...400_000, using: &self.random)
        }
    }

    mutating func sizes() -> [Int] {
        (0..<Int.random(in: 0...6, using: &self.random)).map { _ in self.messageSize() }
    }
}

// MARK: - The client

extension SimulatedConnection {
    mutating func endCall(_ call: Int, _ ending: Ending) {
        self.calls[call].endings.append(ending)
        self.calls[call].outgoing = OutgoingMessages()
    }

    /// Makes a call; its REQUEST carries the first message or the first piece of it, or none.
    mutating func startCall() -> Bool {
        guard let stream = self.client.open(self.calls.count) else { return false }
        var call = SimulatedCall()
        call.stream = stream
        call.intended = self.sizes()
        call.outgoing.sizes = call.intended
        call.outgoing.endsAlone = self.random.isOne(in: 3)
        var flags: FrameFlags = .noMessage
        var count = 0
        if let first = call.intended.first, !self.random.isOne(in: 4) {
            count = OutgoingMessages.cut(min(first, WireLimits.fragmentBytes), &self.random)
            flags = count < first ? .more : []
            call.outgoing.advance(by: count, isLast: count == first)
        }
        if call.outgoing.isEmpty { flags.insert(.endStream) }
        if call.intended.isEmpty, flags == .noMessage { call.outgoing.endsAlone = true }
        self.toServer.append(FrameHeader(.request, flags: flags, stream: stream, metaBytes: 40, bodyBytes: count))
        self.calls.append(call)
        return true
    }

    mutating func sendRequest() -> Bool {
        let ready = self.calls.indices.filter { !self.calls[$0].outgoing.isEmpty }
        guard let index = ready.randomElement(using: &self.random) else { return false }
        let stream = self.calls[index].stream
        var random = self.random
        defer { self.random = random }
        let header = self.client.withFlow(of: stream) { flow in
            self.calls[index].outgoing.nextData(stream, &flow, ending: .endStream, &random)
        }
        guard let header = header ?? nil else { return false }
        self.toServer.append(header)
        return true
    }

    mutating func consumeResponse() -> Bool {
        let ready = self.calls.indices.filter { !self.calls[$0].incoming.waitingCosts.isEmpty }
        guard let index = ready.randomElement(using: &self.random) else { return false }
        let cost = self.calls[index].incoming.waitingCosts.removeFirst()
        if let grant = self.client.consumed(cost, on: self.calls[index].stream) {
            self.toServer.append(FrameHeader(.credit, stream: self.calls[index].stream, amount: UInt32(grant)))
        }
        return true
    }

    mutating func cancelCall() -> Bool {
        let open = self.calls.indices.filter { self.calls[$0].endings.isEmpty }
        guard let index = open.randomElement(using: &self.random) else { return false }
        self.cancel(index, .cancelled)
        return true
    }

    mutating func cancel(_ index: Int, _ ending: Ending) {
        #expect(self.client.cancelled(self.calls[index].stream) == true)
        self.toServer.append(FrameHeader(.cancel, stream: self.calls[index].stream))
        self.endCall(index, ending)
    }

    mutating func ping() -> Bool {
        guard !self.client.isAwaitingHello, !self.client.isAwaitingPong else { return false }
        self.client.sentPing()
        self.nanoseconds += 10_000_000_000
        self.toServer.append(FrameHeader(.ping, word: 7))
        return true
    }

    mutating func arriveAtClient() throws -> Bool {
        guard !self.toClient.isEmpty else { return false }
        let header = self.toClient.removeFirst()
        try self.expectAcceptable(header, limit: self.clientLimits)
        if let violation = self.client.check(header) { throw violation }
        switch header.type {
        case .hello:
            if let violation = self.client.receivedHello(header) { throw violation }
            self.client.learned(Self.peerLimits(self.serverLimits))
        case .response: try self.responseArrived(header)
        case .data: try self.responseDataArrived(header)
        case .credit: if case .violation(let violation) = self.client.receivedCredit(header) { throw violation }
        case .ping: self.toServer.append(FrameHeader(.pong, word: header.word))
        case .pong: if let violation = self.client.receivedPong() { throw violation }
        case .goAway:
            let wasRequestSeen = self.seenStreams
            for call in self.client.receivedGoAway(lastStream: header.stream) {
                #expect(!wasRequestSeen.contains(self.calls[call].stream), "an unhandled call was handled")
                self.endCall(call, .unhandled)
            }
        default: Issue.record("the server sent \(header.type)")
        }
        return true
    }

    private mutating func responseArrived(_ header: FrameHeader) throws {
        switch self.client.receivedResponse(header) {
        case .ignore: break
        case .violation(let violation): throw violation
        case .tooLarge(let call): self.endCall(call, .tooLarge)
        case .finish(let call):
            let status = StatusCode(rawValue: header.word)
            if !header.flags.contains(.noMessage) {
                self.calls[call].incoming.receivedMessage(header.bodyBytes, cost: 0)
            }
            self.endCall(call, .finished(status))
            guard status == .ok else { return }
            #expect(self.calls[call].incoming.sizes == self.calls[call].answered, "responses were lost or cut")
        }
    }

    private mutating func responseDataArrived(_ header: FrameHeader) throws {
        switch self.client.receivedData(header) {
        case .ignore: break
        case .violation(let violation): throw violation
        case .deliver(let data, let call):
            switch data {
            case .fragment(let grant):
                self.calls[call].incoming.receivedPiece(header.bodyBytes)
                self.toServer.append(FrameHeader(.credit, stream: header.stream, amount: UInt32(grant)))
            case .message(let cost): self.calls[call].incoming.receivedMessage(header.bodyBytes, cost: cost)
            case .tooLarge: self.cancel(call, .tooLarge)
            case .nothing, .violation: break
            }
        }
    }
}

// MARK: - The server

extension SimulatedConnection {
    mutating func arriveAtServer() throws -> Bool {
        guard !self.toServer.isEmpty else { return false }
        self.nanoseconds += 1_000_000
        let header = self.toServer.removeFirst()
        try self.expectAcceptable(header, limit: self.serverLimits)
        if header.type != .request, let violation = self.server.check(header) { throw violation }
        switch header.type {
        case .hello:
            if let violation = self.server.receivedHello(header) { throw violation }
            self.server.learned(Self.peerLimits(self.clientLimits))
        case .request: try self.requestArrived(header)
        case .data: try self.requestDataArrived(header)
        case .credit: if case .violation(let violation) = self.server.receivedCredit(header) { throw violation }
        case .cancel: try self.cancelArrived(header)
        case .ping:
            #expect(self.server.receivedPing(at: self.nanoseconds) == true)
            self.toClient.append(FrameHeader(.pong, word: header.word))
        case .pong:
            guard let last = self.server.receivedPong() else { break }
            self.lastStreamOfGoAway = last
            self.toClient.append(FrameHeader(.goAway, stream: last))
        default: Issue.record("the client sent \(header.type)")
        }
        return true
    }

    private func expectAcceptable(_ header: FrameHeader, limit: WireLimits) throws {
        var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        bytes.withUnsafeMutableBytes { header.write(to: $0) }
        if case .violation(let violation) = FrameHeader.scan(bytes, maximumLength: limit.maximumFrameBytes) {
            throw violation
        }
    }

    private mutating func requestArrived(_ header: FrameHeader) throws {
        switch self.server.receivedRequest(header) {
        case .violation(let violation): throw violation
        case .ignore: #expect(header.stream > self.lastStreamOfGoAway ?? .max)
        case .refuse:
            #expect(self.server.streams.count == Int(self.serverLimits.maximumStreams))
            self.seenStreams.insert(header.stream)
            self.refuse(header.stream)
        case .dispatch:
            self.seenStreams.insert(header.stream)
            self.server.opened(header, payload: Int(header.stream))
            var handler = SimulatedHandler()
            if header.flags.contains(.more) {
                handler.incoming.receivedPiece(header.bodyBytes)
            } else if !header.flags.contains(.noMessage) {
                handler.incoming.receivedMessage(header.bodyBytes, cost: 0)
            }
            self.handlers[header.stream] = handler
            if header.flags.contains(.endStream) { self.clientEnded(header.stream) }
        }
    }

    private mutating func refuse(_ stream: UInt32) {
        self.toClient.append(
            FrameHeader(.response, flags: .noMessage, stream: stream, word: StatusCode.resourceExhausted.rawValue))
    }

    private mutating func requestDataArrived(_ header: FrameHeader) throws {
        switch self.server.receivedData(header) {
        case .ignore: break
        case .violation(let violation): throw violation
        case .deliver(let data, let payload, let isEnd):
            #expect(payload == Int(header.stream))
            switch data {
            case .fragment(let grant):
                self.handlers[header.stream]?.incoming.receivedPiece(header.bodyBytes)
                self.toClient.append(FrameHeader(.credit, stream: header.stream, amount: UInt32(grant)))
            case .message(let cost):
                self.handlers[header.stream]?.incoming.receivedMessage(header.bodyBytes, cost: cost)
            case .tooLarge:
                if self.handlers[header.stream]?.isCancelled == false { self.refuse(header.stream) }
                self.endHandler(header.stream)
                return
            case .nothing, .violation: break
            }
            if isEnd { self.clientEnded(header.stream) }
        }
    }

    /// All that the client meant to send has arrived.
    private mutating func clientEnded(_ stream: UInt32) {
        self.handlers[stream]?.clientHasEnded = true
        guard let call = self.calls.first(where: { $0.stream == stream }) else { return }
        #expect(self.handlers[stream]?.incoming.sizes == call.intended, "requests were lost or cut")
    }

    private mutating func cancelArrived(_ header: FrameHeader) throws {
        switch self.server.receivedCancel(header, at: self.nanoseconds) {
        case .ignore: break
        case .tooMany: Issue.record("so few cancels are not too many")
        case .violation(let violation): throw violation
        case .cancel(let payload):
            #expect(payload == Int(header.stream))
            self.handlers[header.stream]?.isCancelled = true
            self.handlers[header.stream]?.outgoing = OutgoingMessages()
        }
    }

    private mutating func endHandler(_ stream: UInt32) {
        self.handlers[stream] = nil
        self.server.ended(stream)
        #expect(self.endedHandlers.insert(stream).inserted, "a handler ended twice")
    }

    mutating func consumeRequest() -> Bool {
        let ready = self.handlers.filter { !$0.value.incoming.waitingCosts.isEmpty }.keys.sorted()
        guard let stream = ready.randomElement(using: &self.random),
            let cost = self.handlers[stream]?.incoming.waitingCosts.removeFirst()
        else { return false }
        if let grant = self.server.consumed(cost, on: stream) {
            self.toClient.append(FrameHeader(.credit, stream: stream, amount: UInt32(grant)))
        }
        return true
    }

    /// A handler decides all that it has to say. It may do so before the client has ended its side.
    mutating func handlerReturns(early: Bool) -> Bool {
        let running = self.handlers.filter {
            !$0.value.isReturning && (early || $0.value.clientHasEnded || $0.value.isCancelled)
        }
        guard let stream = running.keys.sorted().randomElement(using: &self.random),
            let call = self.calls.firstIndex(where: { $0.stream == stream })
        else { return false }
        let sizes = self.sizes()
        self.calls[call].answered = sizes
        self.handlers[stream]?.isReturning = true
        if self.handlers[stream]?.isCancelled == false { self.handlers[stream]?.outgoing.sizes = sizes }
        return true
    }

    mutating func sendResponse() -> Bool {
        let ready = self.handlers.filter(\.value.isReturning).keys.sorted()
        guard let stream = ready.randomElement(using: &self.random), var handler = self.handlers[stream] else {
            return false
        }
        guard !handler.isCancelled else {
            self.endHandler(stream)
            return true
        }
        let rest = (handler.outgoing.sizes.first ?? 0) - (handler.outgoing.sentBytes ?? 0)
        let isWhole = handler.outgoing.sizes.count == 1 && rest <= WireLimits.fragmentBytes
        // The last message, or its last piece, may stand in RESPONSE; a message that has begun must not end otherwise.
        if handler.outgoing.isEmpty || (isWhole && self.random.isOne(in: 2)) {
            let flags: FrameFlags = handler.outgoing.isEmpty ? .noMessage : []
            self.toClient.append(
                FrameHeader(.response, flags: flags, stream: stream, metaBytes: 12, bodyBytes: isWhole ? rest : 0))
            self.endHandler(stream)
            return true
        }
        var random = self.random
        let header = self.server.withFlow(of: stream) { handler.outgoing.nextData(stream, &$0, ending: [], &random) }
        self.random = random
        guard let header = header ?? nil else { return false }
        self.handlers[stream] = handler
        self.toClient.append(header)
        return true
    }

    mutating func drain() -> Bool {
        guard self.server.drainBegan() else { return false }
        self.toClient.append(FrameHeader(.goAway, stream: WireLimits.maximumStreamID))
        self.toClient.append(FrameHeader(.ping))
        return true
    }
}
