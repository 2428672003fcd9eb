internal import InventoryDomain
internal import Postgres

/// Writes changed and new levels.
struct LevelWrites {
    private struct Row {
        let key: Keyed<SKU>
        let location: String
        let level: Level
    }

    private var changed: [Row] = []
    private var new: [Row] = []

    init(_ shares: [DecidedShare]) {
        for share in shares {
            for change in share.changes.levels {
                let row = Row(
                    key: Keyed(change.sku, of: share.brand, share: share.share),
                    location: change.level.location.description, level: change.level)
                if change.isNew { self.new.append(row) } else { self.changed.append(row) }
            }
        }
        // Items are locked, so that the order of their levels does not matter.
        self.changed.sort { Keyed.isBefore($0.key, $1.key) }
        self.new.sort { Keyed.isBefore($0.key, $1.key) }
    }

    /// One command for each kind of change that there is.
    var commands: [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.changed.isEmpty { commands.append(Self.command(Self.update, self.changed)) }
        if !self.new.isEmpty { commands.append(Self.command(Self.insertion, self.new)) }
        return commands
    }

    private static func command(_ statement: PostgresStatement, _ rows: [Row]) -> PostgresCommand {
        let columns = rows.map(\.key).columns()
        let balances = rows.map(\.level.balance)
        return PostgresCommand(
            statement, columns.buckets, columns.brands, columns.names, rows.map(\.location), balances.map(\.available),
            balances.map(\.reserved), balances.map(\.quarantined), balances.map(\.inTransit),
            balances.map(\.incoming), rows.map(\.level.version), rows.map { $0.level.written?.source.rawValue },
            rows.map { row in row.level.written.map { PostgresTimestamp($0.at) } })
    }

    private static let update = PostgresStatement(
        """
        update level l set available = c.available, reserved = c.reserved, quarantined = c.quarantined,
            in_transit = c.in_transit, incoming = c.incoming, version = c.version, written_source = c.written_source,
            written_at = c.written_at
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::smallint[], $12::timestamptz[])
            as c (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming, version,
            written_source, written_at)
        where l.bucket = c.bucket and l.brand_id = c.brand_id and l.sku = c.sku and l.location_id = c.location_id
        """)

    private static let insertion = PostgresStatement(
        """
        insert into level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming,
            version, written_source, written_at)
        select c.bucket, c.brand_id, c.sku, c.location_id, c.available, c.reserved, c.quarantined, c.in_transit,
            c.incoming, c.version, c.written_source, c.written_at
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::smallint[], $12::timestamptz[])
            as c (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming, version,
            written_source, written_at)
        """)
}
