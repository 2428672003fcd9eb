import Testing
import Wire

extension ClientConnectionState {
    /// A connection whose HELLO has arrived.
    static func open(_ limits: WireLimits = WireLimits()) -> Self {
        var state = Self(limits: limits)
        #expect(state.receivedHello(.hello) == nil)
        state.learned(PeerLimits())
        return state
    }
}

extension FrameHeader {
    static func response(
        _ stream: UInt32, _ flags: FrameFlags = [], status: StatusCode = .ok, bodyBytes: Int = 0
    ) -> FrameHeader {
        FrameHeader(.response, flags: flags, stream: stream, word: status.rawValue, bodyBytes: bodyBytes)
    }
}

extension ClientConnectionState.OnResponse {
    var violation: Violation? { if case .violation(let violation) = self { violation } else { nil } }
    var isIgnored: Bool { if case .ignore = self { true } else { false } }
    var finished: Payload? { if case .finish(let payload) = self { payload } else { nil } }
    var tooLarge: Payload? { if case .tooLarge(let payload) = self { payload } else { nil } }
}

extension ClientConnectionState.OnData {
    var violation: Violation? { if case .violation(let violation) = self { violation } else { nil } }
    var isIgnored: Bool { if case .ignore = self { true } else { false } }
    var data: StreamFlow.OnData? { if case .deliver(let data, _) = self { data } else { nil } }
}

extension ClientConnectionState.OnCredit {
    var violation: Violation? { if case .violation(let violation) = self { violation } else { nil } }
    var isIgnored: Bool { if case .ignore = self { true } else { false } }
    var payload: Payload? { if case .resume(let payload) = self { payload } else { nil } }
}

@Suite("The client's side of a connection")
struct ClientConnectionStateTests {
    typealias State = ClientConnectionState<String>

    // MARK: Opening

    @Test(
        "The server's first frame must be HELLO, or the GOAWAY that refuses the connection",
        arguments: FrameType.known + FrameType.unknown.prefix(2))
    func helloFirst(type: FrameType) {
        let state = State(limits: WireLimits())
        let isFirst = type == .hello || type == .goAway
        #expect(state.check(FrameHeader(type, stream: 1)) == (isFirst ? nil : .helloMissing(type)))
    }

    @Test("HELLO opens the connection, once")
    func hello() {
        var state = State(limits: WireLimits())
        #expect(state.isAwaitingHello)
        #expect(state.receivedHello(FrameHeader(.hello, word: 1, amount: 1)) == .magic(1))
        #expect(state.receivedHello(FrameHeader(.hello, word: WireLimits.magic, amount: 0)) == .version)
        #expect(state.receivedHello(.hello) == nil)
        #expect(!state.isAwaitingHello)
        #expect(state.receivedHello(.hello) == .helloRepeated)
    }

    @Test("Only a client sends REQUEST, CALLER and CANCEL")
    func direction() {
        let state = State.open()
        for type in FrameType.known + FrameType.unknown {
            let isClients = [.request, .caller, .cancel].contains(type)
            #expect(state.check(FrameHeader(type, stream: 1)) == (isClients ? .direction(type) : nil))
        }
    }

    @Test("Calls before HELLO go by the default limits, and get the rest of their credit afterwards")
    func beforeHello() {
        var state = State(limits: WireLimits(initialCreditBytes: 400_000))
        #expect(state.open("first") == 1)
        #expect(state.streams[1]?.flow.sendCredit == 262_144)
        #expect(state.streams[1]?.flow.receiveCredit == 400_000)
        _ = state.withFlow(of: 1) { $0.sentData(.data(1, bodyBytes: 76)) }
        #expect(state.receivedHello(.hello) == nil)
        state.learned(PeerLimits(initialCreditBytes: 300_000))
        #expect(state.streams[1]?.flow.sendCredit == 299_900)
        #expect(state.open("third") == 3)
        #expect(state.streams[3]?.flow.sendCredit == 300_000)
    }

    @Test("A client that leaves before the server's HELLO still takes it, and finishes its calls")
    func leftBeforeHello() {
        var state = State(limits: WireLimits())
        #expect(state.open("first") == 1)
        state.left()
        #expect(state.check(.hello) == nil)
        #expect(state.receivedHello(.hello) == nil)
        #expect(!state.takesStreams)
        #expect(state.receivedResponse(.response(1)).finished == "first")
        #expect(state.isDone)
    }

