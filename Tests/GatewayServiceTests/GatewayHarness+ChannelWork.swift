import ChannelAdapter
import DrivelineTesting
import Leasing
import Postgres

@testable import ChannelService

extension GatewayHarness.Channels {
    /// Has a process work for the connections while `body` runs: it fills the copy of stock, sends and reads back.
    ///
    /// - Parameter stock: What inventory says, at one warehouse.
    func working(
        _ connections: Connections, stock: [String: Int64] = [:], _ body: () async throws -> Void
    ) async throws {
        let id = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
        let parts = SyncParts(
            pool: self.pool, connections: connections, transport: self.transport, prices: NoPrices(),
            content: NoContent(), news: self.news, orderTasks: nil, orderIntake: nil, gateway: connections.gateway,
            logger: .silent)
        let leases = Leases(self.pool, holder: id)
        let fill = StockCopyFill(
            self.pool, leases: leases, source: OneWarehouse(units: stock), news: self.news, signal: self.fill,
            logger: .silent)
        let running = [Task { try await SyncWorkers(parts, leases: leases).run() }, Task { try await fill.run() }]
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for task in running { task.cancel() }
        for task in running { _ = await task.result }
        try result.get()
    }
}

/// Has some units of some SKUs, all of them at one warehouse.
private struct OneWarehouse: StockSource {
    let units: [String: Int64]

    func stock(of skus: [String], brand: PostgresUUID) async throws -> [String: StockFact] {
        self.units.filter { skus.contains($0.key) }.mapValues { StockFact(version: 1, available: ["WHS1": $0]) }
    }

    func brand(_ brand: PostgresUUID) async throws -> BrandFact {
        BrandFact(locations: [LocationFact(id: "WHS1", isSold: true, safetyBuffer: 0)], channelBuffers: [:])
    }
}

/// No prices are asked for.
private struct NoPrices: PriceSource {
    func prices(of skus: [String], on connection: SyncConnection) async throws -> [String: UnitPrice] { [:] }
}

/// Nothing is listed.
private struct NoContent: ListingContent {
    func content(
        _ listing: ListingReference, overrides: [String: String], of connection: SyncConnection
    ) async throws -> ContentRow? { nil }
}
