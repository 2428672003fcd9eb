import DrivelineTesting
import Foundation
import HTTPTestSupport
import NIOHTTP1
import TestSupport
import Testing

@testable import GatewayService

/// Attacks on the gateway's process, whose memory is its own. The services behind it are the test's.
@Suite(
    "Attacks are refused or cut off, take little memory, and others are served meanwhile", .timeLimit(.minutes(10)),
    .serialized)
struct AttackTests {
    private static let memoryBytesMaximum = 32 * 1_048_576
    private static let soaks = ProcessInfo.processInfo.environment["SOAK_TESTS"] != nil
    private static var slowClients: Int { Self.soaks ? 2_000 : 200 }

    private struct Target: Sendable {
        let process: GatewayProcess
        let port: Int
        let key: String

        /// The head of a request of the brand's.
        func head(_ line: String, _ headers: String = "") -> String {
            "\(line) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(self.key)\r\n\(headers)\r\n"
        }

        func isServed() async throws {
            let client = try await RawClient.connect(self.port)
            await client.send(self.head("GET /v1/inventory/ABC1234"))
            #expect(try await client.answers(1).map(\.status) == [200])
            await client.close()
        }
    }

    /// Runs a gateway as a process, with stock to be asked for.
    private static func with(_ body: (Target) async throws -> Void) async throws {
        try await GatewayHarness.with { harness in
            try await harness.makeStock()
            let identity = try await FaultProxy(to: .unixSocket(harness.identityServer.socketPath))
            let inventory = try await FaultProxy(to: .unixSocket(harness.inventoryServer.socketPath))
            let process = try GatewayProcess(
                ["--http-connections-per-address", "0", "--log-level", "notice"],
                environment: [
                    "DRIVELINE_SERVICE_TOKEN": GatewayHarness.token,
                    "DRIVELINE_IDENTITY_ADDRESS": "127.0.0.1:\(identity.port)",
                    "DRIVELINE_INVENTORY_ADDRESS": "127.0.0.1:\(inventory.port)",
                    "DRIVELINE_CATALOG_ADDRESS": "127.0.0.1:9", "DRIVELINE_PRICING_ADDRESS": "127.0.0.1:9",
                    "DRIVELINE_ORDER_ADDRESS": "127.0.0.1:9",
                    "DRIVELINE_CHANNEL_ADDRESS": "127.0.0.1:9",
                    "DRIVELINE_DRAIN_TIMEOUT_MS": "0",
                ])
            let port = try #require(try await process.port(), "\(process.log)")
            let target = Target(process: process, port: port, key: harness.key)
            try await withEnd {
                // Pools of the runtime are filled once and stay.
                for _ in 0..<20 { try await target.isServed() }
                try await body(target)
            } end: {
                process.stop()
                _ = await process.exit()
                identity.stop()
                inventory.stop()
            }
        }
    }

    /// Does something that must not take memory, nor the answers of others.
    private static func attack(_ target: Target, _ name: String, _ body: () async throws -> Void) async throws {
        let before = try target.process.residentBytes()
        try await body()
        try await target.isServed()
        let grown = try target.process.residentBytes() - before
        #expect(grown < Self.memoryBytesMaximum, "\(name): \(grown) bytes")
    }

    /// What is sent over and over, and what it is answered.
    private struct Flood: Sendable {
        let name: String
        let start: @Sendable (Target) -> String
        let part: [UInt8]
        let status: Int
    }

