internal import InventoryDomain
internal import Postgres

/// Keeps the writes that lost, as they are shown. Their events are kept in the event log beside them.
struct ConflictWrites {
    private struct Row {
        let key: Keyed<SKU>
        let part: Int16
        let write: SupersededWrite
    }

    private var rows: [Row] = []
    private let now: PostgresTimestamp

    init(_ shares: [DecidedShare], at now: PostgresTimestamp) {
        self.now = now
        for share in shares {
            var counts: [CommandID: Int16] = [:]
            for case .updateSuperseded(let write) in share.changes.events {
                let part = counts[write.command, default: 0]
                counts[write.command] = part + 1
                self.rows.append(
                    Row(key: Keyed(write.sku, of: share.brand, share: share.share), part: part, write: write))
            }
        }
    }

    /// The command that keeps them; nil: there are none.
    var command: PostgresCommand? {
        guard !self.rows.isEmpty else { return nil }
        let columns = self.rows.map(\.key).columns()
        let writes = self.rows.map(\.write)
        return PostgresCommand(
            Self.insertion, columns.buckets, columns.brands, columns.names, self.now,
            writes.map(\.command.description), self.rows.map(\.part), writes.map { $0.location?.description },
            writes.map(\.field.rawValue), writes.map(\.loser.rawValue), writes.map { $0.winner?.source.rawValue },
            writes.map { $0.winner.map { PostgresTimestamp($0.at) } }, writes.map(\.offered), writes.map(\.kept))
    }

    private static let insertion = PostgresStatement(
        """
        insert into conflict (bucket, brand_id, sku, occurred_at, command_id, part, location_id, field, loser, winner,
            winner_written_at, offered, kept)
        select c.bucket, c.brand_id, c.sku, $4, c.command_id, c.part, c.location_id, c.field, c.loser, c.winner,
            c.winner_written_at, c.offered, c.kept
        from unnest($1::smallint[], $2::uuid[], $3::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
            $9::smallint[], $10::smallint[], $11::timestamptz[], $12::bigint[], $13::bigint[])
            as c (bucket, brand_id, sku, command_id, part, location_id, field, loser, winner, winner_written_at, offered,
            kept)
        """)
}
