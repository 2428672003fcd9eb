import Testing
import Wire

/// One side sends messages, cut as it likes, and the other takes them; grants travel back with delay.
private struct OneWayFlow {
    var sender: StreamFlow
    var receiver: StreamFlow
    /// The bodies that are left of each message, the first being under way.
    var messages: [Int]
    /// Frames that have not arrived.
    var frames: [FrameHeader] = []
    /// Grants that have not arrived.
    var grants: [Int] = []
    /// The costs of messages that the application has not taken.
    var waiting: [Int] = []
    var arrivedMessages = 0

    init(window: UInt32, messages: [Int]) {
        self.sender = StreamFlow(sendCredit: window, receiveCredit: window)
        self.receiver = self.sender
        self.messages = messages
    }

    /// Sends one frame of the first message, if there is credit.
    mutating func send(_ random: inout SeededGenerator) -> Bool {
        guard let rest = self.messages.first, let room = self.sender.sendableBytes(), room > 0 || rest == 0 else {
            return false
        }
        let largest = min(room, rest)
        let count = random.isOne(in: 3) && largest > 0 ? Int.random(in: 1...largest, using: &random) : largest
        let isLastMessage = self.messages.count == 1
        let header = FrameHeader(
            .data, flags: count < rest ? .more : isLastMessage ? .endStream : [], stream: 1, bodyBytes: count)
        self.sender.sentData(header)
        self.frames.append(header)
        if count < rest { self.messages[0] -= count } else { self.messages.removeFirst() }
        return true
    }

    /// The next frame arrives.
    mutating func arrive() throws -> Bool {
        guard !self.frames.isEmpty else { return false }
        switch self.receiver.receivedData(self.frames.removeFirst(), maximumMessageBytes: .max) {
        case .fragment(let grant): self.grants.append(grant)
        case .message(let cost):
            self.waiting.append(cost)
            self.arrivedMessages += 1
        case .violation(let violation): throw violation
        case .nothing, .tooLarge: Issue.record("there was a message, and no limit")
        }
        return true
    }

    /// The application takes a message.
    mutating func consume() -> Bool {
        guard !self.waiting.isEmpty else { return false }
        if let grant = self.receiver.consumed(self.waiting.removeFirst()) { self.grants.append(grant) }
        return true
    }

    /// The next grant arrives.
    mutating func grant() -> Bool {
        guard !self.grants.isEmpty else { return false }
        let amount = UInt32(self.grants.removeFirst())
        #expect(self.sender.receivedCredit(amount) == true)
        return true
    }

    /// What the sender may still send never is more than what the receiver would take.
    var isWithinCredit: Bool {
        let underway = self.frames.reduce(0) { $0 + $1.credit } + self.grants.reduce(0, +)
        return self.sender.sendCredit + underway == self.receiver.receiveCredit
    }
}

@Suite("Random histories of a stream's flow")
struct StreamFlowHistoryTests {
    @Test(
        "Credit is neither overrun nor lost, and every message arrives",
        arguments: [262_144, 262_145, 1_000_000], Seeds.fresh(20))
    func history(window: UInt32, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let sizes = (0..<Int.random(in: 1...150, using: &random)).map { _ in self.size(&random) }
        var flow = OneWayFlow(window: window, messages: sizes)
        var idleTurns = 0
        while flow.arrivedMessages < sizes.count {
            let moved =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: flow.send(&random)
                case 1: try flow.arrive()
                case 2: flow.consume()
                default: flow.grant()
                }
            #expect(flow.isWithinCredit, "seed \(seed)")
            #expect(flow.sender.sendCredit >= 0 && flow.receiver.receiveCredit <= Int(window), "seed \(seed)")
            idleTurns = moved ? 0 : idleTurns + 1
            // So many idle turns in a row tried each of the four many times.
            try #require(idleTurns < 500, "\(flow.messages.count) messages are stuck, seed \(seed)")
        }
        #expect(flow.receiver.isRemoteEnded)
        #expect(flow.receiver.assembledBytes == 0)
    }

    private func size(_ random: inout SeededGenerator) -> Int {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: 0
        case 1: Int.random(in: 0...100, using: &random)
        case 2: Int.random(in: 0...100_000, using: &random)
        default: Int.random(in: 0...1_000_000, using: &random)
        }
    }
}
