internal import Buckets
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

/// An order as its row has it.
struct StoredOrder: Sendable {
    var order: Order
    /// How many entries its log has.
    var entries: Int64
}

/// What is written of an order into its row.
struct OrderRow: Sendable {
    let key: OrderKey
    let order: Order
    let entries: Int64
    /// The order, encoded.
    let document: [UInt8]

    /// A fulfilled order has shipped.
    var status: Int16 { (self.order.status == .fulfilled ? OrderStatus.shipped : self.order.status).column }

    var orderedAt: PostgresTimestamp {
        self.order.orderDate.flatMap { PostgresTimestamp($0) } ?? PostgresTimestamp(microseconds: 0)
    }

    var shippedAt: PostgresTimestamp? {
        self.order.shipments.compactMap { $0.shippedAt.flatMap { PostgresTimestamp($0) } }.min()
    }
}

/// What is written into the row of an order that is there.
struct OrderRowChange: Sendable {
    let row: OrderRow
    /// As the order was when that was decided.
    let stored: StoredOrder
}

extension MessageEnum {
    /// The number as columns hold it.
    var column: Int16 { Int16(clamping: self.rawValue) }
}

/// Reads and writes the rows of orders.
enum OrderRows {
    /// The command that locks orders, in the order of their keys, for ``read(_:_:)``.
    ///
    /// - Parameter keys: Ascending.
    static func locking(_ keys: [OrderKey]) -> PostgresCommand {
        let columns = keys.columns
        return PostgresCommand(Self.lockingSelection, columns.buckets, columns.brands, columns.ids)
    }

    /// The command that reads orders and locks nothing, for ``read(_:_:)``.
    static func reading(_ keys: [OrderKey]) -> PostgresCommand {
        let columns = keys.columns
        return PostgresCommand(Self.selection, columns.buckets, columns.brands, columns.ids)
    }

    /// The orders that there are.
    static func read(
        _ rows: PostgresRows, _ keys: [OrderKey], in arena: ArenaMemory
    ) throws(PostgresError) -> [OrderKey: StoredOrder] {
        var read: [OrderKey: StoredOrder] = [:]
        read.reserveCapacity(rows.count)
        for row in rows {
            let (position, entries, document) = try row.decode(Int64.self, Int64.self, [UInt8].self)
            arena.arena.reset()
            read[try keys.key(at: position)] = StoredOrder(
                order: try Order(stored: document, column: "sales_order.document", in: arena.arena), entries: entries)
        }
        return read
    }

    /// The command that puts orders on record.
    static func inserting(_ rows: [OrderRow]) -> PostgresCommand { Self.command(Self.insertion, rows) }

    /// The command that changes orders; it fails the transaction, with ``SQLState/divisionByZero``, unless all of them are
    /// as they were.
    static func updating(_ changes: [OrderRowChange]) -> PostgresCommand {
        Self.command(
            Self.update, changes.map(\.row), changes.map { Int64(clamping: $0.stored.order.version) },
            changes.map(\.stored.entries))
    }

    /// The command that only counts entries of orders.
    static func counting(_ entries: [(key: OrderKey, count: Int64)]) -> PostgresCommand {
        let columns = entries.map(\.key).columns
        return PostgresCommand(Self.counting, columns.buckets, columns.brands, columns.ids, entries.map(\.count))
    }

    private static func command<each Further: PostgresEncodable>(
        _ statement: PostgresStatement, _ rows: [OrderRow], _ further: repeat each Further
    ) -> PostgresCommand {
        let columns = rows.map(\.key).columns
        let orders = rows.map(\.order)
        return PostgresCommand(
            statement, columns.buckets, columns.brands, columns.ids, orders.map { Int64(clamping: $0.version) },
            orders.map(\.connection), orders.map(\.orderID), orders.map(\.platform), rows.map(\.status),
            orders.map { $0.paymentStatus.column }, orders.map { $0.shortfall != nil }, orders.map(\.customerID),
            orders.map { $0.buyer?.email ?? "" }, rows.map(\.orderedAt), rows.map(\.shippedAt),
            orders.map(\.currency), orders.map { $0.totals?.total?.micros ?? 0 },
            orders.map { $0.totals?.paid?.micros ?? 0 }, orders.map { $0.totals?.refunded?.micros ?? 0 },
            rows.map(\.entries), rows.map(\.document), repeat each further)
    }

