internal import InventoryDomain
internal import Postgres

/// Reads items and their levels, and locks the items.
enum ItemRows {
    /// The commands that lock items in the order of their keys, and read them and then their levels.
    ///
    /// The levels are read by a statement of their own, whose snapshot is taken when the locks are held.
    static func locking(_ keys: [Keyed<SKU>]) -> [PostgresCommand] {
        let columns = keys.columns()
        return [
            PostgresCommand(Self.lock, columns.buckets, columns.brands, columns.names),
            PostgresCommand(Self.levels, columns.buckets, columns.brands, columns.names),
        ]
    }

    /// The commands that read the same without locks: an item and its levels may be of different moments.
    static func reading(_ keys: [Keyed<SKU>]) -> [PostgresCommand] {
        let columns = keys.columns()
        return [
            PostgresCommand(Self.items, columns.buckets, columns.brands, columns.names),
            PostgresCommand(Self.levels, columns.buckets, columns.brands, columns.names),
        ]
    }

    /// The command that fails the transaction, with ``SQLState/divisionByZero``, unless items are as they were.
    ///
    /// - Parameter places: Of items that have a row.
    static func expecting(_ keys: [Keyed<SKU>], at places: [ItemPlace]) -> PostgresCommand {
        let columns = keys.columns()
        return PostgresCommand(
            Self.expectation, places.map(\.item), columns.buckets, columns.brands, columns.names, places.map(\.version),
            places.map(\.changedAt))
    }

    /// The commands that look through pages and read nothing of them, so that PostgreSQL clears them of the versions that
    /// nobody sees any more.
    static func visiting(_ pages: [RememberedItems.Visit]) -> [PostgresCommand] {
        [(RememberedItems.Visit.Table.items, Self.itemVisit), (.levels, Self.levelVisit)].compactMap { table, visit in
            let pages = pages.filter { $0.table == table }.map { PostgresTupleID(block: $0.block, offset: 1) }
            return pages.isEmpty ? nil : PostgresCommand(visit, pages)
        }
    }

    /// The items that exist, by the position of their keys, and the positions of those whose lots must be read too.
    ///
    /// - Parameter answers: Those of ``locking(_:)``.
    static func read(
        _ answers: ArraySlice<PostgresRows>, _ keys: [Keyed<SKU>]
    ) throws(PostgresError) -> (items: [PlacedItem?], lotted: [Int]) {
        guard answers.count == 2, let items = answers.first, let levels = answers.last else {
            throw PostgresError(.server, "\(answers.count) answers for items and levels")
        }
        let levelsByKey = try Self.levels(levels, keys.count)
        var read = [PlacedItem?](repeating: nil, count: keys.count)
        var lotted: [Int] = []
        for row in items {
            let (position, version, settings, hasLots, place, changedAt) = try Self.item(row)
            guard keys.indices.contains(position) else { throw Self.unknownPosition(position) }
            if hasLots { lotted.append(position) }
            let levels = levelsByKey[position]
            do throws(InvalidValue) {
                read[position] = PlacedItem(
                    item: try StockItem(
                        sku: keys[position].name, version: version, settings: settings, levels: levels.levels),
                    place: ItemPlace(
                        version: version, changedAt: changedAt, item: place, levels: levels.places))
            } catch {
                throw .unexpectedValue(error, column: "version")
            }
        }
        return (read, lotted)
    }

    /// The levels by the position of their items' keys, also of items that do not exist.
    ///
    /// - Parameters:
    ///   - rows: The last answer to ``locking(_:)``.
    ///   - count: How many keys there are.
    static func levels(
        _ rows: PostgresRows, _ count: Int
    ) throws(PostgresError) -> [(levels: [Level], places: [PostgresTupleID])] {
        var levels = [(levels: [Level], places: [PostgresTupleID])](repeating: ([], []), count: count)
        for row in rows {
            let (position, level, place) = try Self.level(row)
            guard levels.indices.contains(position) else { throw Self.unknownPosition(position) }
            levels[position].levels.append(level)
            levels[position].places.append(place)
        }
        return levels
    }

    private static func unknownPosition(_ position: Int) -> PostgresError {
        .unexpectedValue(column: "position", reason: "\(position) was not asked for")
    }

