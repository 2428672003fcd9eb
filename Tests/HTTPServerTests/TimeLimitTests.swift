import DrivelineTesting
import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import Testing

/// Each with one short time, and all others long.
@Suite(.timeLimit(.minutes(2))) struct TimeLimitTests {
    private static func limits(_ change: (inout HTTPServerLimits) -> Void) -> HTTPServerLimits {
        var limits = HTTPServerLimits.quick
        change(&limits)
        return limits
    }

    @Test("A connection that asks for nothing is closed without a word")
    func silence() async throws {
        try await withServer(limits: Self.limits { $0.headTime = .milliseconds(50) }) { _, port in
            let client = try await RawClient.connect(port)
            #expect(try await client.bytesUntilClose() == [])
        }
    }

    @Test("A head that comes too slowly is answered with 408")
    func slowHead() async throws {
        try await withServer(limits: Self.limits { $0.headTime = .milliseconds(100) }) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n")
            while !client.isClosed { await client.send("X: a\r\n") }
            let answers = try await client.answersUntilClose()
            #expect([[408], [431], []].contains(answers.map(\.status)))
            // A machine that is busy may take longer than that time to send anything at all.
            try await until {
                let quiet = try await RawClient.connect(port)
                await quiet.send("GET /a HTTP/1.1\r\nHost: a\r\n")
                return try await quiet.answersUntilClose().map(\.status) == [408]
            }
        }
    }

    @Test("A body that stands still is answered with 408", arguments: ["", "a"])
    func slowBody(_ start: String) async throws {
        try await withServer(limits: Self.limits { $0.bodyWindowTime = .milliseconds(50) }) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\(start)")
            #expect(try await client.answersUntilClose().map(\.status) == [408])
        }
    }

    @Test("A body that comes byte by byte is answered with 408")
    func tricklingBody() async throws {
        let limits = Self.limits { limits in
            limits.bodyWindowTime = .milliseconds(200)
            limits.minimumBodyWindowBytes = 1_000_000
        }
        try await withServer(limits: limits) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            while !client.isClosed {
                await client.send("a")
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await client.answersUntilClose().map(\.status) == [408])
        }
    }

    @Test("A request whose body is not whole by its deadline is answered with 408")
    func lateBody() async throws {
        try await withServer(limits: Self.limits { $0.requestTime = .milliseconds(100) }) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab")
            #expect(try await client.answersUntilClose().map(\.status) == [408])
        }
    }

    @Test("A handler that does not answer is answered for, and told")
    func noAnswer() async throws {
        let keeper = ExchangeKeeper()
        let limits = Self.limits { limits in
            limits.requestTime = .milliseconds(50)
            limits.answerGraceTime = .milliseconds(50)
        }
        try await withServer(keeper, limits: limits) { server, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answersUntilClose().map(\.status) == [504])
            let isTold = Flag()
            keeper.exchanges[0].onDisconnect { isTold.raise() }
            try await until { isTold.isRaised }
            #expect(server.requestCount == 0)
        }
    }

    @Test("A connection between two requests is closed after its time")
    func idle() async throws {
        try await withServer(limits: Self.limits { $0.idleTime = .milliseconds(50) }) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answersUntilClose().map(\.status) == [200])
        }
    }

    @Test("A client that reads nothing of an answer is cut off")
    func stalledReader() async throws {
        let handler = ClosureHandler { _, exchange in
            exchange.respond(.ok, body: ByteBuffer(repeating: 0x61, count: 50_000_000))
        }
        let observer = EventRecorder()
        try await withServer(
            handler, limits: Self.limits { $0.stallTime = .milliseconds(200) }, observer: observer
        ) { server, port in
            let client = try await RawClient.connect(port, reads: false)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { observer.cuts == [.stalled] }
            try await until { server.connectionCount == 0 }
            await client.close()
        }
    }

    @Test("A client that reads an answer too slowly for its deadline is cut off")
    func lateReader() async throws {
        let handler = ClosureHandler { _, exchange in
            exchange.respond(.ok, body: ByteBuffer(repeating: 0x61, count: 50_000_000))
        }
        let observer = EventRecorder()
        let limits = Self.limits { limits in
            limits.requestTime = .milliseconds(100)
            limits.answerGraceTime = .milliseconds(100)
        }
        try await withServer(handler, limits: limits, observer: observer) { server, port in
            let client = try await RawClient.connect(port, reads: false)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { observer.cuts == [.late] }
            try await until { server.connectionCount == 0 }
            await client.close()
        }
    }

    @Test("A client that reads nothing of a streamed answer is cut off, and its writer told")
    func stalledStream() async throws {
        let outcome = Outcome()
        let handler = ClosureHandler { _, exchange in
            let writer = exchange.stream(.ok)
            Task {
                do throws(HTTPStreamError) {
                    while true { try await writer.write(ByteBuffer(repeating: 0x61, count: 100_000)) }
                } catch {
                    outcome.set(error.code)
                }
            }
        }
        let observer = EventRecorder()
        let limits = Self.limits { limits in
            limits.stallTime = .milliseconds(200)
            limits.requestTime = .milliseconds(1)
        }
        try await withServer(handler, limits: limits, observer: observer) { _, port in
            let client = try await RawClient.connect(port, reads: false)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { outcome.code == .disconnected }
            #expect(observer.cuts == [.stalled])
            await client.close()
        }
    }
}