    private static let byKeys: StaticString =
        """
        select k.position, o.entries, o.document
        from unnest($1::smallint[], $2::uuid[], $3::uuid[]) with ordinality as k (bucket, brand_id, order_id, position)
        join sales_order o on o.bucket = k.bucket and o.brand_id = k.brand_id and o.order_id = k.order_id
        """

    private static let selection = PostgresStatement(joining: [Self.byKeys], readOnly: true)

    private static let lockingSelection = PostgresStatement(
        joining: [Self.byKeys, " order by o.bucket, o.brand_id, o.order_id for update of o"])

    private static let parameters: StaticString =
        """
        select unnest($1::smallint[]) as bucket, unnest($2::uuid[]) as brand_id, unnest($3::uuid[]) as order_id,
            unnest($4::bigint[]) as version, unnest($5::text[]) as connection, unnest($6::text[]) as channel_order_id,
            unnest($7::text[]) as platform, unnest($8::smallint[]) as status, unnest($9::smallint[]) as payment_status,
            unnest($10::boolean[]) as has_shortfall, unnest($11::text[]) as customer_id, unnest($12::text[]) as email,
            unnest($13::timestamptz[]) as ordered_at, unnest($14::timestamptz[]) as shipped_at,
            unnest($15::text[]) as currency, unnest($16::bigint[]) as total, unnest($17::bigint[]) as paid,
            unnest($18::bigint[]) as refunded, unnest($19::bigint[]) as entries, unnest($20::bytea[]) as document
        """

    private static let insertion = PostgresStatement(joining: [
        """
        insert into sales_order (bucket, brand_id, order_id, version, connection, channel_order_id, platform, status,
            payment_status, has_shortfall, customer_id, email, ordered_at, shipped_at, currency, total, paid, refunded,
            entries, document)

        """, Self.parameters,
    ])

    private static let update = PostgresStatement(joining: [
        """
        with changed as (
        update sales_order o
        set version = c.version, connection = c.connection, channel_order_id = c.channel_order_id,
            platform = c.platform, status = c.status, payment_status = c.payment_status,
            has_shortfall = c.has_shortfall, customer_id = c.customer_id, email = c.email, ordered_at = c.ordered_at,
            shipped_at = c.shipped_at, currency = c.currency, total = c.total, paid = c.paid, refunded = c.refunded,
            entries = c.entries, document = c.document
        from (
        """, Self.parameters,
        """
        , unnest($21::bigint[]) as version_before, unnest($22::bigint[]) as entries_before
        ) c where o.bucket = c.bucket and o.brand_id = c.brand_id and o.order_id = c.order_id
            and o.version = c.version_before and o.entries = c.entries_before
        returning 1)
        select 1 / (count(*) = cardinality($1::smallint[]))::integer from changed
        """,
    ])

    private static let counting = PostgresStatement(
        """
        update sales_order o set entries = c.entries
        from (select unnest($1::smallint[]) as bucket, unnest($2::uuid[]) as brand_id, unnest($3::uuid[]) as order_id,
            unnest($4::bigint[]) as entries) c
        where o.bucket = c.bucket and o.brand_id = c.brand_id and o.order_id = c.order_id
        """)
}

extension [OrderKey] {
    /// The key that a row's position, from 1 on, stands for.
    func key(at position: Int64) throws(PostgresError) -> OrderKey {
        guard self.indices.contains(Int(position) - 1) else {
            throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
        }
        return self[Int(position) - 1]
    }
}
