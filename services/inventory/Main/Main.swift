import Authentication
import Events
import IdentityAPI
import InventoryService
import ServiceKit

/// The inventory service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: InventorySchema.migrations)
        await DrivelineService.run(
            name: "inventory", settings: [EngineLimits.lanesSetting] + FeedConfiguration.settings,
            clients: ["identity"], databases: [database],
            usesRedis: true
        ) { context in
            let (limits, news, logger) = (EngineLimits(context.configuration), EventNews(), context.logger)
            let pool = try await context.postgres(database)
            let filePool = try await context.postgres(database, pool: "files", connections: StockFiles.connections)
            let lanes = try await context.postgres(database, pool: "engine", connections: limits.connections)
            await context.maintain(InventorySchema.partitions, in: pool)
            let reads = StockReads(
                pool, redis: try await context.redis(), news: news, logger: logger, group: context.eventLoopGroup)
            let engine = StockEngine(lanes, reads: reads, news: news, limits: limits, logger: logger)
            let files = StockFiles(filePool, reads: reads, logger: logger)
            context.run(reads)
            context.run(files)
            let feedPool = try await context.postgres(database, pool: "feeds", connections: StockFeeds.connections)
            let feeds = StockFeeds(
                feedPool, files: files, configuration: FeedConfiguration(context.configuration), news: news,
                logger: logger)
            context.run(feeds)
            context.run(ReservationSweeper(pool, engine: engine, logger: logger))
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            context.register(
                Inventory(
                    pool, engine: engine, reads: reads, files: files, feedSignal: feeds.signal, news: news,
                    logger: logger))
        }
    }
}
