import InventoryService
import ServiceKit

/// The inventory service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: InventorySchema.migrations)
        await DrivelineService.run(name: "inventory", databases: [database]) { context in
            let pool = try await context.postgres(database)
            await context.maintain(InventorySchema.partitions, in: pool)
            let engine = StockEngine(pool, logger: context.logger)
            let reads = StockReads(pool)
            context.register(Inventory(pool, engine: engine, reads: reads, logger: context.logger))
        }
    }
}
