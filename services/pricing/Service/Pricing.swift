internal import EventServing
internal import Events
internal import RPC
public import ServiceKit

/// The service that owns prices, promotions, coupons and quotes: the composition of its parts.
public enum Pricing {
    /// Opens the pools of the service on a context, has run what runs beside the calls, and registers its services.
    ///
    /// - Parameter database: One of those that the service was run with.
    /// - Throws: `StartupError` where the database cannot be read from the configuration.
    public static func compose(in context: ServiceContext, on database: ServiceDatabase) async throws {
        let news = EventNews()
        let pool = try await context.postgres(database)
        await context.maintain(PricingSchema.partitions, in: pool)
        context.run(EventExchange(pool, news: news))
        try await context.serveEvents(of: database, news: news)
        let books = PriceBooks()
        let writes = PriceWrites(books: books)
        context.register(PriceLists(pool, writes: writes, news: news, logger: context.logger))
        context.run(PriceScheduler(pool, news: news, logger: context.logger))
        context.register(PriceRules(pool, news: news, logger: context.logger))
        context.register(Redemptions(pool, news: news, logger: context.logger))
        let quoting = try await context.postgres(
            database, pool: "quotes", connections: Quotes.connections, sessionSettings: Quotes.sessionSettings)
        context.register(Quotes(quoting, books: books, news: news, logger: context.logger))
        let filePool = try await context.postgres(
            database, pool: "files", connections: PriceJobs.connections, sessionSettings: PriceJobs.sessionSettings)
        let jobs = PriceJobs(filePool, writes: writes, news: news, logger: context.logger)
        context.run(jobs)
        context.register(jobs)
        context.register(jobs.servedJobs)
    }
}
