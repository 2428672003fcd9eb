import AsyncHTTPClient
import Authentication
import DrivelineTesting
import Events
import Foundation
import HTTPServer
import IdentityAPI
import IdentityMessages
import InventoryAPI
import InventoryMessages
import JobsAPI
import JobsMessages
import LocalServers
import Logging
import Migrations
import NIOCore
import NIOHTTP1
import NIOPosix
import Observability
import Postgres
import RPC
import Redis
import ServiceKit
import Synchronization
import Testing

@testable import GatewayDomain
@testable import GatewayService
@testable import IdentityService
@testable import InventoryService

/// The gateway in this process, on identity and inventory with databases and a Redis of the test's own, and a brand with a
/// key.
struct GatewayHarness {
    static let token = "the-service-token-of-the-tests"
    static let scopes = [
        "identity:read", "identity:write", "inventory:admin", "inventory:read", "inventory:reserve", "inventory:write",
        "catalog:read", "catalog:write", "pricing:approve", "pricing:read", "pricing:redeem", "pricing:write",
        "order:read", "order:refund", "order:settle", "order:write", "channel:read", "channel:write",
    ]

    /// A server whose services are public, too, and how the gateway's program names them.
    struct Beside {
        var server: InProcessServer
        var services: (RPCClient) -> [PublicService]
    }

    let identity: IdentityServiceClient
    let client: HTTPClient
    let port: Int
    let brand: Brand
    /// The text of a key of the brand with all scopes.
    let key: String
    let log: LineRecorder
    let metrics: MetricRegistry
    let news: EventNews
    let gateway: Gateway
    /// The servers behind the gateway, for tests that end one.
    let identityServer: InProcessServer
    let inventoryServer: InProcessServer
    let redis: RedisClient?

    /// What a service answered.
    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let body: String

        /// The body as JSON.
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(self.body.utf8))) as? [String: Any] ?? [:]
        }
        /// The type of the problem that it is, without its prefix.
        var problem: String? { (self.json["type"] as? String).map { String($0.dropFirst("/problems/".count)) } }
        func header(_ name: String) -> String? { self.headers.first(name: name) }
    }
}

// MARK: - Setting up

