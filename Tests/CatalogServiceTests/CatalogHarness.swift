import CatalogAPI
import CatalogMessages
import DrivelineTesting
import Events
import LocalServers
import Logging
import Migrations
import Postgres
import RPC
import RPCMessages
import Testing

@testable import CatalogService

/// Products of the catalog service in this process, on one database of the test's own.
struct CatalogHarness {
    static let scopes = "catalog:read catalog:write"

    let brand: PostgresUUID
    let pool: PostgresPool
    let products: Products
    let news: EventNews
    let server: InProcessServer
    let rpc: RPCClient

    /// A client that acts for the harness' brand.
    var client: ProductServiceClient { ProductServiceClient(self.rpc) }

    static let template = DatabaseTemplate(
        "catalog", checksum: CatalogSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(CatalogSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "job", "job_chunk", "idempotency_key", "undo_product", "undo_fitment"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs the service while `body` does.
    ///
    /// - Parameter postgres: The server of its database; nil for the one that tests share.
    static func with(
        followers: [any ProductFollower] = [], on postgres: LocalPostgres? = nil,
        _ body: (CatalogHarness) async throws -> Void
    ) async throws {
        try await withDatabase(Self.template, on: postgres) { database in
            try await Self.with(followers: followers, database: database.url, body)
        }
    }

    /// Runs the service while `body` does, on a database that is there.
    static func with(
        followers: [any ProductFollower], database: String, _ body: (CatalogHarness) async throws -> Void
    ) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let pool = try PostgresPool(PostgresConfiguration(url: database), on: reactor)
        let news = EventNews()
        let products = Products(
            pool, followers: followers, news: news, logger: Logger(label: "catalog") { _ in SwiftLogNoOpLogHandler() })
        let server = try await InProcessServer([products])
        let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        let rpc = try server.client(credential: "\(brand)/tester \(Self.scopes)")
        let harness = CatalogHarness(
            brand: brand, pool: pool, products: products, news: news, server: server, rpc: rpc)
        let result: Result<Void, any Error>
        do { result = .success(try await body(harness)) } catch { result = .failure(error) }
        rpc.shutDown()
        await server.stop()
        await pool.shutDown(graceMilliseconds: 0)
        try result.get()
    }

    /// A client that acts for another brand.
    func client(of brand: PostgresUUID) throws -> RPCClient {
        try self.server.client(credential: "\(brand)/tester \(Self.scopes)")
    }

    @discardableResult
    func save(_ product: Product, expecting version: UInt64? = nil) async throws -> SaveProductResponse {
        try await self.client.saveProduct(SaveProductRequest(product: product, expectedVersion: version))
    }

    func get(_ sku: String) async throws -> Product {
        try await self.client.getProduct(GetProductRequest(sku: sku))
    }

    func find(_ number: String, brand: String = "") async throws -> [PartNumberMatch] {
        try await self.client.findPartNumber(FindPartNumberRequest(number: number, brand: brand)).matches
    }

    @discardableResult
    func supersede(
        _ old: String, by new: String, from: String = "2020-01-01", to: String = ""
    ) async throws -> Supersession {
        try await self.client.putSupersession(
            PutSupersessionRequest(
                sku: old, newSku: new, supersession: Supersession(effectiveFrom: from, effectiveTo: to)))
    }

    /// The type of the problem that a call is refused with; empty where it is not.
    func refusal(of call: () async throws -> Void) async throws -> String {
        do {
            try await call()
            return ""
        } catch let error as RPCError {
            return error.problem?.type ?? "\(error)"
        }
    }

    /// The first column of the first row.
    func number(_ sql: StaticString) async throws -> Int64 {
        try await self.pool.query(PostgresStatement(sql)).first?.decode(Int64.self) ?? 0
    }

    /// Everything in the event log, by subject in order.
    func events() async throws -> [(type: String, subject: String, payload: [UInt8])] {
        let rows = try await self.pool.query(
            PostgresStatement("select type, subject, payload from event order by bucket, sequence"))
        return try rows.map { row in
            let (type, subject, payload) = try row.decode(String.self, String.self, [UInt8].self)
            return (type: type, subject: subject, payload: payload)
        }
    }
}
