import EchoMessages
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Cancellation reaches the handler, from wherever it comes", .timeLimit(.minutes(1)))
struct CancellationTests {
    /// Waits for its cancellation, whatever the kind of call.
    private struct Waiting {
        let began = Counter()
        let cancelled = Counter()
        let unary = testMethod("Unary")
        let offloaded = testMethod("Offloaded", form: .offloaded)
        let server = testMethod("Server", .serverStreaming)
        let client = testMethod("Client", .clientStreaming)
        let both = testMethod("Both", .bidirectional)

        var service: TestService {
            TestService()
                .unary(self.unary) { _, _ in try await self.wait() }
                .unary(self.offloaded) { _, _ in try await self.wait() }
                .serverStreaming(self.server) { _, responses, _ in
                    try await responses.write(Text(text: "first"))
                    _ = try await self.wait()
                }
                .clientStreaming(self.client) { _, _ in try await self.wait() }
                .bidirectional(self.both) { _, _, _ in _ = try await self.wait() }
        }

        private func wait() async throws -> Text {
            self.began.add()
            do {
                try await Event().wait()
            } catch {
                self.cancelled.add()
                throw error
            }
            return Text()
        }
    }

    @Test("Cancelling the task of a unary call", arguments: [false, true])
    func unaryTask(_ isOffloaded: Bool) async throws {
        let waiting = Waiting()
        try await withServerAndClient([waiting.service]) { (_, client) async throws in
            let method = isOffloaded ? waiting.offloaded : waiting.unary
            let task = Task { await failure { _ = try await client.call(method) } }
            try await waiting.began.wait(for: 1)
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            try await waiting.cancelled.wait(for: 1)
        }
    }

    @Test("Cancelling the task of a streaming call, whatever it waits for")
    func streamTask() async throws {
        let waiting = Waiting()
        try await withServerAndClient([waiting.service]) { (_, client) async throws in
            let tasks = [
                Task { await failure { for try await _ in try await client.stream(waiting.server) {} } },
                Task { await failure { _ = try await client.collect(waiting.client, ["one"]) } },
                Task {
                    await failure {
                        let call = try await client.converse(waiting.both)
                        while true { try await call.requests.write(Text(text: String(repeating: "x", count: 10_000))) }
                    }
                },
            ]
            try await waiting.began.wait(for: 3)
            for task in tasks { task.cancel() }
            for task in tasks { #expect(await task.value?.code == .cancelled) }
            try await waiting.cancelled.wait(for: 3)
        }
    }

    @Test("A call made by a task that is cancelled already fails at once and does not hang")
    func cancelledBefore() async throws {
        try await withServerAndClient { (_, client) async throws in
            _ = try await client.call(Echoing.unary)
            for _ in 0..<50 {
                let error = try await withHangGuard {
                    let mayCall = Event()
                    let task = Task {
                        try? await mayCall.wait()
                        return await failure { _ = try await client.call(Echoing.unary) }
                    }
                    task.cancel()
                    return await task.value
                }
                #expect(error == nil || error?.code == .cancelled)
            }
        }
    }

    @Test("Dropping a response stream before its end")
    func droppedStream() async throws {
        let waiting = Waiting()
        try await withServerAndClient([waiting.service]) { (_, client) async throws in
            do {
                var responses = try await client.stream(waiting.server).makeAsyncIterator()
                #expect(try await responses.next()?.text == "first")
            }
            try await waiting.cancelled.wait(for: 1)
        }
    }

    @Test("A connection that is lost")
    func lostConnection() async throws {
        let waiting = Waiting()
        try await withServer([waiting.service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(
                .request(waiting.unary.id, stream: 1), .request(waiting.server.id, stream: 3),
                .request(waiting.client.id, stream: 5, flags: .noMessage),
                .request(waiting.both.id, stream: 7, flags: .noMessage), .request(waiting.offloaded.id, stream: 9))
            try await waiting.began.wait(for: 5)
            await peer.reset()
            try await waiting.cancelled.wait(for: 5)
        }
    }

    @Test("CANCEL that comes together with its REQUEST still stops the handler")
    func cancelInTheSameRead() async throws {
        let waiting = Waiting()
        try await withServer([waiting.service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(waiting.unary.id, stream: 1), .bare(.cancel, stream: 1))
            // A handler that never began is as good as one that was cancelled.
            try await peer.write(.request(0, stream: 3))
            let frames = try await peer.nextOfCall()
            #expect(frames?.stream == 3)
            try await withHangGuard(seconds: 5) { try await waiting.cancelled.wait { $0 >= waiting.began.value } }
            await peer.close()
        }
    }

    @Test("After CANCEL there is no RESPONSE, and what comes for the stream is ignored")
    func noAnswerAfterCancel() async throws {
        let release = Event()
        let began = Event()
        let method = testMethod("Stubborn")
        let service = TestService().unary(method) { request, _ in
            began.happen()
            // Does not care for cancellation.
            await Task { try? await release.wait() }.value
            return request
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1, "never"))
            try await began.wait()
            try await peer.write(
                .bare(.cancel, stream: 1), .bare(.credit, stream: 1, amount: 5), .bare(.cancel, stream: 1),
                .bare(.ping))
            #expect(try await peer.next()?.type == .pong)
            release.happen()
            try await peer.write(.request(0, stream: 3))
            #expect(try await peer.nextOfCall()?.stream == 3)
            await peer.close()
        }
    }

    @Test("A cancelled stream counts until its handler has returned")
    func countsUntilReturned() async throws {
        let release = Event()
        let began = Counter()
        let returned = Counter()
        let method = testMethod("Stubborn")
        let service = TestService.echoing.unary(method) { request, _ in
            began.add()
            await Task { try? await release.wait() }.value
            returned.add()
            return request
        }
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumStreams: 2) }
        try await withServer([service], configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1))
            try await peer.write(.request(method.id, stream: 3))
            try await began.wait(for: 2)
            try await peer.write(.bare(.cancel, stream: 1), .bare(.cancel, stream: 3))
            try await peer.write(.request(Echoing.unary.id, stream: 5))
            #expect(try await peer.nextOfCall()?.status == .resourceExhausted)
            release.happen()
            try await returned.wait(for: 2)
            // The handlers return on the event loop, a moment after they said so.
            var stream: UInt32 = 7
            while true {
                try await peer.write(.request(Echoing.unary.id, stream: stream, "again"))
                let frame = try await peer.nextOfCall()
                if frame?.status == .ok { break }
                guard frame?.status == .resourceExhausted, stream < 10_000 else {
                    Issue.record("the streams still count after their handlers have returned")
                    break
                }
                stream += 2
            }
            await peer.close()
        }
    }

    @Test("Cancelling a child task that reads requests lets the handler go on")
    func cancelledReader() async throws {
        let method = testMethod("Reader", .clientStreaming)
        let service = TestService().clientStreaming(method) { requests, _ in
            let reader = Task {
                var requests = requests.makeAsyncIterator()
                _ = try? await requests.next()
            }
            reader.cancel()
            await reader.value
            return Text(text: "went on")
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1, flags: .noMessage, timeout: 50_000_000))
            #expect(try await peer.nextOfCall()?.text == "went on")
            await peer.close()
        }
    }
}
