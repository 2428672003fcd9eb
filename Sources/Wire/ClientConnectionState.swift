/// The protocol of one connection on the client's side: a pure state machine without I/O.
///
/// Inputs are named after what happened; each returns what is to be done. `Payload` is what the executor keeps with a
/// call.
public struct ClientConnectionState<Payload> {
    /// A stream that is open.
    public struct Stream {
        /// Its halves and credits.
        public var flow: StreamFlow
        /// The executor's part.
        public var payload: Payload
    }

    private enum Phase: Hashable {
        case open
        /// GOAWAY arrived: nothing new, the rest is finished.
        case leaving
        case closed
    }

    /// What this side accepts.
    public let limits: WireLimits
    /// What the peer accepts.
    public private(set) var peerLimits = PeerLimits()
    /// The streams that are open.
    public private(set) var streams = StreamTable<Stream>()
    private var nextStream: UInt32 = 1
    private var phase = Phase.open
    private var hasHello = false
    private var isPingOutstanding = false

    /// A connection on which nothing has been sent.
    public init(limits: WireLimits) { self.limits = limits }

    /// Whether HELLO has not arrived yet.
    public var isAwaitingHello: Bool { !self.hasHello }
    /// Whether a new stream can be opened.
    public var takesStreams: Bool {
        self.phase == .open && self.nextStream <= WireLimits.maximumStreamID
            && self.streams.count < Int(self.peerLimits.maximumStreams)
    }
    /// Whether no stream will ever be opened again.
    public var isLeaving: Bool {
        self.phase == .leaving || self.phase == .closed || self.nextStream > WireLimits.maximumStreamID
    }
    /// Whether the connection has done its last work and is to be closed.
    public var isDone: Bool { self.isLeaving && self.streams.isEmpty }
}

// MARK: - The connection

extension ClientConnectionState {
    /// The HELLO's header arrived.
    public mutating func receivedHello(_ header: FrameHeader) -> Violation? {
        guard !self.hasHello else { return .helloRepeated }
        guard header.word == WireLimits.magic else { return .magic(header.word) }
        guard header.amount >= 1 else { return .version }
        self.hasHello = true
        return nil
    }

    /// The HELLO's body was read; streams that were opened before get the rest of their credit.
    public mutating func learned(_ limits: PeerLimits) {
        let raise = limits.initialCreditBytes - min(limits.initialCreditBytes, self.peerLimits.initialCreditBytes)
        self.peerLimits = limits
        guard raise > 0 else { return }
        for stream in self.streams.streams {
            _ = self.streams.update(stream) { $0.flow.raiseSendCredit(by: raise) }
        }
    }

    /// What a frame of a type that concerns the connection means; `nil` where it is in order.
    public func check(_ header: FrameHeader) -> Violation? {
        // A server may refuse a connection before it says hello.
        if !self.hasHello, header.type != .hello, header.type != .goAway {
            return .helloMissing(header.type)
        }
        switch header.type {
        case .request, .cancel, .caller: return .direction(header.type)
        default: return nil
        }
    }

    /// A PING was sent.
    public mutating func sentPing() { self.isPingOutstanding = true }

    /// A PONG arrived.
    public mutating func receivedPong() -> Violation? {
        guard self.isPingOutstanding else { return .pongUnexpected }
        self.isPingOutstanding = false
        return nil
    }

    /// Whether a PING was not answered yet.
    public var isAwaitingPong: Bool { self.isPingOutstanding }

    /// A GOAWAY arrived.
    ///
    /// - Returns: The calls that the server has not handled and never will: they may be made elsewhere.
    public mutating func receivedGoAway(lastStream: UInt32) -> [Payload] {
        if self.phase != .closed { self.phase = .leaving }
        var unhandled: [Payload] = []
        for stream in self.streams.streams where stream > lastStream {
            if let removed = self.streams.remove(stream) { unhandled.append(removed.payload) }
        }
        return unhandled
    }

    /// This side wants to leave: nothing new, the rest is finished.
    public mutating func left() {
        if self.phase != .closed { self.phase = .leaving }
    }

    /// The connection is gone.
    ///
    /// - Returns: The calls that had no answer.
    public mutating func closed() -> [Payload] {
        self.phase = .closed
        var payloads: [Payload] = []
        self.streams.visit { payloads.append($1.payload) }
        self.streams = StreamTable()
        return payloads
    }
}

