public import Events
internal import Postgres
public import ServiceKit

extension ServiceContext {
    /// Offers the event log of a database to the other services of the system, on a pool of its own.
    ///
    /// - Parameters:
    ///   - database: One of those that the service was run with.
    ///   - news: Tells of events that were committed.
    /// - Throws: `StartupError` where the database cannot be read from the configuration.
    public func serveEvents(of database: ServiceDatabase, news: EventNews) async throws {
        let pool = try await self.postgres(database, pool: "events", connections: ServedEvents.connections)
        self.register(ServedEvents(pool, news: news, logger: self.logger))
    }
}
