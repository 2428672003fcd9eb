internal import Buckets
internal import ChannelMessages
internal import Events
internal import Leasing
internal import Logging
internal import Postgres

/// Consumers of the logs of inventory, pricing and catalog, which carry out what follows for listings.
enum SyncConsumers {
    /// Where events come from.
    struct Sources: Sendable {
        /// Of ``StockEffect/types``.
        let inventory: any EventSource
        /// Of ``MarkEffects/pricingTypes``.
        let pricing: any EventSource
        /// Of ``MarkEffects/catalogTypes``.
        let catalog: any EventSource
    }

    /// What follows the logs.
    ///
    /// - Parameters:
    ///   - events: Is told of what the effects have committed.
    ///   - news: Is told of the connections that have something to send.
    static func consumers(
        _ sources: Sources, pool: PostgresPool, leases: Leases, events: EventNews, news: SyncNews, logger: Logger
    ) -> [EventConsumer] {
        let (stock, marks) = (StockEffect(news), MarkEffects(news))
        return [
            EventConsumer(
                Self.configuration("channel-stock"), source: sources.inventory, pool: pool,
                leases: leases, news: events, logger: logger, onGap: Self.stockLost
            ) { try await stock.apply($0, $1) },
            EventConsumer(
                Self.configuration("channel-prices"), source: sources.pricing, pool: pool,
                leases: leases, news: events, logger: logger,
                onGap: { _, transaction in try await Self.lost(.price, transaction) },
                effect: { try await marks.pricing($0, $1) }),
            EventConsumer(
                Self.configuration("channel-contents"), source: sources.catalog, pool: pool,
                leases: leases, news: events, logger: logger,
                onGap: { _, transaction in try await Self.lost(.content, transaction) },
                effect: { try await marks.catalog($0, $1) }),
        ]
    }

    /// How a consumer of the service works. Its copies are two or a few, and streams cost the log's owner something.
    static func configuration(_ name: String) -> EventConsumer.Configuration {
        var configuration = EventConsumer.Configuration(name: name)
        configuration.shares = 2
        configuration.transactions = 2
        return configuration
    }

    /// Events of a bucket are not kept any more: inventory is asked for all that is copied of it, and of all brands.
    private static func stockLost(_ gap: EventGap, _ transaction: PostgresTransaction) async throws {
        _ = try await transaction.execute([
            PostgresCommand(Self.asking, gap.missing.bucket.number), BrandCopy.askingAll,
        ])
    }

    /// Nobody knows whose events they were: all listings are looked at anew.
    private static func lost(_ kind: SyncKind, _ transaction: PostgresTransaction) async throws {
        for row in try await transaction.query(Self.brands) {
            _ = try await SyncPass.requestAll(
                of: try row.decode(PostgresUUID.self), kinds: [kind], in: transaction)
        }
    }

    private static let asking = PostgresStatement("update stock_sku set is_asked = true where bucket = $1")

    private static let brands = PostgresStatement("select distinct brand_id from connection order by brand_id")
}
