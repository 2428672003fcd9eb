internal import OrderDomain
internal import OrderMessages
internal import Postgres

/// Writes what orders are found by beside their own rows: their lines and tags.
enum OrderPartRows {
    /// The command that writes lines of orders that had none.
    static func addingLines(of rows: [OrderRow]) -> PostgresCommand { Self.lines(Self.lineInsertion, of: rows) }

    /// The command that writes lines of orders, in place of those at their places.
    static func puttingLines(of rows: [OrderRow]) -> PostgresCommand { Self.lines(Self.lineUpsertion, of: rows) }

    private static func lines(_ statement: PostgresStatement, of rows: [OrderRow]) -> PostgresCommand {
        var keys: [OrderKey] = []
        var places: [Int16] = []
        var items: [OrderItem] = []
        var orderedAt: [PostgresTimestamp] = []
        for row in rows {
            for (place, item) in row.order.items.enumerated() {
                keys.append(row.key)
                places.append(Int16(clamping: place))
                items.append(item)
                orderedAt.append(row.orderedAt)
            }
        }
        let columns = keys.columns
        return PostgresCommand(
            statement, columns.buckets, columns.brands, columns.ids, places, items.map(\.sku),
            items.map(\.quantity), items.map(\.cancelled), items.map(\.shipped), items.map(\.returned), orderedAt)
    }

    /// The command that takes out lines of orders that have fewer than before.
    static func removingLines(behind rows: [OrderRow]) -> PostgresCommand {
        let columns = rows.map(\.key).columns
        return PostgresCommand(
            Self.lineDeletion, columns.buckets, columns.brands, columns.ids,
            rows.map { Int16(clamping: $0.order.items.count) })
    }

    /// The commands that write the tags of orders in place of those that they had.
    static func replacingTags(of rows: [OrderRow]) -> [PostgresCommand] {
        let columns = rows.map(\.key).columns
        let deletion = PostgresCommand(Self.tagDeletion, columns.buckets, columns.brands, columns.ids)
        return [deletion] + Self.addingTags(of: rows)
    }

    /// The commands that write the tags of orders that had none.
    static func addingTags(of rows: [OrderRow]) -> [PostgresCommand] {
        var keys: [OrderKey] = []
        var tags: [String] = []
        var orderedAt: [PostgresTimestamp] = []
        for row in rows {
            for tag in Set(row.order.tags.map { ExactText($0) }) {
                keys.append(row.key)
                tags.append(tag.text)
                orderedAt.append(row.orderedAt)
            }
        }
        guard !keys.isEmpty else { return [] }
        let columns = keys.columns
        return [PostgresCommand(Self.tagInsertion, columns.buckets, columns.brands, columns.ids, tags, orderedAt)]
    }

    private static let lineInsertionText: StaticString =
        """
        insert into order_line (bucket, brand_id, order_id, line, sku, ordered, cancelled, shipped, returned, ordered_at)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::smallint[]),
            unnest($5::text[]), unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::bigint[]), unnest($9::bigint[]),
            unnest($10::timestamptz[])
        """

    private static let lineInsertion = PostgresStatement(joining: [Self.lineInsertionText])

    private static let lineUpsertion = PostgresStatement(joining: [
        Self.lineInsertionText,
        """

        on conflict (bucket, brand_id, order_id, line) do update
            set sku = excluded.sku, ordered = excluded.ordered, cancelled = excluded.cancelled,
                shipped = excluded.shipped, returned = excluded.returned, ordered_at = excluded.ordered_at
        """,
    ])

    private static let lineDeletion = PostgresStatement(
        """
        delete from order_line l
        using unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::smallint[]) as o (bucket, brand_id, order_id, count)
        where l.bucket = o.bucket and l.brand_id = o.brand_id and l.order_id = o.order_id and l.line >= o.count
        """)

    private static let tagDeletion = PostgresStatement(
        """
        delete from order_tag t
        using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as o (bucket, brand_id, order_id)
        where t.bucket = o.bucket and t.brand_id = o.brand_id and t.order_id = o.order_id
        """)

    private static let tagInsertion = PostgresStatement(
        """
        insert into order_tag (bucket, brand_id, order_id, tag, ordered_at)
        select unnest($1::smallint[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]),
            unnest($5::timestamptz[])
        """)
}
