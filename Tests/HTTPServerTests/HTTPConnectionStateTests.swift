import HTTPTestSupport
import NIOCore
import Testing

@testable import HTTPServer

@Suite struct HTTPConnectionStateTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func seconds(_ seconds: Int64) -> NIODeadline { Self.start + .seconds(seconds) }

    private static func make() -> HTTPConnectionState {
        HTTPConnectionState(limits: HTTPServerLimits(), now: Self.start)
    }

    /// A state with a request's head.
    private static func afterHead(
        _ framing: BodyFraming, keepsAlive: Bool = true, expectsContinue: Bool = false
    ) throws -> HTTPConnectionState {
        var state = Self.make()
        try state.bytesArrived(100, Self.start)
        state.headArrived(framing, keepsAlive: keepsAlive, expectsContinue: expectsContinue, Self.start)
        return state
    }

    @Test("A request without a body goes through its phases, and the connection is idle again")
    func phases() throws {
        var state = Self.make()
        #expect(state.phase == .idle)
        try state.bytesArrived(10, Self.start)
        #expect(state.phase == .head)
        state.headArrived(.length(0), keepsAlive: true, expectsContinue: false, Self.start)
        #expect(state.phase == .answering)
        state.endArrived(Self.start)
        #expect(!state.takesHead)
        #expect(!state.wantsInput)
        #expect(state.answerBegan(isStreamed: false, closes: false) == true)
        #expect(state.answerEnded(Self.start) == .keep)
        #expect(state.phase == .idle)
        #expect(state.takesHead)
    }

    @Test("An answer may end before its request does")
    func earlyAnswer() throws {
        var state = try Self.afterHead(.length(0))
        #expect(state.answerBegan(isStreamed: false, closes: false) == true)
        #expect(state.answerEnded(Self.start) == .keep)
        #expect(!state.takesHead)
        state.endArrived(Self.start)
        #expect(state.takesHead)
    }

    @Test("A body is read when it is wanted, and the invitation is given once")
    func wantedBody() throws {
        var state = try Self.afterHead(.length(10), expectsContinue: true)
        #expect(state.phase == .body)
        #expect(!state.wantsInput)
        #expect(state.bodyWanted(isStreamed: true, Self.start) == true)
        #expect(state.wantsInput)
        #expect(state.bodyWanted(isStreamed: true, Self.start) == false)
        state.bodyNotWanted(Self.start)
        #expect(!state.wantsInput)
    }

    @Test("A client that has begun to send needs no invitation")
    func uninvited() throws {
        var state = try Self.afterHead(.length(10), expectsContinue: true)
        state.bodyArrived(3, Self.start)
        #expect(state.bodyWanted(isStreamed: false, Self.start) == false)
    }

    @Test("What is left of a body decides whether its connection is kept")
    func rest() throws {
        let limit = HTTPServerLimits().maximumDroppedBodyBytes
        for (framing, expects, isKept) in [
            (BodyFraming.length(limit), false, true), (.length(limit + 1), false, false), (.chunked, false, false),
            (.length(1), true, false),
        ] {
            var state = try Self.afterHead(framing, expectsContinue: expects)
            #expect(state.answerBegan(isStreamed: false, closes: false) == isKept, "\(framing)")
            #expect(state.answerEnded(Self.start) == (isKept ? .keep : .close(lingers: true)), "\(framing)")
            #expect(state.wantsInput == isKept)
        }
    }

    @Test("The last answer of a client that asked for the end needs no lingering")
    func lingering() throws {
        var asked = try Self.afterHead(.length(0), keepsAlive: false)
        #expect(asked.answerBegan(isStreamed: false, closes: false) == false)
        #expect(asked.answerEnded(Self.start) == .close(lingers: false))
        var drained = try Self.afterHead(.length(0))
        drained.drainBegan()
        #expect(drained.answerBegan(isStreamed: false, closes: false) == false)
        #expect(drained.answerEnded(Self.start) == .close(lingers: true))
    }

    @Test("Times are those of the phase")
    func times() throws {
        var state = Self.make()
        #expect(state.expiry(Self.seconds(9)) == nil)
        #expect(state.expiry(Self.seconds(10)) == .idle)
        try state.bytesArrived(1, Self.seconds(5))
        // More bytes do not give more time.
        try state.bytesArrived(1, Self.seconds(14))
        #expect(state.expiry(Self.seconds(14)) == nil)
        #expect(state.expiry(Self.seconds(15)) == .head)
        state.headArrived(.length(10_000), keepsAlive: true, expectsContinue: false, Self.seconds(14))
        #expect(state.expiry(Self.seconds(66)) == nil)
        #expect(state.expiry(Self.seconds(67)) == .answer)
        _ = state.bodyWanted(isStreamed: false, Self.seconds(20))
        state.bodyArrived(1_023, Self.seconds(29))
        #expect(state.expiry(Self.seconds(30)) == .body)
        state.bodyArrived(1, Self.seconds(29))
        #expect(state.expiry(Self.seconds(38)) == nil)
        #expect(state.expiry(Self.seconds(39)) == .body)
        state.bodyArrived(8_000, Self.seconds(60))
        #expect(state.expiry(Self.seconds(65)) == .body)
        state.endArrived(Self.seconds(60))
        #expect(state.expiry(Self.seconds(66)) == nil)
        #expect(state.expiry(Self.seconds(67)) == .answer)
        _ = state.answerBegan(isStreamed: true, closes: false)
        #expect(state.expiry(Self.seconds(100_000)) == nil)
        #expect(state.answerEnded(Self.seconds(100_000)) == .keep)
        #expect(state.expiry(Self.seconds(100_074)) == nil)
        #expect(state.expiry(Self.seconds(100_075)) == .idle)
    }

    @Test("A streamed body may take long, but not stand still on either side")
    func streamedBody() throws {
        var state = try Self.afterHead(.chunked)
        var now: Int64 = 0
        for _ in 0..<100 {
            _ = state.bodyWanted(isStreamed: true, Self.seconds(now))
            now += 9
            #expect(state.expiry(Self.seconds(now)) == nil)
            state.bodyArrived(100_000, Self.seconds(now))
            state.bodyNotWanted(Self.seconds(now))
        }
        #expect(state.expiry(Self.seconds(now + 61)) == nil)
        #expect(state.expiry(Self.seconds(now + 62)) == .answer)
        _ = state.bodyWanted(isStreamed: true, Self.seconds(now))
        #expect(state.expiry(Self.seconds(now + 10)) == .body)
    }

    @Test("A pipelined request has its own time")
    func pipelinedTime() throws {
        var state = try Self.afterHead(.length(0))
        state.endArrived(Self.start)
        _ = state.answerBegan(isStreamed: false, closes: false)
        _ = state.answerEnded(Self.seconds(50))
        state.headArrived(.length(0), keepsAlive: true, expectsContinue: false, Self.seconds(50))
        #expect(state.requestDeadline == Self.seconds(110))
    }

    @Test("Nothing is taken while answers wait for the socket, or when closing")
    func notTaken() throws {
        var state = Self.make()
        state.isWritable = false
        #expect(!state.takesHead)
        #expect(!state.wantsInput)
        state.closingBegan(Self.start)
        #expect(!state.takesHead)
        #expect(state.wantsInput)
        #expect(state.phase == .closing)
        state.lingerBegan(Self.start)
        #expect(state.expiry(Self.seconds(1)) == nil)
        #expect(state.expiry(Self.seconds(2)) == .linger)
    }

    @Test("Little is parsed ahead, but a body as a whole")
    func allowance() throws {
        #expect(Self.make().inputAllowance == 4_096)
        #expect(try Self.afterHead(.chunked).inputAllowance == 4_096)
        var state = try Self.afterHead(.length(100_000))
        state.bodyArrived(40_000, Self.start)
        #expect(state.inputAllowance == 64_096)
    }
}
