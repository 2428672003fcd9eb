import EchoMessages
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

/// What a peer does wrong, and how it is to end.
struct Misdeed: Sendable, CustomTestStringConvertible {
    /// How the server takes it.
    enum End: Sendable, Equatable {
        /// GOAWAY with INTERNAL, and a close.
        case violation
        /// A close alone.
        case close
        /// An answer with this status; the connection lives.
        case answer(StatusCode)
    }

    let testDescription: String
    let end: End
    let isGreeted: Bool
    let bytes: @Sendable () throws -> [UInt8]

    init(_ description: String, _ end: End, isGreeted: Bool = true, _ bytes: @escaping @Sendable () throws -> [UInt8]) {
        self.testDescription = description
        self.end = end
        self.isGreeted = isGreeted
        self.bytes = bytes
    }

    init(_ description: String, _ end: End, isGreeted: Bool = true, frames: @escaping @Sendable () throws -> [RawFrame])
    {
        self.init(description, end, isGreeted: isGreeted) { try frames().flatMap(\.bytes) }
    }
}

@Suite("What a peer does wrong ends with a status or a close, one log line, and no harm", .timeLimit(.minutes(1)))
struct BadFrameTests {
    static let lengths: [Misdeed] = [0, 1, 19, 131_073, 0x0100_0000, 0x7FFF_FFFF, 0xFFFF_FFFF].map { length in
        Misdeed("a frame that says to be \(length) bytes long", .violation) {
            withUnsafeBytes(of: UInt32(length).bigEndian) { Array($0) } + [3, 0, 0, 0]
        }
    }

    static let frames = [
        Misdeed("meta that is longer than its frame", .violation) {
            var bytes = try RawFrame.request(Echoing.unary.id, stream: 1, "x").bytes
            bytes[7] = 200
            return bytes
        },
        Misdeed(
            "END_STREAM with MORE", .violation,
            frames: {
                [.bare(.request, flags: [.endStream, .more], stream: 1, word: Echoing.unary.id)]
            }),
        Misdeed(
            "MORE with NO_MESSAGE", .violation,
            frames: {
                [.bare(.request, flags: [.more, .noMessage], stream: 1, word: Echoing.unary.id)]
            }),
        Misdeed("a flag that CANCEL does not have", .violation, frames: { [.bare(.cancel, flags: .more, stream: 1)] }),
        Misdeed(
            "a flag that no type has", .violation,
            frames: {
                [.bare(.request, flags: FrameFlags(rawValue: 128), stream: 1, word: Echoing.unary.id)]
            }),
        Misdeed("a second HELLO", .violation, frames: { [try .hello()] }),
        Misdeed("RESPONSE to a server", .violation, frames: { [.bare(.response, stream: 1)] }),
        Misdeed("GOAWAY to a server", .violation, frames: { [.bare(.goAway)] }),
        Misdeed("an even stream", .violation, frames: { [try .request(Echoing.unary.id, stream: 2)] }),
        Misdeed("stream 0", .violation, frames: { [try .request(Echoing.unary.id, stream: 0)] }),
        Misdeed("a stream beyond 2³¹", .violation, frames: { [try .request(Echoing.unary.id, stream: 0x8000_0001)] }),
        Misdeed(
            "a stream that is used twice", .violation,
            frames: {
                let request = try RawFrame.request(Echoing.clientStreaming.id, stream: 5, flags: .noMessage)
                return [request, request]
            }),
        Misdeed(
            "a stream below the last", .violation,
            frames: {
                [
                    try .request(Echoing.clientStreaming.id, stream: 5, flags: .noMessage),
                    try .request(Echoing.unary.id, stream: 3),
                ]
            }),
        Misdeed("DATA for a stream that was never opened", .violation, frames: { [try .data(7, "x")] }),
        Misdeed("CREDIT for a stream that was never opened", .violation, frames: { [.bare(.credit, stream: 7)] }),
        Misdeed("CANCEL for a stream that was never opened", .violation, frames: { [.bare(.cancel, stream: 7)] }),
        Misdeed(
            "DATA after END_STREAM", .violation,
            frames: {
                [
                    try .request(BadFrameTests.pending.id, stream: 1, flags: [.endStream, .noMessage]),
                    try .data(1, "x"),
                ]
            }),
        Misdeed(
            "DATA beyond the credit", .violation,
            frames: {
                let body = [UInt8](repeating: 1, count: 65_000)
                return [try .request(BadFrameTests.pending.id, stream: 1, flags: .noMessage)]
                    + (0..<5).map { _ in RawFrame(FrameHeader(.data, stream: 1), body: body) }
            }),
        Misdeed(
            "credit beyond 2³¹ - 1", .violation,
            frames: {
                [
                    try .request(BadFrameTests.pending.id, stream: 1, flags: .noMessage),
                    .bare(.credit, stream: 1, amount: 0x7FFF_FFFF),
                ]
            }),
        Misdeed(
            "an end without a message in the middle of one", .violation,
            frames: {
                [
                    try .request(Echoing.unary.id, stream: 1, "x", flags: .more),
                    .bare(.data, flags: [.endStream, .noMessage], stream: 1),
                ]
            }),
    ]

