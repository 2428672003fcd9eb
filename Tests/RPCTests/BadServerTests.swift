import EchoMessages
import RPC
import RPCTestSupport
import Testing
import Wire

@Suite("What a server does wrong fails the client's calls, and nothing else", .timeLimit(.minutes(1)))
struct BadServerTests {
    /// Frames that a server must not send for stream 1.
    static let violations: [@Sendable () throws -> [UInt8]] = [
        { Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8) },
        { try RawFrame.hello().bytes },
        { try RawFrame.request(1, stream: 1).bytes },
        { RawFrame.bare(.pong).bytes },
        { try RawFrame.response(99, "x").bytes },
        { try RawFrame.response(2, "x").bytes },
        { try RawFrame.data(1, "x", flags: .endStream).bytes },
        { RawFrame.bare(.credit, stream: 1, amount: 0x7FFF_FFFF).bytes },
        {
            RawFrame(FrameHeader(.data, flags: .more, stream: 1), body: [1]).bytes
                + RawFrame(FrameHeader(.response, flags: .noMessage, stream: 1)).bytes
        },
        { [0, 0, 0, 5] },
    ]

    @Test("A violation closes the connection, and the call is UNAVAILABLE", arguments: violations.indices)
    func violation(_ index: Int) async throws {
        try await RawServer.with { (server) async throws in
            try await withClient(of: [server.address], onOneLoop: true) { (client) async throws in
                let call = Task { await failure { _ = try await client.call(testMethod("Once")) } }
                let peer = try await server.accept()
                #expect(try await peer.next(.request) != nil)
                await peer.write(try Self.violations[index]())
                #expect(await call.value?.code == .unavailable)
                #expect(try await peer.next() == nil)
            }
        }
    }

    @Test("OK without a message, and a message that is none, are INTERNAL; the connection lives")
    func uselessAnswers() async throws {
        try await RawServer.with { (server) async throws in
            try await withClient(of: [server.address], onOneLoop: true) { (client) async throws in
                let answers = [
                    RawFrame(FrameHeader(.response, flags: .noMessage)),
                    RawFrame(FrameHeader(.response), body: [0xFF]), RawFrame(FrameHeader(.response), body: [10, 1, 0]),
                ]
                var peer: RawPeer?
                for answer in answers {
                    let call = Task { await failure { _ = try await client.call(testMethod("Once")) } }
                    if peer == nil { peer = try await server.accept() }
                    var answer = answer
                    answer.header.stream = try await peer?.next(.request)?.stream ?? 1
                    try await peer?.write(answer)
                    #expect(await call.value?.code == .internal)
                }
                await peer?.close()
            }
        }
    }

    @Test("A status that nobody knows is UNKNOWN")
    func unknownStatus() async throws {
        try await RawServer.with { (server) async throws in
            try await withClient(of: [server.address], onOneLoop: true) { (client) async throws in
                let call = Task { await failure { _ = try await client.call(testMethod("Once")) } }
                let peer = try await server.accept()
                let stream = try await peer.next(.request)?.stream ?? 1
                try await peer.write(.bare(.response, flags: .noMessage, stream: stream, word: 999))
                #expect(await call.value?.code == .unknown)
                await peer.close()
            }
        }
    }

    @Test("Answers after a cancellation are ignored")
    func lateAnswer() async throws {
        try await RawServer.with { (server) async throws in
            try await withClient(of: [server.address], onOneLoop: true) { (client) async throws in
                let cancelled = Task { await failure { _ = try await client.call(testMethod("Once")) } }
                let peer = try await server.accept()
                let stream = try await peer.next(.request)?.stream ?? 1
                cancelled.cancel()
                #expect(try await peer.next(.cancel)?.stream == stream)
                try await peer.write(.data(stream, "late"), .response(stream, "late"), .bare(.credit, stream: stream))
                let call = Task { try await client.call(testMethod("Once")) }
                try await peer.write(.response(try await peer.next(.request)?.stream ?? 3, "right"))
                #expect(try await call.value == "right")
                #expect(await cancelled.value?.code == .cancelled)
                await peer.close()
            }
        }
    }
}
