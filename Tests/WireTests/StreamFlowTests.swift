import Testing
import Wire

@Suite("The flow of one stream")
struct StreamFlowTests {
    static let window = WireLimits.minimumInitialCreditBytes
    static let messageLimit: UInt32 = 1_000_000

    /// A stream whose peer may send.
    private func openFlow(_ flags: FrameFlags = .noMessage, bodyBytes: Int = 0, credit: UInt32 = window) -> StreamFlow {
        StreamFlow(flags: flags, bodyBytes: bodyBytes, sendCredit: credit, receiveCredit: credit)
    }

    private func data(_ bodyBytes: Int, _ flags: FrameFlags = [], metaBytes: Int = 0) -> FrameHeader {
        FrameHeader(.data, flags: flags, stream: 5, metaBytes: metaBytes, bodyBytes: bodyBytes)
    }

    @Test("A message costs its header, meta and body")
    func cost() {
        var flow = self.openFlow()
        let header = self.data(100, metaBytes: 7)
        #expect(flow.receivedData(header, maximumMessageBytes: Self.messageLimit) == .message(cost: 131))
        #expect(flow.receiveCredit == Int(Self.window) - 131)
        flow.sentData(header)
        #expect(flow.sendCredit == Int(Self.window) - 131)
    }

    @Test("A piece gives its credit back at once, and the pieces are counted together")
    func pieces() {
        var flow = self.openFlow(.more, bodyBytes: 10)
        #expect(flow.isAssembling)
        #expect(flow.assembledBytes == 10)
        #expect(flow.receivedData(self.data(20, .more), maximumMessageBytes: 40) == .fragment(grant: 44))
        #expect(flow.assembledBytes == 30)
        #expect(flow.receiveCredit == Int(Self.window))
        #expect(flow.receivedData(self.data(10), maximumMessageBytes: 40) == .message(cost: 34))
        #expect(!flow.isAssembling)
        #expect(flow.assembledBytes == 0)
        #expect(flow.receivedData(self.data(40), maximumMessageBytes: 40) == .message(cost: 64))
    }

    @Test("A message that grows beyond the limit is too large", arguments: [FrameFlags.more, []])
    func tooLarge(last: FrameFlags) {
        var flow = self.openFlow(.more, bodyBytes: 10)
        #expect(flow.receivedData(self.data(30, .more), maximumMessageBytes: 40) == .fragment(grant: 54))
        #expect(flow.receivedData(self.data(1, last), maximumMessageBytes: 40) == .tooLarge)
        // However many pieces still come, none starts a message anew.
        #expect(flow.receivedData(self.data(1, last), maximumMessageBytes: 40) == .tooLarge)
    }

    @Test("A message in one frame is held against the limit too")
    func tooLargeAtOnce() {
        var flow = self.openFlow()
        #expect(flow.receivedData(self.data(41), maximumMessageBytes: 40) == .tooLarge)
    }

    @Test("DATA after END_STREAM is a violation", arguments: [FrameFlags.endStream, [.endStream, .noMessage]])
    func afterTheEnd(flags: FrameFlags) {
        var flow = self.openFlow()
        _ = flow.receivedData(self.data(0, flags), maximumMessageBytes: Self.messageLimit)
        #expect(flow.isRemoteEnded)
        for flags in [[], .more, .endStream, .noMessage] as [FrameFlags] {
            let data = flow.receivedData(self.data(0, flags), maximumMessageBytes: Self.messageLimit)
            #expect(data == .violation(.streamEnded(5)))
        }
        var requested = self.openFlow(.endStream)
        let data = requested.receivedData(self.data(0), maximumMessageBytes: Self.messageLimit)
        #expect(data == .violation(.streamEnded(5)))
    }

    @Test("DATA beyond the credit is a violation, down to the last byte")
    func overrun() {
        let limit = Self.messageLimit
        let room = Int(Self.window) - FrameHeader.byteCount
        var flow = self.openFlow()
        #expect(flow.receivedData(self.data(room), maximumMessageBytes: limit) == .message(cost: room + 24))
        #expect(flow.receiveCredit == 0)
        #expect(flow.receivedData(self.data(0), maximumMessageBytes: limit) == .violation(.creditOverrun(5)))
        var other = self.openFlow()
        #expect(other.receivedData(self.data(room + 1), maximumMessageBytes: limit) == .violation(.creditOverrun(5)))
        var withMeta = self.openFlow()
        let header = self.data(room - 9, metaBytes: 10)
        #expect(withMeta.receivedData(header, maximumMessageBytes: limit) == .violation(.creditOverrun(5)))
    }

    @Test("A message that has begun cannot be followed by no message")
    func noMessageWithinMessage() {
        var flow = self.openFlow(.more, bodyBytes: 1)
        let header = self.data(0, [.noMessage, .endStream])
        let data = flow.receivedData(header, maximumMessageBytes: Self.messageLimit)
        #expect(data == .violation(.flags(header.flags, .data)))
    }

