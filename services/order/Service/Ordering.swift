internal import EventServing
internal import Events
internal import Leasing
internal import Postgres
internal import RPC
public import ServiceKit

/// The service that owns orders, returns, claims and settlements: the composition of its parts.
public enum Ordering {
    /// The services that it calls, beside that which knows its callers.
    public static let clients = ["inventory", "pricing", "catalog"]

    /// Opens the pools of the service on a context, has run what runs beside the calls, and registers its services.
    ///
    /// - Parameter database: One of those that the service was run with.
    /// - Throws: `StartupError` where the database cannot be read from the configuration.
    public static func compose(in context: ServiceContext, on database: ServiceDatabase) async throws {
        let news = EventNews()
        let pool = try await context.postgres(database)
        await context.maintain(OrderSchema.partitions, in: pool)
        context.run(EventExchange(pool, news: news))
        try await context.serveEvents(of: database, news: news)
        let writing = try await context.postgres(
            database, pool: "writes", connections: OrderWrites.connections,
            sessionSettings: OrderWrites.sessionSettings)
        let queue = EffectQueue()
        let writes = OrderWrites(writing, news: news, effects: queue)
        let (inventory, pricing) = (try context.client(for: "inventory"), try context.client(for: "pricing"))
        let placements = Placements(
            pool, writes: writes,
            calls: PlacementCalls(
                inventory: inventory, pricing: pricing, catalog: try context.client(for: "catalog")),
            logger: context.logger)
        let replacements = Replacements(placements)
        let leases = Leases(
            pool, holder: PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max)))
        let effects = EffectRunner(
            pool, leases: leases, writes: writes, queue: queue,
            calls: EffectCalls(inventory: inventory, pricing: pricing), replacements: replacements,
            logger: context.logger)
        context.run(effects, PlacementDriver(pool, leases: leases, placements: placements, logger: context.logger))
        let changes = OrderChanges(pool: pool, writes: writes, lookup: placements.lookup, effects: effects)
        let reading = try await context.postgres(
            database, pool: "reads", connections: Orders.connections, sessionSettings: OrderWrites.sessionSettings)
        context.register(
            Orders(
                reading, placements: placements, news: news, logger: context.logger))
        context.register(Fulfilment(changes, placements: placements, logger: context.logger))
        context.register(Returns(changes, replacements: replacements, logger: context.logger))
        try await self.composeFiles(in: context, on: database, writes: writes, news: news)
    }
}
