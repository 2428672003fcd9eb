internal import InventoryDomain
internal import Postgres

/// Reads reservations with their allocations.
enum ReservationRows {
    /// The commands that lock reservations in the order of their keys, and read them and what they hold.
    static func locking(_ keys: [Keyed<ReservationID>]) -> [PostgresCommand] {
        let columns = keys.columns()
        return [
            PostgresCommand(Self.lock, columns.buckets, columns.brands, columns.names),
            PostgresCommand(Self.allocations, columns.buckets, columns.brands, columns.names),
        ]
    }

    /// The commands that read reservations without a lock, as of one moment where the transaction is repeatable.
    static func reading(_ keys: [Keyed<ReservationID>]) -> [PostgresCommand] {
        let columns = keys.columns()
        return [
            PostgresCommand(Self.selection, columns.buckets, columns.brands, columns.names),
            PostgresCommand(Self.allocations, columns.buckets, columns.brands, columns.names),
        ]
    }

    /// The reservations that exist, by the position of their keys.
    ///
    /// - Parameter answers: Those of ``locking(_:)`` or ``reading(_:)``.
    static func read(
        _ answers: ArraySlice<PostgresRows>, _ keys: [Keyed<ReservationID>]
    ) throws(PostgresError) -> [Reservation?] {
        guard answers.count == 2, let rows = answers.first, let allocationRows = answers.last else {
            throw PostgresError(.server, "\(answers.count) answers for reservations and allocations")
        }
        var allocations = [[Allocation]](repeating: [], count: keys.count)
        for row in allocationRows {
            let (position, allocation) = try Self.allocation(row)
            guard keys.indices.contains(position) else { throw Self.unknownPosition(position) }
            allocations[position].append(allocation)
        }
        var read = [Reservation?](repeating: nil, count: keys.count)
        for row in rows {
            let position = Int(try row.decode(Int64.self)) - 1
            guard keys.indices.contains(position) else { throw Self.unknownPosition(position) }
            read[position] = try Self.reservation(row, keys[position].name, allocations[position])
        }
        return read
    }

    private static func unknownPosition(_ position: Int) -> PostgresError {
        .unexpectedValue(column: "position", reason: "\(position) was not asked for")
    }

    private static func reservation(
        _ row: PostgresRow, _ id: ReservationID, _ allocations: [Allocation]
    ) throws(PostgresError) -> Reservation {
        let (_, state, expiresAt, createdAt, changedAt, reference, version, lines, skus, quantities) = try row.decode(
            Int64.self, Int16.self, PostgresTimestamp?.self, PostgresTimestamp.self, PostgresTimestamp.self,
            String.self, Int64.self, [Int16].self, [String].self, [Int64].self)
        guard let state = ReservationState(rawValue: state) else {
            throw .unexpectedValue(column: "state", reason: "\(state) is no state")
        }
        guard lines.count == skus.count, lines.count == quantities.count else {
            throw .unexpectedValue(column: "unfilled_lines", reason: "the three columns differ in length")
        }
        var unfilled: [UnfilledLine] = []
        for index in lines.indices {
            unfilled.append(
                UnfilledLine(line: Int(lines[index]), sku: try SKU.read(skus[index]), quantity: quantities[index]))
        }
        return Reservation(
            id: id, state: state, expiresAt: expiresAt.map { Timestamp($0) }, createdAt: Timestamp(createdAt),
            changedAt: Timestamp(changedAt), allocations: allocations, unfilled: unfilled, reference: reference,
            version: version)
    }

    private static func allocation(_ row: PostgresRow) throws(PostgresError) -> (Int, Allocation) {
        let (position, line, sku, location, quantity, backordered, kit, committed, released, lot) = try row.decode(
            Int64.self, Int16.self, String.self, String.self, Int64.self, Int64.self, String?.self, Int64.self,
            Int64.self, String?.self)
        let allocation = Allocation(
            line: Int(line), sku: try SKU.read(sku), location: try LocationID.read(location), quantity: quantity,
            backordered: backordered, kit: try kit.map { (kit) throws(PostgresError) in try SKU.read(kit) },
            lot: try lot.map { (lot) throws(PostgresError) in try LotID.read(lot) }, committed: committed,
            released: released)
        return (Int(position) - 1, allocation)
    }

    private static let lock = PostgresStatement(
        """
        select k.position, r.state, r.expires_at, r.created_at, r.changed_at, r.reference, r.version, r.unfilled_lines,
            r.unfilled_skus, r.unfilled_quantities
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, id, position)
        join reservation r on r.bucket = k.bucket and r.brand_id = k.brand_id and r.reservation_id = k.id
        order by k.position for update of r
        """)

    private static let selection = PostgresStatement(
        """
        select k.position, r.state, r.expires_at, r.created_at, r.changed_at, r.reference, r.version, r.unfilled_lines,
            r.unfilled_skus, r.unfilled_quantities
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, id, position)
        join reservation r on r.bucket = k.bucket and r.brand_id = k.brand_id and r.reservation_id = k.id
        order by k.position
        """,
        readOnly: true)

    private static let allocations = PostgresStatement(
        """
        select k.position, a.line, a.sku, a.location_id, a.quantity, a.backordered, a.kit_sku,
            a.committed, a.released, a.lot_id
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, id, position)
        join allocation a on a.bucket = k.bucket and a.brand_id = k.brand_id and a.reservation_id = k.id
        order by k.position, a.part
        """,
        readOnly: true)
}
