import Events
import InventoryService
import ServiceKit

/// The inventory service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: InventorySchema.migrations)
        await DrivelineService.run(name: "inventory", databases: [database]) { context in
            let pool = try await context.postgres(database)
            await context.maintain(InventorySchema.partitions, in: pool)
            let limits = EngineLimits()
            let enginePool = try await context.postgres(database, pool: "engine", connections: limits.connections)
            let news = EventNews()
            let engine = StockEngine(enginePool, reading: pool, news: news, limits: limits, logger: context.logger)
            context.run(ReservationSweeper(pool, engine: engine, logger: context.logger))
            let reads = StockReads(pool)
            context.register(Inventory(pool, engine: engine, reads: reads, news: news, logger: context.logger))
        }
    }
}
