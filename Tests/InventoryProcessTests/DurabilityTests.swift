import DrivelineTesting
import InventoryMessages
import InventoryService
import LocalServers
import Postgres
import ProcessTestSupport
import Testing

/// The dedicated form of what ``KillTests`` finds by chance: PostgreSQL dies right behind each answer.
@Suite("What the service has answered is on the disk", .timeLimit(.minutes(10)), .serialized)
struct DurabilityTests {
    private static let kills: Int64 = 3

    @Test("a command that was answered outlives PostgreSQL's death, though the server's default is not to wait")
    func answers() async throws {
        // Nothing but the session's own wish has the log written before ten seconds are over.
        let settings = ["full_page_writes": "on", "synchronous_commit": "off", "wal_writer_delay": "10s"]
        try await withPostgres(settings: settings) { server in
            let name = "driveline_inventory"
            try await KillTests.run("create database \(name)", at: server.url())
            let service = ServiceProcess(
                "inventory", databaseURL: server.url(database: name),
                settings: ["DRIVELINE_CATALOG_ADDRESS": ServiceProcess.nobody])
            try await service.start()
            do {
                try await Self.check(server, service)
                await service.kill()
            } catch {
                await service.kill()
                throw error
            }
        }
    }

    private static func check(_ server: LocalPostgres, _ service: ServiceProcess) async throws {
        let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        let caller = KillCaller(number: 0, brand: "\(brand)", services: [service], truth: KillTruth())
        try await KillTests.setUp(caller, service)
        for number in 1...Self.kills {
            let command = StockCommand.Command.adjustStock(
                AdjustStockRequest(
                    commandID: "c\(number)", sku: "A", locationID: KillCommands.locations[0], delta: 1, reason: .found))
            let answer = try #require(try await caller.send(command))
            await server.kill()
            try await server.start()
            #expect(answer.items.map(\.version) == [UInt64(number)])
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            let url = server.url(database: "driveline_inventory")
            let pool = try PostgresPool(StockVerification.configuration(url: url), on: reactor)
            #expect(try await KillTests.number("select count(*) from command_record", in: pool) == number)
            #expect(try await KillTests.number("select sum(available)::bigint from level", in: pool) == number)
            await pool.shutDown()
        }
    }
}
