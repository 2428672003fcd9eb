import Events
import InventoryService
import ServiceKit

/// The inventory service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: InventorySchema.migrations)
        await DrivelineService.run(name: "inventory", databases: [database], usesRedis: true) { context in
            let pool = try await context.postgres(database)
            await context.maintain(InventorySchema.partitions, in: pool)
            let limits = EngineLimits()
            let enginePool = try await context.postgres(database, pool: "engine", connections: limits.connections)
            let news = EventNews()
            let reads = StockReads(
                pool, redis: try await context.redis(), news: news, logger: context.logger,
                group: context.eventLoopGroup)
            context.run(reads)
            let engine = StockEngine(enginePool, reads: reads, news: news, limits: limits, logger: context.logger)
            context.run(ReservationSweeper(pool, engine: engine, logger: context.logger))
            context.register(Inventory(pool, engine: engine, reads: reads, news: news, logger: context.logger))
        }
    }
}