    // MARK: Streams

    @Test("Streams are numbered 1, 3, 5")
    func numbers() {
        var state = State.open()
        #expect(state.open("first") == 1)
        #expect(state.open("third") == 3)
        #expect(state.receivedResponse(.response(1)).finished == "first")
        #expect(state.open("fifth") == 5)
    }

    @Test("No more calls are opened than the server lets be")
    func maximumStreams() {
        var state = State.open()
        state.learned(PeerLimits(maximumStreams: 2))
        #expect(state.open("first") == 1)
        #expect(state.takesStreams)
        #expect(state.open("third") == 3)
        #expect(!state.takesStreams)
        #expect(state.open("fifth") == nil)
        #expect(state.receivedResponse(.response(1)).finished == "first")
        #expect(state.open("fifth") == 5)
    }

    @Test("A RESPONSE ends its call; what comes behind it is ignored")
    func response() {
        var state = State.open()
        #expect(state.open("first") == 1)
        #expect(state.receivedResponse(.response(1)).finished == "first")
        #expect(state.receivedResponse(.response(1)).isIgnored)
        #expect(state.receivedData(.data(1)).isIgnored)
        #expect(state.receivedCredit(FrameHeader(.credit, stream: 1, amount: .max)).isIgnored)
        #expect(state.cancelled(1) == false)
        #expect(state.consumed(1_000_000, on: 1) == nil)
    }

    @Test("After a cancel, the server's frames are ignored")
    func cancelled() {
        var state = State.open()
        #expect(state.open("first") == 1)
        #expect(state.cancelled(1) == true)
        #expect(state.cancelled(1) == false)
        #expect(state.receivedData(.data(1)).isIgnored)
        #expect(state.receivedData(.data(1, .more)).isIgnored)
        #expect(state.receivedCredit(FrameHeader(.credit, stream: 1, amount: 1)).isIgnored)
        #expect(state.receivedResponse(.response(1)).isIgnored)
    }

    @Test("A stream that was never opened takes no frames")
    func unknownStream() {
        var state = State.open()
        #expect(state.open("first") == 1)
        for stream: UInt32 in [3, 5, 0x7FFF_FFFF] {
            #expect(state.receivedResponse(.response(stream)).violation == .streamUnknown(stream))
            #expect(state.receivedData(.data(stream)).violation == .streamUnknown(stream))
            #expect(state.receivedCredit(FrameHeader(.credit, stream: stream)).violation == .streamUnknown(stream))
        }
        for stream: UInt32 in [0, 2, 0x8000_0000] {
            #expect(state.receivedResponse(.response(stream)).violation == .streamID(stream))
            #expect(state.receivedData(.data(stream)).violation == .streamID(stream))
            #expect(state.receivedCredit(FrameHeader(.credit, stream: stream)).violation == .streamID(stream))
        }
    }

    @Test("A server does not end its side by DATA", arguments: [FrameFlags.endStream, [.endStream, .noMessage]])
    func endStream(flags: FrameFlags) {
        var state = State.open()
        #expect(state.open("first") == 1)
        #expect(state.receivedData(.data(1, flags)).violation == .flags(flags, .data))
    }

    @Test("DATA reaches its call, within the credit")
    func data() {
        var state = State.open()
        #expect(state.open("first") == 1)
        guard case .deliver(.message(cost: 34), "first") = state.receivedData(.data(1, bodyBytes: 10)) else {
            Issue.record("DATA was not delivered")
            return
        }
        #expect(state.receivedData(.data(1, bodyBytes: 131_048)).data == .message(cost: 131_072))
        #expect(state.receivedData(.data(1, bodyBytes: 131_048)).violation == .creditOverrun(1))
        #expect(state.consumed(131_106, on: 1) == 131_106)
    }

