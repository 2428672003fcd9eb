import DrivelineTesting
import Foundation
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(2))) struct CodingTests {
    private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let deflated = try #require(Deflater()?.deflate(ByteBuffer(bytes: bytes)))
        return Array(deflated.readableBytesView)
    }

    private static func request(_ body: [UInt8], coding: String = "gzip") -> [UInt8] {
        let fields = "Host: a\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)"
        return Array("POST /a HTTP/1.1\r\n\(fields)\r\n\r\n".utf8) + body
    }

    @Test("A body in gzip is inflated, whole or streamed")
    func inflation() async throws {
        let plain = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let coded = try Self.gzip(plain)
        try await withServer { _, port in
            let client = try await RawClient.connect(port)
            for coding in ["gzip", "X-Gzip"] { await client.send(Self.request(coded, coding: coding)) }
            await client.send(Self.request(plain, coding: "identity"))
            #expect(try await client.answers(3).map(\.text) == Array(repeating: "POST /a 100000", count: 3))
        }
        let streaming = ClosureHandler { _, exchange in
            let chunks = exchange.bodyChunks()
            Task {
                var bytes: [UInt8] = []
                for try await chunk in chunks { bytes += chunk.readableBytesView }
                exchange.respond(bytes == plain ? .ok : .imATeapot)
            }
        }
        try await withServer(streaming) { _, port in
            let client = try await RawClient.connect(port)
            await client.send(Self.request(coded))
            #expect(try await client.answers(1).map(\.status) == [200])
        }
    }

    /// Handlers that take the body in either way.
    static let takers: [(name: String, handler: ClosureHandler)] = [
        ("whole", .echo),
        (
            "streamed",
            ClosureHandler { _, exchange in
                let chunks = exchange.bodyChunks(limit: 1_048_576)
                Task {
                    for try await _ in chunks {}
                    exchange.respond(.ok)
                }
            }
        ),
    ]

    @Test("A body that inflates beyond the limit, or too many times its size, is refused with 413", arguments: 0...1)
    func bombs(_ taker: Int) async throws {
        // 10 MB of zeros are about 10 KB.
        let bomb = try Self.gzip([UInt8](repeating: 0, count: 10_000_000))
        let small = try Self.gzip([UInt8](repeating: 0, count: 900_000))
        var generator = SeededGenerator(seed: 1)
        let dense = try Self.gzip((0..<1_200_000).map { _ in UInt8.random(in: 0...15, using: &generator) })
        let fine = try Self.gzip([UInt8](repeating: 0, count: 60_000))
        try await withServer(Self.takers[taker].handler) { server, port in
            for (body, status) in [(bomb, 413), (small, 413), (dense, 413), (fine, 200)] {
                let client = try await RawClient.connect(port)
                await client.send(Self.request(body))
                #expect(try await client.answers(1).map(\.status) == [status], "\(body.count) bytes")
            }
            try await until { server.heldBodyBytes == 0 }
        }
    }

    @Test("A body that is not one whole of gzip is refused with 400", arguments: 0...1)
    func brokenGzip(_ taker: Int) async throws {
        let coded = try Self.gzip(Array("some text, some text, some text, some text, some text".utf8))
        var corrupt = coded
        corrupt[corrupt.count - 6] ^= 1
        try await withServer(Self.takers[taker].handler) { _, port in
            for body in [Array("abc".utf8), coded.dropLast(), corrupt, coded + [0], coded + coded] {
                let client = try await RawClient.connect(port)
                await client.send(Self.request(Array(body)))
                #expect(try await client.answers(1).map(\.status) == [400], "\(body.count) bytes")
            }
        }
    }

    @Test("Text is compressed for clients that take gzip, and says so to caches in any case")
    func compression() async throws {
        let text = String(repeating: "stock ", count: 1_000)
        let handler = ClosureHandler { request, exchange in
            let size = Int(request.target.dropFirst()) ?? 6_000
            exchange.respond(
                .ok, headers: ["Content-Type": "application/json; charset=utf-8"],
                body: ByteBuffer(string: String(text.prefix(size))))
        }
        try await withServer(handler) { _, port in
            let client = try await RawClient.connect(port)
            await client.send("GET /6000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip\r\n\r\n")
            await client.send("GET /6000 HTTP/1.1\r\nHost: a\r\n\r\n")
            await client.send("GET /1000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
            await client.send("HEAD /6000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
            let answers = try await client.answers(4, heads: [3])
            #expect(answers.map { $0.header("content-encoding") } == ["gzip", nil, nil, "gzip"])
            let vary = "Accept-Encoding"
            #expect(answers.map { $0.header("vary") } == [vary, vary, nil, vary])
            #expect(answers[0].header("content-length") == answers[3].header("content-length"))
            #expect(answers[0].body.count < 200)
            let plain = try Inflater().inflate(
                ByteBuffer(bytes: answers[0].body), limit: 100_000, HTTPServerLimits())
            #expect(String(buffer: plain) == text)
            #expect(answers[1].text == text)
        }
    }

    @Test(
        "Accept-Encoding is read as RFC 9110 says",
        arguments: [
            ("gzip", true), ("x-gzip", true), ("GZIP", true), ("br,gzip;q=0.5", true), ("*", true), ("gzip;q=0", false),
            ("gzip; q=0.000", false), ("*;q=0", false), ("*, gzip;q=0", false), ("gzip;q=1, *;q=0", true),
            ("br", false), ("", false), ("identity", false), (";,;gzip", false), ("gzipped", false),
        ])
    func acceptEncoding(_ value: String, _ isTaken: Bool) {
        #expect(AcceptEncoding.takesGzip(value) == isTaken)
    }
}
