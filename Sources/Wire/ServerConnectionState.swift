/// The protocol of one connection on the server's side: a pure state machine without I/O.
///
/// Inputs are named after what happened; each returns what is to be done. `Payload` is what the executor keeps with a
/// stream.
public struct ServerConnectionState<Payload> {
    /// A stream that is open.
    public struct Stream {
        /// Its halves and credits.
        public var flow: StreamFlow
        /// The executor's part.
        public var payload: Payload
    }

    @usableFromInline
    enum Phase: Hashable {
        case awaitingHello
        case open
        /// The first GOAWAY and a PING were sent.
        case announcedDrain
        /// The second GOAWAY was sent.
        case draining
        case closed
    }

    /// What this side accepts.
    public let limits: WireLimits
    /// What the peer accepts.
    public private(set) var peerLimits = PeerLimits()
    /// The highest stream that was opened, 0 before the first.
    public var lastStream: UInt32 { self.highestStream }
    @usableFromInline var highestStream: UInt32 = 0
    /// The streams that are open.
    public private(set) var streams = StreamTable<Stream>()
    @usableFromInline var phase = Phase.awaitingHello
    private var cancels: RateWindow
    @usableFromInline var pings: RateWindow

    /// A connection on which nothing has been received.
    public init(limits: WireLimits) {
        self.limits = limits
        self.cancels = RateWindow(limit: limits.maximumCancelsPerSecond)
        self.pings = RateWindow(limit: limits.maximumPingsPerSecond)
    }

    /// Whether HELLO has not arrived yet.
    public var isAwaitingHello: Bool { self.phase == .awaitingHello }
    /// Whether no new work is taken.
    public var isDraining: Bool { self.phase == .announcedDrain || self.phase == .draining }
    /// Whether a drain has come to its end: the connection is to be closed.
    public var isDrained: Bool { self.phase == .draining && self.streams.isEmpty }
}

// MARK: - The connection

extension ServerConnectionState {
    /// The HELLO's header arrived.
    public mutating func receivedHello(_ header: FrameHeader) -> Violation? {
        guard self.phase == .awaitingHello else { return .helloRepeated }
        guard header.word == WireLimits.magic else { return .magic(header.word) }
        guard header.amount >= 1 else { return .version }
        self.phase = .open
        return nil
    }

    /// The HELLO's body was read.
    public mutating func learned(_ limits: PeerLimits) { self.peerLimits = limits }

    /// What a frame of a type that concerns the connection means; `nil` where it is in order.
    public func check(_ header: FrameHeader) -> Violation? {
        if self.phase == .awaitingHello, header.type != .hello { return .helloMissing(header.type) }
        if header.type == .caller, header.caller == 0 || header.caller > WireLimits.maximumCallers {
            return .callerNumber(header.caller)
        }
        if header.type == .response || header.type == .goAway { return .direction(header.type) }
        return nil
    }

    /// A PING arrived.
    ///
    /// - Returns: Whether it is to be answered; otherwise the peer pings too often.
    public mutating func receivedPing(at nanoseconds: UInt64) -> Bool { self.pings.record(at: nanoseconds) }

    /// The server is to take no more work.
    ///
    /// - Returns: Whether the first GOAWAY and a PING are to be sent; otherwise a drain is under way.
    public mutating func drainBegan() -> Bool {
        guard self.phase == .open else { return false }
        self.phase = .announcedDrain
        return true
    }

    /// A PONG arrived.
    ///
    /// - Returns: The last stream for the second GOAWAY, or `nil` where none is due.
    public mutating func receivedPong() -> UInt32? {
        guard self.phase == .announcedDrain else { return nil }
        self.phase = .draining
        return self.lastStream
    }

    /// The connection is gone.
    ///
    /// - Returns: The payloads of the streams that were open.
    public mutating func closed() -> [Payload] {
        self.phase = .closed
        var payloads: [Payload] = []
        self.streams.visit { payloads.append($1.payload) }
        self.streams = StreamTable()
        return payloads
    }
}

// MARK: - Streams

