internal import EventServing
internal import Events
public import ServiceKit

extension Inventory {
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
            KitAnnouncer(engine, news: news, logger: logger))
        return Inventory(
            pool, engine: engine, reads: reads, files: files, feedSignal: feeds.signal, news: news, logger: logger)
    }
}