    @Test("CREDIT adds up to 2147483647 and no further")
    func creditOverflow() {
        var flow = self.openFlow()
        let rest = UInt32(Int32.max) - Self.window
        var isTaken = flow.receivedCredit(rest + 1)
        #expect(!isTaken)
        isTaken = flow.receivedCredit(.max)
        #expect(!isTaken)
        #expect(flow.sendCredit == Int(Self.window))
        isTaken = flow.receivedCredit(rest)
        #expect(isTaken)
        #expect(flow.sendCredit == Int(Int32.max))
        isTaken = flow.receivedCredit(1)
        #expect(!isTaken)
    }

    @Test("What may be sent leaves room for header and meta, and is cut to a fragment")
    func sendable() {
        var flow = self.openFlow()
        #expect(flow.sendableBytes() == WireLimits.fragmentBytes)
        flow.sentData(self.data(Int(Self.window) - 24 - 100))
        #expect(flow.sendCredit == 100)
        #expect(flow.sendableBytes() == 76)
        #expect(flow.sendableBytes(metaBytes: 76) == 0)
        #expect(flow.sendableBytes(metaBytes: 77) == nil)
        flow.sentData(self.data(76))
        #expect(flow.sendableBytes() == nil)
    }

    @Test(
        "With any meta, what may be sent fits into the default frame limit", arguments: [0, 1, 65_516, 65_517, 65_535])
    func sendableWithMeta(metaBytes: Int) throws {
        let flow = self.openFlow()
        let bodyBytes = try #require(flow.sendableBytes(metaBytes: metaBytes))
        let header = self.data(bodyBytes, metaBytes: metaBytes)
        #expect(header.length <= WireLimits.minimumFrameLimitBytes)
    }

    @Test("Credit is given back once a quarter of the window is owed")
    func coalescing() {
        var flow = self.openFlow()
        let half = Int(Self.window) / 2
        #expect(flow.receivedData(self.data(half), maximumMessageBytes: Self.messageLimit) == .message(cost: half + 24))
        let quarter = half / 2
        #expect(flow.consumed(quarter - 4_000) == nil)
        #expect(flow.consumed(4_000) == quarter)
        #expect(flow.receiveCredit == Int(Self.window) - (half + 24) + quarter)
        #expect(flow.consumed(1) == nil)
    }

    @Test("Nothing is granted to a peer that has ended its side")
    func noGrantAtTheEnd() {
        var flow = self.openFlow()
        let header = self.data(200_000, .endStream)
        #expect(flow.receivedData(header, maximumMessageBytes: Self.messageLimit) == .message(cost: 200_024))
        #expect(flow.consumed(200_024) == nil)
    }

    // A sender need not be able to cut smaller: the largest frame that it may make must find credit in the end.
    @Test(
        "While nothing waits for the application, the largest frame may be sent",
        arguments: [WireLimits.minimumInitialCreditBytes, 262_152, 300_001, 1_048_576])
    func withheldCredit(window: UInt32) {
        let largest = 4 + Int(WireLimits.minimumFrameLimitBytes)
        for cost in [24, Int(window) / 4, Int(window) / 2 - 3_000, Int(window) / 2 - 1] {
            var flow = self.openFlow(credit: window)
            _ = flow.receivedData(self.data(cost - 24), maximumMessageBytes: .max)
            _ = flow.consumed(cost)
            #expect(flow.receiveCredit >= largest, "after a message that cost \(cost)")
        }
    }

    @Test("The peer's initial credit, when it becomes known, is added")
    func raise() {
        var flow = self.openFlow()
        flow.sentData(self.data(76))
        flow.raiseSendCredit(by: 1_000)
        #expect(flow.sendCredit == Int(Self.window) - 100 + 1_000)
        flow.raiseSendCredit(by: .max)
        #expect(flow.sendCredit == WireLimits.maximumCredit)
    }

    // Otherwise both sides' accounts drift apart, and a peer that keeps to the rules is stuck in the end.
    @Test("DATA without a message needs credit and costs none")
    func noMessageCredit() {
        var sender = self.openFlow()
        var receiver = self.openFlow()
        let header = self.data(0, .noMessage, metaBytes: 1_000)
        for _ in 0..<1_000 {
            sender.sentData(header)
            #expect(receiver.receivedData(header, maximumMessageBytes: Self.messageLimit) == .nothing)
        }
        #expect(sender.sendCredit == receiver.receiveCredit)
        #expect(sender.sendCredit == Int(Self.window))
        let most = self.data(Int(Self.window) - 24)
        #expect(receiver.receivedData(most, maximumMessageBytes: Self.messageLimit) == .message(cost: Int(Self.window)))
        let empty = self.data(0, .noMessage)
        #expect(receiver.receivedData(empty, maximumMessageBytes: Self.messageLimit) == .violation(.creditOverrun(5)))
    }
}
