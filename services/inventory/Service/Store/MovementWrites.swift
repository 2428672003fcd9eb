internal import InventoryDomain
internal import Postgres

/// Appends movements to the ledger.
struct MovementWrites {
    private struct Row {
        let key: Keyed<SKU>
        /// Its place among the movements of its command at its SKU.
        let part: Int16
        let movement: Movement
    }

    private var rows: [Row] = []

    /// - Throws: ``PostgresError`` that no repeat helps against, where a command has more movements of one SKU than have a
    ///   place.
    init(_ shares: [DecidedShare]) throws(PostgresError) {
        for share in shares {
            var counts: [ItemVersion: Int] = [:]
            var next = share.changes.movements[...]
            while let first = next.first {
                let run = next.prefix { $0.command == first.command }
                next = next.dropFirst(run.count)
                for movement in run {
                    // Most commands have one movement, which needs no count.
                    let part = run.count == 1 ? 0 : try Self.part(of: movement, &counts)
                    self.rows.append(
                        Row(
                            key: Keyed(movement.sku, of: share.brand, share: share.share), part: part,
                            movement: movement))
                }
            }
        }
    }

    private static func part(
        of movement: Movement, _ counts: inout [ItemVersion: Int]
    ) throws(PostgresError) -> Int16 {
        let version = ItemVersion(sku: movement.sku, version: movement.version)
        let count = counts[version, default: 0]
        counts[version] = count + 1
        guard let part = Int16(exactly: count) else {
            throw PostgresError(.invalidParameter, "too many movements of \(movement.sku) by one command")
        }
        return part
    }

    /// The same rows to be copied; nil: there are none.
    var copy: PostgresBinaryCopy? {
        guard !self.rows.isEmpty else { return nil }
        var copy = PostgresBinaryCopy(Self.copying, columns: 21)
        for row in self.rows {
            let (movement, balance) = (row.movement, row.movement.balance)
            copy.beginRow()
            copy.append(row.key.bucket)
            copy.append(row.key.brand)
            copy.append(row.key.text)
            copy.append(movement.version)
            copy.append(row.part)
            copy.append(PostgresTimestamp(movement.occurredAt))
            copy.append(movement.location.description)
            copy.append(movement.from.rawValue)
            copy.append(movement.to.rawValue)
            copy.append(movement.quantity)
            copy.append(movement.reason.rawValue)
            copy.append(balance.available)
            copy.append(balance.reserved)
            copy.append(balance.quarantined)
            copy.append(balance.inTransit)
            copy.append(balance.incoming)
            copy.append(movement.reservation?.description)
            copy.append(movement.command.description)
            copy.append(movement.actor)
            copy.append(movement.reference)
            copy.append(movement.lot?.description)
        }
        return copy
    }

    /// The command that appends them; nil: there are none.
    var command: PostgresCommand? {
        guard !self.rows.isEmpty else { return nil }
        let columns = self.rows.map(\.key).columns()
        let movements = self.rows.map(\.movement)
        let balances = movements.map(\.balance)
        let brand = PostgresColumn(columns.brands)
        let part = PostgresColumn(self.rows.map(\.part))
        let quantity = PostgresColumn(movements.map(\.quantity))
        let occurredAt = PostgresColumn(movements.map { PostgresTimestamp($0.occurredAt) })
        let (from, to) = (PostgresColumn(movements.map(\.from.rawValue)), PostgresColumn(movements.map(\.to.rawValue)))
        let reason = PostgresColumn(movements.map(\.reason.rawValue))
        let reserved = PostgresColumn(balances.map(\.reserved))
        let quarantined = PostgresColumn(balances.map(\.quarantined))
        let (inTransit, incoming) = (
            PostgresColumn(balances.map(\.inTransit)), PostgresColumn(balances.map(\.incoming))
        )
        let reservation = PostgresColumn(movements.map { $0.reservation?.description })
        let (actor, reference) = (PostgresColumn(movements.map(\.actor)), PostgresColumn(movements.map(\.reference)))
        let lot = PostgresColumn(movements.map { $0.lot?.description })
        return PostgresCommand(
            Self.insertion, columns.buckets, columns.names, movements.map(\.version),
            movements.map(\.location.description), balances.map(\.available), movements.map(\.command.description),
            brand.each, part.each, occurredAt.each, from.each, to.each, quantity.each, reason.each, reserved.each,
            quarantined.each, inTransit.each, incoming.each, reservation.each, actor.each, reference.each, lot.each,
            brand.one, part.one, occurredAt.one, from.one, to.one, quantity.one, reason.one, reserved.one,
            quarantined.one, inTransit.one, incoming.one, reservation.one, actor.one, reference.one, lot.one)
    }

    private static let copying = PostgresStatement(
        """
        copy movement (bucket, brand_id, sku, version, part, occurred_at, location_id, from_state, to_state, quantity,
            reason, available, reserved, quarantined, in_transit, incoming, reservation_id, command_id, actor, reference,
            lot_id) from stdin (format binary)
        """)

    private static let insertion = PostgresStatement(
        """
        insert into movement (bucket, brand_id, sku, version, part, occurred_at, location_id, from_state, to_state,
            quantity, reason, available, reserved, quarantined, in_transit, incoming, reservation_id, command_id, actor,
            reference, lot_id)
        select m.bucket, coalesce(m.brand_id, $22), m.sku, m.version, coalesce(m.part, $23),
            coalesce(m.occurred_at, $24), m.location_id, coalesce(m.from_state, $25), coalesce(m.to_state, $26),
            coalesce(m.quantity, $27), coalesce(m.reason, $28), m.available, coalesce(m.reserved, $29),
            coalesce(m.quarantined, $30), coalesce(m.in_transit, $31), coalesce(m.incoming, $32),
            coalesce(m.reservation_id, $33), m.command_id, coalesce(m.actor, $34), coalesce(m.reference, $35),
            coalesce(m.lot_id, $36)
        from (select unnest($1::smallint[]) as bucket, unnest($2::text[]) as sku, unnest($3::bigint[]) as version,
                unnest($4::text[]) as location_id, unnest($5::bigint[]) as available, unnest($6::text[]) as command_id,
                unnest($7::uuid[]) as brand_id, unnest($8::smallint[]) as part,
                unnest($9::timestamptz[]) as occurred_at, unnest($10::smallint[]) as from_state,
                unnest($11::smallint[]) as to_state, unnest($12::bigint[]) as quantity, unnest($13::text[]) as reason,
                unnest($14::bigint[]) as reserved, unnest($15::bigint[]) as quarantined,
                unnest($16::bigint[]) as in_transit, unnest($17::bigint[]) as incoming,
                unnest($18::text[]) as reservation_id, unnest($19::text[]) as actor, unnest($20::text[]) as reference,
                unnest($21::text[]) as lot_id) m
        """)
}
