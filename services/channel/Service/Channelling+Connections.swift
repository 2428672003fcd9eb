internal import ChannelAdapter
internal import Logging
internal import Postgres
internal import ServiceKit

/// What the service's parts have in common: connections, the ways to their platforms, and what listings are to say.
struct ConnectionParts: Sendable {
    let connections: Connections
    let mappings: Mappings
    let content: MappedContent
    let transport: any PlatformTransport
}

extension Channelling {
    /// Makes what all parts stand on.
    static func composeConnections(
        in context: ServiceContext, on pool: PostgresPool, adapters: [any ChannelAdapter]
    ) async throws -> ConnectionParts {
        let keys = try CredentialKeys(context.configuration[CredentialKeys.setting])
        let sealing = CredentialSealing(keys: keys)
        await context.use(CredentialUpkeep(pool: pool, sealing: sealing, logger: context.logger))
        var configuration = PlatformClientConfiguration()
        configuration.allowsPrivate = context.configuration[PlatformClientConfiguration.allowsPrivateSetting]
        let client = PlatformClient(configuration)
        await context.use(client)
        let gateway = try GatewayAddress.configured(context.configuration[GatewayAddress.setting])
        if gateway == nil {
            context.logger.notice("without public-url platforms are asked for no notifications: orders are polled for")
        }
        let connections = Connections(
            pool, registry: try ConnectionRegistry(adapters), sealing: sealing, gateway: gateway,
            logger: context.logger)
        let mappings = Mappings(connections)
        return ConnectionParts(
            connections: connections, mappings: mappings,
            content: MappedContent(
                mappings: mappings, products: try CatalogProducts(try context.client(for: "catalog"))),
            transport: client)
    }

    /// Registers the services of connections and mappings.
    ///
    /// - Parameters:
    ///   - concerns: Whoever has to know when connections change.
    ///   - reporting: Says what waits on a connection.
    static func serveConnections(
        _ parts: ConnectionParts, in context: ServiceContext, concerning concerns: [any ListingsConcern],
        reporting: any SyncReporting
    ) {
        context.register(
            ServedConnections(
                connections: parts.connections, transport: parts.transport, concerns: concerns, reporting: reporting,
                logger: context.logger))
        context.register(
            ServedMappings(
                mappings: parts.mappings, content: parts.content, connections: parts.connections, concerns: concerns,
                logger: context.logger))
    }
}
