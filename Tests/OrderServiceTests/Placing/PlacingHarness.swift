import CatalogService
import DrivelineTesting
import Events
import InventoryAPI
import InventoryMessages
import Leasing
import Logging
import Migrations
import OrderDomain
import OrderMessages
import Postgres
import PricingAPI
import PricingMessages
import RPC
import Synchronization
import Testing
import Wire

@testable import CatalogService
@testable import InventoryService
@testable import OrderService
@testable import PricingService

/// Inventory, pricing and the catalog in this process, each on a database of its own, and processes of orders that ask them.
struct PlacingHarness {
    static let brandScopes = """
        catalog:read catalog:write inventory:admin inventory:read inventory:reserve inventory:write pricing:read \
        pricing:redeem pricing:write
        """

    let brand: PostgresUUID
    let database: TestDatabase
    let reactor: PostgresReactor
    let faults: ServiceFaults
    /// Servers of inventory, pricing and the catalog.
    let servers: [InProcessServer]
    let inventory: InventoryServiceClient
    let lists: PriceListServiceClient
    let rules: PriceRuleServiceClient
    let redemptions: RedemptionServiceClient
    let catalog: RPCClient
    let sweeper: ReservationSweeper

    /// Runs the services while `body` does.
    static func with(_ body: (PlacingHarness) async throws -> Void) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        try await withDatabase(OrderHarness.template) { orders in
            try await Self.withPools(reactor) { inventoryPool, pricingPool, catalogPool in
                let brand = OrderHarness.newBrand()
                let faults = ServiceFaults()
                let (inventory, sweeper) = Self.inventory(inventoryPool)
                var servers: [InProcessServer] = []
                for services in [[inventory], Self.pricing(pricingPool), Self.catalog(catalogPool)] {
                    servers.append(try await InProcessServer(services, interceptors: [faults]))
                }
                let clients = try servers.map { try $0.client(credential: "\(brand)/tester \(Self.brandScopes)") }
                let harness = PlacingHarness(
                    brand: brand, database: orders, reactor: reactor, faults: faults, servers: servers,
                    inventory: InventoryServiceClient(clients[0]), lists: PriceListServiceClient(clients[1]),
                    rules: PriceRuleServiceClient(clients[1]), redemptions: RedemptionServiceClient(clients[1]),
                    catalog: clients[2], sweeper: sweeper)
                try await withEnd {
                    _ = try await harness.inventory.putLocation(
                        PutLocationRequest(locationID: "WHS1", location: Location(active: true)))
                    try await body(harness)
                } end: {
                    for client in clients { client.shutDown() }
                    for server in servers { await server.stop() }
                }
            }
        }
    }

    /// The same services for another brand, while `body` does.
    func withOtherBrand(_ body: (PlacingHarness) async throws -> Void) async throws {
        let brand = OrderHarness.newBrand()
        let clients = try self.servers.map { try $0.client(credential: "\(brand)/tester \(Self.brandScopes)") }
        let harness = PlacingHarness(
            brand: brand, database: self.database, reactor: self.reactor, faults: self.faults, servers: self.servers,
            inventory: InventoryServiceClient(clients[0]), lists: PriceListServiceClient(clients[1]),
            rules: PriceRuleServiceClient(clients[1]), redemptions: RedemptionServiceClient(clients[1]),
            catalog: clients[2], sweeper: self.sweeper)
        try await withEnd {
            _ = try await harness.inventory.putLocation(
                PutLocationRequest(locationID: "WHS1", location: Location(active: true)))
            try await body(harness)
        } end: {
            for client in clients { client.shutDown() }
        }
    }

    private static func withPools(
        _ reactor: PostgresReactor, _ body: (TestPool, PostgresPool, PostgresPool) async throws -> Void
    ) async throws {
        try await withDatabase(Self.inventoryTemplate) { inventory in
            try await withDatabase(Self.pricingTemplate) { pricing in
                try await withDatabase(Self.catalogTemplate) { catalog in
                    let pools = try [inventory, pricing, catalog].map {
                        try PostgresPool(PostgresConfiguration(url: $0.url), on: reactor)
                    }
                    var configuration = PostgresConfiguration(url: inventory.url)
                    configuration.sessionSettings = EngineLimits.sessionSettings
                    let engine = try PostgresPool(configuration, on: reactor)
                    try await withEnd {
                        try await body(TestPool(pool: pools[0], engine: engine), pools[1], pools[2])
                    } end: {
                        for pool in pools + [engine] { await pool.shutDown(graceMilliseconds: 0) }
                    }
                }
            }
        }
    }

    /// The pools of inventory.
    struct TestPool {
        let pool: PostgresPool
        let engine: PostgresPool
    }

    private static func inventory(_ pools: TestPool) -> (any RPCService, ReservationSweeper) {
        let news = EventNews()
        let logger = OrderHarness.logger
        let reads = StockReads(pools.pool, news: news, logger: logger)
        let engine = StockEngine(pools.engine, reads: reads, news: news, limits: EngineLimits(), logger: logger)
        let files = StockFiles(pools.pool, reads: reads, logger: logger)
        return (
            Inventory(pools.pool, engine: engine, reads: reads, files: files, news: news, logger: logger),
            ReservationSweeper(engine, logger: logger)
        )
    }

    private static func pricing(_ pool: PostgresPool) -> [any RPCService] {
        let (news, books, logger) = (EventNews(), PriceBooks(), OrderHarness.logger)
        return [
            PriceLists(pool, writes: PriceWrites(books: books), news: news, logger: logger),
            PriceRules(pool, news: news, logger: logger), Redemptions(pool, news: news, logger: logger),
            Quotes(pool, books: books, news: news, logger: logger),
        ]
    }

    private static func catalog(_ pool: PostgresPool) -> [any RPCService] {
        [Products(pool, followers: [], news: EventNews(), logger: OrderHarness.logger)]
    }
}

