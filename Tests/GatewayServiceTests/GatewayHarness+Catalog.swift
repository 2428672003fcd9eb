import CatalogAPI
import CatalogMessages
import DrivelineTesting
import Events
import Jobs
import JobsAPI
import JobsMessages
import Logging
import Migrations
import Postgres
import RPC
import ServedJobs
import ServiceKit
import Vehicles

@testable import CatalogDomain
@testable import CatalogService
@testable import GatewayService

extension GatewayHarness {
    static let catalogTemplate = DatabaseTemplate(
        "catalog", checksum: CatalogSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(CatalogSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "job", "job_chunk", "idempotency_key", "undo_product", "undo_fitment"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs all of it with the catalog's services and their jobs, on a database of the test's own, while `body` does.
    static func withCatalog(_ body: (GatewayHarness) async throws -> Void) async throws {
        try await withPool(template: self.catalogTemplate) { pool in
            let news = EventNews()
            let fitments = Fitments(pool, tables: try VehicleTables.embedded, news: news, logger: .silent)
            let products = Products(
                pool, followers: [CompatibilityFitments(fitments.known), SearchRows()], news: news, logger: .silent)
            let search = ProductSearch(pool, products: products, known: fitments.known, logger: .silent)
            let jobs = CatalogJobs(
                pool, products: products.writes, known: fitments.known, news: news, logger: .silent)
            let server = try await InProcessServer(
                [products, fitments, search, jobs, jobs.servedJobs],
                authenticator: ServiceTokenAuthenticator(token: Self.token))
            let working = Task { await jobs.run() }
            try await withEnd {
                try await self.with(beside: { _ in Beside(server: server, services: Self.catalogServices) }, body)
            } end: {
                working.cancel()
                await working.value
                await server.stop()
            }
        }
    }

    /// The services as the gateway's program names them.
    static func catalogServices(_ client: RPCClient) -> [PublicService] {
        let methods =
            ProductServiceMethods.all + ProductSearchServiceMethods.all + FitmentServiceMethods.all
            + CatalogFileServiceMethods.all
        return [
            PublicService(methods, CatalogDescriptors.fileDescriptorSet, at: client),
            PublicService(JobServiceMethods.all, JobsDescriptors.fileDescriptorSet, at: client, name: "catalog"),
        ]
    }
}
