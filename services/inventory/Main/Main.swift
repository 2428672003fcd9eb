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
            name: "inventory", settings: [EngineLimits.lanesSetting], clients: ["identity"], databases: [database],
            usesRedis: true
        ) { context in
            let (limits, news, logger) = (EngineLimits(context.configuration), EventNews(), context.logger)
            let pool = try await context.postgres(database)
            let lanes = try await context.postgres(database, pool: "engine", connections: limits.connections)
            await context.maintain(InventorySchema.partitions, in: pool)
            let reads = StockReads(
                pool, redis: try await context.redis(), news: news, logger: logger, group: context.eventLoopGroup)
            let engine = StockEngine(lanes, reads: reads, news: news, limits: limits, logger: logger)
            context.run(reads)
            context.run(ReservationSweeper(pool, engine: engine, logger: logger))
            context.run(LotSweeper(pool, engine: engine, logger: logger))
            context.run(KitAnnouncer(pool, engine: engine, news: news, logger: logger))
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            context.register(Inventory(pool, engine: engine, reads: reads, news: news, logger: logger))
        }
    }
}
