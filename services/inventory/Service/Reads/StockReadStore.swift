internal import Buckets
internal import InventoryDomain
internal import Postgres

/// Items and their levels as the database has them, read without locks.
struct StockReadStore: Sendable {
    /// What is found under a key.
    struct Found: Sendable {
        /// Nil: nothing is known of the SKU, or it is a kit.
        var item: StockItem?
        /// When the item changed last.
        var changedAt = Timestamp(microseconds: 0)
        /// Whether the SKU is a kit: then its stock is that of its components, whatever rows it has.
        var isKit = false
    }

    let pool: PostgresPool

    /// What is found under each key, in their order; all of it as of one moment.
    func items(_ keys: [StockKey]) async throws(PostgresError) -> [Found] {
        guard !keys.isEmpty else { return [] }
        return try Self.found(keys, in: try await self.pool.query(Self.selection(keys)))
    }

    /// What is found, and the database's clock.
    func itemsAndTime(_ keys: [StockKey]) async throws(PostgresError) -> ([Found], Timestamp) {
        let rows = try await self.pool.query(Self.selection(keys))
        return (try Self.found(keys, in: rows), try Self.time(of: rows))
    }

    /// The database's clock when ``selection(_:)`` was answered.
    static func time(of rows: PostgresRows) throws(PostgresError) -> Timestamp {
        // Every key has a row.
        let now = try rows.first?.decode(PostgresTimestamp.self, column: "now") ?? PostgresTimestamp(microseconds: 0)
        return Timestamp(now)
    }

    /// Items of one brand; those that nothing is known of are left out.
    func itemsBySKU(
        _ skus: [SKU], of brand: PostgresUUID
    ) async throws(PostgresError) -> [SKU: StockItem] {
        var items: [SKU: StockItem] = [:]
        for (sku, found) in zip(skus, try await self.items(skus.map { StockKey(brand: brand, sku: $0) })) {
            items[sku] = found.item
        }
        return items
    }

    /// The command that finds items, for transactions that read more.
    static func selection(_ keys: [StockKey]) -> PostgresCommand {
        PostgresCommand(
            self.statement, keys.map(\.bucket.number), keys.map(\.brand), keys.map(\.sku.description))
    }

    /// What ``selection(_:)`` has found.
    static func found(_ keys: [StockKey], in rows: PostgresRows) throws(PostgresError) -> [Found] {
        var found = [Found](repeating: Found(), count: keys.count)
        var levels = [[Level]](repeating: [], count: keys.count)
        var itemRows = [PostgresRow?](repeating: nil, count: keys.count)
        for row in rows {
            let (ordinal, isKit, version, location) = try row.decode(
                Int64.self, Bool.self, Int64?.self, String?.self)
            let index = Int(ordinal) - 1
            guard keys.indices.contains(index) else {
                throw .unexpectedValue(column: "ordinal", reason: "\(ordinal) is not among \(keys.count) keys")
            }
            found[index].isKit = isKit
            guard !isKit, version != nil else { continue }
            itemRows[index] = row
            if let location { levels[index].append(try self.level(row, location)) }
        }
        for index in keys.indices {
            guard let row = itemRows[index] else { continue }
            (found[index].item, found[index].changedAt) = try self.item(row, keys[index].sku, levels[index])
        }
        return found
    }

    private static func level(_ row: PostgresRow, _ location: String) throws(PostgresError) -> Level {
        let (_, _, _, _, available, reserved, quarantined, inTransit, incoming, version) = try row.decode(
            Int64.self, Bool.self, Int64.self, String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self,
            Int64.self)
        return Level(
            location: try LocationID.read(location),
            balance: try Self.balance(
                available: available, reserved: reserved, quarantined: quarantined, inTransit: inTransit,
                incoming: incoming),
            version: version)
    }

    private static func item(
        _ row: PostgresRow, _ sku: SKU, _ levels: [Level]
    ) throws(PostgresError) -> (StockItem, Timestamp) {
        let (
            _, _, version, _, _, _, _, _, _, _, threshold, quantity, buffer, isDropShip, channels, buffers, changedAt
        ) =
            try row.decode(
                Int64.self, Bool.self, Int64.self, String?.self, Int64?.self, Int64?.self, Int64?.self, Int64?.self,
                Int64?.self, Int64?.self, Int64.self, Int64.self, Int64.self, Bool.self, [String].self, [Int64].self,
                PostgresTimestamp.self)
        let settings = ItemSettings(
            reorderThreshold: try UnitCount.read(threshold, "reorder_threshold"),
            reorderQuantity: try UnitCount.read(quantity, "reorder_quantity"),
            safetyBuffer: try UnitCount.read(buffer, "safety_buffer"),
            channelBuffers: try ChannelBuffer.read(channels, buffers), isDropShip: isDropShip)
        do throws(InvalidValue) {
            let item = try StockItem(sku: sku, version: version, settings: settings, levels: levels)
            return (item, Timestamp(changedAt))
        } catch {
            throw .unexpectedValue(error, column: "version")
        }
    }

    /// One row for each level, or for a key without any: all within one statement, so that an item never meets levels of
    /// another moment.
    private static let statement = PostgresStatement(
        """
        select k.ordinal, kit.sku is not null as is_kit, i.version, l.location_id, l.available, l.reserved, l.quarantined,
            l.in_transit, l.incoming, l.version, i.reorder_threshold, i.reorder_quantity, i.safety_buffer, i.is_drop_ship,
            i.channels, i.channel_buffers, i.changed_at, now() as now
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, ordinal)
        left join kit on kit.brand_id = k.brand_id and kit.sku = k.sku
        left join item i on i.bucket = k.bucket and i.brand_id = k.brand_id and i.sku = k.sku
        left join level l on l.bucket = i.bucket and l.brand_id = i.brand_id and l.sku = i.sku
        """,
        readOnly: true)
}

extension StockReadStore {
    /// Numbers as rows hold them.
    static func balance(
        available: Int64, reserved: Int64, quarantined: Int64, inTransit: Int64, incoming: Int64
    ) throws(PostgresError) -> Balance {
        let (onHand, overflow) = available.addingReportingOverflow(reserved)
        guard !overflow else {
            throw .unexpectedValue(column: "available", reason: "with what is reserved it overflows")
        }
        do throws(InvalidValue) {
            return try Balance(
                onHand: onHand, reserved: reserved, quarantined: quarantined, inTransit: inTransit, incoming: incoming)
        } catch {
            throw .unexpectedValue(error, column: "available")
        }
    }
}
