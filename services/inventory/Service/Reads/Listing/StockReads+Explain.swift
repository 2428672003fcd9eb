internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import RPC

extension StockReads {
    /// Movements that an explanation shows where the request names no number.
    private static let defaultExplainedMovements = 20

    /// Why a number is what it is, or was at a moment: from the movements alone, which say it all.
    func explain(_ request: ExplainStockRequest, of brand: PostgresUUID) async throws -> ExplainStockResponse {
        let key = StockKey(brand: brand, sku: try SKU.of(request.sku))
        let location: LocationID? = request.locationID.isEmpty ? nil : try LocationID.of(request.locationID)
        // Movements at the moment itself have happened by then.
        let before = try Self.moment(request.asOf, field: "asOf").map {
            PostgresTimestamp(microseconds: $0.microseconds + 1)
        }
        let limit = request.limit == 0 ? Self.defaultExplainedMovements : Int(request.limit)
        let selection = MovementStore.Selection(location: location, until: before)
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        // Of one moment, or numbers and causes would not add up where something moves meanwhile.
        let answers = try await self.pool.withTransaction(options) { transaction in
            try await transaction.commit(
                with: [MovementStore.selecting(key, selection, limit: limit), StockReadStore.selection([key])]
                    + MovementStore.explaining(key, at: location, before: before))
        }
        let movements = try MovementStore.movements(in: answers[0], of: key)
        let known = try StockReadStore.found([key], in: answers[1])
        let balances = try MovementStore.balances(in: answers[2])
        let causes = try MovementStore.causes(in: answers[3])
        guard known.first?.item != nil || !balances.isEmpty else { throw RPCError.skuNotFound }
        let reservations =
            before == nil
            ? try await HoldingReservations(pool: self.pool).reservations(of: key, at: location) : []
        return ExplainStockResponse(
            warehouses: balances.map { WarehouseStock($0.balance, at: $0.location) },
            sentences: balances.map { balanced in
                Self.sentence(key.sku, balanced, causes.filter { $0.location == balanced.location })
            },
            movements: movements.map(\.message), reservations: reservations)
    }

    /// What the free units of a location consist of.
    private static func sentence(
        _ sku: SKU, _ balanced: MovementStore.Balanced, _ causes: [MovementStore.Cause]
    ) -> String {
        let balance = balanced.balance
        let parts = causes.map { cause in
            let count = cause.count == 1 ? "1 movement" : "\(cause.count) movements"
            return "\(cause.units < 0 ? "" : "+")\(cause.units) by \(cause.reason) (\(count))"
        }
        let sum = causes.reduce(Int64(0)) { $0 &+ $1.units }
        // Differs only where movements are missing, which `verify` would find.
        let rest = sum == balance.available ? "" : ", and \(balance.available - sum) that no movement accounts for"
        return """
            \(sku) at \(balanced.location): \(balance.available) available = \(balance.onHand) on hand - \
            \(balance.reserved) reserved; made up of \(parts.joined(separator: ", "))\(rest)
            """
    }
}
