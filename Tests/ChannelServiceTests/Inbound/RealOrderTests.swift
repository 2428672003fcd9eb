import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Events
import InventoryAPI
import InventoryMessages
import Leasing
import Migrations
import OrderAPI
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Synchronization
import Testing
import WellKnownMessages

@testable import CatalogService
@testable import ChannelService
@testable import InventoryService
@testable import OrderService

/// From notifications to stock that is held and back to the platform, by the order service and inventory as they are.
@Suite("Platforms' orders and the order service")
struct RealOrderTests {
    /// The order service and inventory, in this process.
    struct Services {
        let orders: RPCClient
        let inventory: InventoryServiceClient
        let orderPool: PostgresPool
    }

    @Test("a notification becomes an order whose stock is held; what happens to it is told to the platform, once")
    func flow() async throws {
        try await OrderFlowHarness.with { harness in
            try await Self.with(harness.key.brand) { services in
                try await Self.stock(["A": 10], services)
                try await harness.list("A", as: "platform-a", shelf: 10)
                let desk = RemoteOrders(services.orders)
                let processor = harness.processor(orders: desk)
                for event in ["e-1", "e-1", "e-2"] {
                    try await harness.notify("order 1001 platform-a:3:10", event: event)
                }
                try await harness.process(with: processor)
                #expect(try await harness.messages().map(\.status) == [.done, .done])
                let order = try #require(
                    try await desk.order(id: "1001", connection: harness.key.id, of: harness.key.brand))
                #expect(order.status == .confirmed && order.items.map(\.sku) == ["A"] && order.platform == "Fake")
                #expect(try await Self.free("A", services) == 7)
                #expect(try await harness.shelf("A") == 7)

                // Paid later; more than there is is sold, and waits; one is cancelled by the platform.
                try await harness.notify("order 1001 platform-a:3:10 paid", event: "e-3")
                try await harness.notify("order 1002 platform-a:50:10 paid", event: "e-4")
                try await harness.notify("order 1003 platform-a:1:10 paid", event: "e-5")
                try await harness.process(with: processor)
                try await harness.notify("order 1003 platform-a:1:10 paid cancelled", event: "e-6")
                try await harness.process(with: processor)
                #expect(try await harness.messages().allSatisfy { $0.status == .done })
                func found(_ id: String) async throws -> OrderMessages.Order? {
                    try await desk.order(id: id, connection: harness.key.id, of: harness.key.brand)
                }
                #expect(try await found("1001")?.paymentStatus == .paid)
                let short = try #require(try await found("1002"))
                #expect(short.status == .pending && short.shortfall?.lines.map(\.missing) == [43])
                #expect(try await found("1003")?.status == .cancelled)
                try await until { try await Self.free("A", services) == 7 }

                // A parcel of it leaves.
                let fulfilment = FulfilmentServiceClient(services.orders)
                let brand = CallerIdentity(
                    brand: harness.key.brand.description, principal: "warehouse", scopes: ["order:write"])
                _ = try await fulfilment.shipOrder(
                    ShipOrderRequest(id: "1001", commandID: "ship-1", carrier: "UPS", tracking: "1Z1"),
                    options: CallOptions(caller: brand))
                try await harness.apply(try await Self.events(services.orderPool))
                try await harness.apply(try await Self.events(services.orderPool))
                try await harness.sendTasks()
                let told = harness.shop.state.withLock { $0.carriedOut }
                #expect(
                    told.map { "\($0.kind.rawValue) \($0.orderID)" }.sorted() == [
                        "acknowledge 1001", "acknowledge 1003", "ship 1001",
                    ])
                let parcel = try #require(told.first { $0.kind == .ship })
                #expect(parcel.trackingNumber == "1Z1" && parcel.lines.map(\.lineID) == ["line-1"])
                #expect(parcel.lines.map(\.quantity) == [3])
            }
        }
    }

    @Test("an order that inventory does not know is a dead letter, and is taken in once it is known")
    func unknown() async throws {
        try await OrderFlowHarness.with { harness in
            try await Self.with(harness.key.brand) { services in
                try await Self.stock(["A": 1], services)
                let processor = harness.processor(orders: RemoteOrders(services.orders))
                try await harness.notify("order 1 odd:1:10", event: "e-1")
                try await harness.process(with: processor)
                let message = try #require(try await harness.messages().first)
                #expect(message.status == .dead && message.problem == "unknown-sku", "\(message)")
                try await harness.list("A", as: "odd", shelf: 1)
                _ = try await harness.client.replayDeadLetters(ReplayDeadLettersRequest(connection: "shop"))
                try await harness.process(with: processor)
                #expect(try await harness.messages().first?.status == .done)
                #expect(try await Self.free("A", services) == 0)
            }
        }
    }

    private static func events(_ pool: PostgresPool) async throws -> [RecordedEvent] {
        let rows = try await pool.query(
            PostgresStatement(
                "select bucket, sequence, id, brand_id, type, subject, payload from event order by bucket, sequence"))
        return try rows.compactMap { row in
            let (bucket, sequence, id, brand, type, subject, payload) = try row.decode(
                Int16.self, Int64.self, PostgresUUID.self, PostgresUUID.self, String.self, String.self, [UInt8].self)
            guard let bucket = Bucket(number: bucket) else { return nil }
            return RecordedEvent(
                sequence: sequence,
                event: Event(
                    id: id, brand: brand, bucket: bucket, type: type, subject: subject,
                    occurredAt: PostgresTimestamp(microseconds: 1_700_000_000_000_000),
                    payload: payload))
        }
    }

    private static func stock(_ units: [String: Int64], _ services: Services) async throws {
        _ = try await services.inventory.putLocation(
            PutLocationRequest(locationID: "WHS1", location: Location(active: true)))
        for (sku, delta) in units {
            _ = try await services.inventory.adjustStock(
                AdjustStockRequest(
                    commandID: "stock-\(sku)", sku: sku, locationID: "WHS1", delta: delta, reason: .correction))
        }
    }

    private static func free(_ sku: String, _ services: Services) async throws -> Int64 {
        let item = try await services.inventory.getStock(GetStockRequest(sku: sku))
        return item.warehouses.reduce(0) { $0 + ($1.stockAvailable ?? 0) }
    }
}

