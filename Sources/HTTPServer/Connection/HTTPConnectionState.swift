internal import NIOCore

/// What a connection is at, and what its limits say about it: without any input or output.
///
/// A connection takes one request at a time. Its two sides are followed apart: what comes in of a request, and what
/// goes out as its answer. A request is over when both have ended.
struct HTTPConnectionState {
    /// What comes in.
    enum Inbound: Equatable { case idle, head, body, complete }
    /// What goes out.
    enum Outbound: Equatable { case none, awaited, streaming, ended }

    /// The connection as a whole.
    enum Phase: Equatable { case idle, head, body, answering, streaming, closing }

    /// What follows the end of an answer.
    enum AfterAnswer: Equatable {
        /// The rest of the request is awaited, if there is any, and then the next one.
        case keep
        /// The connection is closed. Where it `lingers`, bytes of the client may be under way: they are read and dropped
        /// for a while, since closing at once would take the answer from it.
        case close(lingers: Bool)
    }

    /// What is due.
    enum Expiry: Equatable {
        /// Nothing was asked for in time.
        case idle
        /// The head did not come in time.
        case head
        /// The body did not come in time.
        case body
        /// The handler did not answer in time.
        case answer
        /// The rest of a request that has been answered does not come.
        case rest
        /// The client has had the time to read the last answer.
        case linger
    }

    private let limits: HTTPServerLimits
    private(set) var inbound = Inbound.idle
    private(set) var outbound = Outbound.none
    private(set) var isClosing = false
    private(set) var isDraining = false
    /// Whether the socket takes more answers.
    var isWritable = true

    private var framing = BodyFraming.length(0)
    private var keepsAlive = true
    private var isLastAnswer = false
    /// A request without a body is complete with its head; the parser tells its end all the same.
    private var awaitsEnd = false
    private var owesContinue = false
    private var isBodyWanted = false
    private var isBodyStreamed = false
    private(set) var isDroppingBody = false
    private(set) var bodyBytes = 0
    private var rawBytes = 0

    /// Since when nothing is asked for, where that is so.
    private(set) var idleSince: NIODeadline
    /// Whether a request has come to its end.
    private(set) var hasAsked = false
    private var idleDeadline: NIODeadline
    private var headDeadline = NIODeadline.distantFuture
    private var windowDeadline = NIODeadline.distantFuture
    private var windowBytes = 0
    private var lingerDeadline = NIODeadline.distantFuture
    /// The handler's deadline.
    private(set) var requestDeadline: NIODeadline

    /// A connection that has just been opened.
    init(limits: HTTPServerLimits, now: NIODeadline) {
        self.limits = limits
        self.idleSince = now
        // A client that connects has something to ask: it is given the time of a head, and TLS is included in it.
        self.idleDeadline = now + limits.headTime
        self.requestDeadline = now + limits.requestTime
    }

    var phase: Phase {
        if self.isClosing { return .closing }
        switch (self.inbound, self.outbound) {
        case (_, .streaming): return .streaming
        case (.idle, _): return .idle
        case (.head, _): return .head
        case (.body, _): return .body
        case (.complete, _): return .answering
        }
    }

    /// Whether bytes should be given to the parser, or dropped when closing.
    var wantsInput: Bool {
        if self.isClosing { return true }
        switch self.inbound {
        case .idle, .head: return self.outbound == .none && self.isWritable
        case .body: return self.isBodyWanted
        case .complete: return false
        }
    }

    /// Whether the next head can be taken.
    var takesHead: Bool {
        !self.isClosing && self.isWritable && self.outbound == .none && (self.inbound == .idle || self.inbound == .head)
    }

    /// The bytes that may be given to the parser at once.
    var inputAllowance: Int {
        guard self.inbound == .body, case .length(let length) = self.framing else {
            return HTTPServerLimits.parsedAheadBytes
        }
        return max(length - self.bodyBytes, 0) + HTTPServerLimits.parsedAheadBytes
    }
}

