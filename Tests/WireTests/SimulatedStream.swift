import Wire

/// What one side still has to send on a stream: messages, given by their sizes, of which the first is under way.
struct OutgoingMessages {
    var sizes: [Int] = []
    /// What of the first message has been sent; `nil` before its first piece.
    var sentBytes: Int?
    /// Whether DATA without a message is sent where nothing else is, so that the side ends.
    var endsAlone = false

    var isEmpty: Bool { self.sizes.isEmpty && !self.endsAlone }

    /// The next frame that the credit allows.
    ///
    /// - Parameter ending: What marks the last piece of the last message: END_STREAM from a client that ends its side.
    mutating func nextData(
        _ stream: UInt32, _ flow: inout StreamFlow, ending: FrameFlags, _ random: inout SeededGenerator
    ) -> FrameHeader? {
        let metaBytes = self.sentBytes == nil && random.isOne(in: 5) ? Int.random(in: 1...9_000, using: &random) : 0
        guard let room = flow.sendableBytes(metaBytes: metaBytes) else { return nil }
        // Metadata on its own, between two messages.
        if self.sentBytes == nil, random.isOne(in: 12) {
            let header = FrameHeader(.data, flags: .noMessage, stream: stream, metaBytes: metaBytes)
            flow.sentData(header)
            return header
        }
        var header: FrameHeader
        if let size = self.sizes.first {
            let rest = size - (self.sentBytes ?? 0)
            guard room > 0 || rest == 0 else { return nil }
            let count = OutgoingMessages.cut(min(room, rest), &random)
            let isLast = count == rest
            let flags: FrameFlags = isLast ? (self.sizes.count == 1 && !self.endsAlone ? ending : []) : .more
            header = FrameHeader(.data, flags: flags, stream: stream, metaBytes: metaBytes, bodyBytes: count)
            self.advance(by: count, isLast: isLast)
        } else {
            header = FrameHeader(.data, flags: [.endStream, .noMessage], stream: stream, metaBytes: metaBytes)
            self.endsAlone = false
        }
        flow.sentData(header)
        return header
    }

    /// Notes that a piece of the first message was sent.
    mutating func advance(by count: Int, isLast: Bool) {
        self.sentBytes = isLast ? nil : (self.sentBytes ?? 0) + count
        if isLast { self.sizes.removeFirst() }
    }

    /// As much as there is, or less; never nothing of something.
    static func cut(_ count: Int, _ random: inout SeededGenerator) -> Int {
        count > 1 && random.isOne(in: 3) ? Int.random(in: 1...count, using: &random) : count
    }
}

/// What one side has received on a stream.
struct IncomingMessages {
    /// The sizes of the messages that are whole.
    var sizes: [Int] = []
    /// The costs of those that the application has not taken.
    var waitingCosts: [Int] = []
    var assembledBytes = 0

    mutating func receivedPiece(_ bodyBytes: Int) { self.assembledBytes += bodyBytes }

    mutating func receivedMessage(_ bodyBytes: Int, cost: Int) {
        self.sizes.append(self.assembledBytes + bodyBytes)
        self.waitingCosts.append(cost)
        self.assembledBytes = 0
    }
}

/// A call as the client sees it.
struct SimulatedCall {
    var outgoing = OutgoingMessages()
    var incoming = IncomingMessages()
    /// All that the client meant to send, and all that the server's handler did.
    var intended: [Int] = []
    var answered: [Int] = []
    var stream: UInt32 = 0
    var endings: [Ending] = []

    /// How a call can end on the client's side.
    enum Ending: Hashable {
        case finished(StatusCode)
        case tooLarge
        case cancelled
        case unhandled
        case connectionLost
    }
}

/// A call as the server sees it.
struct SimulatedHandler {
    var outgoing = OutgoingMessages()
    var incoming = IncomingMessages()
    var clientHasEnded = false
    /// The client has cancelled, so there is no RESPONSE.
    var isCancelled = false
    /// All that it has to say is in `outgoing`; RESPONSE follows.
    var isReturning = false
}
