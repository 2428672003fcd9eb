public import InventoryDomain
public import Postgres

/// Mends SKUs of which ``StockVerification`` found something wrong, each in a transaction of its own, under its item's
/// lock, as a command of the service would. What is wrong is found anew under the lock, so that a repair does no harm where
/// the service has changed the SKU meanwhile, and none where somebody else has repaired it.
public struct StockRepairs: Sendable {
    /// What became of a SKU.
    public enum Outcome: Hashable, Sendable {
        /// It was mended: its version now, how many movements that took, and how many lots were made anew, of which nothing
        /// tells when they expire.
        case mended(version: Int64, movements: Int, remadeLots: Int)
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
                keys: [Keyed(sku, of: brand, share: 0)], places: [place], knownReservations: [], receipts: [],
                traces: [:])
            let writes = try StockWrites([decided], at: now)
            _ = try await transaction.commit(with: writes.rows + writes.events)
            return .mended(
                version: item.version, movements: changes.movements.count, remadeLots: repair.remadeLots(changes))
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
                PostgresCommand(Self.summary, bucket, brand, name),
                PostgresCommand(Self.sums, bucket, brand, name, Self.maximumSums + 1),
                PostgresCommand(Self.held, brand, name), LotRows.reading(keys), PostgresCommand(Self.clock),
            ])
        guard answers.count == locking.count + 5, let clock = answers[locking.count + 4].first else {
            throw PostgresError(.server, "\(answers.count) answers to a repair's reads")
        }
        let known = try ItemRows.read(answers.prefix(locking.count), keys).items.first ?? nil
        // An item that somebody has deleted leaves its levels.
        let left = try ItemRows.levels(answers[locking.count - 1], keys.count)[0]
        let item = if let known { known.item } else { try StockItem(sku: sku, levels: left.levels) }
        let place =
            known?.place
            ?? ItemPlace(
                version: 0, changedAt: PostgresTimestamp(microseconds: 0), item: nil, levels: left.places)
        let summary = try answers[locking.count].first?.decode(Int64.self, Bool.self, Bool.self)
        // All lots, whether the item says that it has some or not.
        let lots = try LotRows.read(answers[locking.count + 3], keys)[0] ?? [:]
        let repair = StockRepair(
            item: item,
            summary: summary.map { .init(totalAvailable: $0.0, isInStock: $0.1, hasLots: $0.2) } ?? .init(),
            places: try Self.places(sums: answers[locking.count + 1], held: answers[locking.count + 2], lots: lots))
        return (repair, place, Timestamp(try clock.decode(PostgresTimestamp.self)))
    }

    private static func places(
        sums: PostgresRows, held: PostgresRows, lots: [LocationID: [Lot]]
    ) throws -> [LocationID: StockRepair.Place] {
        guard Int64(sums.count) <= Self.maximumSums else {
            throw StockRepair.Impossible(description: "it has more than \(StockRepair.maximumLots) lots")
        }
        var places: [LocationID: StockRepair.Place] = [:]
        for row in sums {
            let (location, lot, version, available, reserved, quarantined, inTransit, incoming) = try row.decode(
                String.self, String?.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
            var units = StoredUnits(available: available, reserved: reserved, quarantined: quarantined)
            let name = try LocationID.read(location)
            if let lot {
                places[name, default: .init()].lots[try LotID.read(lot), default: .init()].movements = units
            } else {
                (units.inTransit, units.incoming) = (inTransit, incoming)
                places[name, default: .init()].movements = units
                places[name, default: .init()].lastVersion = version
            }
        }
        for row in held {
            let (location, lot, units) = try row.decode(String.self, String?.self, Int64.self)
            let name = try LocationID.read(location)
            let (sum, isOverflow) = (places[name]?.held ?? 0).addingReportingOverflow(units)
            guard !isOverflow else {
                throw StockRepair.Impossible(description: "what is held at \(name) is beyond all limits")
            }
            places[name, default: .init()].held = sum
            if let lot { places[name, default: .init()].lots[try LotID.read(lot), default: .init()].held = units }
        }
        for (name, lots) in lots {
            for lot in lots { places[name, default: .init()].lots[lot.id, default: .init()].stored = lot }
        }
        return places
    }

    /// Levels and lots whose movements are added up.
    private static let maximumSums = Int64(InventoryLimits.maximumLocationsOfItem + StockRepair.maximumLots)

    private static let summary = PostgresStatement(
        "select total_available, is_in_stock, has_lots from item where bucket = $1 and brand_id = $2 and sku = $3",
        readOnly: true)

    // A row for each location, and one for each lot that something is left of. The movements are read once.
    private static let sums = PostgresStatement(
        """
        select s.* from (
            select m.location_id, m.lot_id, max(m.version),
                sum(case 1 when to_state then quantity when from_state then -quantity else 0 end)::bigint as available,
                sum(case 2 when to_state then quantity when from_state then -quantity else 0 end)::bigint as reserved,
                sum(case 3 when to_state then quantity when from_state then -quantity else 0 end)::bigint as quarantined,
                sum(case 4 when to_state then quantity when from_state then -quantity else 0 end)::bigint,
                sum(case 5 when to_state then quantity when from_state then -quantity else 0 end)::bigint
            from movement m where m.bucket = $1 and m.brand_id = $2 and m.sku = $3
            group by grouping sets ((m.location_id), (m.location_id, m.lot_id))
            having grouping(m.lot_id) = 1 or m.lot_id is not null) s
        where s.lot_id is null or s.available <> 0 or s.reserved <> 0 or s.quarantined <> 0 limit $4
        """,
        readOnly: true)

    private static let held = PostgresStatement(
        """
        select a.location_id, a.lot_id, sum(a.quantity - a.committed - a.released)::bigint
        from allocation a
        join reservation r on r.bucket = a.bucket and r.brand_id = a.brand_id and r.reservation_id = a.reservation_id
        where a.bucket >= 0 and a.brand_id = $1 and a.sku = $2 and r.state in (1, 2) group by a.location_id, a.lot_id
        """,
        readOnly: true)

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)
}