// MARK: - Streams

extension ClientConnectionState {
    /// A call is to be made.
    ///
    /// - Returns: Its stream, or `nil` where ``takesStreams`` is false.
    public mutating func open(_ payload: Payload) -> UInt32? {
        guard self.takesStreams else { return nil }
        let stream = self.nextStream
        self.nextStream += 2
        let flow = StreamFlow(
            sendCredit: self.peerLimits.initialCreditBytes,
            receiveCredit: self.limits.initialCreditBytes
        )
        self.streams.insert(Stream(flow: flow, payload: payload), for: stream)
        return stream
    }

    /// What a RESPONSE means.
    public enum OnResponse {
        /// The call was cancelled on this side.
        case ignore
        /// The call's last frame; the stream is gone.
        case finish(Payload)
        /// The message exceeds the limit; the stream is gone.
        case tooLarge(Payload)
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A RESPONSE arrived.
    public mutating func receivedResponse(_ header: FrameHeader) -> OnResponse {
        if let violation = self.checkStream(header) { return .violation(violation) }
        guard let stream = self.streams[header.stream] else { return .ignore }
        let isPiece = stream.flow.isAssembling && header.flags.contains(.noMessage)
        // A status other than OK may cut a message off; OK may not. The stream stays, so that its call fails with the
        // connection.
        guard !isPiece || header.word != 0 else { return .violation(.flags(header.flags, header.type)) }
        self.streams.remove(header.stream)
        let bytes = stream.flow.assembledBytes + header.bodyBytes
        return bytes <= Int(self.limits.maximumMessageBytes) ? .finish(stream.payload) : .tooLarge(stream.payload)
    }

    /// What a DATA frame means.
    public enum OnData {
        /// The call was cancelled on this side.
        case ignore
        /// For the call with this payload.
        case deliver(StreamFlow.OnData, Payload)
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A DATA frame arrived.
    public mutating func receivedData(_ header: FrameHeader) -> OnData {
        if let violation = self.checkStream(header) { return .violation(violation) }
        guard !header.flags.contains(.endStream) else { return .violation(.flags(header.flags, header.type)) }
        let limit = self.limits.maximumMessageBytes
        let outcome = self.streams.update(header.stream) { stream in
            (stream.flow.receivedData(header, maximumMessageBytes: limit), stream.payload)
        }
        guard let (data, payload) = outcome else { return .ignore }
        if case .violation(let violation) = data { return .violation(violation) }
        return .deliver(data, payload)
    }

    /// What a CREDIT means.
    public enum OnCredit {
        /// The stream has ended.
        case ignore
        /// The call with this payload may send more.
        case resume(Payload)
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A CREDIT arrived.
    public mutating func receivedCredit(_ header: FrameHeader) -> OnCredit {
        if let violation = self.checkStream(header) { return .violation(violation) }
        let outcome = self.streams.update(header.stream) { ($0.flow.receivedCredit(header.amount), $0.payload) }
        guard let (isValid, payload) = outcome else { return .ignore }
        return isValid ? .resume(payload) : .violation(.creditOverflow(header.stream))
    }

    private func checkStream(_ header: FrameHeader) -> Violation? {
        guard header.stream & 1 == 1 else { return .streamID(header.stream) }
        return header.stream < self.nextStream ? nil : .streamUnknown(header.stream)
    }

    /// The application took a message.
    ///
    /// - Returns: What to grant, if anything.
    public mutating func consumed(_ cost: Int, on stream: UInt32) -> Int? {
        self.streams.update(stream) { $0.flow.consumed(cost) } ?? nil
    }

    /// Changes the flow of an open stream, to send on it.
    ///
    /// - Returns: What `body` returns, or `nil` where the stream has ended.
    public mutating func withFlow<Result>(of stream: UInt32, _ body: (inout StreamFlow) -> Result) -> Result? {
        self.streams.update(stream) { body(&$0.flow) }
    }

    /// The call is given up on this side.
    ///
    /// - Returns: Whether a CANCEL is to be sent; otherwise the stream had ended.
    public mutating func cancelled(_ stream: UInt32) -> Bool { self.streams.remove(stream) != nil }
}
