import DrivelineTesting
import Events
import InventoryAPI
import InventoryMessages
import Leasing
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Testing

@testable import OrderService

/// The services of orders that stand, in this process, with inventory, pricing and the catalog that they ask.
struct AftersaleHarness {
    static let scopes = "order:read order:write order:refund"

    let goods: PlacingHarness
    let pool: PostgresPool
    let writes: OrderWrites
    let placements: Placements
    let effects: EffectRunner
    let fulfilment: FulfilmentServiceClient
    let returns: ReturnServiceClient
    /// The same for another brand.
    let strangers: (fulfilment: FulfilmentServiceClient, returns: ReturnServiceClient)

    /// Runs all of it while `body` does.
    static func with(
        reached: (@Sendable (FaultPoint) async throws -> Void)? = nil, _ body: (AftersaleHarness) async throws -> Void
    ) async throws {
        try await PlacingHarness.with { goods in
            try await Self.with(goods, reached: reached, body)
        }
    }

    /// Runs a process of orders while `body` does.
    ///
    /// - Parameters:
    ///   - driven: Whether what orders ask of other services is brought about by itself.
    ///   - reached: What happens between two steps.
    static func with(
        _ goods: PlacingHarness, driven: Bool = true, reached: (@Sendable (FaultPoint) async throws -> Void)? = nil,
        _ body: (AftersaleHarness) async throws -> Void
    ) async throws {
        var configuration = PostgresConfiguration(url: goods.database.url)
        configuration.sessionSettings = OrderWrites.sessionSettings
        let pool = try PostgresPool(configuration, on: goods.reactor)
        // They act for the brands of orders, as the service does.
        let clients = try goods.servers.map { try $0.client(credential: "gateway") }
        let (queue, faults, logger) = (EffectQueue(), FaultPoints(reached), OrderHarness.logger)
        let writes = OrderWrites(pool, news: EventNews(), effects: queue)
        let placements = Placements(
            pool, writes: writes,
            calls: PlacementCalls(inventory: clients[0], pricing: clients[1], catalog: clients[2]), faults: faults,
            logger: logger)
        let replacements = Replacements(placements)
        let effects = EffectRunner(
            pool, leases: Leases(pool, holder: OrderHarness.newBrand()), writes: writes, queue: queue,
            calls: EffectCalls(inventory: clients[0], pricing: clients[1]), replacements: replacements, faults: faults,
            logger: logger)
        let changes = OrderChanges(pool: pool, writes: writes, lookup: placements.lookup, effects: effects)
        let server = try await InProcessServer([
            Fulfilment(changes, placements: placements, logger: logger),
            Returns(changes, replacements: replacements, logger: logger),
        ])
        let callers = try [goods.brand, OrderHarness.newBrand()].map {
            try server.client(credential: "\($0)/tester \(Self.scopes)")
        }
        let harness = AftersaleHarness(
            goods: goods, pool: pool, writes: writes, placements: placements, effects: effects,
            fulfilment: FulfilmentServiceClient(callers[0]), returns: ReturnServiceClient(callers[0]),
            strangers: (FulfilmentServiceClient(callers[1]), ReturnServiceClient(callers[1])))
        try await withEnd {
            try await withThrowingTaskGroup(of: Void.self) { group in
                if driven { group.addTask { try await effects.run() } }
                try await body(harness)
                group.cancelAll()
            }
        } end: {
            for client in callers + clients { client.shutDown() }
            await server.stop()
            await pool.shutDown(graceMilliseconds: 0)
        }
    }

    // MARK: Orders

    /// Places an order of two units of each SKU for 50.00 each, whose units are there.
    func place(_ skus: [String] = ["A"], change: (inout PlaceOrderRequest) -> Void = { _ in }) async throws -> Order {
        var request = PlaceOrderRequest(
            orderID: OrderHarness.newID(), platform: "Amazon",
            items: skus.map { OrderItem(sku: $0, quantity: 2, price: Decimal(micros: 50_000_000)) })
        change(&request)
        let answer = try await self.placements.place(request, commandID: "", for: self.placing)
        return try #require(answer.order)
    }

    /// Who asks, and waits for long.
    var placing: Placing {
        Placing(brand: self.goods.brand, by: "tester", patience: Patience(.seconds(60)))
    }

    /// Places an order that is paid, and ships it.
    func shipped(_ skus: [String] = ["A"], change: (inout PlaceOrderRequest) -> Void = { _ in }) async throws -> Order {
        let order = try await self.place(skus) {
            $0.paymentStatus = .paid
            change(&$0)
        }
        return try await self.fulfilment.shipOrder(ShipOrderRequest(id: order.id, commandID: "ship"))
    }

    func order(_ id: String) async throws -> Order { try await self.placements.lookup.order(self.goods.brand, id) }

    // MARK: Stock

    /// A level of stock.
    struct Level: Hashable {
        var onHand: Int64 = 0
        var reserved: Int64 = 0
        var quarantined: Int64 = 0
    }

    /// Units of a SKU at the warehouse.
    func level(_ sku: String) async throws -> Level {
        let item = try await self.goods.inventory.getStock(GetStockRequest(sku: sku))
        guard let stock = item.warehouses.first(where: { $0.locationID == "WHS1" }) else { return Level() }
        return Level(
            onHand: stock.onHand ?? 0, reserved: stock.reserved ?? 0, quarantined: stock.quarantined ?? 0)
    }

    /// Waits until nothing is asked of other services any more.
    func settle() async throws {
        let open = PostgresStatement("select count(*) from order_effect where due_at < 'infinity'")
        try await until { try await self.pool.query(open).first?.decode(Int64.self) == 0 }
    }

    /// The effects that were refused for good.
    func parked() async throws -> Int64 {
        let parked = PostgresStatement("select count(*) from order_effect where due_at = 'infinity'")
        return try await self.pool.query(parked).first?.decode(Int64.self) ?? 0
    }

    /// Brings about what orders ask for, as if each due time had come.
    func bringAbout() async throws {
        let due = PostgresStatement("select brand_id, order_id from order_effect where due_at < 'infinity'")
        for _ in 0..<100 {
            let orders = Set(try EffectRows.due(try await self.pool.query(due)))
            guard !orders.isEmpty else { return }
            for order in orders { try await self.effects.bringAbout(order) }
        }
        Issue.record("it does not come to an end")
    }

    /// The log of an order.
    func log(of order: Order) async throws -> [OrderEntry] {
        let id = try #require(PostgresUUID(order.id))
        let rows = try await self.pool.query(
            PostgresStatement("select document from order_entry where order_id = $1 order by number"), id)
        return try rows.map { try OrderEntry(decoding: try $0.decode([UInt8].self)) }
    }

    /// The type of the problem with which a call is refused; nil: it is not.
    func problem(_ call: () async throws -> Void) async throws -> String? {
        do {
            try await call()
            return nil
        } catch let error as RPCError {
            return error.problem?.type ?? "\(error.code)"
        }
    }
}
