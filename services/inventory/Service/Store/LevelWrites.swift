internal import InventoryDomain
internal import Postgres

/// Writes changed and new levels.
struct LevelWrites {
    private struct Row {
        let key: Keyed<SKU>
        let location: String
        let balance: Balance
        let version: Int64
        let written: WriteMark?
        /// Its item's place in the set that was decided on.
        let position: Int
        let index: Int?
        let place: PostgresTupleID?
    }

    /// Which level of an item has moved to where.
    struct Moved {
        let share: Int
        /// The item's place in the set that was decided on.
        let position: Int
        let index: Int
        let place: PostgresTupleID
    }

    private var changed: [Row] = []
    private var new: [Row] = []

    init(_ shares: [DecidedShare]) {
        self.changed.reserveCapacity(shares.reduce(0) { $0 + $1.changes.levels.count })
        for share in shares {
            for change in share.changes.levels {
                let place = change.index.flatMap { share.places[change.position]?.levels[$0] }
                let level = change.level
                let row = Row(
                    key: share.keys[change.position], location: level.location.description, balance: level.balance,
                    version: level.version, written: level.written, position: change.position, index: change.index,
                    place: place)
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

    /// The changed ones, to be copied to a staging table; nil: there are none. The items are locked.
    var staged: StagedUpdate? {
        guard !self.changed.isEmpty else { return nil }
        var copy = PostgresBinaryCopy(Self.staging, columns: 13)
        for row in self.changed {
            guard let place = row.place else { continue }
            copy.beginRow()
            copy.append(place)
            Self.append(row, to: &copy)
        }
        return StagedUpdate(copy: copy, command: PostgresCommand(Self.stagedUpdate))
    }

    /// The new ones to be copied; nil: there are none.
    var copy: PostgresBinaryCopy? {
        guard !self.new.isEmpty else { return nil }
        var copy = PostgresBinaryCopy(Self.copying, columns: 12)
        for row in self.new {
            copy.beginRow()
            Self.append(row, to: &copy)
        }
        return copy
    }

    private static func append(_ row: Row, to copy: inout PostgresBinaryCopy) {
        let balance = row.balance
        copy.append(row.key.bucket)
        copy.append(row.key.brand)
        copy.append(row.key.text)
        copy.append(row.location)
        copy.append(balance.available)
        copy.append(balance.reserved)
        copy.append(balance.quarantined)
        copy.append(balance.inTransit)
        copy.append(balance.incoming)
        copy.append(row.version)
        if let written = row.written {
            copy.append(written.source.rawValue)
            copy.append(PostgresTimestamp(written.at))
        } else {
            copy.appendNull()
            copy.appendNull()
        }
    }

    /// Where the changed ones are now.
    ///
    /// - Parameter places: As ``update`` was answered.
    func moved(to places: [PostgresTupleID]) -> [Moved] {
        zip(self.changed, places).compactMap { row, place in
            row.index.map { Moved(share: row.key.share, position: row.position, index: $0, place: place) }
        }
    }

    private static func command(_ statement: PostgresStatement, _ rows: [Row]) -> PostgresCommand {
        let columns = rows.map(\.key).columns()
        let balances = rows.map(\.balance)
        let brand = PostgresColumn(columns.brands)
        let reserved = PostgresColumn(balances.map(\.reserved))
        let quarantined = PostgresColumn(balances.map(\.quarantined))
        let (inTransit, incoming) = (
            PostgresColumn(balances.map(\.inTransit)), PostgresColumn(balances.map(\.incoming))
        )
        let version = PostgresColumn(rows.map(\.version))
        let source = PostgresColumn(rows.map { $0.written?.source.rawValue })
        let writtenAt = PostgresColumn(rows.map { row in row.written.map { PostgresTimestamp($0.at) } })
        return PostgresCommand(
            statement, rows.compactMap(\.place), columns.buckets, columns.names, rows.map(\.location),
            balances.map(\.available), brand.each, reserved.each, quarantined.each, inTransit.each, incoming.each,
            version.each, source.each, writtenAt.each, brand.one, reserved.one, quarantined.one, inTransit.one,
            incoming.one, version.one, source.one, writtenAt.one)
    }

    private static let copying = PostgresStatement(
        """
        copy level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming, version,
            written_source, written_at) from stdin (format binary)
        """)

    private static let staging = PostgresStatement(
        """
        copy staged_level (place, bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit,
            incoming, version, written_source, written_at) from stdin (format binary)
        """)

    static let stagedUpdate = StagedUpdate.statement(
        """
        update level l set available = s.available, reserved = s.reserved, quarantined = s.quarantined,
            in_transit = s.in_transit, incoming = s.incoming, version = s.version,
            written_source = s.written_source, written_at = s.written_at
        from staged_level s
        where l.ctid = s.place and l.bucket = s.bucket and l.brand_id = s.brand_id and l.sku = s.sku
            and l.location_id = s.location_id
        returning l.bucket
        """, from: "staged_level")

    private static let levelUpdate = PlacedUpdate.statement(
        """
        update level l set available = c.available, reserved = coalesce(c.reserved, $15),
            quarantined = coalesce(c.quarantined, $16), in_transit = coalesce(c.in_transit, $17),
            incoming = coalesce(c.incoming, $18), version = coalesce(c.version, $19),
            written_source = coalesce(c.written_source, $20), written_at = coalesce(c.written_at, $21)
        from (select generate_subscripts($1::tid[], 1) as position, unnest($1::tid[]) as place,
                unnest($2::smallint[]) as bucket, unnest($3::text[]) as sku, unnest($4::text[]) as location_id,
                unnest($5::bigint[]) as available, unnest($6::uuid[]) as brand_id, unnest($7::bigint[]) as reserved,
                unnest($8::bigint[]) as quarantined, unnest($9::bigint[]) as in_transit,
                unnest($10::bigint[]) as incoming, unnest($11::bigint[]) as version,
                unnest($12::smallint[]) as written_source, unnest($13::timestamptz[]) as written_at) c
        where l.ctid = c.place and l.bucket = c.bucket and l.brand_id = coalesce(c.brand_id, $14) and l.sku = c.sku
            and l.location_id = c.location_id
        returning c.position, l.ctid as place
        """)

    // The first parameter, where rows are, is empty for new ones: both statements have the same parameters.
    private static let levelInsertion = PostgresStatement(
        """
        insert into level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming,
            version, written_source, written_at)
        select c.bucket, coalesce(c.brand_id, $14), c.sku, c.location_id, c.available, coalesce(c.reserved, $15),
            coalesce(c.quarantined, $16), coalesce(c.in_transit, $17), coalesce(c.incoming, $18),
            coalesce(c.version, $19), coalesce(c.written_source, $20), coalesce(c.written_at, $21)
        from (select unnest($1::tid[]), unnest($2::smallint[]) as bucket, unnest($3::text[]) as sku,
                unnest($4::text[]) as location_id, unnest($5::bigint[]) as available, unnest($6::uuid[]) as brand_id,
                unnest($7::bigint[]) as reserved, unnest($8::bigint[]) as quarantined,
                unnest($9::bigint[]) as in_transit, unnest($10::bigint[]) as incoming,
                unnest($11::bigint[]) as version, unnest($12::smallint[]) as written_source,
                unnest($13::timestamptz[]) as written_at) c
        """)
}
