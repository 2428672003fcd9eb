import APIKeys
import AsyncHTTPClient
import Crypto
import DrivelineTesting
import Foundation
import HTTPServer
import IdentityMessages
import JobsAPI
import JobsMessages
import NIOCore
import NIOHTTP1
import NIOPosix
import Observability
import RPC
import SampleAPI
import SampleMessages
import Synchronization
import Testing
import WellKnownMessages

@testable import Authentication
@testable import GatewayService

/// The gateway in this process on sample services, which need no database.
struct RawHarness {
    let client: HTTPClient
    let port: Int
    let log: LineRecorder
    let metrics: MetricRegistry
    let gateway: Gateway
    let files: SampleFiles
    let others: [SampleFiles]

    /// Runs all of it while `body` does.
    ///
    /// - Parameters:
    ///   - files: The service of most endpoints.
    ///   - others: Further ones that share what can be shared.
    static func with(
        _ configuration: GatewayConfiguration = .testing(), limits: HTTPServerLimits = HTTPServerLimits(),
        files: SampleFiles = SampleFiles(), others: [SampleFiles] = [], _ body: (RawHarness) async throws -> Void
    ) async throws {
        var servers: [InProcessServer] = []
        for service in [files] + others {
            servers.append(
                try await InProcessServer(
                    [service, SampleRecords(), SampleJobs(service.name)], authenticator: GatewayAuthenticator()))
        }
        let running = servers
        try await withEnd {
            try await self.with(configuration, limits, files, others, on: running, body)
        } end: {
            for server in running { await server.stop() }
        }
    }

    private static func with(
        _ configuration: GatewayConfiguration, _ limits: HTTPServerLimits, _ files: SampleFiles,
        _ others: [SampleFiles],
        on servers: [InProcessServer], _ body: (RawHarness) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let clients = try servers.map { try $0.client(credential: "gateway") }
        defer { for client in clients { client.shutDown() } }
        // What is not shared is offered by one alone.
        let shared = FileServiceMethods.all.suffix(2)
        let single = FileServiceMethods.all.dropLast(2)
        let set = SampleDescriptors.fileDescriptorSet
        var services = zip([files] + others, clients).map { PublicService(Array(shared), set, at: $1, name: $0.name) }
        let rest = Array(single) + PartServiceMethods.all + RecordServiceMethods.all
        services.append(PublicService(rest, set, at: clients[0]))
        services += zip([files] + others, clients).map {
            PublicService(JobServiceMethods.all, JobsDescriptors.fileDescriptorSet, at: $1, name: $0.name)
        }
        let (log, metrics) = (LineRecorder(), MetricRegistry())
        let gateway = try Gateway(
            services, verifier: Self.verifier, configuration: configuration, metrics: metrics, logger: log.logger,
            group: group)
        var serverConfiguration = HTTPServerConfiguration()
        serverConfiguration.commonHeaders = Gateway.commonHeaders
        serverConfiguration.refusalContent = Gateway.refusalContent
        serverConfiguration.limits = limits
        let server = try HTTPServer(
            gateway, configuration: serverConfiguration, observer: gateway.observer, logger: .silent, group: group)
        try await server.start()
        var clientConfiguration = HTTPClient.Configuration()
        clientConfiguration.timeout = .init(connect: .seconds(60), read: .seconds(60))
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: clientConfiguration)
        try await withEnd {
            try await body(
                RawHarness(
                    client: client, port: server.port ?? 0, log: log, metrics: metrics, gateway: gateway, files: files,
                    others: others))
        } end: {
            gateway.drain()
            try? await client.shutdown()
            await server.drain()
        }
    }

    /// What keys stand for that were used, by their texts.
    private static let holders = Mutex<[String: String]>([:])

    /// The text of a key.
    ///
    /// - Parameter holder: Scopes joined by commas behind a brand: `acme/sample:read,sample:write`.
    static func text(of holder: String) -> String {
        let hash = Array(SHA256.hash(data: Data(holder.utf8)))
        let text = KeyFormat.text(id: Array(hash.prefix(16)), secret: hash)
        self.holders.withLock { $0[text] = holder }
        return text
    }

    private static let verifier = KeyVerifier { (key) async throws(RPCError) in
        let holder = Self.holders.withLock { $0[key] } ?? ""
        let parts = holder.split(separator: "/").map(String.init)
        guard parts.count == 2 else { return VerifyKeyResponse(verdict: .unknown) }
        return VerifyKeyResponse(
            verdict: .valid,
            caller: VerifiedCaller(
                brandID: parts[0], principal: "key-of-\(parts[0])",
                scopes: parts[1].split(separator: ",").map(String.init)),
            cacheableFor: ProtoDuration(seconds: 10))
    }

    /// Who asks where a test says nothing else.
    static let key = "acme/sample:read,sample:write"

    func request(
        _ method: HTTPMethod, _ path: String, key: String? = Self.key, headers: HTTPHeaders = [:],
        body: HTTPClientRequest.Body? = nil
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(self.port)\(path)")
        request.method = method
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(Self.text(of: key))") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = body
        return request
    }

    /// Sends a request and collects its answer.
    func send(
        _ method: HTTPMethod, _ path: String, key: String? = Self.key, headers: HTTPHeaders = [:],
        body: HTTPClientRequest.Body? = nil
    ) async throws -> GatewayHarness.Answer {
        let response = try await self.client.execute(
            self.request(method, path, key: key, headers: headers, body: body), deadline: .now() + .seconds(120))
        let bytes = try await response.body.collect(upTo: 1 << 28)
        return GatewayHarness.Answer(
            status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }
}

/// Knows the gateway, which acts for others.
private struct GatewayAuthenticator: Authenticator {
    func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
        CallerIdentity(brand: "", principal: "gateway", mayActForOthers: true)
    }
}
