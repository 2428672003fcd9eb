public import ChannelAdapter
internal import Events
internal import Leasing
internal import Postgres
internal import RPC
public import ServiceKit

/// The service that keeps marketplaces in step: the composition of its parts.
public enum Channelling {
    /// The services that it calls, beside that which knows its callers.
    public static let clients = ["inventory", "order", "catalog", "pricing"]

    /// The settings of the service, beside those that all services have.
    public static let settings: [any AnySetting] = [
        CredentialKeys.setting, PlatformClientConfiguration.allowsPrivateSetting,
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
        let parts = try await self.composeConnections(in: context, on: pool, adapters: adapters)
        self.serveConnections(parts, in: context, concerning: [], reporting: SyncCounts(pool: pool))
    }
}
