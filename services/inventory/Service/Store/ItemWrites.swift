internal import InventoryDomain
internal import Postgres

/// Writes changed and new items.
struct ItemWrites {
    private struct Row {
        let key: Keyed<SKU>
        let item: StockItem
        let change: ItemChange
        let before: ItemPlace?
        let place: PostgresTupleID?
    }

    private var changed: [Row] = []
    private var new: [Row] = []
    private let now: PostgresTimestamp

    init(_ shares: [DecidedShare], at now: PostgresTimestamp) {
        self.now = now
        for share in shares {
            for (change, item) in zip(share.changes.items, share.items) {
                let place = share.places[change.sku]
                let row = Row(
                    key: Keyed(change.sku, of: share.brand, share: share.share), item: item, change: change,
                    before: place, place: place?.item)
                if row.place == nil { self.new.append(row) } else { self.changed.append(row) }
            }
        }
        self.changed.sort { Keyed.isBefore($0.key, $1.key) }
        self.new.sort { Keyed.isBefore($0.key, $1.key) }
    }

    /// The command that writes the changed ones, as ``PlacedUpdate``; nil: there are none.
    ///
    /// Ascending, so that it locks in the order of every transaction what is not locked yet.
    var update: PostgresCommand? {
        guard !self.changed.isEmpty else { return nil }
        let columns = self.changed.map(\.key).columns()
        return PostgresCommand(
            Self.stockUpdate, self.changed.map(\.place), columns.buckets, columns.brands, columns.names,
            self.changed.map { $0.before?.version ?? 0 }, self.changed.map(\.change.version),
            self.changed.map(\.item.totalAvailable),
            self.changed.map(\.item.hasFreeUnits), self.now, self.changed.map { $0.before?.changedAt })
    }

    /// The keys of the changed ones, in the order of ``update``.
    var changedKeys: [Keyed<SKU>] { self.changed.map(\.key) }

    /// The commands that insert the new ones and write the settings that changed, to be sent behind ``update``.
    var others: [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.new.isEmpty { commands.append(self.insertion) }
        let settings = (self.changed + self.new).filter(\.change.settingsChanged)
        if !settings.isEmpty { commands.append(Self.settingsCommand(settings)) }
        return commands
    }

    private var insertion: PostgresCommand {
        let columns = self.new.map(\.key).columns()
        return PostgresCommand(
            Self.itemInsertion, columns.buckets, columns.brands, columns.names, self.new.map(\.change.version),
            self.new.map(\.item.totalAvailable), self.new.map(\.item.hasFreeUnits), self.now)
    }

    private static func settingsCommand(_ rows: [Row]) -> PostgresCommand {
        let columns = rows.map(\.key).columns()
        let settings = rows.map(\.change.settings)
        return PostgresCommand(
            Self.settingsUpdate, columns.buckets, columns.brands, columns.names, settings.map(\.reorderThreshold.units),
            settings.map(\.reorderQuantity.units), settings.map(\.safetyBuffer.units), settings.map(\.isDropShip),
            settings.map { ArrayLiteral.of($0.channelBuffers.map(\.channel.description)) },
            settings.map { ArrayLiteral.of($0.channelBuffers.map(\.quantity.description)) },
            settings.map { $0.reorderWritten?.source.rawValue }, settings.map { Self.moment($0.reorderWritten) },
            settings.map { $0.buffersWritten?.source.rawValue }, settings.map { Self.moment($0.buffersWritten) },
            settings.map { $0.dropShipWritten?.source.rawValue }, settings.map { Self.moment($0.dropShipWritten) })
    }

    private static func moment(_ mark: WriteMark?) -> PostgresTimestamp? { mark.map { PostgresTimestamp($0.at) } }

    private static let stockUpdate = PlacedUpdate.statement(
        """
        update item i set version = c.version, total_available = c.total, is_in_stock = c.in_stock, changed_at = $9
        from (select generate_subscripts($1::tid[], 1) as position, unnest($1::tid[]) as place,
                unnest($2::smallint[]) as bucket, unnest($3::uuid[]) as brand_id, unnest($4::text[]) as sku,
                unnest($5::bigint[]) as before, unnest($6::bigint[]) as version, unnest($7::bigint[]) as total,
                unnest($8::boolean[]) as in_stock, unnest($10::timestamptz[]) as changed_before) c
        where i.ctid = c.place and i.bucket = c.bucket and i.brand_id = c.brand_id and i.sku = c.sku
            and i.version = c.before and i.changed_at = c.changed_before
        returning c.position, i.ctid as place
        """)

    private static let itemInsertion = PostgresStatement(
        """
        insert into item (bucket, brand_id, sku, version, total_available, is_in_stock, changed_at)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::bigint[]),
            unnest($5::bigint[]), unnest($6::boolean[]), $7
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