// MARK: - What comes in

extension HTTPConnectionState {
    /// Bytes are about to be given to the parser.
    mutating func bytesArrived(_ count: Int, _ now: NIODeadline) throws(HTTPRefusal) {
        switch self.inbound {
        case .idle:
            self.beginHead(now)
            self.rawBytes = count
        case .head:
            self.rawBytes += count
            guard self.rawBytes <= self.limits.maximumRawHeadBytes else { throw .headersTooLarge(self.limits) }
        case .body:
            self.rawBytes += count
            guard self.framing == .chunked else { return }
            guard self.rawBytes - self.bodyBytes <= self.limits.maximumFramingBytes(body: self.bodyBytes) else {
                throw .malformed("the body's chunks are too small, or their extensions too long")
            }
        case .complete:
            return
        }
    }

    /// Whether the last request ended with an empty line: it had no body, or one in chunks.
    var isEndedByEmptyLine: Bool { self.framing == .length(0) || self.framing == .chunked }

    /// Bytes of the next head came along with the last request.
    mutating func nextHeadBegan(_ now: NIODeadline) {
        guard self.inbound == .idle, !self.isClosing else { return }
        self.beginHead(now)
        // How many there were is not known; they were few, as what is given to the parser at once is.
        self.rawBytes = 0
    }

    private mutating func beginHead(_ now: NIODeadline) {
        self.inbound = .head
        self.headDeadline = now + self.limits.headTime
        self.requestDeadline = now + self.limits.requestTime
    }

    /// A head was taken.
    ///
    /// - Precondition: ``takesHead``.
    mutating func headArrived(
        _ framing: BodyFraming, keepsAlive: Bool, expectsContinue: Bool, _ now: NIODeadline
    ) {
        assert(self.takesHead, "a head came while \(self.phase)")
        // A request that was parsed ahead began no later than now.
        if self.inbound == .idle { self.requestDeadline = now + self.limits.requestTime }
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.inbound = framing == .length(0) ? .complete : .body
        self.awaitsEnd = true
        self.outbound = .awaited
        self.isLastAnswer = false
        self.owesContinue = expectsContinue
        self.isBodyWanted = false
        self.isBodyStreamed = false
        self.isDroppingBody = false
        self.bodyBytes = 0
        self.rawBytes = 0
        self.windowDeadline = .distantFuture
    }

    /// The handler wants the body, or more of it.
    ///
    /// - Returns: Whether the client waits to be told that it may send it.
    mutating func bodyWanted(isStreamed: Bool, _ now: NIODeadline) -> Bool {
        self.isBodyStreamed = isStreamed
        self.extendStreamedRequest(now)
        guard self.inbound == .body else { return false }
        if !self.isBodyWanted { self.beginWindow(now) }
        self.isBodyWanted = true
        defer { self.owesContinue = false }
        // Within an answer, the invitation would be read as a part of it.
        return self.owesContinue && self.bodyBytes == 0 && self.outbound == .awaited
    }

    /// The handler has enough of the body to go on with.
    mutating func bodyNotWanted(_ now: NIODeadline) {
        self.isBodyWanted = false
        self.windowDeadline = .distantFuture
        self.extendStreamedRequest(now)
    }

    /// While a body is streamed, the handler's time begins anew with each part: bodies may be long, but not stand still.
    private mutating func extendStreamedRequest(_ now: NIODeadline) {
        if self.isBodyStreamed { self.requestDeadline = now + self.limits.requestTime }
    }

    /// A part of the body came.
    mutating func bodyArrived(_ count: Int, _ now: NIODeadline) {
        self.bodyBytes += count
        // What a client sends without waiting needs no invitation.
        self.owesContinue = false
        guard self.isBodyWanted else { return }
        self.windowBytes += count
        if self.windowBytes >= self.limits.minimumBodyWindowBytes { self.beginWindow(now) }
    }

