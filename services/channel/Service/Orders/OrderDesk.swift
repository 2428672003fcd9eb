internal import OrderAPI
internal import OrderMessages
internal import Postgres
internal import RPC
internal import RPCMessages
internal import Wire

/// What the order service is asked for platforms' orders, on behalf of their brands.
protocol OrderDesk: Sendable {
    /// An order as it stands; nil: there is none.
    ///
    /// - Parameter connection: Whose it is, where the id is the platform's; empty: the id is ours.
    func order(id: String, connection: String, of brand: PostgresUUID) async throws(RPCError) -> Order?

    /// Places an order. Sent again, it gives the order that is there.
    func place(_ request: PlaceOrderRequest, of brand: PostgresUUID) async throws(RPCError) -> Order

    /// Puts a payment on record. Sent again, it does nothing more.
    func recordPayment(_ request: RecordPaymentRequest, of brand: PostgresUUID) async throws(RPCError)

    /// Cancels an order. Sent again, it does nothing more.
    func cancel(_ request: CancelOrderRequest, of brand: PostgresUUID) async throws(RPCError)
}

/// The order service, by RPC.
struct RemoteOrders: OrderDesk {
    /// How long one call may take.
    static let timeout = Duration.seconds(10)
    /// As whom the service acts: who did it in an order's log.
    static let principal = "service:channel"
    /// What it may do there.
    static let scopes: Set<String> = ["order:read", "order:write"]

    private let orders: OrderServiceClient
    private let fulfilment: FulfilmentServiceClient

    /// - Parameter client: May act for others.
    init(_ client: RPCClient) {
        self.orders = OrderServiceClient(client)
        self.fulfilment = FulfilmentServiceClient(client)
    }

    func order(id: String, connection: String, of brand: PostgresUUID) async throws(RPCError) -> Order? {
        do throws(RPCError) {
            return try await self.orders.getOrder(
                GetOrderRequest(id: id, connection: connection), options: Self.options(for: brand))
        } catch {
            guard error.problem?.type == "order-not-found" else { throw error }
            return nil
        }
    }

    func place(_ request: PlaceOrderRequest, of brand: PostgresUUID) async throws(RPCError) -> Order {
        guard let order = try await self.orders.placeOrder(request, options: Self.options(for: brand)).order else {
            throw RPCError(.internal, "the order service answered without an order")
        }
        return order
    }

    func recordPayment(_ request: RecordPaymentRequest, of brand: PostgresUUID) async throws(RPCError) {
        _ = try await self.fulfilment.recordPayment(request, options: Self.options(for: brand))
    }

    func cancel(_ request: CancelOrderRequest, of brand: PostgresUUID) async throws(RPCError) {
        _ = try await self.fulfilment.cancelOrder(request, options: Self.options(for: brand))
    }

    private static func options(for brand: PostgresUUID) -> CallOptions {
        CallOptions(
            timeout: Self.timeout,
            caller: CallerIdentity(brand: brand.description, principal: Self.principal, scopes: Self.scopes))
    }
}