    @Test("CREDIT lets a call send more, up to what a credit can be")
    func credit() {
        var state = State.open()
        #expect(state.open("first") == 1)
        #expect(state.receivedCredit(FrameHeader(.credit, stream: 1, amount: 1_000)).payload == "first")
        #expect(state.streams[1]?.flow.sendCredit == 263_144)
        #expect(
            state.receivedCredit(FrameHeader(.credit, stream: 1, amount: 0x7FFF_FFFF)).violation == .creditOverflow(1))
    }

    @Test("Pieces and RESPONSE together are held against the limit on messages", arguments: [40, 41])
    func messageLimit(lastBytes: Int) {
        var state = State.open(WireLimits(maximumMessageBytes: 100))
        #expect(state.open("first") == 1)
        #expect(state.receivedData(.data(1, .more, bodyBytes: 30)).data == .fragment(grant: 54))
        #expect(state.receivedData(.data(1, .more, bodyBytes: 30)).data == .fragment(grant: 54))
        let response = state.receivedResponse(.response(1, bodyBytes: lastBytes))
        #expect((lastBytes > 40 ? response.tooLarge : response.finished) == "first")
        #expect(state.streams.isEmpty)
    }

    @Test("A RESPONSE and a DATA alone are held against the limit too")
    func messageLimitAlone() {
        var state = State.open(WireLimits(maximumMessageBytes: 100))
        #expect(state.open("first") == 1)
        #expect(state.open("third") == 3)
        #expect(state.receivedResponse(.response(1, bodyBytes: 101)).tooLarge == "first")
        #expect(state.receivedData(.data(3, bodyBytes: 101)).data == .tooLarge)
    }

    @Test("A status other than OK may cut a message off, OK may not")
    func cutOff() {
        var state = State.open()
        #expect(state.open("first") == 1)
        #expect(state.open("third") == 3)
        for stream: UInt32 in [1, 3] {
            #expect(state.receivedData(.data(stream, .more, bodyBytes: 9)).violation == nil)
        }
        #expect(state.receivedResponse(.response(1, .noMessage, status: .internal)).finished == "first")
        #expect(state.receivedResponse(.response(3, .noMessage)).violation == .flags(.noMessage, .response))
    }

    // MARK: Keepalive

    @Test("A PONG answers one PING")
    func pong() {
        var state = State.open()
        #expect(state.receivedPong() == .pongUnexpected)
        state.sentPing()
        #expect(state.isAwaitingPong)
        #expect(state.receivedPong() == nil)
        #expect(!state.isAwaitingPong)
        #expect(state.receivedPong() == .pongUnexpected)
    }

    // MARK: Leaving

    @Test("GOAWAY gives back the calls above the last id")
    func goAway() {
        var state = State.open()
        for payload in ["first", "third", "fifth", "seventh"] { #expect(state.open(payload) != nil) }
        #expect(state.receivedGoAway(lastStream: 0x7FFF_FFFF).isEmpty)
        #expect(state.isLeaving)
        #expect(!state.takesStreams)
        #expect(state.open("ninth") == nil)
        #expect(state.receivedGoAway(lastStream: 3).sorted() == ["fifth", "seventh"])
        #expect(state.receivedGoAway(lastStream: 3).isEmpty)
        #expect(!state.isDone)
        #expect(state.receivedResponse(.response(5)).isIgnored)
        #expect(state.receivedResponse(.response(1)).finished == "first")
        #expect(!state.isDone)
        #expect(state.receivedResponse(.response(3)).finished == "third")
        #expect(state.isDone)
    }

    @Test("GOAWAY before HELLO refuses the connection and all its calls")
    func refused() {
        var state = State(limits: WireLimits())
        #expect(state.open("first") == 1)
        #expect(state.receivedGoAway(lastStream: 0) == ["first"])
        #expect(state.isDone)
    }

    @Test("A client that leaves finishes its calls")
    func left() {
        var state = State.open()
        #expect(!state.isLeaving)
        #expect(state.open("first") == 1)
        state.left()
        #expect(state.isLeaving && !state.isDone)
        #expect(state.open("third") == nil)
        #expect(state.cancelled(1) == true)
        #expect(state.isDone)
    }

    @Test("When the connection is gone, its calls have no answer")
    func closed() {
        var state = State.open()
        #expect(state.open("first") == 1)
        #expect(state.open("third") == 3)
        #expect(state.cancelled(1) == true)
        #expect(state.closed() == ["third"])
        #expect(state.closed().isEmpty)
        #expect(!state.takesStreams)
        #expect(state.receivedGoAway(lastStream: 0).isEmpty)
        state.left()
        #expect(state.isDone)
    }
}