    static let openings = [
        Misdeed("no HELLO", .close, isGreeted: false, frames: { [try .request(Echoing.unary.id, stream: 1)] }),
        Misdeed("a wrong magic", .close, isGreeted: false, frames: { [.bare(.hello, word: 0x4452_4C4F, amount: 1)] }),
        Misdeed("version 0", .close, isGreeted: false, frames: { [.bare(.hello, word: WireLimits.magic, amount: 0)] }),
        Misdeed(
            "HELLO with a body that is not one", .close, isGreeted: false,
            frames: {
                [RawFrame(FrameHeader(.hello, word: WireLimits.magic, amount: 1), body: [0xFF, 0xFF])]
            }),
        Misdeed("HTTP", .close, isGreeted: false) { Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8) },
        Misdeed("HTTP/2", .close, isGreeted: false) { Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) },
        Misdeed("TLS", .close, isGreeted: false) {
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]
        },
        Misdeed("numbers in the other byte order", .close, isGreeted: false) {
            let bytes = RawFrame.bare(.hello, word: WireLimits.magic, amount: 1).bytes
            return Array(bytes[0..<4].reversed()) + bytes[4...]
        },
    ]

    static let requests = [
        Misdeed("an unknown method", .answer(.unimplemented), frames: { [try .request(12_345, stream: 1, "x")] }),
        Misdeed(
            "a body that is not the message", .answer(.invalidArgument),
            frames: {
                [
                    RawFrame(
                        FrameHeader(.request, flags: .endStream, stream: 1, word: Echoing.unary.id), body: [0x0A, 0x7F])
                ]
            }),
        Misdeed(
            "text that is not UTF-8", .answer(.invalidArgument),
            frames: {
                [
                    RawFrame(
                        FrameHeader(.request, flags: .endStream, stream: 1, word: Echoing.inline.id),
                        body: [10, 2, 0xC3, 0x28])
                ]
            }),
        Misdeed(
            "text with NUL", .answer(.invalidArgument),
            frames: {
                [
                    RawFrame(
                        FrameHeader(.request, flags: .endStream, stream: 1, word: Echoing.batch.id),
                        body: [10, 3, 65, 0, 65])
                ]
            }),
        Misdeed(
            "groups nested 10,000 deep", .answer(.invalidArgument),
            frames: {
                let body = [UInt8](repeating: 0x1B, count: 10_000)
                return [
                    RawFrame(FrameHeader(.request, flags: .endStream, stream: 1, word: Echoing.unary.id), body: body)
                ]
            }),
        Misdeed(
            "NO_MESSAGE to a unary method", .answer(.invalidArgument),
            frames: {
                [try .request(Echoing.unary.id, stream: 1, flags: [.endStream, .noMessage])]
            }),
        Misdeed(
            "a second message to a unary method", .answer(.invalidArgument),
            frames: {
                [
                    try .request(Echoing.inline.id, stream: 1, "x", flags: []), try .data(1, "y"),
                    try .data(1, "z", flags: .endStream),
                ]
            }),
        Misdeed(
            "malformed messages in a stream", .answer(.invalidArgument),
            frames: {
                [
                    try .request(Echoing.clientStreaming.id, stream: 1, flags: .noMessage),
                    RawFrame(FrameHeader(.data, flags: .endStream, stream: 1), body: [0x0A, 0x7F]),
                ]
            }),
    ]

    /// A method whose handler waits for its cancellation.
    static let pending = testMethod("Pending", .bidirectional)

    @Test("A misdeed", arguments: lengths + frames + openings + requests)
    func misdeed(_ misdeed: Misdeed) async throws {
        let service = TestService.echoing.bidirectional(Self.pending) { _, _, _ in try await Event().wait() }
        try await withServer([service]) { (server) async throws in
            let witness = try await RawPeer.greet(server.port, "witness")
            let peer =
                misdeed.isGreeted ? try await RawPeer.greet(server.port) : try await RawPeer.connect(to: server.port)
            await peer.write(try misdeed.bytes())
            switch misdeed.end {
            case .answer(let status):
                let answer = try await peer.nextOfCall()
                #expect(answer?.type == .response)
                #expect(answer?.status == status)
                try await peer.write(.request(Echoing.unary.id, stream: 101, "alive"))
                #expect(try await peer.nextOfCall()?.text == "alive")
                #expect(server.logs.lines().isEmpty)
                await peer.close()
            case .violation:
                let last = try await peer.rest().last
                #expect(last?.type == .goAway)
                #expect(last?.status == .internal)
                #expect(server.logs.lines().count == 1)
            case .close:
                #expect(try await peer.rest().allSatisfy { $0.type == .hello })
                #expect(server.logs.lines().count == 1)
            }
            try await witness.write(.request(Echoing.unary.id, stream: 1, "unharmed"))
            #expect(try await witness.nextOfCall()?.text == "unharmed")
            await witness.close()
        }
    }

    @Test("Frames of unknown types are skipped, whatever is in them")
    func unknownTypes() async throws {
        try await withServer { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            for type: UInt8 in [0, 11, 99, 255] {
                let header = FrameHeader(
                    FrameType(rawValue: type), flags: [.endStream, .noMessage], stream: 4, word: 9)
                try await peer.write(RawFrame(header, body: [1, 2, 3]))
            }
            try await peer.write(.request(Echoing.unary.id, stream: 1, "alive"))
            #expect(try await peer.nextOfCall()?.text == "alive")
            await peer.close()
        }
    }

    @Test("DATA, CREDIT and CANCEL for a stream that has ended are ignored")
    func lateFrames() async throws {
        try await withServer { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(Echoing.clientStreaming.id, stream: 1, "x"))
            #expect(try await peer.nextOfCall()?.text == "x")
            try await peer.write(.data(1, "late"), .bare(.credit, stream: 1, amount: 5), .bare(.cancel, stream: 1))
            try await peer.write(.request(Echoing.unary.id, stream: 3, "alive"))
            #expect(try await peer.nextOfCall()?.text == "alive")
            await peer.close()
        }
    }
}
