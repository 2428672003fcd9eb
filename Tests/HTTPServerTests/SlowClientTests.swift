import DrivelineTesting
import Foundation
import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(5)), .serialized) struct SlowClientTests {
    /// What 2,000 clients send, and leave it at that.
    static let starts: [(name: String, bytes: String)] = [
        ("half a head", "GET /a HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 1_500)),
        (
            "half a body",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "x", count: 1_500)
        ),
        (
            "requests, and nobody reads the answers",
            String(repeating: "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", count: 50)
        ),
    ]

    @Test("Another client is served beside 2,000 slow ones, which take no more than 32 MiB", arguments: 0..<3)
    func slowClients(_ start: Int) async throws {
        let count = 2_000
        let sample = try await SampleProcess.start()
        let bytes = Array(Self.starts[start].bytes.utf8)
        // Pools of the runtime are filled once and stay.
        let warm = try (0..<50).map { _ in try SilentClient(sample.port, bytes) }
        try await until { try sample.socketCount() > 50 }
        let before = try sample.residentBytes()
        let slow = try (0..<count).map { _ in try SilentClient(sample.port, bytes) }
        try await until { try sample.socketCount() > count + 50 }
        let client = try await RawClient.connect(sample.port)
        for index in 1...20 {
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answers(index).last?.status == 200)
        }
        let grown = try sample.residentBytes() - before
        #expect(grown < 32 * 1_048_576, "\(Self.starts[start].name): \(grown / count) bytes for each connection")
        withExtendedLifetime((warm, slow)) {}
        await sample.end()
    }

    @Test("2,000 slow connections are all cut when their time is over")
    func cut() async throws {
        var limits = HTTPServerLimits.quick
        limits.headTime = .milliseconds(1_500)
        let observer = EventRecorder()
        try await withServer(limits: limits, observer: observer) { server, port in
            do {
                let slow = try (0..<2_000).map { _ in try SilentClient(port, Array("GET /a HTTP/1.1\r\n".utf8)) }
                try await until { observer.refusals.count == 2_000 }
                #expect(Set(observer.refusals) == [.tooSlow])
                withExtendedLifetime(slow) {}
            }
            try await until { server.connectionCount == 0 }
        }
    }
}