    private static func item(
        _ row: PostgresRow
    ) throws(PostgresError) -> (Int, Int64, ItemSettings, Bool, PostgresTupleID, PostgresTimestamp) {
        let (
            position, version, threshold, quantity, buffer, isDropShip, channels, channelBuffers, reorderSource,
            reorderAt, bufferSource, bufferAt, dropShipSource, dropShipAt, hasLots, place,
            changedAt
        ) = try row.decode(
            Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Bool.self, [String].self, [Int64].self,
            Int16?.self, PostgresTimestamp?.self, Int16?.self, PostgresTimestamp?.self, Int16?.self,
            PostgresTimestamp?.self, Bool.self, PostgresTupleID.self, PostgresTimestamp.self)
        var settings = ItemSettings(
            reorderThreshold: try UnitCount.read(threshold, "reorder_threshold"),
            reorderQuantity: try UnitCount.read(quantity, "reorder_quantity"),
            safetyBuffer: try UnitCount.read(buffer, "safety_buffer"),
            channelBuffers: try ChannelBuffer.read(channels, channelBuffers), isDropShip: isDropShip)
        settings.reorderWritten = WriteMark.read(reorderSource, reorderAt)
        settings.buffersWritten = WriteMark.read(bufferSource, bufferAt)
        settings.dropShipWritten = WriteMark.read(dropShipSource, dropShipAt)
        return (Int(position) - 1, version, settings, hasLots, place, changedAt)
    }

    private static func level(_ row: PostgresRow) throws(PostgresError) -> (Int, Level, PostgresTupleID) {
        let (position, location, available, reserved, quarantined, inTransit, incoming, version, source, at, place) =
            try row.decode(
                Int64.self, String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self,
                Int16?.self, PostgresTimestamp?.self, PostgresTupleID.self)
        let balance: Balance
        do throws(InvalidValue) {
            balance = try Balance(
                onHand: available + reserved, reserved: reserved, quarantined: quarantined, inTransit: inTransit,
                incoming: incoming)
        } catch {
            throw .unexpectedValue(error, column: "available")
        }
        let level = Level(
            location: try LocationID.read(location), balance: balance, version: version,
            written: WriteMark.read(source, at))
        return (Int(position) - 1, level, place)
    }

    private static let lock = PostgresStatement(
        """
        select k.position, i.version, i.reorder_threshold, i.reorder_quantity, i.safety_buffer, i.is_drop_ship,
            i.channels, i.channel_buffers, i.reorder_source, i.reorder_written_at, i.buffers_source,
            i.buffers_written_at, i.drop_ship_source, i.drop_ship_written_at, i.has_lots, i.ctid, i.changed_at
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join item i on i.bucket = k.bucket and i.brand_id = k.brand_id and i.sku = k.sku
        order by k.position for update of i
        """)

    private static let expectation = PostgresStatement(
        """
        select 1 / (count(*) = cardinality($1::tid[]))::integer
        from (select unnest($1::tid[]) as place, unnest($2::smallint[]) as bucket, unnest($3::uuid[]) as brand_id,
                unnest($4::text[]) as sku, unnest($5::bigint[]) as version,
                unnest($6::timestamptz[]) as changed_at) c
        join item i on i.ctid = c.place and i.bucket = c.bucket and i.brand_id = c.brand_id and i.sku = c.sku
            and i.version = c.version and i.changed_at = c.changed_at
        """)

    private static let itemVisit = Self.visit("item")
    private static let levelVisit = Self.visit("level")

    // Each page by itself, whatever the planner thinks of many: all of it is looked at once, where a row's key would take
    // it through an index first. A scan of a range clears the whole page, however few of its rows are asked for.
    private static func visit(_ table: StaticString) -> PostgresStatement {
        PostgresStatement(joining: [
            """
            select sum(page.rows)::bigint from unnest($1::tid[]) as p (place)
            cross join lateral (select count(*) as rows from
            """,
            " ", table, " r where r.ctid between p.place and p.place offset 0) page",
        ])
    }

    private static let items = PostgresStatement(
        """
        select k.position, i.version, i.reorder_threshold, i.reorder_quantity, i.safety_buffer, i.is_drop_ship,
            i.channels, i.channel_buffers, i.reorder_source, i.reorder_written_at, i.buffers_source,
            i.buffers_written_at, i.drop_ship_source, i.drop_ship_written_at, i.has_lots, i.ctid, i.changed_at
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join item i on i.bucket = k.bucket and i.brand_id = k.brand_id and i.sku = k.sku
        order by k.position
        """,
        readOnly: true)

    private static let levels = PostgresStatement(
        """
        select k.position, l.location_id, l.available, l.reserved, l.quarantined, l.in_transit, l.incoming, l.version,
            l.written_source, l.written_at, l.ctid
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join level l on l.bucket = k.bucket and l.brand_id = k.brand_id and l.sku = k.sku
        order by k.position, l.location_id
        """)
}
