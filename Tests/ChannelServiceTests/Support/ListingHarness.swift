import ChannelAPI
import ChannelMessages
import DrivelineTesting
import Postgres
import RPC
import RPCMessages
import Testing

@testable import ChannelService

/// The service of listings, called by RPC, before the sync engine of ``SyncHarness``.
struct ListingHarness: Sendable {
    let sync: SyncHarness
    let listings: ListingServiceClient
    /// The same for another brand.
    let strangers: ListingServiceClient

    static func with(
        products: Set<String> = [], withdraws: Bool = false, _ body: (ListingHarness) async throws -> Void
    ) async throws {
        try await SyncHarness.with { harness in
            let service = Listings(
                harness.pool,
                connections: FakeConnections(
                    pool: harness.pool, adapter: FakePlatformAdapter(harness.shop, withdraws: withdraws)),
                transport: NoTransport(), products: FakeProducts(skus: products), news: harness.news,
                fill: harness.fillSignal, logger: SyncHarness.logger)
            let server = try await InProcessServer([service])
            let clients = try [harness.brand, SyncHarness.newID()].map {
                try server.client(credential: "\($0)/tester channel:read channel:write")
            }
            let result: Result<Void, any Error>
            do {
                result = .success(
                    try await body(
                        ListingHarness(
                            sync: harness, listings: ListingServiceClient(clients[0]),
                            strangers: ListingServiceClient(clients[1]))))
            } catch { result = .failure(error) }
            for client in clients { client.shutDown() }
            await server.stop()
            try result.get()
        }
    }

    /// The type of the problem that a call is refused with.
    func problem(_ call: () async throws -> Void) async throws -> String {
        do {
            try await call()
            return ""
        } catch let error as RPCError {
            return error.problem?.type ?? ""
        }
    }
}

/// A catalog that has some SKUs.
struct FakeProducts: KnownProducts {
    let skus: Set<String>
    func known(_ skus: [String], of brand: PostgresUUID) async throws -> Set<String> { self.skus.intersection(skus) }
}
