import DrivelineTesting
import Events
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCTestSupport
import Testing
import WellKnownMessages

@testable import ChannelService
@testable import InventoryService

/// What inventory answers about a brand, by inventory as it is.
@Suite("Inventory asked for what a brand has set up")
struct RealStockTests {
    private static let brand = PostgresUUID(high: 1, low: 2)

    @Test(
        "units are sold at active locations that are not a marketplace's, and where no figures that are too old are hidden"
    )
    func locations() async throws {
        try await Self.with { source, inventory, pool in
            func put(_ id: String, _ change: (inout InventoryMessages.Location) -> Void = { _ in }) async throws {
                var location = Location(kind: .warehouse, active: true, staleAfter: ProtoDuration(seconds: 60))
                change(&location)
                _ = try await inventory.putLocation(PutLocationRequest(locationID: id, location: location))
            }
            try await put("HIDDEN") { $0.staleRule = .hide }
            try await put("IDLE") { $0.active = false }
            try await put("KEPT") { $0.safetyBuffer = 3 }
            try await put("MARKET") { $0.kind = .marketplace }
            func sold() async throws -> [String] {
                try await source.brand(Self.brand).locations.filter(\.isSold).map(\.id)
            }
            #expect(try await sold() == ["HIDDEN", "KEPT"], "figures that no feed brings are never too old")
            // By the clock of inventory's database: no other is asked.
            try await pool.runScript("update location set fed_at = now() - interval '30 s'")
            #expect(try await sold() == ["HIDDEN", "KEPT"])
            try await pool.runScript("update location set fed_at = now() - interval '60 s'")
            #expect(try await sold() == ["KEPT"])
            #expect(try await source.brand(Self.brand).locations.map(\.safetyBuffer) == [0, 0, 3, 0])
        }
    }

    private static func with(
        _ body: (InventoryStock, InventoryServiceClient, PostgresPool) async throws -> Void
    ) async throws {
        try await withDatabase(RealOrderTests.inventoryTemplate) { database in
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            let pool = try PostgresPool(PostgresConfiguration(url: database.url), on: reactor)
            let (news, logger) = (EventNews(), OrderFlowHarness.logger)
            let reads = StockReads(pool, news: news, logger: logger)
            let engine = StockEngine(pool, reads: reads, news: news, limits: EngineLimits(), logger: logger)
            let server = try await InProcessServer([
                Inventory(
                    pool, engine: engine, reads: reads, files: StockFiles(pool, reads: reads, logger: logger),
                    news: news, logger: logger)
            ])
            let service = try server.client(credential: "gateway")
            let user = try server.client(
                credential: "\(Self.brand)/tester inventory:admin inventory:read inventory:write")
            try await withEnd {
                try await body(InventoryStock(service), InventoryServiceClient(user), pool)
            } end: {
                for client in [service, user] { client.shutDown() }
                await server.stop()
                await pool.shutDown(graceMilliseconds: 0)
            }
        }
    }
}
