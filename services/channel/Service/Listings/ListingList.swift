internal import Buckets
internal import ChannelMessages
internal import Postgres
internal import WellKnownMessages

/// Reads listings by connection and SKU, with how far they are in step.
struct ListingList: Sendable {
    /// The connections of a brand that are sent something, by kind.
    struct Sent: Sendable {
        /// Those that are sent prices.
        var prices: Set<String> = []
        /// Those that are sent contents.
        var contents: Set<String> = []
    }

    /// Where a page ended.
    struct Position: Hashable, Sendable {
        var connection: String
        var sku: String

        /// Before the first.
        static let start = Position(connection: "", sku: "")

        init(connection: String, sku: String) {
            self.connection = connection
            self.sku = sku
        }

        init?(_ bytes: [UInt8]) {
            // A connection's id has no blanks.
            guard let text = String(validating: bytes, as: UTF8.self), let blank = text.firstIndex(of: " ") else {
                return nil
            }
            self.init(connection: String(text[..<blank]), sku: String(text[text.index(after: blank)...]))
        }

        var bytes: [UInt8] { Array("\(self.connection) \(self.sku)".utf8) }
    }

    let brand: PostgresUUID
    let connection: String
    let sku: String
    let statuses: [SyncStatus]

    /// The command that reads so many, for ``read(_:sent:)``.
    func page(after position: Position, limit: Int64, sent: Sent) -> PostgresCommand {
        PostgresCommand(
            Self.selection, self.brand, position.connection, position.sku, limit, self.connection, self.sku,
            self.brand.bucket(of: self.sku).number, self.statuses.map { Int16(truncatingIfNeeded: $0.rawValue) },
            sent.prices.sorted(), sent.contents.sorted())
    }

    /// The listings of rows.
    static func read(_ rows: PostgresRows, sent: Sent) throws(PostgresError) -> [Listing] {
        try rows.map { row throws(PostgresError) in try Self.listing(row, sent) }
    }

    private static func listing(_ row: PostgresRow, _ sent: Sent) throws(PostgresError) -> Listing {
        let connection: String = try row.decode(column: "connection_id")
        var listing = Listing(connection: connection, sku: try row.decode(column: "sku"))
        listing.platformSku = try row.decode(column: "platform_sku")
        listing.platformIDs = try Self.texts(row, "id_name", "id_value")
        listing.overrides = try Self.texts(row, "target", "value")
        listing.buffer = try row.decode(column: "buffer")
        listing.cap = try row.decode(column: "cap")
        listing.paused = try row.decode(column: "paused")
        listing.version = UInt64(clamping: try row.decode(Int64.self, column: "version"))
        listing.updatedAt = try row.decode(PostgresTimestamp.self, column: "updated_at").protobuf
        listing.sync = [
            try Self.stock(row), try Self.price(row, isSent: sent.prices.contains(connection) && !listing.paused),
            try Self.content(row, isSent: sent.contents.contains(connection) && !listing.paused),
        ]
        return listing
    }

    private static func texts(
        _ row: PostgresRow, _ names: String, _ values: String
    ) throws(PostgresError) -> [String: String] {
        Dictionary(
            zip(try row.decode([String].self, column: names), try row.decode([String].self, column: values))
        ) { $1 }
    }

    private static func stock(_ row: PostgresRow) throws(PostgresError) -> SyncState {
        var state = try Self.state(row, .stock, prefix: "s", isSent: true)
        let shelf: Int64? = try row.decode(column: "shelf_quantity")
        state.wantedQuantity = try row.decode(Int64?.self, column: "s_wanted") ?? shelf
        state.pushedQuantity = shelf
        state.readQuantity = try row.decode(column: "read_quantity")
        state.pushedAt = try row.decode(PostgresTimestamp?.self, column: "stock_pushed_at")?.protobuf
        state.readAt = try row.decode(PostgresTimestamp?.self, column: "read_at")?.protobuf
        state.drift = DriftCause(rawValue: Int32(try row.decode(Int16.self, column: "drift_cause")))
        return state
    }

    private static func price(_ row: PostgresRow, isSent: Bool) throws(PostgresError) -> SyncState {
        var state = try Self.state(row, .price, prefix: "p", isSent: isSent)
        let shelf: Int64? = try row.decode(column: "shelf_price")
        let read: Int64? = try row.decode(column: "read_price")
        let wanted: Int64? = try row.decode(column: "p_wanted")
        state.wantedPrice = (wanted ?? shelf).map { Decimal(micros: $0) }
        state.pushedPrice = shelf.map { Decimal(micros: $0) }
        state.readPrice = read.map { Decimal(micros: $0) }
        let currency: String? = try row.decode(column: "p_currency")
        state.currency = wanted == nil ? try row.decode(column: "shelf_currency") : currency ?? ""
        state.pushedAt = try row.decode(PostgresTimestamp?.self, column: "price_pushed_at")?.protobuf
        state.readAt = read == nil ? nil : try row.decode(PostgresTimestamp?.self, column: "read_at")?.protobuf
        return state
    }

