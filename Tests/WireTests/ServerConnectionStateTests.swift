import Testing
import Wire

extension FrameHeader {
    /// The HELLO of a peer that speaks this version.
    static let hello = FrameHeader(.hello, word: WireLimits.magic, amount: WireLimits.version)

    static func request(_ stream: UInt32, _ flags: FrameFlags = .endStream, bodyBytes: Int = 0) -> FrameHeader {
        FrameHeader(.request, flags: flags, stream: stream, bodyBytes: bodyBytes)
    }

    static func data(_ stream: UInt32, _ flags: FrameFlags = [], bodyBytes: Int = 0) -> FrameHeader {
        FrameHeader(.data, flags: flags, stream: stream, bodyBytes: bodyBytes)
    }
}

extension ServerConnectionState {
    /// A connection whose HELLO has arrived.
    static func open(_ limits: WireLimits = WireLimits()) -> Self {
        var state = Self(limits: limits)
        #expect(state.receivedHello(.hello) == nil)
        return state
    }

    /// A REQUEST arrives and its call goes on beyond the read.
    mutating func start(_ request: FrameHeader, _ payload: Payload) {
        #expect(self.receivedRequest(request) == .dispatch)
        self.opened(request, payload: payload)
    }
}

extension ServerConnectionState.OnData {
    var violation: Violation? { if case .violation(let violation) = self { violation } else { nil } }
    var isIgnored: Bool { if case .ignore = self { true } else { false } }
    var data: StreamFlow.OnData? { if case .deliver(let data, _, _) = self { data } else { nil } }
    var isEnd: Bool? { if case .deliver(_, _, let isEnd) = self { isEnd } else { nil } }
}

extension ServerConnectionState.OnCancel {
    var violation: Violation? { if case .violation(let violation) = self { violation } else { nil } }
    var isIgnored: Bool { if case .ignore = self { true } else { false } }
    var isTooMany: Bool { if case .tooMany = self { true } else { false } }
    var payload: Payload? { if case .cancel(let payload) = self { payload } else { nil } }
}

extension ServerConnectionState.OnCredit {
    var violation: Violation? { if case .violation(let violation) = self { violation } else { nil } }
    var isIgnored: Bool { if case .ignore = self { true } else { false } }
    var payload: Payload? { if case .resume(let payload) = self { payload } else { nil } }
}

@Suite("The server's side of a connection")
struct ServerConnectionStateTests {
    typealias State = ServerConnectionState<String>

    // MARK: Opening

