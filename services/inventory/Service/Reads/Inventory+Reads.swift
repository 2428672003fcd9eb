public import InventoryMessages
public import RPC

extension Inventory {
    /// The stock of single SKUs, all calls of one read together.
    public func getStock(_ batch: borrowing Batch<GetStockRequest, StockItem>) { self.reads.getStock(batch) }

    /// The stock of many SKUs.
    public func lookUpStock(_ request: LookUpStockRequest, context: ServerContext) async throws -> LookUpStockResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.lookUpStock(request, of: brand) }
    }

    /// The stock that matches filters, by pages.
    public func listStock(_ request: ListStockRequest, context: ServerContext) async throws -> ListStockResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.listStock(request, of: brand) }
    }

    /// What a channel may be told of.
    public func getAvailability(
        _ request: GetAvailabilityRequest, context: ServerContext
    ) async throws -> GetAvailabilityResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.availability(request, of: brand) }
    }

    /// What a reserve command would do now.
    public func planReservation(
        _ request: PlanReservationRequest, context: ServerContext
    ) async throws -> PlanReservationResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.plan(request, of: brand) }
    }

    /// The movements of a SKU, the newest first.
    public func listMovements(
        _ request: ListMovementsRequest, context: ServerContext
    ) async throws -> ListMovementsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.listMovements(request, of: brand) }
    }

    /// Why a number is what it is, or was.
    public func explainStock(
        _ request: ExplainStockRequest, context: ServerContext
    ) async throws -> ExplainStockResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.explain(request, of: brand) }
    }

    /// Lots, by expiry.
    public func listLots(_ request: ListLotsRequest, context: ServerContext) async throws -> ListLotsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.listLots(request, of: brand) }
    }

    /// The writes that lost, the newest first.
    public func listConflicts(
        _ request: ListConflictsRequest, context: ServerContext
    ) async throws -> ListConflictsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.reads.listConflicts(request, of: brand) }
    }

    /// Every change from a cursor on.
    public func watchStock(
        _ request: WatchStockRequest, responses: ResponseWriter<WatchStockResponse>, context: ServerContext
    ) async throws {
        let brand = try self.brand(of: context.caller)
        try await self.answering(context) { try await self.reads.watch(request, of: brand, to: responses) }
    }
}
