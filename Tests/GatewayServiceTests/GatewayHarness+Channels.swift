import CatalogAPI
import ChannelAPI
import ChannelMessages
import DrivelineTesting
import Events
import Foundation
import Logging
import Migrations
import Postgres
import RPC
import ServiceKit
import ShopifyAdapter
import Vehicles

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
        for table in ["event", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs all of it with the services of connections and mappings, and the catalog's, on databases of the test's own, while
    /// `body` does. Platforms are at no address that may be called.
    ///
    /// - Parameter log: What the services of channels log.
    static func withChannels(
        logger: Logger = .silent, _ body: (GatewayHarness) async throws -> Void
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
                let transport = PlatformClient(PlatformClientConfiguration())
                let server = try await InProcessServer(
                    [products, fitments]
                        + self.channels(on: pool, catalog: catalog, transport: transport, logger: logger),
                    authenticator: ServiceTokenAuthenticator(token: Self.token))
                try await withEnd {
                    try await self.with(beside: { _ in Beside(server: server, services: Self.channelServices) }, body)
                } end: {
                    await server.stop()
                    await transport.stop()
                    catalog.shutDown()
                    await catalogServer.stop()
                }
            }
        }
    }

    private static func channels(
        on pool: PostgresPool, catalog: RPCClient, transport: PlatformClient, logger: Logger
    ) throws -> [any RPCService] {
        let keys = try CredentialKeys("test:" + Data(repeating: 7, count: 32).base64EncodedString())
        let connections = Connections(
            pool, registry: try ConnectionRegistry([ShopifyAdapter()]), sealing: CredentialSealing(keys: keys),
            logger: logger)
        let mappings = Mappings(connections)
        return [
            ServedConnections(
                connections: connections, transport: transport, concerns: [],
                reporting: SyncReports(pool: pool, connections: connections),
                logger: logger),
            ServedMappings(
                mappings: mappings,
                content: MappedContent(mappings: mappings, products: try CatalogProducts(catalog)),
                connections: connections, concerns: [], logger: logger),
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