    @Test("The first frame must be HELLO", arguments: FrameType.known.dropFirst() + FrameType.unknown.prefix(2))
    func helloFirst(type: FrameType) {
        var state = State(limits: WireLimits())
        #expect(state.isAwaitingHello)
        let header = FrameHeader(type, stream: 1, caller: 1)
        switch type {
        case .request: #expect(state.receivedRequest(header) == .violation(.helloMissing(type)))
        default: #expect(state.check(header) == .helloMissing(type))
        }
        // Whoever forgets to ask first is told the same.
        #expect(state.receivedData(.data(1)).violation == .helloMissing(.data))
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 1), at: 0).violation == .helloMissing(.cancel))
        #expect(state.receivedCredit(FrameHeader(.credit, stream: 1)).violation == .helloMissing(.credit))
        #expect(state.isAwaitingHello)
    }

    @Test("HELLO opens the connection, once")
    func hello() {
        var state = State(limits: WireLimits())
        #expect(state.check(.hello) == nil)
        #expect(state.receivedHello(.hello) == nil)
        #expect(!state.isAwaitingHello)
        #expect(state.receivedHello(.hello) == .helloRepeated)
    }

    @Test("HELLO needs the magic and a version", arguments: [0, 0x4E4C_5244, UInt32.max])
    func wrongHello(magic: UInt32) {
        var state = State(limits: WireLimits())
        #expect(state.receivedHello(FrameHeader(.hello, word: magic, amount: 1)) == .magic(magic))
        #expect(state.receivedHello(FrameHeader(.hello, word: WireLimits.magic, amount: 0)) == .version)
        #expect(state.isAwaitingHello)
        // A later version speaks this one too.
        #expect(state.receivedHello(FrameHeader(.hello, word: WireLimits.magic, amount: 7)) == nil)
    }

    @Test("What the peer's HELLO grants holds for the streams")
    func learned() {
        var state = State.open()
        state.learned(PeerLimits(initialCreditBytes: 300_000))
        #expect(state.peerLimits.initialCreditBytes == 300_000)
        state.start(.request(1), "first")
        #expect(state.streams[1]?.flow.sendCredit == 300_000)
        #expect(state.streams[1]?.flow.receiveCredit == 262_144)
    }

    @Test("A caller's number is 1 to 4096")
    func callers() {
        let state = State.open()
        for number: UInt32 in [1, 2, 4_096] { #expect(state.check(FrameHeader(.caller, caller: number)) == nil) }
        for number: UInt32 in [0, 4_097, .max] {
            #expect(state.check(FrameHeader(.caller, caller: number)) == .callerNumber(number))
        }
    }

    @Test("Only a server sends RESPONSE and GOAWAY")
    func direction() {
        let state = State.open()
        for type in [FrameType.response, .goAway] {
            #expect(state.check(FrameHeader(type, stream: 1)) == .direction(type))
        }
        for type in FrameType.known where ![.response, .goAway].contains(type) {
            #expect(state.check(FrameHeader(type, stream: 1, caller: 1)) == nil)
        }
        for type in FrameType.unknown { #expect(state.check(FrameHeader(type)) == nil) }
    }

    // MARK: Streams

    @Test("Stream ids are odd, increasing and below 2³¹")
    func streamIDs() {
        var state = State.open()
        for stream: UInt32 in [0, 2, 0x7FFF_FFFE, 0x8000_0000, 0x8000_0001, .max] {
            #expect(state.receivedRequest(.request(stream)) == .violation(.streamID(stream)))
        }
        #expect(state.lastStream == 0)
        #expect(state.receivedRequest(.request(5)) == .dispatch)
        #expect(state.lastStream == 5)
        for stream: UInt32 in [1, 3, 5] {
            #expect(state.receivedRequest(.request(stream)) == .violation(.streamIDReused(stream)))
        }
        #expect(state.receivedRequest(.request(7)) == .dispatch)
        #expect(state.receivedRequest(.request(0x7FFF_FFFF)) == .dispatch)
        #expect(state.receivedRequest(.request(0x7FFF_FFFF)) == .violation(.streamIDReused(0x7FFF_FFFF)))
    }

    @Test("A stream that was never opened takes no frames")
    func unknownStream() {
        var state = State.open()
        state.start(.request(3, .noMessage), "third")
        for stream: UInt32 in [5, 7, 0x7FFF_FFFF] {
            #expect(state.receivedData(.data(stream)).violation == .streamUnknown(stream))
            #expect(
                state.receivedCancel(FrameHeader(.cancel, stream: stream), at: 0).violation == .streamUnknown(stream))
            #expect(state.receivedCredit(FrameHeader(.credit, stream: stream)).violation == .streamUnknown(stream))
        }
        for stream: UInt32 in [0, 2, 4, 0x8000_0000] {
            #expect(state.receivedData(.data(stream)).violation == .streamID(stream))
            #expect(state.receivedCancel(FrameHeader(.cancel, stream: stream), at: 0).violation == .streamID(stream))
            #expect(state.receivedCredit(FrameHeader(.credit, stream: stream)).violation == .streamID(stream))
        }
    }

    @Test("For a stream that has ended, frames are ignored")
    func endedStream() {
        var state = State.open()
        state.start(.request(3, .noMessage), "third")
        state.ended(3)
        // 1 was passed over by the client; it counts as ended.
        for stream: UInt32 in [1, 3] {
            #expect(state.receivedData(.data(stream)).isIgnored)
            #expect(state.receivedCancel(FrameHeader(.cancel, stream: stream), at: 0).isIgnored)
            #expect(state.receivedCredit(FrameHeader(.credit, stream: stream, amount: .max)).isIgnored)
        }
        #expect(state.consumed(1_000_000, on: 3) == nil)
        #expect(state.withFlow(of: 3) { _ in true } == nil)
    }

    @Test("DATA reaches its stream until the client ends it")
    func data() {
        var state = State.open()
        state.start(.request(1, .noMessage), "first")
        state.start(.request(3, .noMessage), "third")
        guard case .deliver(.message(cost: 34), "first", isEnd: false) = state.receivedData(.data(1, bodyBytes: 10))
        else {
            Issue.record("DATA was not delivered to the first stream")
            return
        }
        let last = state.receivedData(.data(1, [.endStream, .noMessage]))
        #expect(last.data == .nothing)
        #expect(last.isEnd == true)
        #expect(state.receivedData(.data(1)).violation == .streamEnded(1))
        #expect(state.receivedData(.data(3)).isEnd == false)
    }

    @Test("DATA beyond the credit, or after a request that ended, is a violation")
    func dataRefused() {
        var state = State.open()
        state.start(.request(1), "first")
        #expect(state.receivedData(.data(1)).violation == .streamEnded(1))
        state.start(.request(3, .noMessage), "third")
        for _ in 0..<2 { #expect(state.receivedData(.data(3, bodyBytes: 131_048)).violation == nil) }
        #expect(state.receivedData(.data(3)).violation == .creditOverrun(3))
    }

    @Test("A request's pieces count towards the limit on messages")
    func messageLimit() {
        var state = State.open(WireLimits(maximumMessageBytes: 100))
        state.start(.request(1, .more, bodyBytes: 60), "first")
        #expect(state.receivedData(.data(1, bodyBytes: 41)).data == .tooLarge)
        state.start(.request(3, .more, bodyBytes: 60), "third")
        #expect(state.receivedData(.data(3, bodyBytes: 40)).data == .message(cost: 64))
    }

    @Test("Too many streams are refused, and the connection lives")
    func tooManyStreams() {
        var state = State.open(WireLimits(maximumStreams: 2))
        state.start(.request(1, .noMessage), "first")
        state.start(.request(3), "third")
        #expect(state.receivedRequest(.request(5, .noMessage)) == .refuse)
        #expect(state.receivedData(.data(5)).isIgnored)
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 5), at: 0).isIgnored)
        #expect(state.receivedRequest(.request(5)) == .violation(.streamIDReused(5)))
        #expect(state.receivedData(.data(1)).violation == nil)
        state.ended(3)
        #expect(state.receivedRequest(.request(7)) == .dispatch)
    }

    @Test("CREDIT lets a stream send more, up to what a credit can be")
    func credit() {
        var state = State.open()
        state.start(.request(1), "first")
        #expect(state.receivedCredit(FrameHeader(.credit, stream: 1, amount: 1_000)).payload == "first")
        #expect(state.streams[1]?.flow.sendCredit == 263_144)
        #expect(
            state.receivedCredit(FrameHeader(.credit, stream: 1, amount: 0x7FFF_FFFF)).violation == .creditOverflow(1))
    }

    @Test("What the application takes is granted anew")
    func consumed() {
        var state = State.open()
        state.start(.request(1, .noMessage), "first")
        for _ in 0..<2 { #expect(state.receivedData(.data(1, bodyBytes: 131_048)).violation == nil) }
        #expect(state.consumed(131_072, on: 1) == 131_072)
        #expect(state.receivedData(.data(1, bodyBytes: 131_048)).violation == nil)
        #expect(state.receivedData(.data(1)).violation == .creditOverrun(1))
    }

    @Test("A cancelled stream counts until its handler has returned")
    func cancel() {
        var state = State.open(WireLimits(maximumStreams: 1))
        state.start(.request(1), "first")
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 1), at: 0).payload == "first")
        #expect(state.receivedRequest(.request(3)) == .refuse)
        state.ended(1)
        #expect(state.receivedRequest(.request(5)) == .dispatch)
    }

    @Test("More cancels in a second than the limit are too many, whatever they are for")
    func cancelsPerSecond() {
        var state = State.open(WireLimits(maximumCancelsPerSecond: 3))
        state.start(.request(9), "ninth")
        let start: UInt64 = 4_000_000_000
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 1), at: start).isIgnored)
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 9), at: start + 1).payload == "ninth")
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 9), at: start + 2).payload == "ninth")
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 3), at: start + 999_999_999).isTooMany)
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 3), at: start + 1_000_000_000).isIgnored)
    }

    // MARK: Keepalive

    @Test("More pings in a second than the limit are too many")
    func pingsPerSecond() {
        var state = State.open()
        let start: UInt64 = 4_000_000_000
        for count: UInt64 in 0..<10 { #expect(state.receivedPing(at: start + count) == true) }
        #expect(state.receivedPing(at: start + 999_999_999) == false)
        #expect(state.receivedPing(at: start + 1_000_000_000) == true)
    }

    /// Frames that a client sends on a stream.
    enum Between: CaseIterable { case request, data, credit, cancel }

    @Test("Another frame between them makes pings harmless", arguments: Between.allCases)
    func pingsBetweenFrames(between: Between) {
        var state = State.open()
        state.start(.request(1, .noMessage), "first")
        var answered = 0
        for count: UInt32 in 0..<30 {
            if state.receivedPing(at: 4_000_000_000) { answered += 1 }
            switch between {
            case .request: _ = state.receivedRequest(.request(3 + 2 * count))
            case .data: _ = state.receivedData(.data(1))
            case .credit: _ = state.receivedCredit(FrameHeader(.credit, stream: 1, amount: 1))
            case .cancel: _ = state.receivedCancel(FrameHeader(.cancel, stream: 1), at: 4_000_000_000)
            }
        }
        #expect(answered == 30)
    }

    // MARK: Leaving

    @Test("A drain announces itself, and names the last stream when its PONG arrives")
    func drain() {
        var state = State.open()
        state.start(.request(1), "first")
        #expect(state.drainBegan() == true)
        #expect(state.isDraining)
        // What was under way is taken still.
        state.start(.request(3), "third")
        #expect(!state.isDrained)
        #expect(state.receivedPong() == 3)
        #expect(state.receivedRequest(.request(5)) == .ignore)
        #expect(state.lastStream == 3)
        #expect(!state.isDrained)
        state.ended(1)
        #expect(!state.isDrained)
        state.ended(3)
        #expect(state.isDrained)
    }

    @Test("Frames for streams that a drain has ignored are ignored too")
    func drainIgnores() {
        var state = State.open()
        state.start(.request(1, .noMessage), "first")
        #expect(state.drainBegan() == true)
        #expect(state.receivedPong() == 1)
        #expect(state.receivedRequest(.request(3, .noMessage)) == .ignore)
        #expect(state.receivedData(.data(3)).isIgnored)
        #expect(state.receivedCancel(FrameHeader(.cancel, stream: 3), at: 0).isIgnored)
        #expect(state.receivedCredit(FrameHeader(.credit, stream: 3)).isIgnored)
        #expect(state.receivedData(.data(1)).violation == nil)
        #expect(state.receivedRequest(.request(1)) == .violation(.streamIDReused(1)))
    }

    @Test("A drain begins once, and not before HELLO")
    func drainOnce() {
        var early = State(limits: WireLimits())
        #expect(early.drainBegan() == false)
        #expect(!early.isDraining)
        var state = State.open()
        #expect(state.drainBegan() == true)
        #expect(state.drainBegan() == false)
        #expect(state.receivedPong() == 0)
        #expect(state.drainBegan() == false)
        #expect(state.receivedPong() == nil)
        #expect(state.isDrained)
    }

    @Test("A drain without streams waits for its PONG")
    func drainEmpty() {
        var state = State.open()
        #expect(state.drainBegan() == true)
        // Requests may be on their way.
        #expect(!state.isDrained)
        #expect(state.receivedPong() == 0)
        #expect(state.isDrained)
    }

    @Test("A PONG that no drain asked for changes nothing")
    func pong() {
        var state = State.open()
        #expect(state.receivedPong() == nil)
        #expect(!state.isDraining)
    }

    @Test("When the connection is gone, so are its streams")
    func closed() {
        var state = State.open()
        state.start(.request(1), "first")
        state.start(.request(3), "third")
        state.ended(1)
        #expect(state.closed() == ["third"])
        #expect(state.closed().isEmpty)
        #expect(state.streams.isEmpty)
        #expect(state.drainBegan() == false)
    }
}
