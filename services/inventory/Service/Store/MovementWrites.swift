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

    init(_ shares: [DecidedShare]) {
        for share in shares {
            var counts: [ItemVersion: Int16] = [:]
            for movement in share.changes.movements {
                let version = ItemVersion(sku: movement.sku, version: movement.version)
                let part = counts[version, default: 0]
                counts[version] = part + 1
                self.rows.append(
                    Row(
                        key: Keyed(movement.sku, of: share.brand, share: share.share), part: part, movement: movement))
            }
        }
    }

    /// The command that appends them; nil: there are none.
    var command: PostgresCommand? {
        guard !self.rows.isEmpty else { return nil }
        let columns = self.rows.map(\.key).columns()
        let movements = self.rows.map(\.movement)
        let balances = movements.map(\.balance)
        // An array that is shorter than the others is filled up with nulls: without lots nothing is sent.
        let lots = movements.contains { $0.lot != nil } ? movements.map { $0.lot?.description } : []
        return PostgresCommand(
            Self.insertion, columns.buckets, columns.brands, columns.names, movements.map(\.version),
            self.rows.map(\.part), movements.map { PostgresTimestamp($0.occurredAt) },
            movements.map(\.location.description), movements.map(\.from.rawValue), movements.map(\.to.rawValue),
            movements.map(\.quantity), movements.map(\.reason.rawValue), balances.map(\.available),
            balances.map(\.reserved), balances.map(\.quarantined), balances.map(\.inTransit),
            balances.map(\.incoming), movements.map { $0.reservation?.description },
            movements.map(\.command.description), movements.map(\.actor), movements.map(\.reference), lots)
    }

    private static let insertion = PostgresStatement(
        """
        insert into movement (bucket, brand_id, sku, version, part, occurred_at, location_id, from_state, to_state,
            quantity, reason, available, reserved, quarantined, in_transit, incoming, reservation_id, command_id, actor,
            reference, lot_id)
        select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[], $5::smallint[], $6::timestamptz[],
            $7::text[], $8::smallint[], $9::smallint[], $10::bigint[], $11::text[], $12::bigint[], $13::bigint[],
            $14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[],
            $21::text[])
        """)
}
