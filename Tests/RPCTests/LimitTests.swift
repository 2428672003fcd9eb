import EchoMessages
import NIOCore
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Every limit holds, and what exceeds it harms nobody else", .timeLimit(.minutes(1)))
struct LimitTests {
    /// A service with a method that waits for `release`.
    private static func waiting(_ method: MethodDescriptor, _ began: Counter, _ release: Event) -> TestService {
        TestService.echoing.unary(method) { request, _ in
            began.add()
            try await release.wait()
            return request
        }
    }

    @Test("One stream more than the limit is RESOURCE_EXHAUSTED; when one ends, there is room again")
    func openStreams() async throws {
        let (began, release) = (Counter(), Event())
        let method = testMethod("Wait")
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumStreams: 4) }
        try await withServer([Self.waiting(method, began, release)], configuration: configuration) {
            (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            for number in 0..<4 { try await peer.write(.request(method.id, stream: UInt32(2 * number + 1))) }
            try await began.wait(for: 4)
            try await peer.write(.request(method.id, stream: 9))
            let refused = try await peer.nextOfCall()
            #expect(refused?.stream == 9)
            #expect(refused?.status == .resourceExhausted)
            #expect(refused?.failure?.problem?.reason == .overloaded)
            release.happen()
            for _ in 0..<4 { #expect(try await peer.nextOfCall()?.status == .ok) }
            try await peer.write(.request(Echoing.unary.id, stream: 11, "room"))
            #expect(try await peer.nextOfCall()?.text == "room")
            await peer.close()
        }
    }

    @Test("The limit on streams holds for requests of one read too")
    func openStreamsOfOneRead() async throws {
        let (began, release) = (Counter(), Event())
        let method = testMethod("Wait")
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumStreams: 4) }
        try await withServer([Self.waiting(method, began, release)], configuration: configuration) {
            (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let frames = try (0..<10).map { try RawFrame.request(method.id, stream: UInt32(2 * $0 + 1)) }
            await peer.write(frames.flatMap(\.bytes))
            try await peer.write(.request(0, stream: 101))
            var refused = 0
            while let frame = try await peer.nextOfCall(), frame.stream != 101 {
                if frame.status == .resourceExhausted { refused += 1 }
            }
            #expect(began.value == 4)
            #expect(refused == 6)
            release.happen()
            await peer.close()
        }
    }

    @Test("A client with more calls than streams lets the rest wait, and all are made")
    func clientBeyondStreams() async throws {
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumStreams: 2) }
        try await withServerAndClient(configuration: configuration) { (_, client) async throws in
            _ = try await client.call(Echoing.unary)
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await client.call(
                            Echoing.suspending, "\(number)", options: CallOptions(timeout: .seconds(10)))
                    }
                }
                var answers: Set<String> = []
                for try await answer in group { answers.insert(answer) }
                #expect(answers.count == 200)
            }
        }
    }

    @Test("A method's own limit refuses at once, and counts calls that failed as over", arguments: [false, true])
    func concurrencyLimit(_ isBatch: Bool) async throws {
        let (began, release) = (Counter(), Event())
        let method = testMethod("Limited", form: isBatch ? .batch : .asynchronous, concurrencyLimit: 2)
        var service = TestService.echoing
        if isBatch {
            service = service.batch(method) { batch in
                for index in 0..<batch.count {
                    let reply = batch.defer(index)
                    began.add()
                    Task {
                        try? await release.wait()
                        reply.respond(Text(text: "done"))
                    }
                }
            }
        } else {
            service = service.unary(method) { _, _ in
                began.add()
                try await release.wait()
                return Text(text: "done")
            }
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            async let first = client.call(method)
            async let second = client.call(method)
            try await began.wait(for: 2)
            let error = await failure { _ = try await client.call(method) }
            #expect(error?.code == .resourceExhausted)
            #expect(error?.problem?.reason == .overloaded)
            #expect(try await client.call(Echoing.unary, "other") == "other")
            release.happen()
            #expect(try await [first, second] == ["done", "done"])
            for _ in 0..<10 { #expect(try await client.call(method) == "done") }
        }
    }

    @Test(
        "Malformed calls do not use up a method's limit",
        arguments: [MethodDescriptor.Form.asynchronous, .inline, .batch])
    func malformedCalls(_ form: MethodDescriptor.Form) async throws {
        let method = testMethod("Limited", form: form, concurrencyLimit: 1)
        var service = TestService()
        switch form {
        case .inline: service = service.inline(method) { request, response, _ in response.setText(request.text) }
        case .batch:
            service = service.batch(method) { batch in
                for index in 0..<batch.count { batch.respond(to: index) { $0.setText(batch[index].text) } }
            }
        default: service = service.unary(method) { request, _ in request }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            for number in 0..<5 {
                let stream = UInt32(4 * number + 1)
                try await peer.write(
                    RawFrame(FrameHeader(.request, flags: .endStream, stream: stream, word: method.id), body: [0xFF]))
                #expect(try await peer.nextOfCall()?.status == .invalidArgument)
                try await peer.write(.request(method.id, stream: stream + 2, "good"))
                #expect(try await peer.nextOfCall()?.text == "good")
            }
            await peer.close()
        }
    }

    @Test("Requests that are held together beyond the limit are RESOURCE_EXHAUSTED")
    func heldBytes() async throws {
        let (began, release) = (Counter(), Event())
        let method = testMethod("Wait")
        let configuration = serverConfiguration { $0.maximumHeldBytes = 200_000 }
        try await withServer([Self.waiting(method, began, release)], configuration: configuration) {
            (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let text = String(repeating: "x", count: 60_000)
            for number in 0..<3 { try await peer.write(.request(method.id, stream: UInt32(2 * number + 1), text)) }
            try await began.wait(for: 3)
            try await peer.write(.request(method.id, stream: 7, text))
            let refused = try await peer.nextOfCall()
            #expect(refused?.stream == 7)
            #expect(refused?.status == .resourceExhausted)
            release.happen()
            for _ in 0..<3 { #expect(try await peer.nextOfCall()?.status == .ok) }
            try await peer.write(.request(Echoing.unary.id, stream: 9, text))
            #expect(try await peer.nextOfCall()?.status == .ok)
            await peer.close()
        }
    }

    @Test("65 pairs of metadata are INVALID_ARGUMENT, as are keys outside the alphabet, and meta that is not a message")
    func metadata() async throws {
        try await withServer { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let many = (0..<65).map { RPCMessages.Metadata(key: "key-\($0)", value: []) }
            let metas = [
                try Meta(metadata: many).encodedBytes(),
                try Meta(metadata: [RPCMessages.Metadata(key: "Key", value: [])]).encodedBytes(),
                try Meta(metadata: [RPCMessages.Metadata(key: "", value: [])]).encodedBytes(),
                [0xFF, 0xFF, 0xFF],
            ]
            for (index, meta) in metas.enumerated() {
                try await peer.write(.request(Echoing.unary.id, stream: UInt32(2 * index + 1), meta: meta))
                #expect(try await peer.nextOfCall()?.status == .invalidArgument)
            }
            try await peer.write(.request(Echoing.unary.id, stream: 99, "alive"))
            #expect(try await peer.nextOfCall()?.text == "alive")
            await peer.close()
        }
    }

    @Test("One connection more than the limit is closed; when one goes, there is room again")
    func connections() async throws {
        let configuration = serverConfiguration { $0.maximumConnections = 2 }
        try await withServer(configuration: configuration) { (server) async throws in
            let first = try await RawPeer.greet(server.port)
            let second = try await RawPeer.greet(server.port)
            let third = try await RawPeer.connect(to: server.port)
            #expect(try await third.rest().isEmpty)
            try await second.write(.request(Echoing.unary.id, stream: 1, "alive"))
            #expect(try await second.nextOfCall()?.text == "alive")
            await first.close()
            try await withHangGuard {
                while true {
                    let next = try await RawPeer.connect(to: server.port)
                    try await next.write(.hello())
                    let isTaken = try await next.next() != nil
                    await next.close()
                    if isTaken { return }
                }
            }
            await second.close()
        }
    }

    @Test("A peer that does not say HELLO in time is closed, with one log line", arguments: [0, 1, 23])
    func helloTimeout(_ byteCount: Int) async throws {
        let configuration = serverConfiguration { $0.helloTimeout = .milliseconds(50) }
        try await withServer(configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.connect(to: server.port)
            await peer.write(Array(try RawFrame.hello().bytes.prefix(byteCount)))
            #expect(try await peer.rest().map(\.type) == [.hello])
            try await server.logs.wait(forLines: 1)
            #expect(server.logs.lines().count == 1)
        }
    }

    @Test("A peer that has said HELLO may be silent for longer than HELLO may take")
    func silence() async throws {
        let configuration = serverConfiguration { $0.helloTimeout = .milliseconds(300) }
        try await withServer(configuration: configuration) { (server) async throws in
            // Where the processor is busy, even a peer that says HELLO at once may be late.
            let peer = try await withHangGuard { try await Self.greetInTime(server) }
            let late = try await RawPeer.connect(to: server.port)
            _ = try await late.rest()
            try await peer.write(.request(Echoing.unary.id, stream: 3, "here"))
            #expect(try await peer.nextOfCall()?.text == "here")
            await peer.close()
        }
    }

    private static func greetInTime(_ server: TestServer) async throws -> RawPeer {
        while !Task.isCancelled {
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.write(.hello(), .request(Echoing.unary.id, stream: 1))
            if try await peer.next()?.type == .hello, try await peer.nextOfCall()?.type == .response { return peer }
        }
        throw CancellationError()
    }
}
