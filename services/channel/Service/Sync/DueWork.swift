internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres

/// Something that is due to be sent for a listing, with what is sent.
struct DueWork: Hashable, Sendable {
    /// As calls are made of it.
    var row: DueRow
    /// Of the listing.
    var reference: ListingReference
    /// Of a quantity: what is to be shown.
    var quantity: Int64
    /// What is believed to be shown; nil: not known.
    var shelf: Int64?
    /// Of a price; nil: pricing is to be asked.
    var price: Int64?
    /// Of a price.
    var currency: String
    /// What is believed to be asked for it; nil: not known.
    var shelfPrice: Int64?
    /// Of that.
    var shelfCurrency: String
    /// The hash of what it is believed to say.
    var shelfContent: String
    /// Values that go before the product's.
    var overrides: [String: String]
    /// How often it may be changed yet, as far as that is counted.
    var revisions: RevisionBudget?

    /// Reads a row of ``columns``.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (sku, lane, revision, attempt, tries, key, group, quantity, price, currency, content) = try row.decode(
            String.self, Int16.self, Int64.self, Int32.self, Int32.self, String.self, Int32.self, Int64?.self,
            Int64?.self, String.self, String.self)
        self.quantity = quantity ?? 0
        self.price = price
        self.currency = currency
        self.shelf = try row.decode(column: "shelf_quantity")
        self.shelfPrice = try row.decode(column: "shelf_price")
        self.shelfCurrency = try row.decode(column: "shelf_currency")
        self.shelfContent = try row.decode(column: "shelf_content")
        self.overrides = Dictionary(
            zip(try row.decode([String].self, column: "target"), try row.decode([String].self, column: "value"))
        ) { $1 }
        if let at = try row.decode(PostgresTimestamp?.self, column: "revisions_at") {
            self.revisions = RevisionBudget(available: try row.decode(column: "revisions"), at: at.microseconds)
        }
        self.reference = ListingReference(
            sku: sku, platformSKU: try row.decode(column: "platform_sku"),
            ids: Dictionary(
                zip(try row.decode([String].self, column: "id_name"), try row.decode([String].self, column: "id_value"))
            ) { $1 })
        self.row = DueRow(
            sku: sku, lane: SyncLane(rawValue: lane) ?? .stock,
            since: try row.decode(PostgresTimestamp.self, column: "since").microseconds, revision: revision,
            attempt: attempt, tries: tries, attemptKey: key, groupLimit: group,
            isInBulk: try row.decode(column: "is_in_bulk"), content: "")
        self.row.content =
            switch self.row.lane {
            case .stockToZero, .stock: "\(self.quantity) \(self.shelf.map { "\($0)" } ?? "-")"
            case .price: "\(price ?? 0) \(currency)"
            case .content: content
            case .readBack: ""
            }
    }

    /// What ``init(_:)`` reads, of `sync_work w` and `listing l`.
    static let columns: StaticString =
        """
        w.sku, w.lane, w.revision, w.attempt, w.tries, w.attempt_key, w.group_limit, w.wanted_quantity, w.wanted_price,
            w.wanted_currency, w.wanted_content, w.since, l.platform_sku, l.shelf_quantity, l.shelf_price, l.shelf_currency,
            l.shelf_content, w.bulk_key <> '' as is_in_bulk, l.revisions, l.revisions_at,
            array(select e.key from jsonb_each_text(l.platform_ids) e order by e.key) as id_name,
            array(select e.value from jsonb_each_text(l.platform_ids) e order by e.key) as id_value,
            array(select e.key from jsonb_each_text(l.overrides) e order by e.key) as target,
            array(select e.value from jsonb_each_text(l.overrides) e order by e.key) as value
        """
}

