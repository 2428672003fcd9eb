internal import Events
internal import RPC
public import ServiceKit

/// The service that owns orders, returns, claims and settlements: the composition of its parts.
public enum Ordering {
    /// The services that it calls, beside that which knows its callers.
    public static let clients = ["inventory", "pricing", "catalog"]

    /// Opens the pools of the service on a context, has run what runs beside the calls, and registers its services.
    ///
    /// - Parameter database: One of those that the service was run with.
    /// - Throws: `StartupError` where the database cannot be read from the configuration.
    public static func compose(in context: ServiceContext, on database: ServiceDatabase) async throws {
        let news = EventNews()
        let pool = try await context.postgres(database)
        await context.maintain(OrderSchema.partitions, in: pool)
        context.run(EventExchange(pool, news: news))
    }
}
