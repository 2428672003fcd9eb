import APIKeys
import AsyncHTTPClient
import DrivelineTesting
import Foundation
import LocalServers
import NIOCore
import NIOHTTP1
import Testing

@Suite("The gateway's process", .timeLimit(.minutes(5)))
struct GatewayProcessTests {
    /// Nobody listens there.
    private static let nowhere = [
        "DRIVELINE_IDENTITY_ADDRESS": "127.0.0.1:9", "DRIVELINE_INVENTORY_ADDRESS": "127.0.0.1:9",
        "DRIVELINE_CATALOG_ADDRESS": "127.0.0.1:9", "DRIVELINE_PRICING_ADDRESS": "127.0.0.1:9",
        "DRIVELINE_ORDER_ADDRESS": "127.0.0.1:9",
        "DRIVELINE_CHANNEL_ADDRESS": "127.0.0.1:9",
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
        let key = KeyFormat.text(id: [UInt8](repeating: 1, count: 16), secret: [UInt8](repeating: 2, count: 32))
        let secret = key.dropFirst(30)
        #expect(try await status("/v1/locations", key: key) == 503)
        #expect(process.log.contains("\"route\":\"GET /v1/locations\"") || process.log.contains("GET /v1/locations"))
        #expect(!process.log.contains(secret) && !process.log.contains("token-of-the-test"))
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
