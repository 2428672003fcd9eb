import DrivelineTesting
import Foundation
import HTTPServer
import NIOCore
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(5)), .serialized) struct SlowClientTests {
    /// The memory that this process has, in bytes.
    private static func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return (Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0) * 1_024
    }

    /// Connects without anything that takes memory on the client's side.
    private static func connect(_ port: Int, _ bytes: [UInt8]) throws -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0, "connect: \(errno)")
        #expect(send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count)
        return descriptor
    }

    /// What 2,000 clients send, and leave it at that.
    static let starts: [(name: String, bytes: String)] = [
        ("half a head", "GET /a HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 1_500)),
        (
            "half a body",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "x", count: 1_500)
        ),
        ("requests, and nobody reads the answers", String(repeating: "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", count: 50)),
    ]

    @Test("Another client is served beside 2,000 slow ones, and they are cut in time", arguments: 0..<3)
    func slowClients(_ start: Int) async throws {
        let count = 2_000
        let large = ByteBuffer(repeating: 0x61, count: 2_000)
        let handler = ClosureHandler { request, exchange in
            exchange.collectBody { _ in exchange.respond(.ok, body: request.target == "/large" ? large : ByteBuffer()) }
        }
        var limits = HTTPServerLimits.quick
        limits.timeResolution = .milliseconds(100)
        try await withServer(handler, limits: limits) { server, port in
            let bytes = Array(Self.starts[start].bytes.utf8)
            // Pools of the runtime are filled once and stay.
            let warm = try (0..<50).map { _ in try Self.connect(port, bytes) }
            try await until { server.connectionCount == 50 }
            let before = try Self.residentBytes()
            let slow = try (0..<count).map { _ in try Self.connect(port, bytes) }
            defer { for descriptor in warm + slow { close(descriptor) } }
            try await until { server.connectionCount == count + 50 }
            let client = try await RawClient.connect(port)
            for index in 1...20 {
                await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.answers(index).last?.status == 200)
            }
            let grown = try Self.residentBytes() - before
            #expect(grown < count * 24_576, "\(Self.starts[start].name): \(grown / count) bytes for each connection")
        }
    }

    @Test("2,000 slow connections are all cut when their time is over")
    func cut() async throws {
        var limits = HTTPServerLimits.quick
        limits.headTime = .milliseconds(1_500)
        let observer = EventRecorder()
        try await withServer(limits: limits, observer: observer) { server, port in
            let slow = try (0..<2_000).map { _ in try Self.connect(port, Array("GET /a HTTP/1.1\r\n".utf8)) }
            try await until { observer.refusals.count == 2_000 }
            #expect(Set(observer.refusals) == [.tooSlow])
            for descriptor in slow { close(descriptor) }
            try await until { server.connectionCount == 0 }
        }
    }
}