extension ServerConnectionState {
    /// What a REQUEST means.
    public enum OnRequest: Hashable, Sendable {
        /// Run it. The stream is in the table only once ``opened(_:payload:)`` was called.
        case dispatch
        /// There are too many streams: answer RESOURCE_EXHAUSTED.
        case refuse
        /// It came after the second GOAWAY: the client knows that it is not handled.
        case ignore
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A REQUEST arrived.
    @inlinable
    public mutating func receivedRequest(_ header: FrameHeader) -> OnRequest {
        guard self.phase != .awaitingHello else { return .violation(.helloMissing(.request)) }
        guard header.stream & 1 == 1, header.stream <= WireLimits.maximumStreamID else {
            return .violation(.streamID(header.stream))
        }
        guard header.stream > self.lastStream else { return .violation(.streamIDReused(header.stream)) }
        self.pings.reset()
        guard self.phase != .draining else { return .ignore }
        self.highestStream = header.stream
        return self.streams.count < Int(self.limits.maximumStreams) ? .dispatch : .refuse
    }

    /// The call of a REQUEST goes on beyond the read that brought it.
    public mutating func opened(_ header: FrameHeader, payload: Payload) {
        let flow = StreamFlow(
            flags: header.flags,
            bodyBytes: header.bodyBytes,
            sendCredit: self.peerLimits.initialCreditBytes,
            receiveCredit: self.limits.initialCreditBytes
        )
        self.streams.insert(Stream(flow: flow, payload: payload), for: header.stream)
    }

    /// What a DATA frame means.
    public enum OnData {
        /// The stream has ended on this side.
        case ignore
        /// For the stream with this payload.
        case deliver(StreamFlow.OnData, Payload, isEnd: Bool)
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A DATA frame arrived.
    public mutating func receivedData(_ header: FrameHeader) -> OnData {
        if let violation = self.checkStream(header) { return .violation(violation) }
        self.pings.reset()
        let limit = self.limits.maximumMessageBytes
        let outcome = self.streams.update(header.stream) { stream in
            (stream.flow.receivedData(header, maximumMessageBytes: limit), stream.payload, stream.flow.isRemoteEnded)
        }
        guard let (data, payload, isEnd) = outcome else { return .ignore }
        if case .violation(let violation) = data { return .violation(violation) }
        return .deliver(data, payload, isEnd: isEnd)
    }

    /// What a CANCEL means.
    public enum OnCancel {
        /// The stream has ended, or was never dispatched.
        case ignore
        /// Stop the handler. The stream stays until ``ended(_:)``.
        case cancel(Payload)
        /// The peer cancels too often: close with RESOURCE_EXHAUSTED.
        case tooMany
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A CANCEL arrived.
    public mutating func receivedCancel(_ header: FrameHeader, at nanoseconds: UInt64) -> OnCancel {
        if let violation = self.checkStream(header) { return .violation(violation) }
        self.pings.reset()
        guard self.cancels.record(at: nanoseconds) else { return .tooMany }
        guard let stream = self.streams[header.stream] else { return .ignore }
        return .cancel(stream.payload)
    }

    /// What a CREDIT means.
    public enum OnCredit {
        /// The stream has ended.
        case ignore
        /// The stream with this payload may send more.
        case resume(Payload)
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A CREDIT arrived.
    public mutating func receivedCredit(_ header: FrameHeader) -> OnCredit {
        if let violation = self.checkStream(header) { return .violation(violation) }
        self.pings.reset()
        let outcome = self.streams.update(header.stream) { ($0.flow.receivedCredit(header.amount), $0.payload) }
        guard let (isValid, payload) = outcome else { return .ignore }
        return isValid ? .resume(payload) : .violation(.creditOverflow(header.stream))
    }

    private func checkStream(_ header: FrameHeader) -> Violation? {
        guard self.phase != .awaitingHello else { return .helloMissing(header.type) }
        guard header.stream & 1 == 1 else { return .streamID(header.stream) }
        // After the second GOAWAY, frames still come for streams that were ignored.
        guard header.stream <= self.lastStream || self.phase == .draining else { return .streamUnknown(header.stream) }
        return nil
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

    /// The handler has returned, and its answer is written or not wanted.
    public mutating func ended(_ stream: UInt32) { self.streams.remove(stream) }
}
