internal import CatalogDomain
internal import EventServing
internal import Events
internal import RPC
public import ServiceKit
internal import Vehicles

/// The service that owns products, fitments, supersessions and kits: the composition of its parts.
public enum Catalog {
    /// Opens the pools of the service on a context, has run what runs beside the calls, and registers its services.
    ///
    /// - Parameter database: One of those that the service was run with.
    /// - Throws: `StartupError` where the database cannot be read from the configuration.
    public static func compose(in context: ServiceContext, on database: ServiceDatabase) async throws {
        let news = EventNews()
        let pool = try await context.postgres(database)
        await context.maintain(CatalogSchema.partitions, in: pool)
        context.run(EventExchange(pool, news: news))
        try await context.serveEvents(of: database, news: news)
        let fitments = Fitments(pool, tables: try VehicleTables.embedded, news: news, logger: context.logger)
        context.register(fitments)
        let products = Products(
            pool, followers: [CompatibilityFitments(fitments.known), SearchRows()], news: news, logger: context.logger)
        context.register(products)
        let searching = try await context.postgres(
            database, pool: "search", connections: ProductSearch.connections,
            sessionSettings: ProductSearch.sessionSettings)
        context.register(
            ProductSearch(searching, products: products, known: fitments.known, logger: context.logger))
        let filePool = try await context.postgres(
            database, pool: "files", connections: CatalogJobs.connections, sessionSettings: CatalogJobs.sessionSettings)
        let jobs = CatalogJobs(
            filePool, products: products.writes, known: fitments.known, news: news, logger: context.logger)
        context.run(jobs)
        context.register(jobs)
        context.register(jobs.servedJobs)
    }
}