// MARK: - Databases

extension PlacingHarness {
    private static let inventoryTemplate = DatabaseTemplate(
        "inventory", checksum: InventorySchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        try await Self.migrate(
            pool, InventorySchema.migrations,
            partitions: ["event_run", "movement", "command_record", "conflict", "job", "job_chunk", "idempotency_key"])
    }

    private static let pricingTemplate = DatabaseTemplate(
        "pricing", checksum: PricingSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        try await Self.migrate(
            pool, PricingSchema.migrations,
            partitions: ["event_run", "job", "job_chunk", "idempotency_key", "undo_price"])
    }

    private static let catalogTemplate = DatabaseTemplate(
        "catalog", checksum: CatalogSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        try await Self.migrate(
            pool, CatalogSchema.migrations,
            partitions: ["event_run", "job", "job_chunk", "idempotency_key", "undo_product", "undo_fitment"])
    }

    private static func migrate(
        _ pool: PostgresPool, _ migrations: [Migration], partitions: [String]
    ) async throws {
        for migration in try MigrationSet(migrations).migrations { try await pool.runScript(migration.text) }
        for table in partitions {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }
}

/// Has methods of the services fail.
final class ServiceFaults: ServerInterceptor {
    private struct State {
        var failures: [String: Int] = [:]
        var calls: [String: Int] = [:]
        var isDown = false
    }

    private let state = Mutex(State())

    /// Has the next calls of a method fail, in a way that clients do not repeat by themselves.
    func fail(_ method: String, times: Int) { self.state.withLock { $0.failures[method] = times } }

    /// Whether nobody can be reached.
    func setDown(_ isDown: Bool) { self.state.withLock { $0.isDown = isDown } }

    /// How often a method was called.
    func calls(of method: String) -> Int { self.state.withLock { $0.calls[method] ?? 0 } }

    func admit(_ call: CallInfo) throws(RPCError) {
        let method = String(call.method.name.split(separator: "/").last ?? "")
        let fails = self.state.withLock { state in
            state.calls[method, default: 0] += 1
            if state.isDown { return true }
            guard let failures = state.failures[method], failures > 0 else { return false }
            state.failures[method] = failures - 1
            return true
        }
        if fails { throw RPCError(.internal, "made to fail by the test") }
    }
}