/// Reads what is due.
enum DueRows {
    /// What is due on a connection, by lanes, the longest due first.
    ///
    /// More than is shown is left out while orders that may explain the less are not here; and what is in a bulk that is
    /// under way, but for stock that goes to zero.
    ///
    /// - Parameters:
    ///   - rows: The most of each lane.
    ///   - excluded: SKUs that something is under way for.
    ///   - raiseSeconds: How long a raise waits for orders at the most.
    static func due(
        _ key: ConnectionKey, rows: [SyncLane: Int], excluding excluded: [String], raiseSeconds: Int64,
        from pool: PostgresPool
    ) async throws(PostgresError) -> [DueWork] {
        let lanes = rows.keys.sorted()
        let rows = try await pool.query(
            Self.selection, key.brand, key.id, lanes.map(\.rawValue), lanes.map { Int64(rows[$0] ?? 0) }, excluded,
            raiseSeconds, SyncLane.stockToZero.rawValue)
        return try rows.map { row throws(PostgresError) in try DueWork(row) }
    }

    /// When something that is not due yet will be; nil: nothing will.
    static func next(_ key: ConnectionKey, from pool: PostgresPool) async throws(PostgresError) -> PostgresTimestamp? {
        try await pool.query(Self.nextDue, key.brand, key.id).first?.decode(PostgresTimestamp?.self)
    }

    /// Locks listings and what is due of them, as it stands now; nothing where the connection is not active.
    static func locking(
        _ key: ConnectionKey, skus: [String], kind: SyncKind, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> [DueWork] {
        let keys = skus.map { SKUKey(brand: key.brand, sku: $0) }.sorted().columns
        let rows = try await transaction.query(
            Self.lock, key.brand, key.id, keys.buckets, keys.skus, Int16(truncatingIfNeeded: kind.rawValue))
        return try rows.map { row throws(PostgresError) in try DueWork(row) }
    }

    private static let selection = PostgresStatement(
        joining: [
            "select ", DueWork.columns,
            """

            from unnest($3::smallint[], $4::bigint[]) as k (lane, rows)
            cross join lateral (
                select * from sync_work w
                where w.brand_id = $1 and w.connection_id = $2 and w.lane = k.lane and w.due_at <= now()
                    and w.sku <> all($5) and (w.bulk_key in ('', 'ended') or k.lane = $7) and (
                        w.raise_after is null or w.raise_after < now() - $6 * interval '1 second'
                        or w.raise_after < (
                            select h.orders_through from connection_health h
                            where h.brand_id = $1 and h.connection_id = $2)
                        or exists (
                            select from listing l
                            where l.bucket = w.bucket and l.brand_id = $1 and l.sku = w.sku and l.connection_id = $2
                                and w.wanted_quantity <= l.shelf_quantity))
                order by w.due_at, w.since limit k.rows
            ) w
            join listing l on l.bucket = w.bucket and l.brand_id = w.brand_id and l.sku = w.sku
                and l.connection_id = w.connection_id
            order by w.lane, w.due_at, w.since
            """,
        ], readOnly: true)

    private static let nextDue = PostgresStatement(
        """
        select min(k.due_at) from (
            select w.due_at from unnest('{0,1,2,3}'::smallint[]) as l (lane)
            cross join lateral (
                select due_at from sync_work
                where brand_id = $1 and connection_id = $2 and lane = l.lane and due_at > now() and due_at < 'infinity'
                order by due_at limit 1
            ) w
            union all
            (select read_due_at from listing
            where brand_id = $1 and connection_id = $2 and read_due_at > now() order by read_due_at limit 1)
        ) k (due_at)
        """,
        readOnly: true)

    private static let lock = PostgresStatement(
        joining: [
            "select ", DueWork.columns,
            """

            from unnest($3::smallint[], $4::text[]) as k (bucket, sku)
            join listing l on l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
            join sync_work w on w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2
                and w.kind = $5 and w.status <> 4 and w.due_at <= now()
            where exists (
                select from connection c where c.brand_id = $1 and c.connection_id = $2 and c.status = 1)
            order by l.bucket, l.sku
            for no key update of l, w
            """,
        ])
}
