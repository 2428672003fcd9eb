import DrivelineTesting
import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    private static func small() -> HTTPServerLimits {
        var limits = HTTPServerLimits.quick
        limits.maximumTargetBytes = 100
        limits.maximumHeaderBytes = 1_000
        limits.maximumHeaderFields = 10
        limits.maximumBodyBytes = 1_000
        return limits
    }

    private static func status(_ request: String, _ limits: HTTPServerLimits = Self.small()) async throws -> [Int] {
        var statuses: [Int] = []
        try await withServer(limits: limits) { _, port in
            let client = try await RawClient.connect(port)
            await client.send(request)
            statuses = try await client.answers(1).map(\.status)
        }
        return statuses
    }

    @Test("A target up to the limit is taken, a longer one is refused with 414")
    func target() async throws {
        for (length, status) in [(100, 200), (101, 414), (1_500, 414), (200_000, 414)] {
            let target = "/" + String(repeating: "a", count: length - 1)
            #expect(try await Self.status("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") == [status], "\(length) bytes")
        }
    }

    @Test("Header fields up to the limit are taken, more bytes are refused with 431")
    func headerBytes() async throws {
        // Host and a, then X: 6 bytes.
        for (length, status) in [(994, 200), (995, 431), (2_000, 431), (200_000, 431)] {
            let value = String(repeating: "a", count: length)
            #expect(
                try await Self.status("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n") == [status], "\(length) bytes"
            )
        }
    }

    @Test("Header fields up to the limit are taken, more of them are refused with 431")
    func headerCount() async throws {
        for (count, status) in [(9, 200), (10, 431), (100_000, 431)] {
            let fields = String(repeating: "X: a\r\n", count: count)
            #expect(try await Self.status("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n") == [status], "\(count) fields")
        }
    }

    @Test("Spaces and empty lines, which no name or value has, count too")
    func padding() async throws {
        let spaces = String(repeating: " ", count: 100_000)
        #expect(try await Self.status("GET / HTTP/1.1\r\nHost: a\r\nX:\(spaces)a\r\n\r\n") == [431])
        let lines = String(repeating: "\r\n", count: 50_000)
        #expect(try await Self.status(lines + "GET / HTTP/1.1\r\nHost: a\r\n\r\n") == [414])
        #expect(try await Self.status("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == [200])
    }

    @Test("Trailers count as header fields")
    func trailers() async throws {
        let trailers = String(repeating: "T: u\r\n", count: 20)
        #expect(try await Self.status(MalformedRequests.head + "0\r\n\(trailers)\r\n") == [431])
    }

    @Test("A body up to the limit is taken; more is refused with 413, said before or not")
    func body() async throws {
        let whole = String(repeating: "a", count: 1_000)
        #expect(try await Self.status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n\(whole)") == [200])
        #expect(try await Self.status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n") == [413])
        #expect(try await Self.status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000000\r\n\r\n") == [413])
        #expect(try await Self.status(MalformedRequests.head + "3e8\r\n\(whole)\r\n0\r\n\r\n") == [200])
        #expect(try await Self.status(MalformedRequests.head + "3e8\r\n\(whole)\r\n1\r\na\r\n0\r\n\r\n") == [413])
    }

    @Test("A client that waits for permission to send too much never gets it")
    func expectation() async throws {
        let request = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n"
        #expect(try await Self.status(request) == [413])
    }

    @Test("A body without end is cut off at its limit, and the client can read why")
    func endlessBody() async throws {
        try await withServer(limits: Self.small()) { server, port in
            let client = try await RawClient.connect(port)
            await client.send(MalformedRequests.head)
            let chunk = "400\r\n" + String(repeating: "a", count: 1_024) + "\r\n"
            while !client.isClosed { await client.send(chunk) }
            #expect(try await client.answersUntilClose().map(\.status) == [413])
            try await until { server.connectionCount == 0 }
        }
    }

    @Test("A client that is refused while it sends is not broken off before it can read why")
    func lingering() async throws {
        try await withServer(limits: Self.small()) { _, port in
            let client = try await RawClient.connect(port)
            let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"
            await client.send(head + String(repeating: "a", count: 500_000))
            #expect(try await client.answersUntilClose().map(\.status) == [413])
            #expect(!client.wasReset)
        }
    }

    @Test("The framing of a body may not outweigh it without end")
    func framing() async throws {
        var limits = Self.small()
        limits.maximumBodyBytes = 1_000_000
        let extensions = "1;" + String(repeating: "x", count: 100_000) + "\r\na\r\n"
        #expect(try await Self.status(MalformedRequests.head + extensions, limits) == [400])
        #expect(
            try await Self.status(
                MalformedRequests.head + String(repeating: "1\r\na\r\n", count: 10_000) + "0\r\n\r\n", limits) == [200])
    }

    @Test("One request more than the limit is answered with 503, and its connection kept")
    func concurrency() async throws {
        var limits = HTTPServerLimits.quick
        limits.maximumConcurrentRequests = 1
        let keeper = ExchangeKeeper()
        try await withServer(keeper, limits: limits) { server, port in
            let first = try await RawClient.connect(port)
            await first.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { keeper.exchanges.count == 1 }
            let second = try await RawClient.connect(port)
            await second.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            let shed = try #require(try await second.answers(1).first)
            #expect(shed.status == 503)
            #expect(shed.header("retry-after") == "1")
            #expect(shed.header("connection") == nil)
            keeper.exchanges[0].respond(.ok)
            #expect(try await first.answers(1).map(\.status) == [200])
            await second.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { keeper.exchanges.count == 2 }
            keeper.exchanges[1].respond(.ok)
            #expect(try await second.answers(2).map(\.status) == [503, 200])
            #expect(server.requestCount == 0)
        }
    }

    @Test("Requests whose bodies are still to come take no room; there must be some when they have come")
    func concurrencyOfBodies() async throws {
        var limits = HTTPServerLimits.quick
        limits.maximumConcurrentRequests = 1
        let exchanges = Mutex<[HTTPExchange]>([])
        let handler = ClosureHandler { _, exchange in
            exchange.collectBody { _ in exchanges.withLock { $0.append(exchange) } }
        }
        try await withServer(handler, limits: limits) { server, port in
            let post = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na"
            let clients = [try await RawClient.connect(port), try await RawClient.connect(port)]
            for client in clients { await client.send(post) }
            try await until { server.heldBodyBytes == 2 }
            #expect(server.requestCount == 0)
            await clients[0].send("bc")
            try await until { exchanges.withLock { $0.count } == 1 }
            await clients[1].send("bcGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await clients[1].answers(2).map(\.status) == [503, 503])
            exchanges.withLock { $0[0] }.respond(.ok)
            #expect(try await clients[0].answers(1).map(\.status) == [200])
            #expect(server.requestCount == 0)
        }
    }

    @Test("What the admission refuses never reaches the handler")
    func admission() async throws {
        let observer = EventRecorder()
        try await withServer(
            observer: observer,
            configuration: .quick { configuration in
                configuration.admission = { request, underWay in
                    underWay == 0 && request.target == "/busy"
                        ? HTTPRefusal(.overloaded, .serviceUnavailable, "busy", retryAfterSeconds: 7) : nil
                }
            }
        ) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.answers(2)
            #expect(answers.map(\.status) == [503, 200])
            #expect(answers[0].header("retry-after") == "7")
        }
        #expect(observer.refusals == [.overloaded])
    }

    @Test("All bodies together are held up to a limit, and let go of")
    func heldBodies() async throws {
        var limits = HTTPServerLimits.quick
        limits.maximumHeldBodyBytes = 1_500
        try await withServer(limits: limits) { server, port in
            let half = String(repeating: "a", count: 500)
            let first = try await RawClient.connect(port)
            await first.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n\(half)")
            try await until { server.heldBodyBytes == 500 }
            let second = try await RawClient.connect(port)
            await second.send("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1500\r\n\r\n\(half)\(half)\(half)")
            #expect(try await second.answersUntilClose().map(\.status) == [503])
            await first.send(half)
            #expect(try await first.answers(1).map(\.text) == ["POST /1 1000"])
            await first.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n\(half)")
            try await until { server.heldBodyBytes == 500 }
            await first.close()
            try await until { server.heldBodyBytes == 0 }
        }
    }
}
