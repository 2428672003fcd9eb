import DrivelineTesting
import Events
import IdentityAPI
import IdentityMessages
import LocalServers
import Logging
import Migrations
import Postgres
import RPC
import RPCTestSupport
import ServiceKit
import Synchronization

@testable import IdentityService

/// The identity service in this process, on a database of its own, and clients of it.
struct IdentityHarness {
    /// The service token of the tests.
    static let token = "the-service-token-of-the-tests"

    let pool: PostgresPool
    let clock: TestClock
    let lastUse: LastUseWriter
    /// A client that shows the service token.
    let client: IdentityServiceClient
    let address: RPCTarget.Address

    /// A clock that a test turns.
    final class TestClock: Sendable {
        private let time = Mutex(PostgresTimestamp.ofSystemClock.microseconds)
        var now: PostgresTimestamp { PostgresTimestamp(microseconds: self.time.withLock { $0 }) }
        func pass(seconds: Int64) { self.time.withLock { $0 += seconds * 1_000_000 } }
    }

    static func with(_ body: (IdentityHarness) async throws -> Void) async throws {
        try await withPool { pool in
            try await Self.migrate(pool)
            let clock = TestClock()
            let logger = LogRecorder().logger()
            let lastUse = LastUseWriter(pool, logger: logger)
            let identity = Identity(pool, lastUse: lastUse, logger: logger) { clock.now }
            let authenticator = ServiceTokenAuthenticator(token: Self.token)
            try await withServer([identity], authenticator: authenticator) { server in
                try await withClient(of: [server.address], credential: Self.token) { client in
                    try await body(
                        IdentityHarness(
                            pool: pool, clock: clock, lastUse: lastUse, client: IdentityServiceClient(client),
                            address: server.address))
                }
            }
        }
    }

    /// Makes the tables of the service, with one partition for all times.
    static func migrate(_ pool: PostgresPool) async throws {
        for migration in try MigrationSet(IdentitySchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// The options of a call that a gateway makes for a brand's caller.
    func options(
        _ brand: Brand, scopes: Set<String> = ["identity:read", "identity:write"], idempotencyKey: String? = nil
    ) throws -> CallOptions {
        var options = CallOptions(caller: CallerIdentity(brand: brand.id, principal: "tester", scopes: scopes))
        if let idempotencyKey { try options.metadata.append(Metadata.idempotencyKey, idempotencyKey) }
        return options
    }

    /// A brand of the test's own.
    func makeBrand(_ slug: String = "acme") async throws -> Brand {
        try await self.client.createBrand(CreateBrandRequest(slug: slug, name: "The \(slug) company"))
    }

    /// A key of a brand.
    func makeKey(
        _ brand: Brand, _ request: CreateKeyRequest = CreateKeyRequest(scopes: ["identity:read"]),
        idempotencyKey: String = "\(UInt64.random(in: .min ... .max))"
    ) async throws -> CreateKeyResponse {
        try await self.client.createKey(request, options: try self.options(brand, idempotencyKey: idempotencyKey))
    }

    /// What verifying a text answers.
    func verify(_ key: String) async throws -> VerifyKeyResponse {
        try await self.client.verifyKey(VerifyKeyRequest(key: key))
    }

    /// The types of all events, in the order of their buckets.
    func events() async throws -> [RecordedEvent] {
        try await EventReader(self.pool).events(after: EventCursor())
    }
}
