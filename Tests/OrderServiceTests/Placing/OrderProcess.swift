import DrivelineTesting
import Events
import Leasing
import OrderDomain
import OrderMessages
import Postgres
import RPC
import Testing

@testable import OrderService

/// One process of the order service as far as it places orders: what it has in memory goes with it.
final class OrderProcess: Sendable {
    /// What a process that is killed ends with.
    struct Killed: Error {}

    let pool: PostgresPool
    let writes: OrderWrites
    let effects: EffectRunner
    let placements: Placements
    let driver: PlacementDriver
    private let brand: PostgresUUID
    private let clients: [RPCClient]

    /// - Parameter reached: What happens between two steps.
    init(
        _ harness: PlacingHarness, pace: PlacementDriver.Pace,
        reached: (@Sendable (FaultPoint) async throws -> Void)?
    ) throws {
        var configuration = PostgresConfiguration(url: harness.database.url)
        configuration.sessionSettings = OrderWrites.sessionSettings
        self.pool = try PostgresPool(configuration, on: harness.reactor)
        let faults = FaultPoints(reached)
        // They act for the brands of orders, as the service does.
        self.clients = try harness.servers.map { try $0.client(credential: "gateway") }
        let queue = EffectQueue()
        let leases = Leases(self.pool, holder: OrderHarness.newBrand())
        self.writes = OrderWrites(self.pool, news: EventNews(), effects: queue)
        self.effects = EffectRunner(
            self.pool, leases: leases, writes: self.writes, queue: queue,
            calls: EffectCalls(inventory: self.clients[0], pricing: self.clients[1]), faults: faults,
            logger: OrderHarness.logger)
        self.placements = Placements(
            self.pool, writes: self.writes,
            calls: PlacementCalls(
                inventory: self.clients[0], pricing: self.clients[1], catalog: self.clients[2]),
            faults: faults, logger: OrderHarness.logger)
        self.driver = PlacementDriver(
            self.pool, leases: leases, placements: self.placements, pace: pace, logger: OrderHarness.logger)
        self.brand = harness.brand
    }

    func end() async {
        for client in self.clients { client.shutDown() }
        await self.pool.shutDown(graceMilliseconds: 0)
    }

    /// Who asks, and waits for long.
    func placing(_ patience: Duration = .seconds(60)) -> Placing {
        Placing(brand: self.brand, by: "tester", patience: Patience(patience))
    }

    func place(
        _ request: PlaceOrderRequest, key: String = "", patience: Duration = .seconds(60)
    ) async throws -> PlaceOrderResponse {
        try await self.placements.place(request, commandID: key, for: self.placing(patience))
    }

    func order(_ id: String) async throws -> Order { try await self.placements.lookup.order(self.brand, id) }

    /// Does what an order's commands ask for, now.
    func apply(
        _ order: Order, _ decide: @escaping OrderDecision
    ) async throws -> OrderAnswer {
        let id = try #require(OrderID(order.id))
        return try await self.writes.apply(
            OrderCommand(brand: self.brand, order: id, by: "tester", decide: decide))
    }

    /// Goes on with all that is on record until nothing is open any more, as if each due time had come.
    ///
    /// - Returns: How often something was tried.
    @discardableResult
    func settle() async throws -> Int {
        var rounds = 0
        while try await self.number(Self.open) > 0 {
            rounds += 1
            _ = try await self.pool.query(PostgresStatement("update order_placement set due_at = now()"))
            _ = try await self.driver.look()
            for key in try await self.openEffects() { try await self.effects.bringAbout(key) }
            try #require(rounds < 200, "it does not come to an end")
        }
        return rounds
    }

    /// The orders for which others are still to do something.
    func openEffects() async throws -> Set<OrderKey> {
        let rows = try await self.pool.query(
            PostgresStatement("select brand_id, order_id from order_effect where due_at < 'infinity'"))
        return Set(try EffectRows.due(rows))
    }

    /// The first column of the first row.
    func number(_ sql: StaticString) async throws -> Int64 {
        try await self.pool.query(PostgresStatement(sql)).first?.decode(Int64.self) ?? 0
    }

    // What waits for its hold's end is not open.
    private static let open: StaticString =
        """
        select (select count(*) from order_effect where due_at < 'infinity')
            + (select count(*) from order_placement p
               join sales_order o on o.bucket = p.bucket and o.brand_id = p.brand_id and o.order_id = p.order_id
               where o.status = 1 or o.status = 2 and o.paid >= o.total)
        """
}

extension PlacingHarness {
    /// Runs a process of orders while `body` does.
    ///
    /// - Parameter reached: What happens between two steps.
    func withProcess(
        pace: PlacementDriver.Pace = PlacementDriver.Pace(),
        reached: (@Sendable (FaultPoint) async throws -> Void)? = nil, _ body: (OrderProcess) async throws -> Void
    ) async throws {
        let process = try OrderProcess(self, pace: pace, reached: reached)
        try await withEnd {
            try await body(process)
        } end: {
            await process.end()
        }
    }

    /// Runs the services and a process while `body` does.
    static func withProcess(_ body: (PlacingHarness, OrderProcess) async throws -> Void) async throws {
        try await Self.with { harness in try await harness.withProcess { try await body(harness, $0) } }
    }

    /// The refusal of a call.
    func refusal(_ call: () async throws -> Void) async throws -> OrderRefusal? {
        do {
            try await call()
            return nil
        } catch let refusal as OrderRefusal {
            return refusal
        }
    }
}
