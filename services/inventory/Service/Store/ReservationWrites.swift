internal import InventoryDomain
internal import Postgres

/// Writes changed and new reservations, what the new ones hold, and what portions took of it.
struct ReservationWrites {
    private struct Row {
        let key: Keyed<ReservationID>
        let reservation: Reservation
    }

    private struct AllocationRow {
        let key: Keyed<ReservationID>
        let part: Int16
        let allocation: Allocation
    }

    private var changed: [Row] = []
    private var new: [Row] = []

    init(_ shares: [DecidedShare]) {
        for share in shares {
            for reservation in share.changes.reservations {
                let row = Row(
                    key: Keyed(reservation.id, of: share.brand, share: share.share), reservation: reservation)
                if share.knownReservations.contains(reservation.id) {
                    self.changed.append(row)
                } else {
                    self.new.append(row)
                }
            }
        }
        self.changed.sort { Keyed.isBefore($0.key, $1.key) }
        self.new.sort { Keyed.isBefore($0.key, $1.key) }
    }

    /// One command for each kind of change that there is.
    var commands: [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.changed.isEmpty {
            commands.append(self.update)
            if let portions = self.portions { commands.append(portions) }
        }
        guard !self.new.isEmpty else { return commands }
        commands.append(self.insertion)
        if let allocations = self.allocations { commands.append(allocations) }
        return commands
    }

    private var update: PostgresCommand {
        let columns = self.changed.map(\.key).columns()
        let reservations = self.changed.map(\.reservation)
        return PostgresCommand(
            Self.updateStatement, columns.buckets, columns.brands, columns.names, reservations.map(\.state.rawValue),
            reservations.map(Self.expiry), reservations.map { PostgresTimestamp($0.changedAt) },
            reservations.map(\.version))
    }

    private var insertion: PostgresCommand {
        let columns = self.new.map(\.key).columns()
        let reservations = self.new.map(\.reservation)
        // Arrays that are shorter than the others are filled up with nulls: what none has is not sent.
        let isPartial = reservations.contains { !$0.unfilled.isEmpty }
        let isCapped = reservations.contains { $0.holder != nil }
        return PostgresCommand(
            Self.insertionStatement, columns.buckets, columns.brands, columns.names,
            reservations.map(\.state.rawValue), reservations.map(Self.expiry),
            reservations.map { PostgresTimestamp($0.createdAt) }, reservations.map { PostgresTimestamp($0.changedAt) },
            reservations.map(\.reference), reservations.map(\.version),
            isPartial ? reservations.map { ArrayLiteral.of($0.unfilled.map { "\($0.line)" }) } : [],
            isPartial ? reservations.map { ArrayLiteral.of($0.unfilled.map(\.sku.description)) } : [],
            isPartial ? reservations.map { ArrayLiteral.of($0.unfilled.map { "\($0.quantity)" }) } : [],
            isCapped ? reservations.map(\.holder) : [],
            isCapped ? reservations.map { $0.allocations.reduce(0) { $0 + $1.quantity } } : [])
    }

    private var allocations: PostgresCommand? {
        var rows: [AllocationRow] = []
        for row in self.new {
            for (part, allocation) in row.reservation.allocations.enumerated() {
                // At most InventoryLimits.maximumAllocations, and lines as many as a command has.
                rows.append(
                    AllocationRow(key: row.key, part: Int16(truncatingIfNeeded: part), allocation: allocation))
            }
        }
        guard !rows.isEmpty else { return nil }
        let columns = rows.map(\.key).columns()
        let allocations = rows.map(\.allocation)
        // As above.
        let kits = allocations.contains { $0.kit != nil } ? allocations.map { $0.kit?.description } : []
        let lots = allocations.contains { $0.lot != nil } ? allocations.map { $0.lot?.description } : []
        return PostgresCommand(
            Self.allocationInsertion, columns.buckets, columns.brands, columns.names, rows.map(\.part),
            allocations.map { Int16(truncatingIfNeeded: $0.line) }, allocations.map(\.sku.description),
            allocations.map(\.location.description), allocations.map(\.quantity), allocations.map(\.backordered),
            kits, lots)
    }

    /// The allocations of which portions took something; nil: there are none. They are few: what ends whole has none.
    private var portions: PostgresCommand? {
        var rows: [AllocationRow] = []
        for row in self.changed {
            for (part, allocation) in row.reservation.allocations.enumerated()
            where allocation.remaining < allocation.quantity {
                rows.append(
                    AllocationRow(key: row.key, part: Int16(truncatingIfNeeded: part), allocation: allocation))
            }
        }
        guard !rows.isEmpty else { return nil }
        let columns = rows.map(\.key).columns()
        return PostgresCommand(
            Self.portionUpdate, columns.buckets, columns.brands, columns.names, rows.map(\.part),
            rows.map(\.allocation.committed), rows.map(\.allocation.released))
    }

    private static func expiry(_ reservation: Reservation) -> PostgresTimestamp? {
        reservation.expiresAt.map { PostgresTimestamp($0) }
    }

    private static let updateStatement = PostgresStatement(
        """
        update reservation r set state = c.state, expires_at = c.expires_at, changed_at = c.changed_at,
            version = c.version
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[],
            $7::bigint[]) as c (bucket, brand_id, id, state, expires_at, changed_at, version)
        where r.bucket = c.bucket and r.brand_id = c.brand_id and r.reservation_id = c.id
        """)

    private static let insertionStatement = PostgresStatement(
        """
        insert into reservation (bucket, brand_id, reservation_id, state, expires_at, created_at, changed_at, reference,
            version, unfilled_lines, unfilled_skus, unfilled_quantities, holder, units)
        select c.bucket, c.brand_id, c.id, c.state, c.expires_at, c.created_at, c.changed_at, c.reference, c.version,
            coalesce(c.lines, '{}')::smallint[], coalesce(c.skus, '{}')::text[], coalesce(c.quantities, '{}')::bigint[],
            c.holder, c.units
        from (select unnest($1::smallint[]) as bucket, unnest($2::uuid[]) as brand_id, unnest($3::text[]) as id,
                unnest($4::smallint[]) as state, unnest($5::timestamptz[]) as expires_at,
                unnest($6::timestamptz[]) as created_at, unnest($7::timestamptz[]) as changed_at,
                unnest($8::text[]) as reference, unnest($9::bigint[]) as version, unnest($10::text[]) as lines,
                unnest($11::text[]) as skus, unnest($12::text[]) as quantities, unnest($13::text[]) as holder,
                unnest($14::bigint[]) as units) c
        """)

    private static let portionUpdate = PostgresStatement(
        """
        update allocation a set committed = c.committed, released = c.released
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[])
            as c (bucket, brand_id, id, part, committed, released)
        where a.bucket = c.bucket and a.brand_id = c.brand_id and a.reservation_id = c.id and a.part = c.part
        """)

    private static let allocationInsertion = PostgresStatement(
        """
        insert into allocation (bucket, brand_id, reservation_id, part, line, sku, location_id, quantity, backordered,
            kit_sku, lot_id)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::smallint[]),
            unnest($5::smallint[]), unnest($6::text[]), unnest($7::text[]), unnest($8::bigint[]), unnest($9::bigint[]),
            unnest($10::text[]), unnest($11::text[])
        """)
}
