import DrivelineTesting
import Events
import Jobs
import JobsAPI
import JobsMessages
import Leasing
import Logging
import Migrations
import OrderAPI
import OrderMessages
import Postgres
import RPC
import ServedJobs
import ServiceKit
import Synchronization

@testable import GatewayService
@testable import OrderService
@testable import PricingService

extension GatewayHarness {
    private static let orderTemplate = DatabaseTemplate(
        "order", checksum: OrderSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(OrderSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "job", "job_chunk", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs all of it with the services of orders and prices, on databases of the test's own, while `body` does.
    static func withOrders(_ body: (GatewayHarness) async throws -> Void) async throws {
        try await withPool(template: self.pricingTemplate) { pricingPool in
            try await withPool(template: self.orderTemplate, { $0.sessionSettings = OrderWrites.sessionSettings }) {
                orderPool in
                let ends = Ends()
                try await withEnd {
                    try await self.with(
                        beside: { try await self.orders(on: orderPool, pricingPool, calling: $0, ends) }, body)
                } end: {
                    await ends.run()
                }
            }
        }
    }

    private static func orders(
        on pool: PostgresPool, _ pricingPool: PostgresPool, calling inventoryServer: InProcessServer, _ ends: Ends
    ) async throws -> Beside {
        let pricing = self.pricing(on: pricingPool)
        let pricingServer = try await InProcessServer(
            pricing, authenticator: ServiceTokenAuthenticator(token: self.token))
        let (inventory, prices) = (
            try inventoryServer.client(credential: self.token), try pricingServer.client(credential: self.token)
        )
        let (news, queue) = (EventNews(), EffectQueue())
        let writes = OrderWrites(pool, news: news, effects: queue)
        let placements = Placements(
            pool, writes: writes,
            calls: PlacementCalls(inventory: inventory, pricing: prices, catalog: prices), logger: .silent)
        let replacements = Replacements(placements)
        let effects = EffectRunner(
            pool, leases: Leases(pool, holder: PostgresUUID(high: 1, low: .random(in: .min ... .max))), writes: writes,
            queue: queue, calls: EffectCalls(inventory: inventory, pricing: prices), replacements: replacements,
            logger: .silent)
        let changes = OrderChanges(pool: pool, writes: writes, lookup: placements.lookup, effects: effects)
        let jobs = try OrderJobs(pool, writes: writes, news: news, logger: .silent)
        let server = try await InProcessServer(
            pricing + [
                Orders(pool, placements: placements, news: news, logger: .silent),
                Fulfilment(changes, placements: placements, logger: .silent),
                Returns(changes, replacements: replacements, logger: .silent), jobs, Settlements(jobs),
                jobs.servedJobs,
            ],
            authenticator: ServiceTokenAuthenticator(token: self.token))
        let working = Task {
            async let carrying: Void? = try? effects.run()
            await jobs.run()
            _ = await carrying
        }
        ends.add {
            working.cancel()
            await working.value
            await server.stop()
            inventory.shutDown()
            prices.shutDown()
            await pricingServer.stop()
        }
        return Beside(server: server, services: self.orderServices)
    }

    private static func pricing(on pool: PostgresPool) -> [any RPCService] {
        let (news, books) = (EventNews(), PriceBooks())
        return [
            PriceLists(pool, writes: PriceWrites(books: books), news: news, logger: .silent),
            PriceRules(pool, news: news, logger: .silent), Redemptions(pool, news: news, logger: .silent),
            Quotes(pool, books: books, news: news, logger: .silent),
        ]
    }

    /// The services as the gateway's program names them; of pricing's, those without files.
    private static func orderServices(_ client: RPCClient) -> [PublicService] {
        let methods =
            OrderServiceMethods.all + FulfilmentServiceMethods.all + ReturnServiceMethods.all
            + SettlementServiceMethods.all + OrderFileServiceMethods.all
        return self.pricingServices(client).prefix(1) + [
            PublicService(methods, OrderDescriptors.fileDescriptorSet, at: client),
            PublicService(JobServiceMethods.all, JobsDescriptors.fileDescriptorSet, at: client, name: "order"),
        ]
    }
}

/// What is to be ended once a test is over.
private final class Ends: Sendable {
    private let works = Mutex<[@Sendable () async -> Void]>([])

    func add(_ work: @escaping @Sendable () async -> Void) { self.works.withLock { $0.append(work) } }

    func run() async { for work in self.works.withLock({ $0 }) { await work() } }
}
