public import InventoryMessages
public import RPC
internal import Wire

// These methods do not exist yet.
extension Inventory {
    /// Not yet.
    public func getStock(_ batch: borrowing Batch<GetStockRequest, StockItem>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func lookUpStock(_ request: LookUpStockRequest, context: ServerContext) async throws -> LookUpStockResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func listStock(_ request: ListStockRequest, context: ServerContext) async throws -> ListStockResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func getAvailability(_ request: GetAvailabilityRequest, context: ServerContext) async throws -> GetAvailabilityResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func planReservation(_ request: PlanReservationRequest, context: ServerContext) async throws -> PlanReservationResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func listMovements(_ request: ListMovementsRequest, context: ServerContext) async throws -> ListMovementsResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func explainStock(_ request: ExplainStockRequest, context: ServerContext) async throws -> ExplainStockResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func watchStock(
        _ request: WatchStockRequest, responses: ResponseWriter<WatchStockResponse>, context: ServerContext
    ) async throws { throw RPCError(.unimplemented, "not yet") }
}
