internal import Buckets
public import Postgres

extension EventReader {
    /// The end of the log: what was committed before it was asked for.
    public func end() async throws(PostgresError) -> EventCursor {
        var cursor = EventCursor()
        for row in try await self.pool.query(Self.endSelection) {
            let (number, sequence) = try row.decode(Int16.self, Int64.self)
            if let bucket = Bucket(number: number) { cursor[bucket] = sequence }
        }
        return cursor
    }

    /// Whether everything behind a cursor is still kept: a gap is to be told, never passed over.
    ///
    /// - Parameter end: As ``end()`` has answered it.
    public func keepsAll(behind cursor: EventCursor, until end: EventCursor) async throws(PostgresError) -> Bool {
        let buckets = Bucket.all.filter { cursor[$0] < end[$0] }
        guard !buckets.isEmpty else { return true }
        let rows = try await self.pool.query(Self.keptCount, buckets.map(\.number), buckets.map { cursor[$0] + 1 })
        return try rows.first?.decode(Int64.self) == Int64(buckets.count)
    }

    private static let endSelection = PostgresStatement(
        "select bucket, next_sequence - 1 from event_bucket", readOnly: true)

    private static let keptCount = PostgresStatement(
        """
        select count(*) from unnest($1::smallint[], $2::bigint[]) as c (bucket, sequence)
        where (
            select r.last_sequence - r.count < c.sequence from event_run r
            where r.bucket = c.bucket and r.last_sequence >= c.sequence order by r.last_sequence limit 1
        )
        """,
        readOnly: true)
}
