import DrivelineTesting
import Events
import Jobs
import JobsAPI
import JobsMessages
import Logging
import Migrations
import Postgres
import PricingAPI
import PricingMessages
import RPC
import ServedJobs
import ServiceKit

@testable import GatewayService
@testable import PricingService

extension GatewayHarness {
    static let pricingTemplate = DatabaseTemplate(
        "pricing", checksum: PricingSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(PricingSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "job", "job_chunk", "idempotency_key", "undo_price"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Runs all of it with pricing's services and their jobs, on a database of the test's own, while `body` does.
    static func withPricing(_ body: (GatewayHarness) async throws -> Void) async throws {
        try await withPool(template: self.pricingTemplate) { pool in
            let news = EventNews()
            let books = PriceBooks()
            let writes = PriceWrites(books: books)
            let jobs = PriceJobs(pool, writes: writes, news: news, logger: .silent)
            let server = try await InProcessServer(
                [
                    PriceLists(pool, writes: writes, news: news, logger: .silent),
                    PriceRules(pool, news: news, logger: .silent), Redemptions(pool, news: news, logger: .silent),
                    Quotes(pool, books: books, news: news, logger: .silent), jobs, jobs.servedJobs,
                ],
                authenticator: ServiceTokenAuthenticator(token: Self.token))
            let working = Task { await jobs.run() }
            try await withEnd {
                try await self.with(beside: { _ in Beside(server: server, services: Self.pricingServices) }, body)
            } end: {
                working.cancel()
                await working.value
                await server.stop()
            }
        }
    }

    /// The services as the gateway's program names them.
    static func pricingServices(_ client: RPCClient) -> [PublicService] {
        let methods =
            PriceListServiceMethods.all + PriceRuleServiceMethods.all + QuoteServiceMethods.all
            + RedemptionServiceMethods.all + PriceFileServiceMethods.all
        return [
            PublicService(methods, PricingDescriptors.fileDescriptorSet, at: client),
            PublicService(JobServiceMethods.all, JobsDescriptors.fileDescriptorSet, at: client, name: "pricing"),
        ]
    }
}
