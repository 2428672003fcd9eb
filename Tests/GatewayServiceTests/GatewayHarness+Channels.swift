import CatalogAPI
import ChannelAPI
import ChannelMessages
import DrivelineTesting
import EbayAdapter
import Events
import Foundation
import Logging
import Migrations
import Postgres
import RPC
import ServiceKit
import ShopifyAdapter
import Vehicles
import Waking

@testable import CatalogDomain
@testable import CatalogService
@testable import ChannelService
@testable import GatewayService

extension GatewayHarness {
    private static let channelTemplate = DatabaseTemplate(
        "channel", checksum: ChannelSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(ChannelSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Where platforms reach the gateway, as the service is told that answers their questions.
    static let publicURL = "https://api.example.com"

    /// What the services of channels stand on, for tests that have work done for connections.
    struct Channels {
        let pool: PostgresPool
        let transport: PlatformClient
        let sealing: CredentialSealing
        /// Wakes who works for connections.
        let news = SyncNews(EventNews())
        /// Wakes who fills the copy of stock.
        let fill = WakeSignal()

        /// The connections, as a process knows them that is told where the gateway is; nil: it is not told.
        func connections(at gateway: String? = nil, logger: Logger = .silent) throws -> Connections {
            Connections(
                self.pool, registry: try ConnectionRegistry([ShopifyAdapter(), EbayAdapter()]), sealing: self.sealing,
                gateway: try gateway.map { try GatewayAddress($0) }, logger: logger)
        }
    }

    /// Runs all of it with the services of channels, and the catalog's, on databases of the test's own, while `body` does.
    /// Nobody works for connections. Platforms are at no address that may be called.
    ///
    /// - Parameter logger: Of the services of channels.
    static func withChannels(
        logger: Logger = .silent, _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        try await self.withChannels(logger: logger, allowsPrivate: false) { gateway, _ in try await body(gateway) }
    }

    /// The same.
    ///
    /// - Parameter allowsPrivate: Whether platforms at local addresses may be called.
    static func withChannels(
        logger: Logger = .silent, allowsPrivate: Bool, _ body: (GatewayHarness, Channels) async throws -> Void
    ) async throws {
        try await withPool(template: self.catalogTemplate) { catalogPool in
            try await withPool(template: self.channelTemplate) { pool in
                let news = EventNews()
                let fitments = Fitments(catalogPool, tables: try VehicleTables.embedded, news: news, logger: .silent)
                let products = Products(
                    catalogPool, followers: [CompatibilityFitments(fitments.known), SearchRows()], news: news,
                    logger: .silent)
                let catalogServer = try await InProcessServer(
                    [products, fitments], authenticator: ServiceTokenAuthenticator(token: Self.token))
                let catalog = try catalogServer.client(credential: Self.token)
                var configuration = PlatformClientConfiguration()
                configuration.allowsPrivate = allowsPrivate
                let transport = PlatformClient(configuration)
                let keys = try CredentialKeys("test:" + Data(repeating: 7, count: 32).base64EncodedString())
                let channels = Channels(pool: pool, transport: transport, sealing: CredentialSealing(keys: keys))
                let server = try await InProcessServer(
                    [products, fitments]
                        + self.services(of: channels, catalog: catalog, logger: logger),
                    authenticator: ServiceTokenAuthenticator(token: Self.token))
                try await withEnd {
                    try await self.with(beside: { _ in Beside(server: server, services: Self.channelServices) }) {
                        try await body($0, channels)
                    }
                } end: {
                    await server.stop()
                    await transport.stop()
                    catalog.shutDown()
                    await catalogServer.stop()
                }
            }
        }
    }

    private static func services(
        of channels: Channels, catalog: RPCClient, logger: Logger
    ) throws -> [any RPCService] {
        let connections = try channels.connections(logger: logger)
        let (mappings, inbound) = (Mappings(connections), Inbound(channels.pool))
        return [
            ServedConnections(
                connections: connections, transport: channels.transport, concerns: [],
                reporting: SyncReports(pool: channels.pool, connections: connections),
                logger: logger),
            ServedMappings(
                mappings: mappings,
                content: MappedContent(mappings: mappings, products: try CatalogProducts(catalog)),
                connections: connections, concerns: [], logger: logger),
            Listings(
                channels.pool, connections: connections, transport: channels.transport,
                products: CatalogKnownProducts(catalog), news: channels.news, fill: channels.fill, logger: logger),
            InboundMessages(
                inbound, connections: connections, transport: channels.transport,
                gateway: try GatewayAddress(self.publicURL),
                deadLetters: [InboundDeadLetters(inbound)], logger: logger),
        ]
    }

    /// The services as the gateway's program names them.
    private static func channelServices(_ client: RPCClient) -> [PublicService] {
        let methods =
            ConnectionServiceMethods.all + ListingServiceMethods.all + MappingServiceMethods.all
            + InboundServiceMethods.all
        return self.catalogServices(client).prefix(1) + [
            PublicService(methods, ChannelDescriptors.fileDescriptorSet, at: client)
        ]
    }
}
