internal import EventServing
internal import EventStreams
internal import Events
internal import Leasing
internal import Postgres
public import ServiceKit

extension Inventory {
    /// The services that it calls, beside that which knows its callers.
    public static let clients = ["catalog"]

    /// The settings of the service beside those that all services have.
    public static let settings = [EngineLimits.lanesSetting, StockCacheLimits.nearSetting] + FeedConfiguration.settings

    /// The service on a context: opens its pools, and has run what runs beside the calls.
    ///
    /// - Parameter database: One of those that the service was run with.
    /// - Throws: `StartupError` where the database or Redis cannot be read from the configuration.
    public static func composed(in context: ServiceContext, on database: ServiceDatabase) async throws -> Inventory {
        let (limits, news, logger) = (EngineLimits(context.configuration), EventNews(), context.logger)
        let pool = try await context.postgres(database)
        let lanes = try await context.postgres(
            database, pool: "engine", connections: limits.connections, sessionSettings: EngineLimits.sessionSettings)
        let filePool = try await context.postgres(
            database, pool: "files", connections: StockFiles.connections, sessionSettings: EngineLimits.sessionSettings)
        let feedPool = try await context.postgres(database, pool: "feeds", connections: StockFeeds.connections)
        await context.maintain(InventorySchema.partitions, in: pool)
        try await context.serveEvents(of: database, news: news)
        let reads = StockReads(
            pool, redis: try await context.redis(), news: news, configuration: context.configuration, logger: logger,
            group: context.eventLoopGroup)
        let engine = StockEngine(lanes, reads: reads, news: news, limits: limits, logger: logger)
        let files = StockFiles(filePool, reads: reads, logger: logger)
        let feeds = StockFeeds(
            feedPool, files: files, configuration: FeedConfiguration(context.configuration), news: news, logger: logger)
        context.run(
            EventExchange(pool, news: news), reads, files, feeds,
            ReservationSweeper(engine, logger: logger),
            LotSweeper(engine, logger: logger),
            KitAnnouncer(engine, news: news, logger: logger),
            KitIntake(try Self.kits(in: context, on: pool, news: news)))
        return Inventory(
            pool, engine: engine, reads: reads, files: files, feedSignal: feeds.signal, news: news, logger: logger)
    }

    /// What takes over from catalog what kits consist of.
    private static func kits(
        in context: ServiceContext, on pool: PostgresPool, news: EventNews
    ) throws -> EventConsumer {
        let kits = CatalogKits(logger: context.logger)
        var configuration = EventConsumer.Configuration(name: "inventory-kits")
        configuration.shares = 1
        configuration.transactions = 1
        return EventConsumer(
            configuration,
            source: StreamedEventSource(
                client: try context.client(for: "catalog"), consumer: "inventory", types: CatalogKits.types),
            pool: pool,
            leases: Leases(
                pool, holder: PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))),
            news: news, logger: context.logger,
            onGap: { gap, _ in kits.lost(gap) },
            effect: { try await kits.apply($0, in: $1) })
    }
}