// MARK: - Services

extension RealOrderTests {
    private static let orderTemplate = template(
        "channelrealorder", OrderSchema.migrations, ["event_run", "job", "job_chunk", "idempotency_key"])
    static let inventoryTemplate = template(
        "channelrealstock", InventorySchema.migrations,
        ["event_run", "movement", "command_record", "conflict", "job", "job_chunk", "idempotency_key"])
    private static let catalogTemplate = template(
        "channelrealcatalog", CatalogSchema.migrations,
        ["event_run", "job", "job_chunk", "idempotency_key", "undo_product", "undo_fitment"])

    private static func template(
        _ name: String, _ migrations: [Migration], _ partitioned: [String]
    ) -> DatabaseTemplate {
        DatabaseTemplate(name, checksum: migrations.map(\.checksum).joined(separator: "-")) { pool in
            for migration in try MigrationSet(migrations).migrations { try await pool.runScript(migration.text) }
            for table in partitioned {
                try await pool.runScript("create table \(table)_always partition of \(table) default")
            }
        }
    }

    /// Runs the services while `body` does.
    private static func with(_ brand: PostgresUUID, _ body: (Services) async throws -> Void) async throws {
        try await withDatabase(Self.orderTemplate) { orderDatabase in
            try await withDatabase(Self.inventoryTemplate) { inventoryDatabase in
                try await withDatabase(Self.catalogTemplate) { catalogDatabase in
                    let reactor = try PostgresReactor()
                    defer { reactor.stop() }
                    func pool(_ database: TestDatabase, _ settings: [String: String] = [:]) throws -> PostgresPool {
                        var configuration = PostgresConfiguration(url: database.url)
                        configuration.sessionSettings = settings
                        return try PostgresPool(configuration, on: reactor)
                    }
                    let pools = [
                        try pool(orderDatabase, OrderWrites.sessionSettings), try pool(inventoryDatabase),
                        try pool(inventoryDatabase, EngineLimits.sessionSettings), try pool(catalogDatabase),
                    ]
                    try await withEnd {
                        try await Self.with(
                            brand, orders: pools[0], inventory: pools[1], engine: pools[2], catalog: pools[3], body)
                    } end: {
                        for pool in pools { await pool.shutDown(graceMilliseconds: 0) }
                    }
                }
            }
        }
    }

    private static func with(
        _ brand: PostgresUUID, orders: PostgresPool, inventory: PostgresPool, engine: PostgresPool,
        catalog: PostgresPool, _ body: (Services) async throws -> Void
    ) async throws {
        let (news, logger) = (EventNews(), OrderFlowHarness.logger)
        let reads = StockReads(inventory, news: news, logger: logger)
        let stock = Inventory(
            inventory, engine: StockEngine(engine, reads: reads, news: news, limits: EngineLimits(), logger: logger),
            reads: reads, files: StockFiles(inventory, reads: reads, logger: logger), news: news, logger: logger)
        let products = Products(catalog, followers: [], news: EventNews(), logger: logger)
        let stockServer = try await InProcessServer([stock, products])
        let stockClient = try stockServer.client(credential: "gateway")
        let queue = EffectQueue()
        let writes = OrderWrites(orders, news: EventNews(), effects: queue)
        // Pricing is not there: orders of platforms have their prices.
        let placements = Placements(
            orders, writes: writes,
            calls: PlacementCalls(inventory: stockClient, pricing: stockClient, catalog: stockClient), logger: logger)
        let effects = EffectRunner(
            orders, leases: Leases(orders, holder: .ofNow()), writes: writes, queue: queue,
            calls: EffectCalls(inventory: stockClient, pricing: stockClient), logger: logger)
        let changes = OrderChanges(pool: orders, writes: writes, lookup: placements.lookup, effects: effects)
        let orderServer = try await InProcessServer([
            Orders(orders, placements: placements, news: EventNews(), logger: logger),
            Fulfilment(changes, placements: placements, logger: logger),
        ])
        let orderClient = try orderServer.client(credential: "gateway")
        let brandClient = try stockServer.client(
            credential: "\(brand)/tester inventory:admin inventory:read inventory:reserve inventory:write")
        try await withEnd {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await effects.run() }
                try await body(
                    Services(
                        orders: orderClient, inventory: InventoryServiceClient(brandClient), orderPool: orders))
                group.cancelAll()
            }
        } end: {
            for client in [stockClient, orderClient, brandClient] { client.shutDown() }
            await orderServer.stop()
            await stockServer.stop()
        }
    }
}
