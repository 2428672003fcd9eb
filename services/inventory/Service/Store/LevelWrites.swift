internal import InventoryDomain
internal import Postgres

/// Writes changed and new levels.
struct LevelWrites {
    private struct Row {
        let key: Keyed<SKU>
        let location: String
        let level: Level
        let index: Int?
        let place: PostgresTupleID?
    }

    /// Which level of an item has moved to where.
    struct Moved {
        let key: Keyed<SKU>
        let index: Int
        let place: PostgresTupleID
    }

    private var changed: [Row] = []
    private var new: [Row] = []

    init(_ shares: [DecidedShare]) {
        for share in shares {
            for change in share.changes.levels {
                let place = change.index.flatMap { share.places[change.sku]?.levels[$0] }
                let row = Row(
                    key: Keyed(change.sku, of: share.brand, share: share.share),
                    location: change.level.location.description, level: change.level, index: change.index, place: place)
                if place == nil { self.new.append(row) } else { self.changed.append(row) }
            }
        }
        // Items are locked, so that the order of their levels does not matter.
        self.changed.sort { Keyed.isBefore($0.key, $1.key) }
        self.new.sort { Keyed.isBefore($0.key, $1.key) }
    }

    /// The command that writes the changed ones, as ``PlacedUpdate``; nil: there are none. The items are locked.
    var update: PostgresCommand? { self.changed.isEmpty ? nil : Self.command(Self.levelUpdate, self.changed) }

    /// The command that inserts the new ones; nil: there are none.
    var insertion: PostgresCommand? { self.new.isEmpty ? nil : Self.command(Self.levelInsertion, self.new) }

    /// Where the changed ones are now.
    ///
    /// - Parameter places: As ``update`` was answered.
    func moved(to places: [PostgresTupleID]) -> [Moved] {
        zip(self.changed, places).compactMap { row, place in
            row.index.map { Moved(key: row.key, index: $0, place: place) }
        }
    }

    private static func command(_ statement: PostgresStatement, _ rows: [Row]) -> PostgresCommand {
        let columns = rows.map(\.key).columns()
        let balances = rows.map(\.level.balance)
        // An array that is shorter than the others is filled up with nulls.
        let isMarked = rows.contains { $0.level.written != nil }
        return PostgresCommand(
            statement, rows.compactMap(\.place), columns.buckets, columns.brands, columns.names, rows.map(\.location),
            balances.map(\.available), balances.map(\.reserved), balances.map(\.quarantined),
            balances.map(\.inTransit), balances.map(\.incoming), rows.map(\.level.version),
            isMarked ? rows.map { $0.level.written?.source.rawValue } : [],
            isMarked ? rows.map { row in row.level.written.map { PostgresTimestamp($0.at) } } : [])
    }

    private static let levelUpdate = PlacedUpdate.statement(
        """
        update level l set available = c.available, reserved = c.reserved, quarantined = c.quarantined,
            in_transit = c.in_transit, incoming = c.incoming, version = c.version, written_source = c.written_source,
            written_at = c.written_at
        from (select generate_subscripts($1::tid[], 1) as position, unnest($1::tid[]) as place,
                unnest($2::smallint[]) as bucket, unnest($3::uuid[]) as brand_id, unnest($4::text[]) as sku,
                unnest($5::text[]) as location_id, unnest($6::bigint[]) as available, unnest($7::bigint[]) as reserved,
                unnest($8::bigint[]) as quarantined, unnest($9::bigint[]) as in_transit,
                unnest($10::bigint[]) as incoming, unnest($11::bigint[]) as version,
                unnest($12::smallint[]) as written_source, unnest($13::timestamptz[]) as written_at) c
        where l.ctid = c.place and l.bucket = c.bucket and l.brand_id = c.brand_id and l.sku = c.sku
            and l.location_id = c.location_id
        returning c.position, l.ctid as place
        """)

    // The first parameter, where rows are, is empty for new ones: both statements have the same parameters.
    private static let levelInsertion = PostgresStatement(
        """
        insert into level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming,
            version, written_source, written_at)
        select c.bucket, c.brand_id, c.sku, c.location_id, c.available, c.reserved, c.quarantined, c.in_transit,
            c.incoming, c.version, c.written_source, c.written_at
        from (select unnest($1::tid[]), unnest($2::smallint[]) as bucket, unnest($3::uuid[]) as brand_id,
                unnest($4::text[]) as sku, unnest($5::text[]) as location_id, unnest($6::bigint[]) as available,
                unnest($7::bigint[]) as reserved, unnest($8::bigint[]) as quarantined,
                unnest($9::bigint[]) as in_transit, unnest($10::bigint[]) as incoming,
                unnest($11::bigint[]) as version, unnest($12::smallint[]) as written_source,
                unnest($13::timestamptz[]) as written_at) c
        """)
}
