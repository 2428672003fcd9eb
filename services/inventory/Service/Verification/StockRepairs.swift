public import InventoryDomain
public import Postgres

/// Mends SKUs of which ``StockVerification`` found something wrong, each in a transaction of its own, under its item's
/// lock, as a command of the service would. What is wrong is found anew under the lock, so that a repair does no harm where
/// the service has changed the SKU meanwhile, and none where somebody else has repaired it.
public struct StockRepairs: Sendable {
    /// What became of a SKU.
    public enum Outcome: Hashable, Sendable {
        /// It was mended: its version now, and how many movements that took.
        case mended(version: Int64, movements: Int)
        /// Its rows agree; nothing was written.
        case nothingToMend
    }

    /// How often a SKU is tried.
    static let maximumTries = 5
    /// Who the movements say has caused them.
    static let actor = "operator"

    private let pool: PostgresPool

    /// Repairs on a database.
    public init(_ pool: PostgresPool) { self.pool = pool }

    /// Mends one SKU.
    ///
    /// - Throws: ``PostgresError``, or `StockRepair.Impossible`; then nothing has changed.
    public func repair(brand: PostgresUUID, sku: SKU) async throws -> Outcome {
        for _ in 1..<Self.maximumTries {
            do {
                return try await self.attempt(brand, sku)
            } catch let error as PostgresError where Self.isWorthAnotherTry(error) {
                // Where it may have been committed, there is nothing to mend any more.
                continue
            }
        }
        return try await self.attempt(brand, sku)
    }

    private static func isWorthAnotherTry(_ error: PostgresError) -> Bool {
        error.retry != .never || error.sqlState == .uniqueViolation
    }

    private func attempt(_ brand: PostgresUUID, _ sku: SKU) async throws -> Outcome {
        try await self.pool.withTransaction { transaction in
            let (repair, place, now) = try await Self.read(brand, sku, in: transaction)
            var generator = SystemRandomNumberGenerator()
            let id = PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator)
            let command = try CommandID("repair-\(id)")
            guard let (item, changes) = try repair.changes(command: command, actor: Self.actor, at: now) else {
                return .nothingToMend
            }
            let decided = DecidedShare(
                brand: brand, share: 0, changes: changes, items: [item],
                places: [sku: place], knownReservations: [], receipts: [], traces: [:])
            _ = try await transaction.commit(with: try StockWrites([decided], at: now).commands)
            return .mended(version: item.version, movements: changes.movements.count)
        }
    }

    /// Locks the item and reads all that belongs to it, each by a statement whose snapshot is taken behind the lock.
    private static func read(
        _ brand: PostgresUUID, _ sku: SKU, in transaction: PostgresTransaction
    ) async throws -> (StockRepair, ItemPlace, Timestamp) {
        let keys = [Keyed(sku, of: brand, share: 0)]
        let (bucket, name) = (keys[0].bucket, keys[0].text)
        let locking = ItemRows.locking(keys)
        let answers = try await transaction.execute(
            locking + [
                PostgresCommand(Self.totals, bucket, brand, name), PostgresCommand(Self.sums, bucket, brand, name),
                PostgresCommand(Self.held, brand, name), PostgresCommand(Self.clock),
            ])
        guard answers.count == locking.count + 4, let clock = answers[locking.count + 3].first else {
            throw PostgresError(.server, "\(answers.count) answers to a repair's reads")
        }
        let known = try ItemRows.read(answers.prefix(locking.count), keys).items.first ?? nil
        // An item that somebody has deleted leaves its levels.
        let left = try ItemRows.levels(answers[locking.count - 1], keys.count)[0]
        let item = if let known { known.item } else { try StockItem(sku: sku, levels: left.levels) }
        let place = known?.place ?? ItemPlace(version: 0, item: nil, levels: left.places)
        let totals = try answers[locking.count].first?.decode(Int64.self, Bool.self)
        let places = try Self.places(sums: answers[locking.count + 1], held: answers[locking.count + 2])
        let repair = StockRepair(
            item: item, storedTotal: totals?.0 ?? 0, storedInStock: totals?.1 ?? false, places: places)
        return (repair, place, Timestamp(try clock.decode(PostgresTimestamp.self)))
    }

    private static func places(
        sums: PostgresRows, held: PostgresRows
    ) throws(PostgresError) -> [LocationID: StockRepair.Place] {
        var places: [LocationID: StockRepair.Place] = [:]
        for row in sums {
            let (location, version, available, reserved, quarantined, inTransit, incoming) = try row.decode(
                String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
            var place = StockRepair.Place()
            place.lastVersion = version
            place.movements = StoredUnits(
                available: available, reserved: reserved, quarantined: quarantined, inTransit: inTransit,
                incoming: incoming)
            places[try LocationID.read(location)] = place
        }
        for row in held {
            let (location, units) = try row.decode(String.self, Int64.self)
            places[try LocationID.read(location), default: StockRepair.Place()].held = units
        }
        return places
    }

    private static let totals = PostgresStatement(
        "select total_available, is_in_stock from item where bucket = $1 and brand_id = $2 and sku = $3", readOnly: true
    )

    private static let sums = PostgresStatement(
        """
        select m.location_id, max(m.version),
            sum(case 1 when to_state then quantity when from_state then -quantity else 0 end)::bigint,
            sum(case 2 when to_state then quantity when from_state then -quantity else 0 end)::bigint,
            sum(case 3 when to_state then quantity when from_state then -quantity else 0 end)::bigint,
            sum(case 4 when to_state then quantity when from_state then -quantity else 0 end)::bigint,
            sum(case 5 when to_state then quantity when from_state then -quantity else 0 end)::bigint
        from movement m where m.bucket = $1 and m.brand_id = $2 and m.sku = $3 group by m.location_id
        """,
        readOnly: true)

    private static let held = PostgresStatement(
        """
        select a.location_id, sum(a.quantity - a.committed - a.released)::bigint
        from allocation a
        join reservation r on r.bucket = a.bucket and r.brand_id = a.brand_id and r.reservation_id = a.reservation_id
        where a.bucket >= 0 and a.brand_id = $1 and a.sku = $2 and r.state in (1, 2) group by a.location_id
        """,
        readOnly: true)

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)
}
