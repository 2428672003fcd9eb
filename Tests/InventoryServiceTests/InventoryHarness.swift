import DrivelineTesting
import Events
import InventoryAPI
import InventoryMessages
import LocalServers
import Logging
import Migrations
import NIOPosix
import Postgres
import RPC
import Redis
import Testing

@testable import InventoryService

/// Copies of the inventory service in this process, on one database of the test's own.
struct InventoryHarness {
    /// One copy, with its connections and a client of it.
    struct Copy {
        let pool: PostgresPool
        let engine: StockEngine
        let inventory: Inventory
        let files: StockFiles
        let sweeper: ReservationSweeper
        let reads: StockReads
        let server: InProcessServer
        let client: RPCClient
    }

    /// Caches of the copies: each has a near one, and a Redis if there is one.
    struct Caches {
        let redis: [RedisClient]
        let limits: StockCacheLimits
    }

    static let scopes = "inventory:read inventory:write inventory:reserve inventory:admin"

    let brand: PostgresUUID
    let database: TestDatabase
    let copies: [Copy]

    /// The first copy's client.
    var client: InventoryServiceClient { InventoryServiceClient(self.copies[0].client) }
    var pool: PostgresPool { self.copies[0].pool }

    static let template = DatabaseTemplate(
        "inventory", checksum: InventorySchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(InventorySchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in [
            "event_run", "movement", "command_record", "conflict", "job", "job_chunk", "idempotency_key",
        ] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs copies while `body` does.
    ///
    /// - Parameters:
    ///   - proxy: What stands between each copy's engine and the database.
    ///   - caches: The caches that the copies have, which are followed; nil: none.
    ///   - locations: What is set up before.
    ///   - postgres: Where the database is; nil: on the server that tests share.
    static func with(
        copies count: Int = 1, limits: EngineLimits = EngineLimits(), locations: [String] = ["WHS1", "WHS2"],
        proxy: FaultProxy? = nil, caches: Caches? = nil, postgres: LocalPostgres? = nil,
        _ body: (InventoryHarness) async throws -> Void
    ) async throws {
        try await withDatabase(Self.template, on: postgres) { database in
            var copies: [Copy] = []
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            var followers: [Task<Void, Never>] = []
            func close() async {
                for follower in followers {
                    follower.cancel()
                    await follower.value
                }
                for copy in copies {
                    copy.client.shutDown()
                    await copy.server.stop()
                    await copy.pool.shutDown(graceMilliseconds: 0)
                }
            }
            do {
                let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
                for number in 0..<count {
                    let cache = caches.map {
                        StockCache(
                            $0.redis.isEmpty ? nil : $0.redis[number], on: MultiThreadedEventLoopGroup.singleton,
                            limits: $0.limits)
                    }
                    let copy = try await Self.start(brand, database, reactor, limits, proxy, cache)
                    copies.append(copy)
                    followers.append(Task { await copy.reads.run() })
                }
                let harness = InventoryHarness(brand: brand, database: database, copies: copies)
                for location in locations { try await harness.putLocation(location) }
                try await body(harness)
                await close()
            } catch {
                await close()
                throw error
            }
        }
    }

    private static func start(
        _ brand: PostgresUUID, _ database: TestDatabase, _ reactor: PostgresReactor, _ limits: EngineLimits,
        _ proxy: FaultProxy?, _ cache: StockCache?
    ) async throws -> Copy {
        let pool = try PostgresPool(PostgresConfiguration(url: database.url), on: reactor)
        var configuration = PostgresConfiguration(url: proxy?.url(database: database.name) ?? database.url)
        configuration.maximumConnections = limits.connections
        configuration.sessionSettings = EngineLimits.sessionSettings
        let enginePool = try PostgresPool(configuration, on: reactor)
        let news = EventNews()
        let logger = Logger(label: "inventory") { _ in SwiftLogNoOpLogHandler() }
        let reads = StockReads(pool, cache: cache, news: news, logger: logger)
        let engine = StockEngine(enginePool, reads: reads, news: news, limits: limits, logger: logger)
        let files = StockFiles(pool, reads: reads, logger: logger)
        let inventory = Inventory(
            pool, engine: engine, reads: reads, files: files, news: news, logger: logger)
        let server = try await InProcessServer([inventory])
        return Copy(
            pool: pool, engine: engine, inventory: inventory, files: files,
            sweeper: ReservationSweeper(engine, logger: logger), reads: reads, server: server,
            client: try server.client(credential: "\(brand)/tester \(Self.scopes)"))
    }

    /// A client that acts for another brand.
    func client(of brand: PostgresUUID, scopes: String = InventoryHarness.scopes) throws -> RPCClient {
        try self.copies[0].server.client(credential: "\(brand)/tester \(scopes)")
    }

    func putLocation(_ name: String, _ change: (inout InventoryMessages.Location) -> Void = { _ in }) async throws {
        var location = InventoryMessages.Location(active: true)
        change(&location)
        _ = try await self.client.putLocation(PutLocationRequest(locationID: name, location: location))
    }

    /// Adds units to a SKU.
    @discardableResult
    func adjust(
        _ sku: String, _ delta: Int64, at location: String = "WHS1", id: String = InventoryHarness.newID(),
        copy: Int = 0
    ) async throws -> CommandResponse {
        try await InventoryServiceClient(self.copies[copy].client).adjustStock(
            AdjustStockRequest(commandID: id, sku: sku, locationID: location, delta: delta, reason: .correction))
    }

    /// Holds units.
    @discardableResult
    func reserve(
        _ sku: String, _ quantity: Int64, reservation: String = InventoryHarness.newID(), copy: Int = 0
    ) async throws -> CommandResponse {
        try await InventoryServiceClient(self.copies[copy].client).reserve(
            ReserveRequest(
                commandID: reservation, reservationID: reservation,
                lines: [ReservationLine(sku: sku, quantity: quantity)]))
    }

    /// Sweeps until no reservation is held.
    func sweepAll() async throws {
        for _ in 0..<1_000 {
            if try await self.number("select count(*) from reservation where state = 1") == 0 { return }
            _ = try await self.copies[0].sweeper.sweep()
        }
        Issue.record("the sweeper leaves held reservations")
    }

    static func newID() -> String { "test-\(UInt64.random(in: .min ... .max))" }

    /// The first column of the first row.
    func number(_ sql: StaticString) async throws -> Int64 {
        try await self.pool.query(PostgresStatement(sql)).first?.decode(Int64.self) ?? 0
    }

    /// The balance of a level; zero where there is none.
    func balance(_ sku: String, at location: String = "WHS1") async throws -> Numbers {
        let row = try await self.pool.query(
            PostgresStatement(
                """
                select available, reserved, quarantined, in_transit, incoming from level
                where brand_id = $1 and sku = $2 and location_id = $3
                """), self.brand, sku, location
        ).first
        guard let row else { return Numbers() }
        let (available, reserved, quarantined, inTransit, incoming) = try row.decode(
            Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
        return Numbers(
            available: available, reserved: reserved, quarantined: quarantined, inTransit: inTransit,
            incoming: incoming)
    }

    /// A level's row.
    struct Numbers: Hashable {
        var available: Int64 = 0
        var reserved: Int64 = 0
        var quarantined: Int64 = 0
        var inTransit: Int64 = 0
        var incoming: Int64 = 0
        var onHand: Int64 { self.available + self.reserved }
    }

    /// The types of all events but those of locations, which every test has.
    func eventTypes() async throws -> [String: Int] {
        let rows = try await self.pool.query(
            PostgresStatement(
                "select type, count(*) from event where type <> 'inventory.location.changed' group by type"))
        var types: [String: Int] = [:]
        for row in rows {
            let (type, count) = try row.decode(String.self, Int64.self)
            types[type] = Int(count)
        }
        return types
    }
}
