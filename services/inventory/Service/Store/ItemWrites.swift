internal import InventoryDomain
internal import Postgres

/// Writes changed and new items.
struct ItemWrites {
    private struct Row {
        let key: Keyed<SKU>
        /// The item's place in the set that was decided on.
        let position: Int
        let version: Int64
        let total: Int64
        let isInStock: Bool
        /// As the row was; of new ones zero.
        let versionBefore: Int64
        let changedBefore: PostgresTimestamp
        let place: PostgresTupleID?
    }

    private var changed: [Row] = []
    private var new: [Row] = []
    private var settings: [(key: Keyed<SKU>, settings: ItemSettings)] = []
    private let now: PostgresTimestamp

    init(_ shares: [DecidedShare], at now: PostgresTimestamp) {
        self.now = now
        self.changed.reserveCapacity(shares.reduce(0) { $0 + $1.changes.items.count })
        for share in shares {
            for (change, item) in zip(share.changes.items, share.items) {
                let (key, place) = (share.keys[change.position], share.places[change.position])
                let row = Row(
                    key: key, position: change.position, version: change.version, total: item.totalAvailable,
                    isInStock: item.hasFreeUnits, versionBefore: place?.version ?? 0,
                    changedBefore: place?.changedAt ?? PostgresTimestamp(microseconds: 0), place: place?.item)
                if row.place == nil { self.new.append(row) } else { self.changed.append(row) }
                if change.settingsChanged { self.settings.append((key, change.settings)) }
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
        let brand = PostgresColumn(columns.brands)
        let before = PostgresColumn(self.changed.map(\.versionBefore))
        let version = PostgresColumn(self.changed.map(\.version))
        let isInStock = PostgresColumn(self.changed.map(\.isInStock))
        let changedBefore = PostgresColumn(self.changed.map(\.changedBefore))
        return PostgresCommand(
            Self.stockUpdate, self.changed.compactMap(\.place), columns.buckets, columns.names,
            self.changed.map(\.total), self.now, brand.each, before.each, version.each, isInStock.each,
            changedBefore.each, brand.one, before.one, version.one, isInStock.one, changedBefore.one)
    }

    /// Whose the changed ones are and their places in the sets that were decided on, in the order of ``update``.
    var changedPlaces: [(share: Int, position: Int)] { self.changed.map { ($0.key.share, $0.position) } }

    /// The changed ones, to be copied to a staging table; nil: there are none. They are locked.
    var staged: StagedUpdate? {
        guard !self.changed.isEmpty else { return nil }
        var copy = PostgresBinaryCopy(Self.staging, columns: 10)
        for row in self.changed {
            guard let place = row.place else { continue }
            copy.beginRow()
            copy.append(place)
            self.append(row, to: &copy)
            copy.append(row.versionBefore)
            copy.append(row.changedBefore)
        }
        return StagedUpdate(copy: copy, command: PostgresCommand(Self.stagedUpdate))
    }

    /// The new ones to be copied; nil: there are none.
    var copy: PostgresBinaryCopy? {
        guard !self.new.isEmpty else { return nil }
        var copy = PostgresBinaryCopy(Self.copying, columns: 7)
        for row in self.new {
            copy.beginRow()
            self.append(row, to: &copy)
        }
        return copy
    }

    private func append(_ row: Row, to copy: inout PostgresBinaryCopy) {
        copy.append(row.key.bucket)
        copy.append(row.key.brand)
        copy.append(row.key.text)
        copy.append(row.version)
        copy.append(row.total)
        copy.append(row.isInStock)
        copy.append(self.now)
    }

    /// The commands that insert the new ones, unless they are copied, and write the settings that changed, to be sent
    /// behind ``update``.
    func others(copying: Bool) -> [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.new.isEmpty, !copying { commands.append(self.insertion) }
        if !self.settings.isEmpty { commands.append(self.settingsCommand) }
        return commands
    }

    private var insertion: PostgresCommand {
        let columns = self.new.map(\.key).columns()
        let brand = PostgresColumn(columns.brands)
        let version = PostgresColumn(self.new.map(\.version))
        let isInStock = PostgresColumn(self.new.map(\.isInStock))
        return PostgresCommand(
            Self.itemInsertion, columns.buckets, columns.names, self.new.map(\.total), self.now,
            brand.each, version.each, isInStock.each, brand.one, version.one, isInStock.one)
    }

    private var settingsCommand: PostgresCommand {
        let columns = self.settings.map(\.key).columns()
        let settings = self.settings.map(\.settings)
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
        update item i set version = coalesce(c.version, $13), total_available = c.total,
            is_in_stock = coalesce(c.in_stock, $14), changed_at = $5
        from (select generate_subscripts($1::tid[], 1) as position, unnest($1::tid[]) as place,
                unnest($2::smallint[]) as bucket, unnest($3::text[]) as sku, unnest($4::bigint[]) as total,
                unnest($6::uuid[]) as brand_id, unnest($7::bigint[]) as before, unnest($8::bigint[]) as version,
                unnest($9::boolean[]) as in_stock, unnest($10::timestamptz[]) as changed_before) c
        where i.ctid = c.place and i.bucket = c.bucket and i.brand_id = coalesce(c.brand_id, $11) and i.sku = c.sku
            and i.version = coalesce(c.before, $12) and i.changed_at = coalesce(c.changed_before, $15)
        returning c.position, i.ctid as place
        """)

    private static let staging = PostgresStatement(
        """
        copy staged_item (place, bucket, brand_id, sku, version, total_available, is_in_stock, changed_at,
            version_before, changed_before) from stdin (format binary)
        """)

    static let stagedUpdate = StagedUpdate.statement(
        """
        update item i set version = s.version, total_available = s.total_available, is_in_stock = s.is_in_stock,
            changed_at = s.changed_at
        from staged_item s
        where i.ctid = s.place and i.bucket = s.bucket and i.brand_id = s.brand_id and i.sku = s.sku
            and i.version = s.version_before and i.changed_at = s.changed_before
        returning i.bucket
        """, from: "staged_item")

    private static let itemInsertion = PostgresStatement(
        """
        insert into item (bucket, brand_id, sku, version, total_available, is_in_stock, changed_at)
        select c.bucket, coalesce(c.brand_id, $8), c.sku, coalesce(c.version, $9), c.total,
            coalesce(c.in_stock, $10), $4
        from (select unnest($1::smallint[]) as bucket, unnest($2::text[]) as sku, unnest($3::bigint[]) as total,
                unnest($5::uuid[]) as brand_id, unnest($6::bigint[]) as version, unnest($7::boolean[]) as in_stock) c
        """)

    private static let copying = PostgresStatement(
        """
        copy item (bucket, brand_id, sku, version, total_available, is_in_stock, changed_at)
            from stdin (format binary)
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
