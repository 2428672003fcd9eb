internal import Events
internal import RPC
internal import ServiceKit

extension Ordering {
    /// Opens the pool of files, has their jobs run, and registers what begins and shows them.
    ///
    /// - Parameters:
    ///   - writes: The one way in which orders change.
    ///   - news: Is told of events that were committed.
    static func composeFiles(
        in context: ServiceContext, on database: ServiceDatabase, writes: OrderWrites, news: EventNews
    ) async throws {
        let pool = try await context.postgres(
            database, pool: "files", connections: OrderJobs.connections, sessionSettings: OrderJobs.sessionSettings)
        let jobs = try OrderJobs(pool, writes: writes, news: news, logger: context.logger)
        context.run(jobs)
        context.register(jobs)
        context.register(Settlements(jobs))
        context.register(jobs.servedJobs)
    }
}
