internal import OrderDomain
internal import Postgres

/// When the service looks after orders by itself that are being placed.
enum PlacementRows {
    /// The command that says when orders are looked after.
    static func putting(_ orders: [(key: OrderKey, dueAt: PostgresTimestamp)]) -> PostgresCommand {
        let columns = orders.map(\.key).columns
        return PostgresCommand(Self.upsertion, columns.buckets, columns.brands, columns.ids, orders.map(\.dueAt))
    }

    /// The command that says that nobody need look after orders any more.
    static func removing(_ keys: [OrderKey]) -> PostgresCommand {
        let columns = keys.columns
        return PostgresCommand(Self.deletion, columns.buckets, columns.brands, columns.ids)
    }

    /// The command that takes orders that are due, the one that waits for longest first, and leaves them alone for a while,
    /// for ``taken(_:)``.
    ///
    /// - Parameter milliseconds: How long.
    static func taking(_ limit: Int64, _ milliseconds: Int64) -> PostgresCommand {
        PostgresCommand(Self.take, limit, milliseconds)
    }

    /// The orders of rows.
    static func taken(_ rows: PostgresRows) throws(PostgresError) -> [OrderKey] {
        var keys: [OrderKey] = []
        for row in rows {
            let (brand, order) = try row.decode(PostgresUUID.self, PostgresUUID.self)
            keys.append(OrderKey(brand: brand, id: OrderID(order)))
        }
        return keys
    }

    private static let upsertion = PostgresStatement(
        """
        insert into order_placement (bucket, brand_id, order_id, due_at)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::timestamptz[])
        on conflict (bucket, brand_id, order_id) do update set due_at = excluded.due_at
        """)

    private static let deletion = PostgresStatement(
        """
        delete from order_placement p
        using (select unnest($1::smallint[]) as bucket, unnest($2::uuid[]) as brand_id, unnest($3::uuid[]) as order_id) o
        where p.bucket = o.bucket and p.brand_id = o.brand_id and p.order_id = o.order_id
        """)

    private static let take = PostgresStatement(
        """
        update order_placement p
        set due_at = clock_timestamp() + $2 * interval '1 millisecond'
        from (
            select bucket, brand_id, order_id from order_placement
            where due_at <= clock_timestamp() order by due_at limit $1 for update skip locked
        ) d
        where p.bucket = d.bucket and p.brand_id = d.brand_id and p.order_id = d.order_id
        returning p.brand_id, p.order_id
        """)
}