    private static func content(_ row: PostgresRow, isSent: Bool) throws(PostgresError) -> SyncState {
        var state = try Self.state(row, .content, prefix: "c", isSent: isSent)
        let shelf: String = try row.decode(column: "shelf_content")
        let wanted: String? = try row.decode(column: "c_wanted")
        state.wantedContent = wanted ?? shelf
        state.pushedContent = shelf
        state.pushedAt = try row.decode(PostgresTimestamp?.self, column: "content_pushed_at")?.protobuf
        return state
    }

    private static func state(
        _ row: PostgresRow, _ kind: SyncKind, prefix: String, isSent: Bool
    ) throws(PostgresError) -> SyncState {
        var state = SyncState(kind: kind, status: isSent ? .inStep : .off)
        guard let status = try row.decode(Int16?.self, column: "\(prefix)_status") else { return state }
        state.status = SyncStatus(rawValue: Int32(status))
        state.pendingSince = try row.decode(PostgresTimestamp?.self, column: "\(prefix)_since")?.protobuf
        state.tries = UInt32(clamping: try row.decode(Int32?.self, column: "\(prefix)_tries") ?? 0)
        if let due = try row.decode(PostgresTimestamp?.self, column: "\(prefix)_due"), due < .infinity {
            state.nextTryAt = due.protobuf
        }
        state.errorCode = try row.decode(String?.self, column: "\(prefix)_code") ?? ""
        state.error = try row.decode(String?.self, column: "\(prefix)_error") ?? ""
        return state
    }

    private static let selection = PostgresStatement(
        """
        select l.connection_id, l.sku, l.platform_sku, l.buffer, l.cap, l.paused, l.version, l.updated_at,
            array(select e.key from jsonb_each_text(l.platform_ids) e order by e.key) as id_name,
            array(select e.value from jsonb_each_text(l.platform_ids) e order by e.key) as id_value,
            array(select e.key from jsonb_each_text(l.overrides) e order by e.key) as target,
            array(select e.value from jsonb_each_text(l.overrides) e order by e.key) as value,
            l.shelf_quantity, l.read_quantity, l.stock_pushed_at, l.read_at, l.drift_cause,
            l.shelf_price, l.read_price, l.shelf_currency, l.price_pushed_at, l.shelf_content, l.content_pushed_at,
            s.status as s_status, s.wanted_quantity as s_wanted, s.since as s_since, s.tries as s_tries,
            s.due_at as s_due, s.error_code as s_code, s.error as s_error,
            p.status as p_status, p.wanted_price as p_wanted, p.wanted_currency as p_currency, p.since as p_since,
            p.tries as p_tries, p.due_at as p_due, p.error_code as p_code, p.error as p_error,
            c.status as c_status, nullif(c.wanted_content, '') as c_wanted, c.since as c_since, c.tries as c_tries,
            c.due_at as c_due, c.error_code as c_code, c.error as c_error
        from listing l
        left join sync_work s on s.bucket = l.bucket and s.brand_id = l.brand_id and s.sku = l.sku
            and s.connection_id = l.connection_id and s.kind = 1
        left join sync_work p on p.bucket = l.bucket and p.brand_id = l.brand_id and p.sku = l.sku
            and p.connection_id = l.connection_id and p.kind = 2
        left join sync_work c on c.bucket = l.bucket and c.brand_id = l.brand_id and c.sku = l.sku
            and c.connection_id = l.connection_id and c.kind = 3
        where l.brand_id = $1 and (l.connection_id, l.sku) > ($2, $3) and ($5 = '' or l.connection_id = $5)
            and ($6 = '' or (l.bucket = $7 and l.sku = $6))
            and (cardinality($8::smallint[]) = 0
                or coalesce(s.status, 1) = any($8)
                or coalesce(p.status, case when l.connection_id = any($9::text[]) and not l.paused then 1 else 5 end)
                    = any($8)
                or coalesce(c.status, case when l.connection_id = any($10::text[]) and not l.paused then 1 else 5 end)
                    = any($8))
        order by l.connection_id, l.sku limit $4
        """,
        readOnly: true)
}
