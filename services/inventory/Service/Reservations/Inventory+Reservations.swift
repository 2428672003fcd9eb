internal import InventoryDomain
public import InventoryMessages
internal import Postgres
public import RPC
internal import RPCMessages
internal import Wire

extension Inventory {
    /// The entries of a page where the request names no number.
    static let defaultPageSize = 100

    /// Answers one reservation.
    public func getReservation(
        _ request: GetReservationRequest, context: ServerContext
    ) async throws -> InventoryMessages.Reservation {
        let brand = try self.brand(of: context.caller)
        let id = try ReservationID.of(request.reservationID)
        return try await self.answering(context) {
            guard let found = try await ReservationList(pool: self.pool).reservation(id, of: brand) else {
                throw RPCError.reservationNotFound
            }
            return InventoryMessages.Reservation(found)
        }
    }

    /// Answers the brand's reservations, the newest first.
    public func listReservations(
        _ request: ListReservationsRequest, context: ServerContext
    ) async throws -> ListReservationsResponse {
        let brand = try self.brand(of: context.caller)
        let position = try Self.position(request.pageToken)
        var filter = ReservationList.Filter()
        if request.state != .unspecified { filter.state = Int16(clamping: request.state.rawValue) }
        if !request.sku.isEmpty { filter.sku = try SKU.of(request.sku).description }
        if !request.reference.isEmpty { filter.reference = request.reference }
        let limit = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        return try await self.answering(context) { [filter] in
            let (reservations, next) = try await ReservationList(pool: self.pool).reservations(
                of: brand, filter, after: position, limit: limit)
            return ListReservationsResponse(
                reservations: reservations.map { InventoryMessages.Reservation($0) },
                nextPageToken: next.map { "\($0.createdAt.microseconds).\($0.id)" } ?? "")
        }
    }

    private static func position(_ token: String) throws(RPCError) -> ReservationList.Position? {
        guard !token.isEmpty else { return nil }
        let parts = token.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let microseconds = Int64(parts[0]),
            let id = try? ReservationID(String(parts[1]))
        else {
            throw RPCError(
                field: "pageToken", "is none that was given out", expected: "nextPageToken of the page before")
        }
        return ReservationList.Position(
            createdAt: PostgresTimestamp(microseconds: microseconds), id: id.description)
    }
}

extension RPCError {
    static let reservationNotFound = RPCError(
        .notFound, "there is no such reservation", type: "unknown-reservation", reason: .notFound)
}
