import AsyncHTTPClient
import DrivelineTesting
import Foundation
import LocalServers
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite("The gateway's process", .timeLimit(.minutes(5)))
struct GatewayProcessTests {
    /// The executable, with its log.
    final class GatewayProcess: Sendable {
        private let output = Mutex<[String]>([])
        private let child = Mutex<ChildProcess?>(nil)

        var log: String { self.output.withLock { $0.joined(separator: "\n") } }

        init(_ arguments: [String], environment: [String: String]) throws {
            // Executables lie beside the tests' own.
            let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            var command = ChildProcess.Command(
                folder.appending(path: "gateway").path, ["--event-loops", "1", "--log-format", "json"] + arguments)
            command.environment = [
                "PATH": "/usr/bin:/bin", "DRIVELINE_SERVICE_TOKEN": "token-of-the-test",
                "DRIVELINE_DRAIN_DELAY_MS": "0",
            ].merging(environment) { _, given in given }
            command.output = .lines { line in self.output.withLock { $0.append(line) } }
            let child = try ChildProcess(command)
            self.child.withLock { $0 = child }
        }

        /// The port for HTTP, once it answers there; `nil` where it ended before.
        func port() async throws -> Int? {
            var port: Int?
            try await until {
                for line in self.log.split(separator: "\n") where line.contains("\"answering\"") {
                    let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                    port = object?["labels.http_port"].flatMap { Int($0) }
                }
                return port != nil || self.child.withLock { $0?.exitStatus } != nil
            }
            return port
        }

        /// The most memory that it has had, in bytes.
        func peakBytes() throws -> Int {
            let process = self.child.withLock { $0?.processID } ?? 0
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
        }

        func stop() { self.child.withLock { $0 }?.signal(SIGTERM) }
        func exit() async -> ChildProcess.Exit? { await self.child.withLock { $0 }?.exit() }
    }

    /// Nobody listens there.
    private static let nowhere = [
        "DRIVELINE_IDENTITY_ADDRESS": "127.0.0.1:9", "DRIVELINE_INVENTORY_ADDRESS": "127.0.0.1:9",
    ]

    @Test("it answers although the services are not there yet, and ends in peace")
    func life() async throws {
        let process = try GatewayProcess([], environment: Self.nowhere)
        let port = try #require(try await process.port(), "\(process.log)")
        func status(_ path: String, key: String?) async throws -> UInt {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
            if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
            return try await HTTPClient.shared.execute(request, deadline: .now() + .seconds(60)).status.code
        }
        #expect(try await status("/v1/locations", key: nil) == 401)
        #expect(try await status("/v1/nothing", key: nil) == 404)
        #expect(try await status("/v1/locations", key: "dl_live_secret0123456789") == 503)
        #expect(process.log.contains("\"route\":\"GET /v1/locations\"") || process.log.contains("GET /v1/locations"))
        #expect(!process.log.contains("secret0123456789") && !process.log.contains("token-of-the-test"))
        process.stop()
        #expect(await process.exit() == .status(0), "\(process.log)")
    }

    @Test(
        "what is missing or contradicts itself ends it with one line that says what to do",
        arguments: [
            ([String](), [String: String](), "give it with --identity-address"),
            (["--http-key", "/nowhere"], Self.nowhere, "give both --http-certificate and --http-key"),
            (
                ["--http-certificate", "/nowhere", "--http-key", "/nowhere"], Self.nowhere,
                "the certificate or its key cannot be used"
            ),
            (["--read-rate", "0"], Self.nowhere, "give a whole number from 1 to 1000000"),
        ])
    func misconfigured(_ arguments: [String], _ environment: [String: String], _ line: String) async throws {
        let process = try GatewayProcess(arguments, environment: environment)
        #expect(await process.exit() == .status(78))
        try await until { process.log.contains(line) }
    }

    @Test("a port that is taken is said so")
    func portTaken() async throws {
        let first = try GatewayProcess([], environment: Self.nowhere)
        let port = try #require(try await first.port(), "\(first.log)")
        let second = try GatewayProcess(["--http-port", "\(port)"], environment: Self.nowhere)
        #expect(await second.exit() == .status(69))
        try await until { second.log.contains("choose another port with --http-port") }
        first.stop()
        _ = await first.exit()
    }
}
