import IdentityService
import ServiceKit

/// The identity service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: IdentitySchema.migrations)
        await DrivelineService.run(name: "identity", databases: [database]) { context in
            let pool = try await context.postgres(database)
            await context.maintain(IdentitySchema.partitions, in: pool)
            let lastUse = LastUseWriter(pool, logger: context.logger)
            context.run(lastUse)
            context.register(Identity(pool, lastUse: lastUse, logger: context.logger))
        }
    }
}
