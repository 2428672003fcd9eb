public import InventoryMessages
public import RPC
internal import Wire

// These methods do not exist yet.
extension Inventory {
    /// Not yet.
    public func updateStock(_ request: UpdateStockRequest, context: ServerContext) async throws -> UpdateStockResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func changeStock(_ request: ChangeStockRequest, context: ServerContext) async throws -> ChangeStockResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func setStock(_ batch: borrowing Batch<SetStockRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func adjustStock(_ batch: borrowing Batch<AdjustStockRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func expectStock(_ batch: borrowing Batch<ExpectStockRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func receiveStock(_ batch: borrowing Batch<ReceiveStockRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func transferStock(_ batch: borrowing Batch<TransferStockRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func receiveTransfer(_ batch: borrowing Batch<ReceiveTransferRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func countStock(_ batch: borrowing Batch<CountStockRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func quarantineStock(_ batch: borrowing Batch<QuarantineStockRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func releaseQuarantine(_ batch: borrowing Batch<ReleaseQuarantineRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func reserve(_ batch: borrowing Batch<ReserveRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func extendReservation(_ batch: borrowing Batch<ExtendReservationRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func confirmReservation(_ batch: borrowing Batch<ConfirmReservationRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func commitReservation(_ batch: borrowing Batch<CommitReservationRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func releaseReservation(_ batch: borrowing Batch<ReleaseReservationRequest, CommandResponse>) {
        for index in 0..<batch.count { batch.fail(index, RPCError(.unimplemented, "not yet")) }
    }
    /// Not yet.
    public func getReservation(_ request: GetReservationRequest, context: ServerContext) async throws -> Reservation {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func listReservations(_ request: ListReservationsRequest, context: ServerContext) async throws -> ListReservationsResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func putLocation(_ request: PutLocationRequest, context: ServerContext) async throws -> Location {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func getLocation(_ request: GetLocationRequest, context: ServerContext) async throws -> Location {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func listLocations(_ request: ListLocationsRequest, context: ServerContext) async throws -> ListLocationsResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func putKit(_ request: PutKitRequest, context: ServerContext) async throws -> Kit {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func getKit(_ request: GetKitRequest, context: ServerContext) async throws -> Kit {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func deleteKit(_ request: DeleteKitRequest, context: ServerContext) async throws -> DeleteKitResponse {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func getRules(_ request: GetRulesRequest, context: ServerContext) async throws -> InventoryRules {
        throw RPCError(.unimplemented, "not yet")
    }
    /// Not yet.
    public func putRules(_ request: PutRulesRequest, context: ServerContext) async throws -> InventoryRules {
        throw RPCError(.unimplemented, "not yet")
    }
}
