internal import Buckets
internal import ChannelDomain
internal import Postgres

/// What platforms sell from the quantities that they show.
enum Shelf {
    /// Units of a listing that its platform has sold.
    struct Sold: Hashable, Sendable {
        /// Ours.
        var sku: String
        /// How many; below zero where an order was cancelled and the platform put them back.
        var units: Int64
    }

    /// An order of a connection was taken in: what its platform shows is less by its units. To be called in the
    /// transaction in which the order's message is done, once for each order.
    ///
    /// So the event of our own reservation finds that the platform shows what it is to show, and nothing is sent. A listing
    /// that was read after the order was placed shows it already. Where the last push may have taken the place of what was
    /// sold, it is thought to show that number yet, so that what is left is sent.
    ///
    /// - Parameters:
    ///   - sold: Any SKUs; those that are no listings are passed over. Locks listings in the order of their keys.
    ///   - orderedAt: When the platform sold them.
    ///   - settleSeconds: For how long behind a push its number may take the place of sales; nil: never.
    static func sold(
        _ sold: [Sold], at orderedAt: PostgresTimestamp, settleSeconds: Int64?, on key: ConnectionKey,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        var units: [String: Int64] = [:]
        for line in sold { units[line.sku, default: 0] += line.units }
        let rows = units.map { ListingKey(brand: key.brand, sku: $0.key, connection: key.id) }.sorted()
        guard !rows.isEmpty else { return }
        _ = try await transaction.query(
            Self.sale, rows.map(\.bucket.number), key.brand, key.id, rows.map(\.sku), rows.map { units[$0.sku] ?? 0 },
            orderedAt, settleSeconds)
    }

    private static let sale = PostgresStatement(
        """
        with sold as (
            select l.bucket, l.sku, k.units
            from unnest($1::smallint[], $4::text[], $5::bigint[]) as k (bucket, sku, units)
            join listing l on l.bucket = k.bucket and l.brand_id = $2 and l.connection_id = $3 and l.sku = k.sku
            where l.shelf_quantity is not null and (l.read_at is null or l.read_at < $6)
                and ($7::bigint is null or l.stock_pushed_at is null
                    or l.stock_pushed_at < $6 - $7 * interval '1 second')
            order by l.bucket, l.sku
            for no key update of l
        )
        update listing l set shelf_quantity = greatest(l.shelf_quantity - s.units, 0)
        from sold s
        where l.bucket = s.bucket and l.brand_id = $2 and l.connection_id = $3 and l.sku = s.sku
        """)
}
