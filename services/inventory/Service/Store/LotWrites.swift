internal import InventoryDomain
internal import Postgres

/// Writes changed lots, and notes which items have some.
struct LotWrites {
    private struct Row {
        let key: Keyed<SKU>
        let change: LotChange
    }

    private var changed: [Row] = []
    private var gone: [Row] = []
    private var items: [(key: Keyed<SKU>, hasLots: Bool)] = []

    init(_ shares: [DecidedShare]) {
        for share in shares where !share.changes.lots.isEmpty || share.changes.items.contains(where: \.notesLots) {
            for change in share.changes.lots {
                let row = Row(key: Keyed(change.sku, of: share.brand, share: share.share), change: change)
                if change.lot == nil { self.gone.append(row) } else { self.changed.append(row) }
            }
            var skus = Set(share.changes.lots.map(\.sku))
            for item in share.changes.items where item.notesLots { skus.insert(item.sku) }
            for item in share.items where skus.contains(item.sku) {
                self.items.append((Keyed(item.sku, of: share.brand, share: share.share), item.hasLots))
            }
        }
        // Items are locked, so that the order of their lots does not matter.
        self.items.sort { Keyed.isBefore($0.key, $1.key) }
    }

    /// One command for each kind of change that there is.
    var commands: [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.gone.isEmpty { commands.append(self.deletion) }
        if !self.changed.isEmpty { commands.append(self.put) }
        if !self.items.isEmpty {
            let columns = self.items.map(\.key).columns()
            commands.append(
                PostgresCommand(
                    Self.noting, columns.buckets, columns.brands, columns.names, self.items.map(\.hasLots)))
        }
        return commands
    }

    private var deletion: PostgresCommand {
        let columns = self.gone.map(\.key).columns()
        return PostgresCommand(
            Self.deleting, columns.buckets, columns.brands, columns.names,
            self.gone.map(\.change.location.description), self.gone.map(\.change.id.description))
    }

    private var put: PostgresCommand {
        let columns = self.changed.map(\.key).columns()
        let changes = self.changed.map(\.change)
        let lots = changes.compactMap(\.lot)
        return PostgresCommand(
            Self.upsert, columns.buckets, columns.brands, columns.names, changes.map(\.location.description),
            changes.map(\.id.description), lots.map { lot in lot.expiresAt.map { PostgresTimestamp($0) } },
            lots.map(\.balance.available), lots.map(\.balance.reserved), lots.map(\.balance.quarantined))
    }

    private static let upsert = PostgresStatement(
        """
        insert into lot (bucket, brand_id, sku, location_id, lot_id, expires_at, available, reserved, quarantined)
        select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
            $7::bigint[], $8::bigint[], $9::bigint[])
        on conflict (bucket, brand_id, sku, location_id, lot_id) do update set expires_at = excluded.expires_at,
            available = excluded.available, reserved = excluded.reserved, quarantined = excluded.quarantined
        """)

    private static let deleting = PostgresStatement(
        """
        delete from lot l using unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[])
            as c (bucket, brand_id, sku, location_id, lot_id)
        where l.bucket = c.bucket and l.brand_id = c.brand_id and l.sku = c.sku and l.location_id = c.location_id
            and l.lot_id = c.lot_id
        """)

    private static let noting = PostgresStatement(
        """
        update item i set has_lots = c.has_lots
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::boolean[]) as c (bucket, brand_id, sku, has_lots)
        where i.bucket = c.bucket and i.brand_id = c.brand_id and i.sku = c.sku and i.has_lots <> c.has_lots
        """)
}
