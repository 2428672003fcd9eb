import DrivelineTesting
import OrderAPI
import OrderMessages
import Postgres
import RPC
import RPCMessages
import Wire

@testable import OrderService

/// Offers the reads and settings of orders by RPC; what placing adds is refused.
struct ReadOrders: OrderService {
    let orders: Orders

    func placeOrder(_ request: PlaceOrderRequest, context: ServerContext) async throws -> PlaceOrderResponse {
        throw RPCError(.unimplemented, "not here")
    }

    func resolveShortfall(_ request: ResolveShortfallRequest, context: ServerContext) async throws -> Order {
        throw RPCError(.unimplemented, "not here")
    }

    func getOrder(_ request: GetOrderRequest, context: ServerContext) async throws -> Order {
        try await self.orders.getOrder(request, context: context)
    }

    func listOrders(_ request: ListOrdersRequest, context: ServerContext) async throws -> ListOrdersResponse {
        try await self.orders.listOrders(request, context: context)
    }

    func listOrderEntries(
        _ request: ListOrderEntriesRequest, context: ServerContext
    ) async throws -> ListOrderEntriesResponse {
        try await self.orders.listOrderEntries(request, context: context)
    }

    func watchOrders(
        _ request: WatchOrdersRequest, responses: ResponseWriter<WatchOrdersResponse>, context: ServerContext
    ) async throws {
        try await self.orders.watchOrders(request, responses: responses, context: context)
    }

    func getSettings(_ request: GetOrderSettingsRequest, context: ServerContext) async throws -> OrderSettings {
        try await self.orders.getSettings(request, context: context)
    }

    func putSettings(_ request: PutOrderSettingsRequest, context: ServerContext) async throws -> OrderSettings {
        try await self.orders.putSettings(request, context: context)
    }
}

extension OrderHarness {
    /// Serves reads and settings while `body` runs, with a client of the harness' brand and one of another.
    func withReads(_ body: (OrderServiceClient, OrderServiceClient) async throws -> Void) async throws {
        let orders = Orders(
            self.pool, settings: KnownSettings(self.pool), news: self.news, logger: Self.logger)
        let server = try await InProcessServer([ReadOrders(orders: orders)])
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
