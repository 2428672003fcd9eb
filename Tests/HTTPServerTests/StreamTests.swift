import DrivelineTesting
import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct StreamTests {
    /// Writes some lines.
    private static let lines = ClosureHandler { request, exchange in
        let writer = exchange.stream(.ok, headers: ["Content-Type": "text/event-stream"])
        Task {
            for line in ["one\n", "", "two\n"] { try await writer.write(ByteBuffer(string: line)) }
            writer.finish()
        }
    }

    @Test("A streamed answer comes in chunks, and the connection is kept")
    func chunks() async throws {
        try await withServer(Self.lines) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = try await client.answers(2)
            #expect(answers.map(\.text) == ["one\ntwo\n", "one\ntwo\n"])
            #expect(answers.map { $0.header("content-length") } == [nil, nil])
        }
    }

    @Test("For HTTP/1.0 a streamed answer ends with the connection; for HEAD there is none")
    func otherForms() async throws {
        try await withServer(Self.lines) { _, port in
            let old = try await RawClient.connect(port)
            await old.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try #require(try await old.answersUntilClose().first)
            #expect(answer.text == "one\ntwo\n")
            #expect(answer.header("transfer-encoding") == nil)
            #expect(answer.header("connection") == "close")
            let client = try await RawClient.connect(port)
            await client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answers(2, heads: [0]).map(\.text) == ["", "one\ntwo\n"])
        }
    }

    @Test("A body may be taken while the answer is written; nobody is invited to send it then")
    func bothWays() async throws {
        let handler = ClosureHandler { _, exchange in
            let writer = exchange.stream(.ok)
            let chunks = exchange.bodyChunks()
            Task {
                for try await chunk in chunks { try await writer.write(chunk) }
                writer.finish()
            }
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send(MalformedRequests.head + "3\r\nabc\r\n")
            try await client.wait { String(decoding: $0, as: UTF8.self).contains("abc") }
            await client.send("3\r\ndef\r\n0\r\n\r\n")
            #expect(try await client.answers(1).map(\.text) == ["abcdef"])
            let hesitant = try await RawClient.connect(port)
            await hesitant.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
            try await hesitant.wait { String(decoding: $0, as: UTF8.self).contains("HTTP/1.1 200") }
            await hesitant.send("x")
            #expect(try await hesitant.answersUntilClose().map(\.text) == ["x"])
        }
    }

    @Test("Each part of an answer is sent when it is written")
    func promptParts() async throws {
        let writers = Mutex<[HTTPResponseWriter]>([])
        let handler = ClosureHandler { _, exchange in
            let writer = exchange.stream(.ok)
            writers.withLock { $0.append(writer) }
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.wait { String(decoding: $0, as: UTF8.self).hasSuffix("\r\n\r\n") }
            let writer = try #require(writers.withLock { $0.first })
            try await writer.write(ByteBuffer(string: "event"))
            try await client.wait { String(decoding: $0, as: UTF8.self).hasSuffix("event\r\n") }
            #expect(!client.isClosed)
        }
    }

    @Test("An answer whose writer is let go of is cut off, so that nobody takes it for whole")
    func abandonedAnswer() async throws {
        let handler = ClosureHandler { _, exchange in
            let writer = exchange.stream(.ok)
            Task { try await writer.write(ByteBuffer(string: "half")) }
        }
        let observer = EventRecorder()
        try await withServer(handler, observer: observer) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answersUntilClose() == [])
            #expect(String(decoding: client.bytes, as: UTF8.self).hasSuffix("half\r\n"))
        }
        #expect(observer.cuts == [.abandoned])
    }

    @Test("A writer waits for a client that does not read")
    func backPressure() async throws {
        let written = Counter()
        let total = 200
        let part = ByteBuffer(repeating: 0x61, count: 100_000)
        let handler = ClosureHandler { _, exchange in
            let writer = exchange.stream(.ok)
            Task {
                for _ in 0..<total {
                    try await writer.write(part)
                    written.add()
                }
                writer.finish()
            }
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port, reads: false)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { written.count > 0 }
            // What the kernel's buffers take is less than 20 MB, so the writer must come to a stand.
            var before = -1
            while before != written.count {
                before = written.count
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(before < total)
            try await client.beginReading()
            #expect(try await client.answers(1).first?.body.count == total * 100_000)
        }
    }

    @Test("A handler is told when its client goes")
    func disconnect() async throws {
        let keeper = ExchangeKeeper()
        try await withServer(keeper) { server, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { keeper.exchanges.count == 1 }
            let isTold = Flag()
            keeper.exchanges[0].onDisconnect { isTold.raise() }
            await client.close()
            try await until { isTold.isRaised }
            try await until { server.connectionCount == 0 }
            #expect(server.requestCount == 0)
        }
    }

    @Test("A handler is told of its client's end though more requests wait unread")
    func disconnectBehindRequests() async throws {
        let keeper = ExchangeKeeper()
        try await withServer(keeper) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            try await until { keeper.exchanges.count == 1 }
            let isTold = Flag()
            keeper.exchanges[0].onDisconnect { isTold.raise() }
            for _ in 0..<100 { await client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n") }
            await client.close()
            try await until { isTold.isRaised }
            #expect(keeper.exchanges.count == 1)
        }
    }

    @Test("A streamed body is read only as fast as it is taken")
    func streamedBody() async throws {
        let exchanges = ExchangeKeeper()
        try await withServer(exchanges) { server, port in
            let client = try await RawClient.connect(port)
            let total = 20_000_000
            let sending = Task {
                await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(total)\r\n\r\n")
                for _ in 0..<200 { await client.send([UInt8](repeating: 0x61, count: total / 200)) }
            }
            try await until { exchanges.exchanges.count == 1 }
            let exchange = exchanges.exchanges[0]
            let chunks = exchange.bodyChunks()
            // Nobody takes anything: what is held must come to a stand.
            var before = -1
            while server.heldBodyBytes == 0 || before != server.heldBodyBytes {
                before = server.heldBodyBytes
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(before <= 65_536 + 4_096 + 65_536)
            var received = 0
            for try await chunk in chunks { received += chunk.readableBytes }
            await sending.value
            #expect(received == total)
            exchange.respond(.ok, body: ByteBuffer(string: "\(received)"))
            #expect(try await client.answers(1).map(\.text) == ["\(total)"])
            #expect(server.heldBodyBytes == 0)
        }
    }

    @Test("A streamed body ends in an error where it is too large, breaks off, or is broken")
    func failingBodies() async throws {
        let cases: [(rest: String, closes: Bool, code: HTTPStreamError.Code)] = [
            ("10\r\n0123456789abcdef\r\n", false, .refused), ("x\r\n", false, .refused),
            ("3\r\nab", true, .disconnected),
        ]
        for (rest, closes, code) in cases {
            let keeper = ExchangeKeeper()
            try await withServer(keeper) { _, port in
                let client = try await RawClient.connect(port)
                await client.send(MalformedRequests.head)
                try await until { keeper.exchanges.count == 1 }
                let outcome = Outcome()
                let consumer = Task {
                    do throws(HTTPStreamError) {
                        for try await _ in keeper.exchanges[0].bodyChunks(limit: 10) {}
                    } catch {
                        outcome.set(error.code)
                    }
                }
                await client.send(rest)
                if closes { await client.close() }
                await consumer.value
                #expect(outcome.code == code, "\(rest)")
            }
        }
    }

    @Test("A task that waits for a body can be cancelled, before and while it waits")
    func cancellation() async throws {
        let keeper = ExchangeKeeper()
        try await withServer(keeper) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
            try await until { keeper.exchanges.count == 1 }
            let exchange = keeper.exchanges[0]
            let chunks = exchange.bodyChunks()
            for delay in [0, 20] {
                let consumer = Task { () -> HTTPStreamError.Code? in
                    do throws(HTTPStreamError) {
                        for try await _ in chunks {}
                        return nil
                    } catch {
                        return error.code
                    }
                }
                try await Task.sleep(for: .milliseconds(delay))
                consumer.cancel()
                #expect(await consumer.value == .cancelled)
            }
            exchange.respond(.ok)
            #expect(try await client.answers(1).map(\.status) == [200])
        }
    }
}
