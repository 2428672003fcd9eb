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
import PricingService
import RPC
import Testing

@testable import InventoryService
@testable import OrderService
@testable import PricingService

/// Orders whose effects are brought about by inventory and pricing in this process, each on a database of its own.
struct EffectHarness {
    static let scopes = "inventory:read inventory:write inventory:reserve inventory:admin pricing:read pricing:write"

    let orders: OrderHarness
    let server: InProcessServer
    /// Acts for the brand.
    let rpc: RPCClient
    let inventoryPool: PostgresPool
    let leases: Leases

    var inventory: InventoryServiceClient { InventoryServiceClient(self.rpc) }

    static let inventoryTemplate = DatabaseTemplate(
        "inventory", checksum: InventorySchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(InventorySchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "movement", "command_record", "conflict", "job", "job_chunk", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    static let pricingTemplate = DatabaseTemplate(
        "pricing", checksum: PricingSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(PricingSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "job", "job_chunk", "idempotency_key", "undo_price"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs all of it while `body` does.
    static func with(_ body: (EffectHarness) async throws -> Void) async throws {
        try await OrderHarness.with { orders in
            try await withPool(template: Self.inventoryTemplate) { (inventoryPool: PostgresPool) in
                try await withPool(template: Self.pricingTemplate) { (pricingPool: PostgresPool) in
                    let server = try await InProcessServer([
                        Self.inventory(inventoryPool),
                        Redemptions(pricingPool, news: EventNews(), logger: OrderHarness.logger),
                    ])
                    let rpc = try server.client(credential: "\(orders.brand)/tester \(Self.scopes)")
                    let harness = EffectHarness(
                        orders: orders, server: server, rpc: rpc, inventoryPool: inventoryPool,
                        leases: Leases(orders.pool, holder: OrderHarness.newBrand()))
                    let result: Result<Void, any Error>
                    do {
                        _ = try await harness.inventory.putLocation(
                            PutLocationRequest(locationID: "WHS1", location: Location(active: true)))
                        result = .success(try await body(harness))
                    } catch { result = .failure(error) }
                    rpc.shutDown()
                    await server.stop()
                    try result.get()
                }
            }
        }
    }

    private static func inventory(_ pool: PostgresPool) -> Inventory {
        let news = EventNews()
        let reads = StockReads(pool, news: news, logger: OrderHarness.logger)
        let engine = StockEngine(pool, reads: reads, news: news, limits: EngineLimits(), logger: OrderHarness.logger)
        let files = StockFiles(pool, reads: reads, logger: OrderHarness.logger)
        return Inventory(
            pool, engine: engine, reads: reads, files: files, news: news, logger: OrderHarness.logger)
    }

    /// Has a runner at work while `body` runs.
    ///
    /// - Parameters:
    ///   - proxy: What stands between it and the other services.
    ///   - faults: What happens between its steps.
    func withRunner(
        through proxy: FaultProxy? = nil, faults: FaultPoints = .none, _ body: (EffectRunner) async throws -> Void
    ) async throws {
        let client = try self.server.client(credential: "gateway", through: proxy)
        let runner = EffectRunner(
            self.orders.pool, leases: self.leases, writes: self.orders.writes, queue: self.orders.queue,
            calls: EffectCalls(inventory: client, pricing: client), faults: faults, logger: OrderHarness.logger)
        let running = Task { try await runner.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(runner)) } catch { result = .failure(error) }
        running.cancel()
        _ = await running.result
        client.shutDown()
        try result.get()
    }
}

extension EffectHarness {
    /// Puts units on the shelf.
    func stock(_ sku: String, _ units: Int64) async throws {
        _ = try await self.inventory.adjustStock(
            AdjustStockRequest(
                commandID: OrderHarness.newID(), sku: sku, locationID: "WHS1", delta: units, reason: .correction))
    }

    /// A confirmed order whose units are held.
    ///
    /// - Parameter backorders: So many may be promised that are not there.
    func reserved(_ orderID: String, units: Int64 = 2, backorders: Int64 = 0) async throws -> Order {
        let order = try await self.orders.record(
            orderID, OrderHarness.order(status: .confirmed) { $0.items[0].quantity = units }
        ).order
        let reservation = "\(order.id).1"
        _ = try await self.inventory.reserve(
            ReserveRequest(
                commandID: "\(reservation).reserve", reservationID: reservation,
                lines: [ReservationLine(sku: "SKU-1", quantity: units)],
                rules: AllocationRules(backorderCap: backorders)))
        return try await self.orders.apply(order) { (state, _) throws(OrderRefusal) in
            state.order.reservationID = reservation
            state.append(.confirmed, "Confirmed")
        }.order
    }

    /// Ships units of an order.
    func ship(_ order: Order, _ units: Int64, command: String = "") async throws {
        try await self.orders.apply(order, command: command) { (state, _) throws(OrderRefusal) in
            state.order.items[0].shipped += units
            state.append(.shipped, "Shipped \(units)")
            state.require(
                .commitReservation(
                    id: state.order.reservationID, [OrderEffect.Portion(line: 0, sku: "SKU-1", quantity: units)]))
        }
    }

    /// Cancels what is left of an order.
    func cancelRest(_ order: Order, command: String = "") async throws {
        try await self.orders.apply(order, command: command) { (state, _) throws(OrderRefusal) in
            state.order.items[0].cancelled = state.order.items[0].quantity - state.order.items[0].shipped
            state.append(.cancelled, "Cancelled the rest")
            state.require(.releaseReservation(id: state.order.reservationID, []))
        }
    }

    /// Returns when nothing is open any more.
    func untilDone() async throws {
        try await until { try await self.orders.number("select count(*) from order_effect") == 0 }
    }

    /// Available, reserved and quarantined units.
    func balance(_ sku: String) async throws -> [Int64] {
        let row = try await self.inventoryPool.query(
            PostgresStatement(
                "select available, reserved, quarantined from level where brand_id = $1 and sku = $2"),
            self.orders.brand, sku
        ).first
        guard let row else { return [] }
        let (available, reserved, quarantined) = try row.decode(Int64.self, Int64.self, Int64.self)
        return [available, reserved, quarantined]
    }
}