    private mutating func beginWindow(_ now: NIODeadline) {
        self.windowDeadline = now + self.limits.bodyWindowTime
        self.windowBytes = 0
    }

    /// The request came to its end.
    mutating func endArrived(_ now: NIODeadline) {
        guard !self.isClosing else { return }
        self.inbound = .complete
        self.awaitsEnd = false
        self.bodyNotWanted(now)
        if self.outbound == .ended { self.becomeIdle(now) }
    }

    private mutating func becomeIdle(_ now: NIODeadline) {
        self.inbound = .idle
        self.outbound = .none
        self.hasAsked = true
        self.idleSince = now
        self.idleDeadline = now + self.limits.idleTime
    }
}

// MARK: - What goes out

extension HTTPConnectionState {
    /// An answer is about to be written.
    ///
    /// - Returns: Whether the connection can be kept after it.
    mutating func answerBegan(isStreamed: Bool, closes: Bool) -> Bool {
        assert(self.outbound == .awaited, "an answer began while \(self.phase)")
        if isStreamed { self.outbound = .streaming }
        self.isLastAnswer = closes || self.isDraining || !self.keepsAlive || !self.isRestSmall
        return !self.isLastAnswer
    }

    /// An answer could not be written, and another will be.
    mutating func answerRetracted() { self.outbound = .awaited }

    /// Whether what is left of the request can be read and dropped.
    private var isRestSmall: Bool {
        guard self.inbound == .body else { return true }
        guard !self.owesContinue, case .length(let length) = self.framing else { return false }
        return length - self.bodyBytes <= self.limits.maximumDroppedBodyBytes
    }

    /// The answer is written.
    mutating func answerEnded(_ now: NIODeadline) -> AfterAnswer {
        self.outbound = .ended
        // A client that asked for the end sends nothing more, but where its body was not read.
        if self.isLastAnswer { return .close(lingers: self.inbound == .body || self.keepsAlive) }
        if self.inbound == .complete {
            if !self.awaitsEnd { self.becomeIdle(now) }
        } else {
            self.isDroppingBody = true
            _ = self.bodyWanted(isStreamed: false, now)
        }
        return .keep
    }

    /// Nothing more is taken or answered.
    mutating func closingBegan(_ now: NIODeadline) {
        self.isClosing = true
        self.lingerDeadline = max(self.answerDeadline, now + self.limits.stallTime) + self.limits.lingerTime
    }

    /// The last answer has gone out, and what the client still sends is read and dropped.
    mutating func lingerBegan(_ now: NIODeadline) { self.lingerDeadline = now + self.limits.lingerTime }

    /// The next answer is the last.
    mutating func drainBegan() { self.isDraining = true }
}

// MARK: - Time

extension HTTPConnectionState {
    /// By when an answer must have been taken by the client, unless it is streamed.
    var answerDeadline: NIODeadline { self.requestDeadline + self.limits.answerGraceTime }

    /// What is due at a time.
    func expiry(_ now: NIODeadline) -> Expiry? {
        if self.isClosing { return self.lingerDeadline <= now ? .linger : nil }
        switch self.inbound {
        case .idle: return self.idleDeadline <= now ? .idle : nil
        case .head: return min(self.headDeadline, self.requestDeadline) <= now ? .head : nil
        case .body: return self.bodyExpiry(now)
        case .complete: return self.outbound == .awaited && self.answerDeadline <= now ? .answer : nil
        }
    }

    private func bodyExpiry(_ now: NIODeadline) -> Expiry? {
        guard self.isBodyWanted else {
            return self.outbound == .awaited && self.answerDeadline <= now ? .answer : nil
        }
        let isLate = !self.isBodyStreamed && self.requestDeadline <= now
        guard self.windowDeadline <= now || isLate else { return nil }
        return self.isDroppingBody ? .rest : .body
    }
}
