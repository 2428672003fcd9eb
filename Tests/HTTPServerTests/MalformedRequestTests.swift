import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct MalformedRequestTests {
    @Test(
        "A malformed head is answered once, with 400, and nothing behind it is read",
        arguments: MalformedRequests.heads)
    func heads(_ head: String) async throws {
        #expect(try await Self.targets(head + MalformedRequests.smuggled) == [])
    }

    /// What the handler was asked for, by bytes that are answered once, with 400.
    private static func targets(_ bytes: String) async throws -> [String] {
        let targets = Mutex<[String]>([])
        let handler = ClosureHandler { request, exchange in
            targets.withLock { $0.append(request.target) }
            ClosureHandler.echo.receive(request, exchange)
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send(bytes)
            #expect(try await client.answersUntilClose().map(\.status) == [400])
        }
        return targets.withLock { $0 }
    }

    @Test(
        "A malformed body is answered once, with 400, and nothing behind it is read",
        arguments: MalformedRequests.bodies)
    func bodies(_ body: String) async throws {
        #expect(try await Self.targets(MalformedRequests.head + body + MalformedRequests.smuggled) == ["/a"])
    }

    @Test("What is wrong with a request is said after the answers to those before it")
    func order() async throws {
        let keeper = ExchangeKeeper()
        try await withServer(keeper) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost : a\r\n\r\n")
            try await client.waitUntil { keeper.exchanges.count == 1 }
            keeper.exchanges[0].respond(.ok)
            #expect(try await client.answersUntilClose().map(\.status) == [200, 400])
        }
    }

    @Test("The gateway's own content is sent with refusals")
    func content() async throws {
        let observer = EventRecorder()
        try await withServer(
            observer: observer,
            configuration: .quick { configuration in
                configuration.refusalContent = { refusal in
                    HTTPRefusalContent(
                        headers: ["Content-Type": "application/problem+json"],
                        body: ByteBuffer(string: "{\"type\":\"\(refusal.code)\"}"))
                }
            }
        ) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /a HTTP/1.1\r\n\r\n")
            let answer = try #require(try await client.answersUntilClose().first)
            #expect(answer.header("content-type") == "application/problem+json")
            #expect(answer.text == "{\"type\":\"malformed\"}")
            #expect(answer.header("connection") == "close")
        }
        #expect(observer.refusals == [.malformed])
    }

    @Test("An unknown expectation is answered with 417, an unknown coding with 415")
    func unknownForms() async throws {
        try await withServer { _, port in
            for (header, status) in [("Expect: tea", 417), ("Content-Encoding: br", 415)] {
                let client = try await RawClient.connect(port)
                await client.send("POST /a HTTP/1.1\r\nHost: a\r\n\(header)\r\nContent-Length: 1\r\n\r\na")
                #expect(try await client.answersUntilClose().map(\.status) == [status])
            }
        }
    }
}
