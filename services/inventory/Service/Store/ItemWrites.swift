internal import InventoryDomain
internal import Postgres

/// Writes changed and new items.
struct ItemWrites {
    private struct Row {
        let key: Keyed<SKU>
        let item: StockItem
        let settings: ItemSettings
        let version: Int64
        let settingsChanged: Bool
    }

    private var changed: [Row] = []
    private var new: [Row] = []
    private let now: PostgresTimestamp

    init(_ shares: [DecidedShare], at now: PostgresTimestamp) {
        self.now = now
        for share in shares {
            for (change, item) in zip(share.changes.items, share.items) {
                let row = Row(
                    key: Keyed(change.sku, of: share.brand, share: share.share), item: item, settings: change.settings,
                    version: change.version, settingsChanged: change.settingsChanged)
                if share.knownSKUs.contains(change.sku) { self.changed.append(row) } else { self.new.append(row) }
            }
        }
        self.changed.sort { Keyed.isBefore($0.key, $1.key) }
        self.new.sort { Keyed.isBefore($0.key, $1.key) }
    }

    /// One command for each kind of change that there is.
    var commands: [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.changed.isEmpty { commands.append(self.update(self.changed)) }
        let settings = self.changed.filter(\.settingsChanged)
        if !settings.isEmpty { commands.append(Self.command(Self.settingsUpdate, settings)) }
        if !self.new.isEmpty {
            commands.append(self.insertion(self.new))
            let settings = self.new.filter { $0.settingsChanged }
            if !settings.isEmpty { commands.append(Self.command(Self.settingsUpdate, settings)) }
        }
        return commands
    }

    private func update(_ rows: [Row]) -> PostgresCommand { self.stock(Self.stockUpdate, rows) }

    private func insertion(_ rows: [Row]) -> PostgresCommand { self.stock(Self.itemInsertion, rows) }

    private func stock(_ statement: PostgresStatement, _ rows: [Row]) -> PostgresCommand {
        let columns = rows.map(\.key).columns()
        return PostgresCommand(
            statement, columns.buckets, columns.brands, columns.names, rows.map(\.version),
            rows.map(\.item.totalAvailable), rows.map(\.item.hasFreeUnits), self.now)
    }

    private static func command(_ statement: PostgresStatement, _ rows: [Row]) -> PostgresCommand {
        let columns = rows.map(\.key).columns()
        let settings = rows.map(\.settings)
        return PostgresCommand(
            statement, columns.buckets, columns.brands, columns.names, settings.map(\.reorderThreshold.units),
            settings.map(\.reorderQuantity.units), settings.map(\.safetyBuffer.units), settings.map(\.isDropShip),
            settings.map { ArrayLiteral.of($0.channelBuffers.map(\.channel.description)) },
            settings.map { ArrayLiteral.of($0.channelBuffers.map(\.quantity.description)) },
            settings.map { $0.reorderWritten?.source.rawValue }, settings.map { Self.moment($0.reorderWritten) },
            settings.map { $0.buffersWritten?.source.rawValue }, settings.map { Self.moment($0.buffersWritten) },
            settings.map { $0.dropShipWritten?.source.rawValue }, settings.map { Self.moment($0.dropShipWritten) })
    }

    private static func moment(_ mark: WriteMark?) -> PostgresTimestamp? { mark.map { PostgresTimestamp($0.at) } }

    private static let stockUpdate = PostgresStatement(
        """
        update item i set version = c.version, total_available = c.total, is_in_stock = c.in_stock, changed_at = $7
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::boolean[])
            as c (bucket, brand_id, sku, version, total, in_stock)
        where i.bucket = c.bucket and i.brand_id = c.brand_id and i.sku = c.sku
        """)

    private static let itemInsertion = PostgresStatement(
        """
        insert into item (bucket, brand_id, sku, version, total_available, is_in_stock, changed_at)
        select c.bucket, c.brand_id, c.sku, c.version, c.total, c.in_stock, $7
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::boolean[])
            as c (bucket, brand_id, sku, version, total, in_stock)
        """)

    // An array of arrays would have to be rectangular, so each row's array travels as its text.
    private static let settingsUpdate = PostgresStatement(
        """
        update item i set reorder_threshold = c.threshold, reorder_quantity = c.quantity, safety_buffer = c.buffer,
            is_drop_ship = c.is_drop_ship, channels = c.channels::text[], channel_buffers = c.channel_buffers::bigint[],
            reorder_source = c.reorder_source, reorder_written_at = c.reorder_at, buffers_source = c.buffers_source,
            buffers_written_at = c.buffers_at, drop_ship_source = c.drop_ship_source,
            drop_ship_written_at = c.drop_ship_at
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::boolean[],
            $8::text[], $9::text[], $10::smallint[], $11::timestamptz[], $12::smallint[], $13::timestamptz[],
            $14::smallint[], $15::timestamptz[])
            as c (bucket, brand_id, sku, threshold, quantity, buffer, is_drop_ship, channels, channel_buffers,
            reorder_source, reorder_at, buffers_source, buffers_at, drop_ship_source, drop_ship_at)
        where i.bucket = c.bucket and i.brand_id = c.brand_id and i.sku = c.sku
        """)
}

extension StockItem {
    /// Whether some level has free units; the total may be negative all the same.
    var hasFreeUnits: Bool { self.levels.contains { $0.balance.available > 0 } }
}

/// The text of an array, as PostgreSQL reads it. Source: PostgreSQL documentation, section 8.15.2.
enum ArrayLiteral {
    static func of(_ elements: [String]) -> String {
        guard !elements.isEmpty else { return "{}" }
        var text = "{"
        for (index, element) in elements.enumerated() {
            text.append(index == 0 ? "\"" : ",\"")
            // By scalars: a quotation mark with a combining character behind it is one too.
            for scalar in element.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { text.unicodeScalars.append("\\") }
                text.unicodeScalars.append(scalar)
            }
            text.append("\"")
        }
        return text + "}"
    }
}
