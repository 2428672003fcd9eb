import EchoMessages
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Messages of any size up to the limit come through whole; larger ones are refused", .timeLimit(.minutes(2)))
struct MessageSizeTests {
    /// Around the size of a fragment, and far beyond. The tag and length of the one field are part of a message.
    static let sizes: [Int] =
        [65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 65_536, 65_537, 131_072, 1_048_576, 4_194_304 - 5]

    @Test("Every form of handler takes and gives messages of any size", arguments: sizes)
    func unary(_ size: Int) async throws {
        try await withServerAndClient { (_, client) async throws in
            let text = Self.text(size)
            for method in Echoing.unaryForms {
                #expect(try await client.call(method, text) == text, "\(method.name)")
            }
        }
    }

    @Test("Streams take and give messages of any size", arguments: sizes)
    func streams(_ size: Int) async throws {
        try await withServerAndClient { (_, client) async throws in
            let text = Self.text(size)
            #expect(try await client.collect(Echoing.clientStreaming, [text]) == text)
            let call = try await client.converse(Echoing.bidirectional)
            var responses = call.responses.makeAsyncIterator()
            for text in [text, "small", text] {
                try await call.requests.write(Text(text: text))
                #expect(try await responses.next()?.text == text)
            }
            await call.requests.finish()
            #expect(try await responses.next() == nil)
        }
    }

    @Test("Large and small calls at once neither mix nor wait for each other")
    func mixedSizes() async throws {
        try await withServerAndClient { (_, client) async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let text = "\(number) " + Self.text(number % 4 == 0 ? 1_000_000 : 10)
                        let method = Echoing.unaryForms[number % Echoing.unaryForms.count]
                        return try await client.call(method, text) == text
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("A request over the server's limit is RESOURCE_EXHAUSTED, and the connection lives", arguments: [1, 70_000])
    func requestTooLarge(_ excess: Int) async throws {
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumMessageBytes: 200_000) }
        try await withServerAndClient(configuration: configuration) { (_, client) async throws in
            for method in Echoing.unaryForms {
                let text = Self.text(200_000 - 4 + excess)
                let error = await failure { _ = try await client.call(method, text) }
                #expect(error?.code == .resourceExhausted)
                #expect(error?.problem?.reason == .messageTooLarge)
            }
            #expect(try await client.call(Echoing.unary, Self.text(200_000 - 4)).utf8.count == 200_000 - 4)
        }
    }

    @Test("A client that ignores the server's limit is answered RESOURCE_EXHAUSTED, and the connection lives")
    func rawRequestTooLarge() async throws {
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumMessageBytes: 100_000) }
        try await withServer(configuration: configuration) { (server) async throws in
            for method in [Echoing.unary, Echoing.inline, Echoing.batch, Echoing.clientStreaming] {
                let peer = try await RawPeer.greet(server.port)
                let piece = [UInt8](repeating: 1, count: 60_000)
                try await peer.write(
                    RawFrame(FrameHeader(.request, flags: .more, stream: 1, word: method.id), body: piece),
                    RawFrame(FrameHeader(.data, flags: .endStream, stream: 1), body: piece))
                #expect(try await peer.nextOfCall()?.status == .resourceExhausted)
                try await peer.write(.request(Echoing.unary.id, stream: 3, "alive"))
                #expect(try await peer.nextOfCall()?.text == "alive")
                await peer.close()
            }
        }
    }

    @Test("A streamed message over the limit fails the call with RESOURCE_EXHAUSTED and stops its handler")
    func streamedRequestTooLarge() async throws {
        let stopped = Event()
        let method = testMethod("Stuck", .bidirectional)
        let service = TestService().bidirectional(method) { _, _, _ in
            do { try await Event().wait() } catch { stopped.happen() }
        }
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumMessageBytes: 100_000) }
        try await withServer([service], configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let piece = [UInt8](repeating: 1, count: 60_000)
            try await peer.write(
                .request(method.id, stream: 1, flags: .noMessage),
                RawFrame(FrameHeader(.data, flags: .more, stream: 1), body: piece),
                RawFrame(FrameHeader(.data, stream: 1), body: piece))
            #expect(try await peer.nextOfCall()?.status == .resourceExhausted)
            try await withHangGuard { try await stopped.wait() }
            await peer.close()
        }
    }

    @Test("A response over the client's limit is RESOURCE_EXHAUSTED, and the connection lives")
    func responseTooLarge() async throws {
        let method = testMethod("Grow")
        let stream = testMethod("GrowStream", .serverStreaming)
        let service = TestService()
            .unary(method) { request, _ in Text(text: Self.text(Int(request.text) ?? 0)) }
            .serverStreaming(stream) { request, responses, _ in
                try await responses.write(Text(text: Self.text(Int(request.text) ?? 0)))
            }
        try await withServer([service]) { (server) async throws in
            let change = { (configuration: inout RPCClientConfiguration) in
                configuration.limits = WireLimits(maximumMessageBytes: 100_000)
            }
            try await withClient(of: [server.address], configure: change) { (client) async throws in
                for size in ["100000", "300000"] {
                    let error = await failure { _ = try await client.call(method, size) }
                    #expect(error?.code == .resourceExhausted)
                    let streamed = await failure {
                        for try await _ in try await client.stream(stream, size) {}
                    }
                    #expect(streamed?.code == .resourceExhausted)
                }
                #expect(try await client.call(method, "99996").utf8.count == 99_996)
            }
        }
    }

    @Test("The largest metadata and a whole fragment stand in one message", arguments: [65_400, 65_510, 65_524])
    func largestFrame(_ metadataBytes: Int) async throws {
        try await withServerAndClient { (_, client) async throws in
            var metadata = RPC.Metadata()
            try metadata.append("k", bytes: [UInt8](repeating: 1, count: metadataBytes))
            let text = Self.text(200_000)
            let options = CallOptions(metadata: metadata)
            #expect(try await client.call(Echoing.unary, text, options: options) == text)
        }
    }

    @Test("The largest trailing metadata and a whole fragment stand in one answer")
    func largestAnswer() async throws {
        let method = testMethod("Trail")
        let service = TestService().unary(method) { _, context in
            var metadata = RPC.Metadata()
            try metadata.append("k", bytes: [UInt8](repeating: 1, count: 65_524))
            await context.sendTrailing(metadata)
            return Text(text: Self.text(65_532))
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            #expect(try await client.call(method).utf8.count == 65_532)
        }
    }

    private static func text(_ byteCount: Int) -> String {
        String(decoding: (0..<byteCount).lazy.map { UInt8(0x61 + $0 % 26) }, as: UTF8.self)
    }
}