extension GatewayHarness {
    private static let identityTemplate = DatabaseTemplate(
        "identity", checksum: IdentitySchema.migrations.map(\.text).joined()
    ) { pool in
        for migration in try MigrationSet(IdentitySchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    private static let inventoryTemplate = DatabaseTemplate(
        "inventory", checksum: InventorySchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(InventorySchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "movement", "command_record", "conflict", "job", "job_chunk", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs all of it while `body` does.
    ///
    /// - Parameters:
    ///   - redisPath: The socket of a Redis; `nil` for none.
    ///   - configuration: What the gateway allows.
    ///   - limits: What the HTTP server allows.
    ///   - beside: Makes a server whose services are public, too, and which may call inventory, on the server that it is given.
    static func with(
        _ configuration: GatewayConfiguration = .testing(), redisPath: String? = nil, database: Int = 0,
        limits: HTTPServerLimits = HTTPServerLimits(), beside: ((InProcessServer) async throws -> Beside)? = nil,
        _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        try await withPool(template: self.identityTemplate) { identityPool in
            let lastUse = LastUseWriter(identityPool, logger: .silent)
            let identity = Identity(identityPool, lastUse: lastUse, logger: .silent)
            let identityServer = try await InProcessServer(
                [identity], authenticator: ServiceTokenAuthenticator(token: Self.token))
            try await withEnd {
                try await withPool(template: self.inventoryTemplate) { pool in
                    try await self.withInventory(on: pool) { inventoryServer, news in
                        try await self.withGateway(
                            identityServer, inventoryServer, try await beside?(inventoryServer), news, redisPath,
                            database, configuration, limits,
                            body)
                    }
                }
            } end: {
                await identityServer.stop()
            }
        }
    }

    private static func withInventory(
        on pool: PostgresPool, _ body: (InProcessServer, EventNews) async throws -> Void
    ) async throws {
        let news = EventNews()
        let reads = StockReads(pool, news: news, logger: .silent)
        try await withPool(beside: pool) { enginePool in
            let engine = StockEngine(
                enginePool, reads: reads, news: news, limits: EngineLimits(), logger: .silent)
            let files = StockFiles(pool, reads: reads, logger: .silent)
            let inventory = Inventory(pool, engine: engine, reads: reads, files: files, news: news, logger: .silent)
            let server = try await InProcessServer(
                [inventory, inventory.servedJobs], authenticator: ServiceTokenAuthenticator(token: Self.token))
            let working = Task { await files.run() }
            try await withEnd {
                try await body(server, news)
            } end: {
                working.cancel()
                await working.value
                await server.stop()
            }
        }
    }

    private static func withGateway(
        _ identityServer: InProcessServer, _ inventoryServer: InProcessServer, _ beside: Beside?,
        _ news: EventNews, _ redisPath: String?, _ database: Int,
        _ configuration: GatewayConfiguration, _ limits: HTTPServerLimits, _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let identityClient = try identityServer.client(credential: Self.token)
        let inventoryClient = try inventoryServer.client(credential: Self.token)
        let besideClient = try beside?.server.client(credential: Self.token)
        defer {
            identityClient.shutDown()
            inventoryClient.shutDown()
            besideClient?.shutDown()
        }
        let redis = if let redisPath { try await Self.redis(redisPath, database) } else { RedisClient?.none }
        defer { redis?.shutDown() }
        let identity = IdentityServiceClient(identityClient)
        let (log, metrics) = (LineRecorder(), MetricRegistry())
        let services = [
            PublicService(IdentityServiceMethods.all, IdentityDescriptors.fileDescriptorSet, at: identityClient),
            PublicService(InventoryServiceMethods.all, InventoryDescriptors.fileDescriptorSet, at: inventoryClient),
            PublicService(
                JobServiceMethods.all, JobsDescriptors.fileDescriptorSet, at: inventoryClient, name: "inventory"),
        ]
        let gateway = try Gateway(
            services + (besideClient.flatMap { beside?.services($0) } ?? []), verifier: KeyVerifier(identity),
            configuration: configuration, redis: redis, metrics: metrics, logger: log.logger, group: group)
        var serverConfiguration = HTTPServerConfiguration()
        serverConfiguration.commonHeaders = Gateway.commonHeaders
        serverConfiguration.refusalContent = Gateway.refusalContent
        serverConfiguration.limits = limits
        let server = try HTTPServer(
            gateway, configuration: serverConfiguration, observer: gateway.observer, logger: .silent, group: group)
        try await server.start()
        var clientConfiguration = HTTPClient.Configuration()
        clientConfiguration.redirectConfiguration = .disallow
        clientConfiguration.timeout = .init(connect: .seconds(60), read: .seconds(60))
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: clientConfiguration)
        try await withEnd {
            let brand = try await identity.createBrand(CreateBrandRequest(slug: "acme", name: "Acme"))
            let key = try await Self.makeKey(identity, brand, Self.scopes)
            try await body(
                GatewayHarness(
                    identity: identity, client: client, port: server.port ?? 0, brand: brand, key: key, log: log,
                    metrics: metrics, news: news, gateway: gateway, identityServer: identityServer,
                    inventoryServer: inventoryServer, redis: redis))
        } end: {
            gateway.drain()
            try? await client.shutdown()
            await server.drain()
        }
    }

    private static func redis(_ path: String, _ database: Int) async throws -> RedisClient {
        var configuration = RedisConfiguration(address: .unix(path: path))
        configuration.database = database
        configuration.commandMilliseconds = 10_000
        configuration.reconnectMilliseconds = 1...20
        let client = try RedisClient(configuration, logger: .silent)
        try await client.waitUntilReady()
        return client
    }

    private static func makeKey(
        _ identity: IdentityServiceClient, _ brand: Brand, _ scopes: [String]
    ) async throws -> String {
        let creator = CallerIdentity(brand: brand.id, principal: "tester", scopes: Set(Self.scopes))
        var options = CallOptions(caller: creator)
        try options.metadata.append(Metadata.idempotencyKey, "\(UInt64.random(in: .min ... .max))")
        return try await identity.createKey(CreateKeyRequest(scopes: scopes), options: options).secret
    }

    /// A key with some scopes.
    func makeKey(_ scopes: [String], of brand: Brand? = nil) async throws -> String {
        try await Self.makeKey(self.identity, brand ?? self.brand, scopes)
    }

    /// A key of another brand, with all scopes.
    func makeOtherKey() async throws -> String {
        let brand = try await self.identity.createBrand(CreateBrandRequest(slug: "other", name: "Other"))
        return try await self.makeKey(Self.scopes, of: brand)
    }
}

extension GatewayConfiguration {
    /// Limits that are far away, unless they are changed.
    static func testing(_ change: (inout GatewayConfiguration) -> Void = { _ in }) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.limits = [
            .read: RateLimit(perSecond: 100_000, burst: 100_000), .write: RateLimit(perSecond: 100_000, burst: 100_000),
        ]
        change(&configuration)
        return configuration
    }
}

// MARK: - Asking

extension GatewayHarness {
    /// A request, unless it is to be changed, of a client that has the brand's key.
    func request(
        _ method: HTTPMethod, _ path: String, key: String?, _ headers: HTTPHeaders, _ body: String?
    )
        -> HTTPClientRequest
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(self.port)\(path)")
        request.method = method
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        return request
    }

    /// Sends a request with the brand's key.
    func send(
        _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: String? = nil
    ) async throws -> Answer {
        try await self.send(method, path, key: self.key, headers: headers, body: body)
    }

    /// Sends a request with a key, or none.
    func send(
        _ method: HTTPMethod, _ path: String, key: String?, headers: HTTPHeaders = [:], body: String? = nil
    ) async throws -> Answer {
        let request = self.request(method, path, key: key, headers, body)
        let response = try await self.client.execute(request, deadline: .now() + .seconds(60))
        // A stream has no end that could be waited for.
        let isStream = response.headers.first(name: "Content-Type") == "text/event-stream"
        let bytes = isStream ? ByteBuffer() : try await response.body.collect(upTo: 16_777_216)
        return Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    /// Sends a write with an idempotency key.
    func post(_ path: String, _ body: String, id: String = "\(UInt64.random(in: .min ... .max))") async throws -> Answer
    {
        try await self.send(.POST, path, headers: ["Idempotency-Key": id], body: body)
    }

    /// Makes a location and puts units of a SKU there.
    func makeStock(_ sku: String = "ABC1234", _ units: Int = 100, at location: String = "WHS1") async throws {
        let put = try await self.send(
            .PUT, "/v1/locations/\(location)", headers: ["If-None-Match": "*"], body: #"{"active": true}"#)
        #expect(put.status == 200 || put.status == 412, "\(put.body)")
        let adjusted = try await self.post(
            "/v1/inventory/adjust",
            #"{"sku": "\#(sku)", "locationId": "\#(location)", "delta": \#(units), "reason": "correction"}"#)
        #expect(adjusted.status == 200, "\(adjusted.body)")
    }
}

/// Keeps whole log lines, with their metadata.
final class LineRecorder: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { self.recorded.withLock { $0 } }
    var logger: Logger { Logger(label: "gateway") { _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LineRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = "\(event.level) \(event.message) \(metadata.joined(separator: " "))"
            self.recorder.recorded.withLock { $0.append(line) }
        }
    }
}
