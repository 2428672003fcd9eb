import ChannelAPI
import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Logging
import Migrations
import Postgres
import RPC
import RPCMessages
import RPCTestSupport
import Synchronization
import Wire

@testable import ChannelService

/// Connections and mappings served in this process, on a database of the test's own, with a catalog beside them.
struct ConnectionHarness {
    static let keyText = "first:" + String(repeating: "A", count: 43) + "="
    static let template = DatabaseTemplate(
        "channel", checksum: ChannelSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(ChannelSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    let brand: PostgresUUID
    let pool: PostgresPool
    let connections: Connections
    let mappings: Mappings
    let content: MappedContent
    let concern: RecordedConcern
    let log: RecordedLog
    /// Of the harness' brand.
    let client: ConnectionServiceClient
    let mappingClient: MappingServiceClient
    /// Of another brand.
    let stranger: ConnectionServiceClient
    let mappingStranger: MappingServiceClient

    /// Serves while `body` runs.
    static func with(
        adapters: [any ChannelAdapter] = [SampleAdapter()], keys: String = Self.keyText,
        catalog: SampleCatalog = SampleCatalog(), gateway: GatewayAddress? = nil,
        _ body: (ConnectionHarness) async throws -> Void
    ) async throws {
        try await withPool(template: Self.template) { pool in
            try await Self.with(
                pool: pool, adapters: adapters, keys: keys, catalog: catalog, gateway: gateway, body)
        }
    }

    private static func with(
        pool: PostgresPool, adapters: [any ChannelAdapter], keys: String, catalog: SampleCatalog,
        gateway: GatewayAddress?, _ body: (ConnectionHarness) async throws -> Void
    ) async throws {
        let catalogServer = try await InProcessServer([catalog])
        let catalogClient = try catalogServer.client(credential: "gateway")
        let log = RecordedLog()
        let connections = try Connections(
            pool, registry: ConnectionRegistry(adapters), sealing: CredentialSealing(keys: CredentialKeys(keys)),
            gateway: gateway, logger: log.logger)
        let mappings = Mappings(connections)
        let content = MappedContent(mappings: mappings, products: try CatalogProducts(catalogClient))
        let concern = RecordedConcern()
        let server = try await InProcessServer([
            ServedConnections(
                connections: connections, transport: SampleTransport(), concerns: [concern],
                reporting: SyncReports(pool: pool, connections: connections), logger: log.logger),
            ServedMappings(
                mappings: mappings, content: content, connections: connections, concerns: [concern],
                logger: log.logger),
        ])
        let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        let other = PostgresUUID(high: ~brand.high, low: brand.low)
        let rpc = try server.client(credential: "\(brand)/tester channel:read channel:write")
        let strange = try server.client(credential: "\(other)/tester channel:read channel:write")
        try await withEnd {
            try await body(
                ConnectionHarness(
                    brand: brand, pool: pool, connections: connections, mappings: mappings, content: content,
                    concern: concern, log: log, client: ConnectionServiceClient(rpc),
                    mappingClient: MappingServiceClient(rpc), stranger: ConnectionServiceClient(strange),
                    mappingStranger: MappingServiceClient(strange)))
        } end: {
            for client in [rpc, strange, catalogClient] { client.shutDown() }
            await server.stop()
            await catalogServer.stop()
        }
    }

    func key(_ id: String = "shop") -> ConnectionKey { ConnectionKey(brand: self.brand, id: id) }

    /// A connection that is valid.
    static func connection(_ credentials: [String: String] = ["accessToken": "good"]) -> Connection {
        Connection(platform: "sample", name: "Shop", settings: ["domain": "shop.example"], credentials: credentials)
    }

    /// Makes or changes a connection.
    @discardableResult
    func put(
        _ connection: Connection = Self.connection(), id: String = "shop", expecting version: UInt64? = nil
    ) async throws -> PutConnectionResponse {
        try await self.client.putConnection(
            PutConnectionRequest(id: id, connection: connection, expectedVersion: version))
    }

    /// What a call is refused with; nil where it is not.
    func problem(_ call: () async throws -> Void) async throws -> Problem? {
        do {
            try await call()
            return nil
        } catch let error as RPCError {
            guard let problem = error.problem else { throw error }
            return problem
        }
    }

    /// The first column of the first row.
    func number(_ sql: StaticString) async throws -> Int64 {
        try await self.pool.query(PostgresStatement(sql)).first?.decode(Int64.self) ?? 0
    }
}

/// Keeps what it is told of connections.
final class RecordedConcern: ListingsConcern {
    enum Call: Hashable, Sendable {
        case policy(Set<SyncKind>, String)
        case forgotten(String)
        case changed(String)
    }

    private let recorded = Mutex<[Call]>([])

    /// What was told since the last look.
    func take() -> [Call] {
        self.recorded.withLock { calls in
            defer { calls = [] }
            return calls
        }
    }

    func policyChanged(
        _ kinds: Set<SyncKind>, of connection: ConnectionKey, in transaction: PostgresTransaction
    ) async throws { self.recorded.withLock { $0.append(.policy(kinds, connection.id)) } }

    func forgotten(_ connection: ConnectionKey, in transaction: PostgresTransaction) async throws {
        self.recorded.withLock { $0.append(.forgotten(connection.id)) }
    }

    func changed(_ connection: ConnectionKey) { self.recorded.withLock { $0.append(.changed(connection.id)) } }
}

/// Keeps all lines of a log, with their metadata.
final class RecordedLog: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { self.recorded.withLock { $0 } }
    var logger: Logger { Logger(label: "channel") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
            self.log.recorded.withLock { $0.append("\(event.message) \(all)") }
        }
    }
}
