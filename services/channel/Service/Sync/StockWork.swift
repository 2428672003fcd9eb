internal import Buckets
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres

/// Writes down what listings are to show, and what is to be sent therefore.
enum StockWork {
    /// The commands that bring what is to be sent into line with decisions, of listings that are locked. They may travel
    /// with the COMMIT.
    ///
    /// - Parameter isForced: Also what the platform is thought to have is sent.
    static func commands(_ decisions: [ListingDecisions.Decision], isForced: Bool = false) -> [PostgresCommand] {
        let due = decisions.filter { isForced || !$0.isInStep }
        let inStep = decisions.filter { !isForced && $0.isInStep }
        var commands: [PostgresCommand] = []
        if !due.isEmpty {
            commands.append(
                PostgresCommand(
                    Self.upsert, due.map(\.key.bucket.number), due.map(\.key.brand), due.map(\.key.connection),
                    due.map(\.key.sku), due.map { SyncLane(quantity: $0.wanted).rawValue }, due.map(\.wanted),
                    isForced))
        }
        if !inStep.isEmpty {
            let keys = inStep.map(\.key)
            commands.append(
                PostgresCommand(
                    Self.dropping, keys.map(\.bucket.number), keys.map(\.brand), keys.map(\.connection),
                    keys.map(\.sku)))
            commands.append(
                PostgresCommand(
                    Self.settling, keys.map(\.bucket.number), keys.map(\.brand), keys.map(\.connection),
                    keys.map(\.sku), inStep.map { SyncLane(quantity: $0.wanted).rawValue }, inStep.map(\.wanted)))
        }
        return commands
    }

    /// One row for each listing: changes come together. A row keeps its place among those that are due, however often what
    /// is wanted changes. A refused one is tried again.
    private static let upsert = PostgresStatement(
        """
        insert into sync_work as w (bucket, brand_id, connection_id, sku, kind, lane, status, wanted_quantity)
        select k.bucket, k.brand_id, k.connection_id, k.sku, 1, k.lane, 2, k.wanted
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::bigint[])
            as k (bucket, brand_id, connection_id, sku, lane, wanted)
        on conflict (bucket, brand_id, sku, connection_id, kind) do update
            set lane = excluded.lane, status = 2, wanted_quantity = excluded.wanted_quantity,
                revision = w.revision + 1, due_at = least(w.due_at, now()), tries = 0, attempt = 0
            where w.wanted_quantity is distinct from excluded.wanted_quantity or $7
        """)

    private static let dropping = PostgresStatement(
        """
        delete from sync_work w
        using unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as k (bucket, brand_id, connection_id, sku)
        where w.bucket = k.bucket and w.brand_id = k.brand_id and w.connection_id = k.connection_id and w.sku = k.sku
            and w.kind = 1 and w.attempt_key = '' and w.bulk_key = ''
        """)

    // What is under way may still change what is shown.
    private static let settling = PostgresStatement(
        """
        update sync_work w
        set lane = k.lane, status = 2, wanted_quantity = k.wanted, revision = w.revision + 1,
            due_at = least(w.due_at, now()), tries = 0, attempt = 0
        from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::bigint[])
            as k (bucket, brand_id, connection_id, sku, lane, wanted)
        where w.bucket = k.bucket and w.brand_id = k.brand_id and w.connection_id = k.connection_id and w.sku = k.sku
            and w.kind = 1 and (w.attempt_key <> '' or w.bulk_key <> '') and w.wanted_quantity is distinct from k.wanted
        """)
}
