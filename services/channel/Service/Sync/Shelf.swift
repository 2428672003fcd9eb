internal import Buckets
internal import ChannelDomain
internal import ChannelMessages
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
    /// that was read after the order was placed shows it already. Where the last push, or one that is under way, may have
    /// taken the place of what was sold, nobody knows what is shown: what is wanted is sent, whatever it is.
    ///
    /// - Parameters:
    ///   - sold: Any SKUs; those that are no listings are passed over. Locks listings in the order of their keys, and
    ///     before them their SKUs where pushes may take the place of sales.
    ///   - orderedAt: When the platform sold them.
    ///   - settleSeconds: For how long behind a push its number may take the place of sales; nil: never.
    static func sold(
        _ sold: [Sold], at orderedAt: PostgresTimestamp, settleSeconds: Int64?, on key: ConnectionKey,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        var units: [String: Int64] = [:]
        for line in sold { units[line.sku, default: 0] += line.units }
        let keys = units.keys.map { SKUKey(brand: key.brand, sku: $0) }.sorted()
        guard !keys.isEmpty else { return }
        let columns = keys.columns
        let amounts = keys.map { units[$0.sku] ?? 0 }
        guard let settleSeconds else {
            _ = try await transaction.query(
                Self.sale, columns.buckets, key.brand, key.id, columns.skus, amounts, orderedAt)
            return
        }
        // What is under way is looked for behind the locks, under which it is put on record.
        _ = try await transaction.execute([
            StockCopy.locking(keys), PostgresCommand(Self.lock, columns.buckets, key.brand, key.id, columns.skus),
        ])
        let rows = try await transaction.query(
            Self.settlingSale, columns.buckets, key.brand, key.id, columns.skus, amounts, orderedAt, settleSeconds)
        let unknown = try rows.map { row throws(PostgresError) in
            SKUKey(brand: key.brand, sku: try row.decode(String.self))
        }
        try await self.resend(unknown, on: key, in: transaction)
    }

    /// Has what is wanted of listings sent, soon: what is wanted changes with the event of the order's reservation, which
    /// is waited for.
    private static func resend(
        _ keys: [SKUKey], on key: ConnectionKey, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        guard !keys.isEmpty else { return }
        let answers = try await transaction.execute(ListingDecisions.reading(keys))
        let decisions = try ListingDecisions(answers[...]).decisions.filter { $0.key.connection == key.id }
        guard !decisions.isEmpty else { return }
        _ = try await transaction.query(
            Self.resending, decisions.map(\.key.bucket.number), key.brand, key.id, decisions.map(\.key.sku),
            decisions.map { SyncLane(quantity: $0.wanted).rawValue }, decisions.map(\.wanted),
            SyncLimits.settleMilliseconds)
    }

    private static let sale = PostgresStatement(
        """
        with sold as (
            select l.bucket, l.sku, k.units
            from unnest($1::smallint[], $4::text[], $5::bigint[]) as k (bucket, sku, units)
            join listing l on l.bucket = k.bucket and l.brand_id = $2 and l.connection_id = $3 and l.sku = k.sku
            where l.shelf_quantity is not null and (l.read_at is null or l.read_at < $6)
            order by l.bucket, l.sku
            for no key update of l
        )
        update listing l set shelf_quantity = greatest(l.shelf_quantity - s.units, 0)
        from sold s
        where l.bucket = s.bucket and l.brand_id = $2 and l.connection_id = $3 and l.sku = s.sku
        """)

    private static let lock = PostgresStatement(
        """
        select from unnest($1::smallint[], $4::text[]) as k (bucket, sku)
        join listing l on l.bucket = k.bucket and l.brand_id = $2 and l.connection_id = $3 and l.sku = k.sku
        order by l.bucket, l.sku
        for no key update of l
        """)

    // A reading that came before the last push had settled says nothing. Who is sending sees by the revision that what was
    // sent is not what is shown.
    private static let settlingSale = PostgresStatement(
        """
        with sold as (
            select l.bucket, l.sku, k.units, w.is_under_way or coalesce(
                l.stock_pushed_at >= $6 - $7 * interval '1 second', false) as is_unknown
            from unnest($1::smallint[], $4::text[], $5::bigint[]) as k (bucket, sku, units)
            join listing l on l.bucket = k.bucket and l.brand_id = $2 and l.connection_id = $3 and l.sku = k.sku
            cross join lateral (
                select exists (
                    select from sync_work w
                    where w.bucket = l.bucket and w.brand_id = $2 and w.sku = l.sku and w.connection_id = $3 and w.kind = 1
                        and (w.attempt_key <> '' or w.bulk_key <> '')) as is_under_way
            ) w
            where l.read_at is null or l.read_at < $6 or w.is_under_way
                or l.read_at < l.stock_pushed_at + $7 * interval '1 second'
        ), told as (
            update sync_work w set revision = w.revision + 1
            from sold s
            where s.is_unknown and w.bucket = s.bucket and w.brand_id = $2 and w.sku = s.sku and w.connection_id = $3
                and w.kind = 1
        ), shown as (
            update listing l
            set shelf_quantity = case when l.shelf_quantity is not null and not s.is_unknown
                then greatest(l.shelf_quantity - s.units, 0) end
            from sold s
            where l.bucket = s.bucket and l.brand_id = $2 and l.connection_id = $3 and l.sku = s.sku
        )
        select sku from sold where is_unknown
        """)

    private static let resending = PostgresStatement(
        """
        insert into sync_work (bucket, brand_id, connection_id, sku, kind, lane, status, wanted_quantity, due_at)
        select k.bucket, $2, $3, k.sku, 1, k.lane, 2, k.wanted, now() + $7 * interval '1 millisecond'
        from unnest($1::smallint[], $4::text[], $5::smallint[], $6::bigint[]) as k (bucket, sku, lane, wanted)
        on conflict (bucket, brand_id, sku, connection_id, kind) do nothing
        """)
}
