import EchoMessages
import HealthAPI
import HealthMessages
import NIOCore
import ProtobufC
import RPC
import RPCServices
import RPCTestSupport
import Testing
import Wire

@Suite("A server that leaves loses no call", .timeLimit(.minutes(1)))
struct DrainTests {
    @Test("GOAWAY and PING, then PONG, a second GOAWAY, the end of what is open, and a close")
    func sequence() async throws {
        let (began, release) = (Counter(), Event())
        let method = testMethod("Wait")
        let service = TestService.echoing.unary(method) { request, _ in
            began.add()
            try await release.wait()
            return request
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1, "one"))
            try await began.wait(for: 1)
            await server.beginDrain()
            let first = try await peer.next()
            #expect(first?.type == .goAway)
            #expect(first?.stream == 0x7FFF_FFFF)
            #expect(first?.status == .ok)
            let ping = try await peer.next()
            #expect(ping?.type == .ping)
            // Still on its way when the server announced that it leaves: taken.
            try await peer.write(.request(method.id, stream: 3, "three"))
            try await began.wait(for: 2)
            try await peer.write(.bare(.pong, word: ping?.header.word ?? 0))
            let second = try await peer.next()
            #expect(second?.type == .goAway)
            #expect(second?.stream == 3)
            // Not taken any more, and the client knows.
            try await peer.write(.request(method.id, stream: 5, "five"))
            release.happen()
            let rest = try await peer.rest()
            #expect(Set(rest.map { $0.text ?? "" }) == ["one", "three"])
            #expect(rest.allSatisfy { $0.type == .response })
            try await server.ended.wait()
            #expect(began.value == 2)
            #expect(server.logs.lines().isEmpty)
        }
    }

    @Test("A server without calls leaves at once, idle connections or not")
    func idle() async throws {
        try await withServerAndClient { (server, client) async throws in
            #expect(try await client.call(Echoing.unary, "x") == "x")
            await server.beginDrain()
            try await server.ended.wait()
            await #expect(throws: (any Error).self) { _ = try await RawPeer.connect(to: server.port) }
        }
    }

    @Test(
        "A peer that never says HELLO, or answers no PING, does not keep a server from leaving",
        arguments: [false, true])
    func silentPeer(_ isGreeted: Bool) async throws {
        let configuration = serverConfiguration { $0.drainTimeout = .milliseconds(300) }
        try await withServer(configuration: configuration) { (server) async throws in
            let peer = isGreeted ? try await RawPeer.greet(server.port) : try await RawPeer.connect(to: server.port)
            if !isGreeted { _ = try await peer.next() }
            await server.beginDrain()
            try await server.ended.wait()
            _ = try await peer.rest()
        }
    }

    @Test("A handler that does not come to its end is cancelled at the time limit")
    func stubbornHandler() async throws {
        let (began, cancelled) = (Event(), Event())
        let method = testMethod("Wait")
        let service = TestService().unary(method) { request, _ in
            began.happen()
            do { try await Event().wait() } catch { cancelled.happen() }
            return request
        }
        let configuration = serverConfiguration { $0.drainTimeout = .milliseconds(100) }
        try await withServerAndClient([service], configuration: configuration) { (server, client) async throws in
            async let error = failure { _ = try await client.call(method) }
            try await began.wait()
            await server.beginDrain()
            try await cancelled.wait()
            try await server.ended.wait()
            #expect(await error?.code == .unavailable)
        }
    }

    @Test("Streams that are open are finished in both directions")
    func openStreams() async throws {
        try await withServerAndClient { (server, client) async throws in
            let call = try await client.converse(Echoing.bidirectional)
            var responses = call.responses.makeAsyncIterator()
            try await call.requests.write(Text(text: "before"))
            #expect(try await responses.next()?.text == "before")
            await server.beginDrain()
            for number in 0..<200 {
                try await call.requests.write(Text(text: "\(number)"))
                #expect(try await responses.next()?.text == "\(number)")
            }
            await call.requests.finish()
            #expect(try await responses.next() == nil)
            try await server.ended.wait()
        }
    }

    @Test("Of thousands of calls to two servers none is lost while one leaves, whether it may be repeated or not")
    func twoServers() async throws {
        let handled = Counter()
        let method = testMethod("Once")
        let service = TestService().unary(method) { request, _ in
            handled.add()
            await Task.yield()
            return request
        }
        try await withServer([service]) { (staying) async throws in
            try await withServer([service]) { (leaving) async throws in
                try await withClient(of: [staying.address, leaving.address]) { (client) async throws in
                    let (count, answered) = (6_000, Counter())
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for worker in 0..<20 {
                            group.addTask {
                                for number in 0..<(count / 20) {
                                    let text = "\(worker) \(number)"
                                    let answer = try await client.call(method, text)
                                    #expect(answer == text)
                                    answered.add()
                                }
                            }
                        }
                        group.addTask {
                            try await answered.wait(for: count / 3)
                            await leaving.beginDrain()
                        }
                        try await group.waitForAll()
                    }
                    #expect(answered.value == count)
                    // Neither lost nor made twice.
                    #expect(handled.value == count)
                    try await leaving.ended.wait()
                    #expect(leaving.logs.lines().isEmpty)
                }
            }
        }
    }

    @Test("Whoever watches the health of a server does not keep it from leaving")
    func watcher() async throws {
        let health = Health()
        let configuration = serverConfiguration { $0.drainTimeout = .seconds(15) }
        try await withServerAndClient([health], configuration: configuration) { (server, client) async throws in
            let statuses = Watched<[ServingStatus]>([])
            let watch = Task {
                for try await response in try await HealthServiceClient(client).watch(
                    CheckRequest(), options: CallOptions(timeout: .seconds(60)))
                {
                    statuses.update { $0.append(response.status) }
                }
            }
            try await statuses.wait { $0 == [.serving] }
            health.setAllNotServing()
            try await statuses.wait { $0 == [.serving, .notServing] }
            await server.beginDrain()
            try await withHangGuard(seconds: 5) { try await server.ended.wait() }
            watch.cancel()
        }
    }
}
