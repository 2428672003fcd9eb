public import ChannelAdapter
internal import EventStreams
internal import Events
internal import Leasing
internal import Postgres
internal import RPC
public import ServiceKit
internal import ServiceLifecycle

/// The service that keeps marketplaces in step: the composition of its parts.
public enum Channelling {
    /// The services that it calls, beside that which knows its callers.
    public static let clients = ["inventory", "order", "catalog", "pricing"]

    /// The settings of the service, beside those that all services have.
    public static let settings: [any AnySetting] = [
        CredentialKeys.setting, PlatformClientConfiguration.allowsPrivateSetting, GatewayAddress.setting,
    ]

    /// Opens the pools of the service on a context, has run what runs beside the calls, and registers its services.
    ///
    /// - Parameters:
    ///   - adapters: One for each platform.
    ///   - database: One of those that the service was run with.
    /// - Throws: `StartupError` where the database or the key of credentials cannot be read from the configuration.
    public static func compose(
        in context: ServiceContext, on database: ServiceDatabase, adapters: [any ChannelAdapter]
    ) async throws {
        let news = EventNews()
        let pool = try await context.postgres(database)
        await context.maintain(ChannelSchema.partitions, in: pool)
        context.run(EventExchange(pool, news: news))
        let leases = Leases(
            pool, holder: PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max)))
        let parts = try await self.composeConnections(in: context, on: pool, adapters: adapters)
        let (syncNews, letters) = (SyncNews(news), EventLetters(pool))
        let orders = try self.composeOrders(
            in: context, on: pool, connections: parts.connections, transport: parts.transport,
            gateway: parts.connections.gateway, adapters: adapters,
            hints: ListingHints(news: syncNews), eventLetters: [letters])
        let sync = try self.composeSync(
            in: context, on: pool, leases: leases, connections: parts.connections, gateway: parts.connections.gateway,
            content: parts.content, transport: parts.transport, news: syncNews, orderTasks: orders.tasks,
            orderIntake: orders.intake)
        self.serveConnections(parts, in: context, concerning: [sync.hints], reporting: sync.reports)
        let consumers = try self.consumers(
            in: context, on: pool, news: news, leases: leases, syncNews: syncNews, orders: orders.planning)
        letters.follow(consumers)
        context.run(Consumers(consumers))
    }

    /// What follows the logs of the other services.
    private static func consumers(
        in context: ServiceContext, on pool: PostgresPool, news: EventNews, leases: Leases, syncNews: SyncNews,
        orders: OrderTaskPlanning
    ) throws -> [EventConsumer] {
        let source = { (service: String, types: Set<String>) in
            StreamedEventSource(client: try context.client(for: service), consumer: "channel", types: types)
        }
        let sync = SyncConsumers.consumers(
            SyncConsumers.Sources(
                inventory: try source("inventory", Set(StockEffect.types)),
                pricing: try source("pricing", Set(MarkEffects.pricingTypes)),
                catalog: try source("catalog", Set(MarkEffects.catalogTypes))),
            pool: pool, leases: leases, events: news, news: syncNews, logger: context.logger)
        return sync + [
            EventConsumer(
                SyncConsumers.configuration("channel-orders"),
                source: try source("order", OrderTaskPlanning.types), pool: pool, leases: leases, news: news,
                logger: context.logger
            ) { try await orders.apply($0, in: $1) }
        ]
    }
}

/// Runs consumers beside each other.
private struct Consumers: Service {
    private let consumers: [EventConsumer]

    init(_ consumers: [EventConsumer]) { self.consumers = consumers }

    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for consumer in self.consumers { group.addTask { await consumer.run() } }
            }
        }
    }
}
