internal import Buckets
internal import Events
internal import Postgres

/// How far the event log has been settled in the cache, by epoch: in the database, as it must outlive the service.
///
/// A follower begins where the last one of the same Redis process came to. That nothing is written of a process means that
/// no reader has believed it yet, as followers write before they let anybody; so it holds no item, and following may begin
/// with what comes.
struct StockCacheCursors: Sendable {
    let pool: PostgresPool

    /// How far the log of an epoch has been settled; nil: nobody has begun.
    func cursor(of epoch: StockCacheEpoch) async throws(PostgresError) -> EventCursor? {
        guard let row = try await self.pool.query(Self.selection, epoch.runID).first else { return nil }
        let sequences = try row.decode([Int64].self)
        var cursor = EventCursor()
        for (bucket, sequence) in zip(Bucket.all, sequences) { cursor[bucket] = sequence }
        return cursor
    }

    /// Writes how far the log of an epoch has been settled.
    ///
    /// Of several followers the last one to write counts: each of them has settled all up to where it says.
    func save(_ cursor: EventCursor, of epoch: StockCacheEpoch) async throws(PostgresError) {
        _ = try await self.pool.query(Self.insertion, epoch.runID, Bucket.all.map { cursor[$0] })
    }

    private static let selection = PostgresStatement(
        "select sequences from stock_cache_cursor where run_id = $1", readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into stock_cache_cursor (run_id, sequences, saved_at) values ($1, $2, now())
        on conflict (run_id) do update set sequences = excluded.sequences, saved_at = excluded.saved_at
        """)
}
