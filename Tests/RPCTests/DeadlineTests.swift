import EchoMessages
import NIOCore
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Deadlines end calls on both sides and travel on", .timeLimit(.minutes(1)))
struct DeadlineTests {
    @Test("The server answers DEADLINE_EXCEEDED and cancels the handler", arguments: [false, true])
    func serverDeadline(_ isOffloaded: Bool) async throws {
        let cancelled = Event()
        let method = testMethod("Wait", form: isOffloaded ? .offloaded : .asynchronous)
        let service = TestService().unary(method) { _, _ in
            do { try await Event().wait() } catch { cancelled.happen() }
            throw CancellationError()
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1, timeout: 20_000))
            #expect(try await peer.nextOfCall()?.status == .deadlineExceeded)
            try await cancelled.wait()
            // There is one answer only.
            try await peer.write(.request(0, stream: 3))
            #expect(try await peer.nextOfCall()?.stream == 3)
            await peer.close()
        }
    }

    @Test("A streaming call's deadline ends what it waits for", arguments: [true, false])
    func streamDeadline(_ isReading: Bool) async throws {
        let ended = Watched<StatusCode?>(nil)
        let method = testMethod("Stream", .bidirectional)
        let service = TestService().bidirectional(method) { requests, responses, _ in
            do throws(RPCError) {
                if isReading {
                    for try await _ in requests {}
                } else {
                    // The client gives no credit beyond the first.
                    while true { try await responses.write(Text(text: String(repeating: "x", count: 10_000))) }
                }
            } catch {
                let code = error.code
                ended.update { $0 = code }
            }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1, flags: .noMessage, timeout: 50_000))
            #expect(try await peer.next(.response)?.status == .deadlineExceeded)
            try await ended.wait { $0 != nil }
            #expect(ended.value == .deadlineExceeded)
            await peer.close()
        }
    }

    @Test("The client gives up by its own clock, and tells the server")
    func clientDeadline() async throws {
        let method = testMethod("Wait")
        try await RawServer.with { (server) async throws in
            try await withClient(of: [server.address], onOneLoop: true) { (client) async throws in
                // The connection is made first, as that counts too.
                async let first = client.call(method)
                let peer = try await server.accept()
                let opening = try await peer.next(.request)
                try await peer.write(.response(opening?.stream ?? 1, "ready"))
                #expect(try await first == "ready")
                async let call = failure {
                    _ = try await client.call(method, options: CallOptions(timeout: .milliseconds(300)))
                }
                let request = try await peer.next(.request)
                #expect((request?.header.amount ?? 0) > 0 && (request?.header.amount ?? 0) <= 300_000)
                let cancel = try await peer.next(.cancel)
                #expect(cancel?.stream == request?.stream)
                #expect(await call?.code == .deadlineExceeded)
            }
        }
    }

    @Test("A call that has no time left is not made", arguments: [Duration.zero, .seconds(-1), .nanoseconds(1)])
    func noTime(_ timeout: Duration) async throws {
        try await withServerAndClient { (_, client) async throws in
            _ = try await client.call(Echoing.unary)
            let error = await failure {
                _ = try await client.call(Echoing.unary, options: CallOptions(timeout: timeout))
            }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test(
        "The longest time-outs are taken", arguments: [Duration.seconds(4_294), .seconds(10_000), .seconds(Int64.max)])
    func longTimeout(_ timeout: Duration) async throws {
        try await withServerAndClient { (_, client) async throws in
            #expect(try await client.call(Echoing.unary, "x", options: CallOptions(timeout: timeout)) == "x")
        }
    }

    @Test("A method's own time-out holds where the caller set none; the server's default elsewhere")
    func methodTimeout() async throws {
        let quick = testMethod("Quick", timeoutMilliseconds: 30)
        let plain = testMethod("Plain")
        let remaining = testMethod("Remaining", timeoutMilliseconds: 1_000_000)
        let service = TestService()
            .unary(quick) { _, _ in
                try await Event().wait()
                return Text()
            }
            .unary(plain) { _, _ in
                try await Event().wait()
                return Text()
            }
            .unary(remaining) { _, context in Text(text: "\((context.remaining ?? .zero) > .seconds(900))") }
        let configuration = serverConfiguration { $0.defaultTimeout = .milliseconds(30) }
        try await withServer([service], configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(
                .request(quick.id, stream: 1), .request(plain.id, stream: 3), .request(remaining.id, stream: 5))
            #expect(try await peer.nextOfCall()?.text == "true")
            for _ in 0..<2 { #expect(try await peer.nextOfCall()?.status == .deadlineExceeded) }
            await peer.close()
        }
    }

    @Test("A handler's own calls inherit the time that is left, and no more")
    func inheritedDeadline() async throws {
        let inner = testMethod("Inner")
        let outer = testMethod("Outer")
        let back = TestService().unary(inner) { _, context in
            Text(text: "\((context.remaining ?? .seconds(1_000)).components.seconds)")
        }
        try await withServerAndClient([back]) { (_, innerClient) async throws in
            let front = TestService().unary(outer) { request, _ in
                let options = CallOptions(timeout: request.text == "longer" ? .seconds(10_000) : nil)
                return Text(text: try await innerClient.call(inner, options: options))
            }
            try await withServerAndClient([front]) { (_, client) async throws in
                for text in ["", "longer"] {
                    let options = CallOptions(timeout: .seconds(300))
                    let seconds = Int(try await client.call(outer, text, options: options)) ?? 0
                    #expect((200..<300).contains(seconds))
                }
            }
        }
    }

    @Test("Work that no call began can be given a deadline for all its calls")
    func scope() async throws {
        let method = testMethod("Wait")
        let service = TestService().unary(method) { _, _ in
            try await Event().wait()
            return Text()
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let error = await CallScope.with(timeout: .milliseconds(30)) {
                await failure { _ = try await client.call(method) }
            }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test("A call that waits for a server ends at its deadline")
    func waitingForReady() async throws {
        let port = try ReservedPort()
        try await withClient(of: [port.address]) { (client) async throws in
            let options = CallOptions(timeout: .milliseconds(100), waitsForReady: true)
            let error = await failure { _ = try await client.call(Echoing.unary, options: options) }
            #expect(error?.code == .deadlineExceeded)
        }
    }
}
