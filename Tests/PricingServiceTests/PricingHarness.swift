import DrivelineTesting
import Events
import Logging
import Migrations
import Postgres
import RPC
import RPCMessages
import Testing
import Wire

@testable import PricingService

/// Services of pricing in this process, on one database of the test's own.
struct PricingHarness {
    static let scopes = "pricing:read pricing:write pricing:approve pricing:redeem"

    let brand: PostgresUUID
    let pool: PostgresPool
    let news: EventNews
    let server: InProcessServer
    /// A client that acts for the harness' brand, with all scopes.
    let rpc: RPCClient

    static let logger = Logger(label: "pricing") { _ in SwiftLogNoOpLogHandler() }

    static let template = DatabaseTemplate(
        "pricing", checksum: PricingSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(PricingSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "job", "job_chunk", "idempotency_key", "undo_price"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs services while `body` does.
    ///
    /// - Parameters:
    ///   - sessionSettings: What the pool's connections set.
    ///   - services: Makes the services under test; none: only the database is asked.
    static func with(
        sessionSettings: [String: String] = [:],
        _ services: (PostgresPool, EventNews) throws -> [any RPCService] = { _, _ in [] },
        _ body: (PricingHarness) async throws -> Void
    ) async throws {
        try await withDatabase(Self.template) { database in
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            var configuration = PostgresConfiguration(url: database.url)
            configuration.sessionSettings = sessionSettings
            let pool = try PostgresPool(configuration, on: reactor)
            let news = EventNews()
            let server = try await InProcessServer(try services(pool, news))
            let brand = Self.newBrand()
            let rpc = try server.client(credential: "\(brand)/tester \(Self.scopes)")
            let harness = PricingHarness(brand: brand, pool: pool, news: news, server: server, rpc: rpc)
            let result: Result<Void, any Error>
            do { result = .success(try await body(harness)) } catch { result = .failure(error) }
            rpc.shutDown()
            await server.stop()
            await pool.shutDown(graceMilliseconds: 0)
            try result.get()
        }
    }

    static func newBrand() -> PostgresUUID {
        PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
    }

    /// A client that acts for another brand, or with other scopes; to be shut down by the test.
    func client(
        of brand: PostgresUUID? = nil, as principal: String = "tester", scopes: String = Self.scopes
    ) throws -> RPCClient {
        try self.server.client(credential: "\(brand ?? self.brand)/\(principal) \(scopes)")
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

    /// Everything in the event log, by bucket in order.
    func events() async throws -> [(type: String, subject: String, payload: [UInt8])] {
        let rows = try await self.pool.query(
            PostgresStatement("select type, subject, payload from event order by bucket, sequence"))
        return try rows.map { row in
            let (type, subject, payload) = try row.decode(String.self, String.self, [UInt8].self)
            return (type: type, subject: subject, payload: payload)
        }
    }
}
