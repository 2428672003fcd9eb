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

    /// The items that exist, by the position of their keys, and the positions of those whose lots must be read too.
    ///
    /// - Parameter answers: Those of ``locking(_:)``.
    static func read(
        _ answers: ArraySlice<PostgresRows>, _ keys: [Keyed<SKU>]
    ) throws(PostgresError) -> (items: [StockItem?], lotted: [Int]) {
        guard answers.count == 2, let items = answers.first, let levels = answers.last else {
            throw PostgresError(.server, "\(answers.count) answers for items and levels")
        }
        let levelsByKey = try Self.levels(levels, keys.count)
        var read = [StockItem?](repeating: nil, count: keys.count)
        var lotted: [Int] = []
        for row in items {
            let (position, version, settings, hasLots) = try Self.item(row)
            guard keys.indices.contains(position) else { throw Self.unknownPosition(position) }
            if hasLots { lotted.append(position) }
            do throws(InvalidValue) {
                read[position] = try StockItem(
                    sku: keys[position].name, version: version, settings: settings, levels: levelsByKey[position])
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
    static func levels(_ rows: PostgresRows, _ count: Int) throws(PostgresError) -> [[Level]] {
        var levels = [[Level]](repeating: [], count: count)
        for row in rows {
            let (position, level) = try Self.level(row)
            guard levels.indices.contains(position) else { throw Self.unknownPosition(position) }
            levels[position].append(level)
        }
        return levels
    }

    private static func unknownPosition(_ position: Int) -> PostgresError {
        .unexpectedValue(column: "position", reason: "\(position) was not asked for")
    }

    private static func item(_ row: PostgresRow) throws(PostgresError) -> (Int, Int64, ItemSettings, Bool) {
        let (
            position, version, threshold, quantity, buffer, isDropShip, channels, channelBuffers, reorderSource,
            reorderAt, bufferSource, bufferAt, dropShipSource, dropShipAt, hasLots
        ) = try row.decode(
            Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Bool.self, [String].self, [Int64].self,
            Int16?.self, PostgresTimestamp?.self, Int16?.self, PostgresTimestamp?.self, Int16?.self,
            PostgresTimestamp?.self, Bool.self)
        var settings = ItemSettings(
            reorderThreshold: try UnitCount.read(threshold, "reorder_threshold"),
            reorderQuantity: try UnitCount.read(quantity, "reorder_quantity"),
            safetyBuffer: try UnitCount.read(buffer, "safety_buffer"),
            channelBuffers: try ChannelBuffer.read(channels, channelBuffers), isDropShip: isDropShip)
        settings.reorderWritten = WriteMark.read(reorderSource, reorderAt)
        settings.buffersWritten = WriteMark.read(bufferSource, bufferAt)
        settings.dropShipWritten = WriteMark.read(dropShipSource, dropShipAt)
        return (Int(position) - 1, version, settings, hasLots)
    }

    private static func level(_ row: PostgresRow) throws(PostgresError) -> (Int, Level) {
        let (position, location, available, reserved, quarantined, inTransit, incoming, version, source, at) =
            try row.decode(
                Int64.self, String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self,
                Int16?.self, PostgresTimestamp?.self)
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
        return (Int(position) - 1, level)
    }

    private static let lock = PostgresStatement(
        """
        select k.position, i.version, i.reorder_threshold, i.reorder_quantity, i.safety_buffer, i.is_drop_ship,
            i.channels, i.channel_buffers, i.reorder_source, i.reorder_written_at, i.buffers_source,
            i.buffers_written_at, i.drop_ship_source, i.drop_ship_written_at, i.has_lots
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join item i on i.bucket = k.bucket and i.brand_id = k.brand_id and i.sku = k.sku
        order by k.position for update of i
        """)

    private static let items = PostgresStatement(
        """
        select k.position, i.version, i.reorder_threshold, i.reorder_quantity, i.safety_buffer, i.is_drop_ship,
            i.channels, i.channel_buffers, i.reorder_source, i.reorder_written_at, i.buffers_source,
            i.buffers_written_at, i.drop_ship_source, i.drop_ship_written_at, i.has_lots
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join item i on i.bucket = k.bucket and i.brand_id = k.brand_id and i.sku = k.sku
        """,
        readOnly: true)

    private static let levels = PostgresStatement(
        """
        select k.position, l.location_id, l.available, l.reserved, l.quarantined, l.in_transit, l.incoming, l.version,
            l.written_source, l.written_at
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join level l on l.bucket = k.bucket and l.brand_id = k.brand_id and l.sku = k.sku
        order by k.position, l.location_id
        """)
}
