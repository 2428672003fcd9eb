import EchoMessages
import NIOCore
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("A client finds its servers, spreads its calls, and repeats what it may", .timeLimit(.minutes(1)))
struct ClientTests {
    static let who = testMethod("Who", idempotency: .natural)
    static let once = testMethod("Once")
    static let keyed = testMethod("Keyed", idempotency: .keyRequired)

    private static func named(_ name: String, _ count: Counter = Counter()) -> TestService {
        TestService().unary(who) { _, _ in
            count.add()
            return Text(text: name)
        }
    }

    @Test("Calls are spread over two servers")
    func spread() async throws {
        let (left, right) = (Counter(), Counter())
        try await withServer([Self.named("left", left)]) { (first) async throws in
            try await withServer([Self.named("right", right)]) { (second) async throws in
                try await withClient(of: [first.address, second.address]) { (client) async throws in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<20 {
                            group.addTask { for _ in 0..<50 { _ = try await client.call(Self.who) } }
                        }
                        try await group.waitForAll()
                    }
                    #expect(left.value + right.value == 1_000)
                    #expect(left.value > 200)
                    #expect(right.value > 200)
                }
            }
        }
    }

    @Test("A server that is slow gets fewer calls than one that is not")
    func lessLoaded() async throws {
        let (busy, free, release) = (Counter(), Counter(), Event())
        let slow = TestService().unary(Self.who) { request, _ in
            busy.add()
            guard request.text != "first" else { return request }
            try await release.wait()
            return request
        }
        try await withServer([slow]) { (first) async throws in
            try await withServer([Self.named("free", free)]) { (second) async throws in
                try await withClient(of: [first.address, second.address], onOneLoop: true) { (client) async throws in
                    // Until there is a connection to each.
                    while free.value == 0 || busy.value == 0 { _ = try await client.call(Self.who, "first") }
                    let (freeBefore, busyBefore) = (free.value, busy.value)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<20 {
                            group.addTask { for _ in 0..<20 { _ = try await client.call(Self.who) } }
                        }
                        group.addTask {
                            try await free.wait(for: freeBefore + 100)
                            #expect(busy.value - busyBefore <= 20)
                            release.happen()
                        }
                        try await group.waitForAll()
                    }
                }
            }
        }
    }

    @Test("The name localhost is looked up", arguments: [false, true])
    func localhost(_ isDNS: Bool) async throws {
        try await withServer { (server) async throws in
            let address = RPCTarget.Address(host: "localhost", port: server.port)
            let target = { (configuration: inout RPCClientConfiguration) in
                configuration.target = isDNS ? .dns(address) : .list([address])
            }
            try await withClient(of: [], configure: target) { (client) async throws in
                let options = CallOptions(waitsForReady: true)
                #expect(try await client.call(Echoing.unary, "x", options: options) == "x")
            }
        }
    }

    @Test("An address whose name is unknown does not keep the client from the others")
    func unknownName() async throws {
        try await withServer { (server) async throws in
            let unknown = RPCTarget.Address(host: "nothing.invalid", port: 1)
            try await withClient(of: [unknown, server.address]) { (client) async throws in
                #expect(try await client.call(Echoing.unary, "x") == "x")
            }
        }
    }

    @Test("Without a server a call is UNAVAILABLE at once, not at its deadline")
    func noServer() async throws {
        let port = try ReservedPort()
        try await withClient(of: [port.address]) { (client) async throws in
            let options = CallOptions(timeout: .seconds(50))
            let error = try await withHangGuard {
                await failure { _ = try await client.call(Self.who, options: options) }
            }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("A call that waits for ready is made when a server comes")
    func waitsForReady() async throws {
        let port = try ReservedPort()
        try await withClient(of: [port.address]) { (client) async throws in
            let call = Task { try await client.call(Echoing.unary, "late", options: CallOptions(waitsForReady: true)) }
            let error = await failure { _ = try await client.call(Self.once) }
            #expect(error?.code == .unavailable)
            let configuration = serverConfiguration { $0.port = port.number }
            try await withServer(configuration: configuration) { (_) async throws in
                #expect(try await call.value == "late")
            }
        }
    }

    @Test("More calls than may wait for a connection are RESOURCE_EXHAUSTED at once")
    func maximumWaitingCalls() async throws {
        try await RawServer.with { (server) async throws in
            let configure = { (configuration: inout RPCClientConfiguration) in configuration.maximumWaitingCalls = 3 }
            try await withClient(of: [server.address], onOneLoop: true, configure: configure) { (client) async throws in
                // Nobody answers HELLO.
                let calls = (0..<4).map { _ in
                    Task {
                        await failure {
                            _ = try await client.call(Self.once, options: CallOptions(timeout: .seconds(2)))
                        }
                    }
                }
                var codes: [StatusCode] = []
                for call in calls { codes.append(await call.value?.code ?? .ok) }
                #expect(codes.filter { $0 == .resourceExhausted }.count == 1)
                #expect(codes.filter { $0 == .deadlineExceeded }.count == 3)
            }
        }
    }

    @Test("Calls that were cancelled while they waited leave their places to others")
    func cancelledWaiting() async throws {
        try await RawServer.with { (server) async throws in
            let configure = { (configuration: inout RPCClientConfiguration) in configuration.maximumWaitingCalls = 3 }
            try await withClient(of: [server.address], onOneLoop: true, configure: configure) { (client) async throws in
                for _ in 0..<6 {
                    let call = Task { await failure { _ = try await client.call(Self.once) } }
                    // Whether it waits already does not matter: it ends, and its place must be free.
                    await Task.yield()
                    call.cancel()
                    #expect(await call.value?.code == .cancelled)
                }
            }
        }
    }

    @Test("When a connection is lost, only calls that may be repeated are", arguments: [who, once, keyed])
    func lostConnection(_ method: MethodDescriptor) async throws {
        try await RawServer.with { (server) async throws in
            try await withClient(of: [server.address], onOneLoop: true) { (client) async throws in
                let call = Task { try await client.call(method, "text") }
                let first = try await server.accept()
                #expect(try await first.next(.request) != nil)
                await first.close()
                if method.idempotency == .none {
                    await #expect(throws: RPCError.self) { try await call.value }
                } else {
                    let second = try await server.accept()
                    let request = try await second.next(.request)
                    try await second.write(.response(request?.stream ?? 1, "repeated"))
                    #expect(try await call.value == "repeated")
                }
            }
        }
    }

    @Test("Streams that GOAWAY says were not handled are made again, whatever they do; the others are not")
    func unhandledStreams() async throws {
        try await RawServer.with { (server) async throws in
            try await withClient(of: [server.address], onOneLoop: true) { (client) async throws in
                let handled = Task { try await client.call(Self.once, "handled") }
                let first = try await server.accept()
                let low = try await first.next(.request)
                let unhandled = Task { try await client.call(Self.once, "unhandled") }
                #expect(try await first.next(.request) != nil)
                try await first.write(.goAway(low?.stream ?? 1))
                let second = try await server.accept()
                let request = try await second.next(.request)
                #expect(request?.text == "unhandled")
                try await second.write(.response(request?.stream ?? 1, "again"))
                #expect(try await unhandled.value == "again")
                try await first.write(.response(low?.stream ?? 1, "finished"))
                #expect(try await handled.value == "finished")
            }
        }
    }

    @Test(
        "A failure that invites a repeat is repeated at most twice, and only where the method may be",
        arguments: [who, once])
    func invitedRetry(_ method: MethodDescriptor) async throws {
        let tries = Counter()
        let service = TestService().unary(method) { _, _ in
            tries.add()
            throw RPCError(.unavailable, "not now", type: "overloaded", reason: .overloaded)
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let error = await failure { _ = try await client.call(method) }
            #expect(error?.code == .unavailable)
            #expect(tries.value == (method.idempotency == .none ? 1 : 3))
        }
    }

    @Test("Other failures are not repeated", arguments: [StatusCode.internal, .aborted, .notFound, .deadlineExceeded])
    func otherFailures(_ code: StatusCode) async throws {
        let tries = Counter()
        let service = TestService().unary(Self.who) { _, _ in
            tries.add()
            throw RPCError(code, "no")
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let error = await failure { _ = try await client.call(Self.who) }
            #expect(error?.code == code)
            #expect(tries.value == 1)
        }
    }

    @Test("Retries end with the budget: failing calls are hardly more than made")
    func retryBudget() async throws {
        let tries = Counter()
        let service = TestService().unary(Self.who) { _, _ in
            tries.add()
            throw RPCError(.unavailable, "not now", type: "overloaded", reason: .overloaded)
        }
        try await withServer([service]) { (server) async throws in
            let configure = { (configuration: inout RPCClientConfiguration) in
                configuration.circuitBreaker.consecutiveFailures = .max
                configuration.circuitBreaker.minimumCalls = .max
            }
            try await withClient(of: [server.address], configure: configure) { (client) async throws in
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<500 { group.addTask { _ = await failure { _ = try await client.call(Self.who) } } }
                }
                // 3 to begin with, a tenth of 500, and 3 for each second that it takes.
                #expect(tries.value < 650)
            }
        }
    }

    @Test("A server that is killed and comes back on its port is used again")
    func restart() async throws {
        let port = try ReservedPort()
        let configuration = serverConfiguration { $0.port = port.number }
        try await withClient(of: [port.address]) { (client) async throws in
            for name in ["first", "second", "third"] {
                try await withServer([Self.named(name)], configuration: configuration) { (_) async throws in
                    let options = CallOptions(waitsForReady: true)
                    // A connection that is just being lost may still take a call; that one may be repeated.
                    #expect(try await client.call(Self.who, options: options) == name)
                }
            }
        }
    }

    @Test("A connection that is silent while calls are open is asked for signs of life, and kept while it gives them")
    func keepalive() async throws {
        try await RawServer.with { (server) async throws in
            let configure = { (configuration: inout RPCClientConfiguration) in
                configuration.keepaliveInterval = .milliseconds(20)
                configuration.keepaliveTimeout = .seconds(40)
            }
            try await withClient(of: [server.address], onOneLoop: true, configure: configure) { (client) async throws in
                let call = Task { try await client.call(Self.once) }
                let peer = try await server.accept()
                let stream = try await peer.next(.request)?.stream ?? 1
                for _ in 0..<3 {
                    #expect(try await peer.next(.ping) != nil)
                    try await peer.write(.bare(.pong))
                }
                try await peer.write(.response(stream, "alive"))
                #expect(try await call.value == "alive")
            }
        }
    }

    @Test("A connection that gives no sign of life is given up")
    func silentConnection() async throws {
        try await RawServer.with { (server) async throws in
            let configure = { (configuration: inout RPCClientConfiguration) in
                configuration.keepaliveInterval = .milliseconds(20)
                configuration.keepaliveTimeout = .milliseconds(50)
            }
            try await withClient(of: [server.address], onOneLoop: true, configure: configure) { (client) async throws in
                let call = Task { await failure { _ = try await client.call(Self.once) } }
                let peer = try await server.accept()
                #expect(try await peer.next(.ping) != nil)
                #expect(try await peer.next() == nil)
                #expect(await call.value?.code == .unavailable)
            }
        }
    }

    @Test("The trace of a call that is handled travels on with the handler's own calls")
    func trace() async throws {
        let inner = TestService().unary(testMethod("Inner")) { _, context in
            Text(text: "\(context.trace?.traceparent ?? "none") \(context.trace?.tracestate ?? "none")")
        }
        try await withServerAndClient([inner]) { (_, innerClient) async throws in
            let outer = TestService().unary(testMethod("Outer")) { _, _ in
                Text(text: try await innerClient.call(testMethod("Inner")))
            }
            try await withServerAndClient([outer]) { (_, client) async throws in
                let trace = TraceContext(
                    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=b")
                let answer = try await client.call(testMethod("Outer"), options: CallOptions(trace: trace))
                #expect(answer == "\(trace.traceparent) a=b")
                #expect(try await client.call(testMethod("Outer")) == "none none")
            }
        }
    }

    @Test("A client may be dropped without being shut down, while its calls are under way")
    func droppedClient() async throws {
        await #expect(processExitsWith: .success) {
            try await withServer { (server) async throws in
                for _ in 0..<20 {
                    do {
                        let target = RPCTarget.list([server.address, .init(host: "127.0.0.1", port: 1)])
                        let client = try RPCClient(RPCClientConfiguration(target: target, credential: "tester"))
                        _ = try await client.call(Echoing.unary)
                        Task { try? await client.call(Echoing.suspending) }
                    }
                    let peer = try await RawPeer.greet(server.port)
                    try await peer.write(.request(Echoing.unary.id, stream: 1))
                    _ = try await peer.next()
                    await peer.close()
                }
            }
        }
    }

    @Test("A client that was shut down makes no calls")
    func shutDown() async throws {
        try await withServerAndClient { (_, client) async throws in
            _ = try await client.call(Echoing.unary)
            client.shutDown()
            let error = await failure { _ = try await client.call(Self.once) }
            #expect(error?.code == .unavailable)
        }
    }
}
