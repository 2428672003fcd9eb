internal import ChannelAdapter
internal import Leasing
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Waking

/// The parts that keep platforms in step.
struct SyncComposition: Sendable {
    /// Has listings looked at anew.
    let hints: ListingHints
    /// Says what waits on connections.
    let reports: SyncReports
}

extension Channelling {
    /// Registers the service of listings, and has run what sends for connections.
    ///
    /// - Parameters:
    ///   - gateway: Where platforms send their notifications; nil: they are not asked for any.
    ///   - news: Wakes the workers of connections.
    ///   - orderTasks: What the workers tell platforms of orders.
    static func composeSync(
        in context: ServiceContext, on pool: PostgresPool, leases: Leases,
        connections: any SyncConnections, gateway: GatewayAddress?, content: any ListingContent,
        transport: any PlatformTransport,
        news: SyncNews, orderTasks: (any OrderTaskWork)?, orderIntake: (any OrderIntakeHint)?
    ) throws -> SyncComposition {
        let (logger, fill) = (context.logger, WakeSignal())
        context.register(
            Listings(
                pool, connections: connections, transport: transport,
                products: CatalogKnownProducts(try context.client(for: "catalog")), news: news, fill: fill,
                logger: logger))
        let parts = SyncParts(
            pool: pool, connections: connections, transport: transport,
            prices: PricingPrices(try context.client(for: "pricing")), content: content, news: news,
            orderTasks: orderTasks, orderIntake: orderIntake, gateway: gateway, logger: logger)
        context.run(
            SyncWorkers(parts, leases: leases),
            StockCopyFill(
                pool, leases: leases, source: InventoryStock(try context.client(for: "inventory")), news: news,
                signal: fill, logger: logger),
            FulfilledStockPolling(
                pool, connections: connections, transport: transport,
                target: InventoryFulfilledStock(try context.client(for: "inventory")), logger: logger))
        return SyncComposition(
            hints: ListingHints(news: news), reports: SyncReports(pool: pool, connections: connections))
    }
}
