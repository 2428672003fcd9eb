import DrivelineTesting
import OrderAPI
import OrderMessages
import Postgres
import RPC
import RPCMessages
import Wire

@testable import OrderService

extension OrderHarness {
    /// Serves reads and settings while `body` runs, with a client of the harness' brand and one of another.
    func withReads(_ body: (OrderServiceClient, OrderServiceClient) async throws -> Void) async throws {
        // Nothing is placed here.
        let nowhere = try RPCClient(RPCClientConfiguration(target: .list([])))
        defer { nowhere.shutDown() }
        let calls = PlacementCalls(inventory: nowhere, pricing: nowhere, catalog: nowhere)
        let placements = Placements(self.pool, writes: self.writes, calls: calls, logger: Self.logger)
        let orders = Orders(self.pool, placements: placements, news: self.news, logger: Self.logger)
        let server = try await InProcessServer([orders])
        let rpc = try server.client(credential: "\(self.brand)/tester order:read order:write")
        let other = try server.client(credential: "\(self.otherBrand)/tester order:read order:write")
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(OrderServiceClient(rpc), OrderServiceClient(other)))
        } catch { result = .failure(error) }
        rpc.shutDown()
        other.shutDown()
        await server.stop()
        try result.get()
    }

    /// A brand that has nothing to do with the harness' one.
    var otherBrand: PostgresUUID { PostgresUUID(high: ~self.brand.high, low: self.brand.low) }

    /// What a call is refused with; nil where it is not.
    func problem(_ call: () async throws -> Void) async throws -> Problem? {
        do {
            try await call()
            return nil
        } catch let error as RPCError {
            guard let problem = error.problem else { throw error }
            return problem
        }
    }
}