    private static let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 65_536) + Array("\r\n".utf8)
    private static let post = "POST /v1/inventory/adjust"
    private static let json = "Content-Type: application/json\r\n"

    private static let floods: [Flood] = [
        Flood(
            name: "a body without end", start: { $0.head(post, json + "Transfer-Encoding: chunked\r\n") }, part: chunk,
            status: 413),
        Flood(
            name: "a body of 1 GiB", start: { $0.head(post, json + "Content-Length: 1073741824\r\n") },
            part: [UInt8](repeating: 0x20, count: 65_536), status: 413),
        Flood(
            name: "chunks of a byte with long extensions",
            start: { $0.head(post, json + "Transfer-Encoding: chunked\r\n") },
            part: Array("1;\(String(repeating: "x", count: 4_096))\r\na\r\n".utf8), status: 400),
        Flood(
            name: "100,000 headers", start: { _ in "GET /v1/locations HTTP/1.1\r\nHost: a\r\n" },
            part: Array(String(repeating: "A: b\r\n", count: 1_000).utf8), status: 431),
        Flood(
            name: "a header without end", start: { _ in "GET /v1/locations HTTP/1.1\r\nHost: a\r\nA: " },
            part: [UInt8](repeating: 0x61, count: 65_536), status: 431),
        Flood(
            name: "a path without end", start: { _ in "GET /v1/locations/" },
            part: [UInt8](repeating: 0x61, count: 65_536),
            status: 414),
        Flood(
            name: "trailers without end",
            start: { $0.head(post, json + "Transfer-Encoding: chunked\r\n") + "0\r\n" },
            part: Array(String(repeating: "A: b\r\n", count: 1_000).utf8), status: 431),
    ]

    @Test("What has no end is refused at its limit, and cut off")
    func floods() async throws {
        try await Self.with { target in
            for flood in Self.floods {
                try await Self.attack(target, flood.name) {
                    let client = try await RawClient.connect(target.port)
                    await client.send(flood.start(target))
                    // Nobody reads more than some megabytes of it.
                    for _ in 0..<400 where !client.isClosed { await client.send(flood.part) }
                    let answers = try await client.answersUntilClose()
                    #expect(answers.map(\.status) == [flood.status], "\(flood.name)")
                    #expect(answers.first?.header("content-type") == "application/problem+json", "\(flood.name)")
                }
            }
        }
    }

    @Test("Compression bombs are refused before they are large")
    func bombs() async throws {
        let bomb = try GzipCommand.compress([UInt8](repeating: 0x20, count: 20_000_000))
        let inner = try GzipCommand.compress(bomb)
        let forms: [(name: String, bytes: [UInt8], headers: String, status: Int)] = [
            ("20 MB of spaces", bomb, "Content-Encoding: gzip\r\n", 413),
            ("a bomb in a bomb", inner, "Content-Encoding: gzip\r\n", 400),
            ("a bomb said to be twice coded", inner, "Content-Encoding: gzip, gzip\r\n", 415),
            ("another coding", bomb, "Content-Encoding: deflate\r\n", 415),
            ("another coding", bomb, "Content-Encoding: br\r\n", 415),
            ("half a bomb", Array(bomb.prefix(500)), "Content-Encoding: gzip\r\n", 413),
        ]
        try await Self.with { target in
            for form in forms {
                try await Self.attack(target, form.name) {
                    let clients = try await Self.clients(10, target)
                    for client in clients {
                        await client.send(
                            target.head(
                                Self.post, Self.json + form.headers + "Content-Length: \(form.bytes.count)\r\n"))
                        await client.send(form.bytes)
                    }
                    for client in clients {
                        let answer = try await client.answers(1).first
                        #expect(answer?.status == form.status, "\(form.name): \(answer?.text ?? "")")
                        await client.close()
                    }
                }
            }
        }
    }

    private static func clients(_ count: Int, _ target: Target) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count { clients.append(try await RawClient.connect(target.port)) }
        return clients
    }

    @Test("What two servers could take for different requests is 400, and nothing behind it is read")
    func smuggling() async throws {
        try await Self.with { target in
            let hidden = target.head("DELETE /v1/kits/ABC1234")
            let forms = [
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
                "Content-Length: 0\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n",
                "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
                "X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Content-Length: +0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\n\n",
                "Host: b\r\nContent-Length: 0\r\n\r\n",
            ]
            for form in forms {
                let client = try await RawClient.connect(target.port)
                let start = target.head(Self.post, Self.json).dropLast()
                await client.send(start + form + hidden)
                let answers = try await client.answersUntilClose()
                #expect(answers.map(\.status) == [400], "\(form)")
                #expect(answers.first?.header("content-type") == "application/problem+json", "\(form)")
            }
            try await target.isServed()
        }
    }

    @Test("Clients that send or read slowly take little, and keep nobody from being served", arguments: 0..<4)
    func slowClients(_ number: Int) async throws {
        let count = Self.slowClients
        try await Self.with { target in
            let (name, text) = [
                ("half a head", "GET /v1/locations HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 1_500)),
                (
                    "half a body",
                    target.head(Self.post, Self.json + "Content-Length: 1000000\r\n")
                        + String(repeating: " ", count: 1_500)
                ),
                ("nothing", ""),
                (
                    "requests, and nobody reads the answers",
                    String(repeating: target.head("GET /openapi.json"), count: 10)
                ),
            ][number]
            try await Self.attack(target, "\(count) clients, \(name)") {
                let clients = try (0..<count).map { _ in try SilentClient(target.port, Array(text.utf8)) }
                for _ in 0..<20 { try await target.isServed() }
                withExtendedLifetime(clients) {}
            }
        }
    }
}
