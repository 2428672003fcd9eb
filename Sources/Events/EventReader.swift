public import Buckets
public import Postgres

/// Reads the event log from a cursor on.
public struct EventReader: Sendable {
    let pool: PostgresPool

    /// Reads the log in the database that the pool connects to.
    public init(_ pool: PostgresPool) { self.pool = pool }

    /// What follows a cursor: up to `limitPerBucket` events of each bucket, ascending by bucket and sequence.
    ///
    /// Large payloads make it fewer: about ``EventLog/maximumBytesPerBucketAndRead`` of each bucket, but at least one
    /// event.
    ///
    /// - Parameters:
    ///   - cursor: What the reader has dealt with.
    ///   - buckets: Only these.
    ///   - limitPerBucket: At least 1; fewer where one read would give more than ``EventLog/maximumEventsPerRead``.
    public func events(
        after cursor: EventCursor, in buckets: [Bucket] = Bucket.all, limitPerBucket: Int = 64
    ) async throws(PostgresError) -> [RecordedEvent] {
        let limit = max(1, min(limitPerBucket, EventLog.maximumEventsPerRead / max(1, buckets.count)))
        let rows = try await self.pool.query(
            Self.selection, buckets.map(\.number), buckets.map { cursor[$0] }, Int64(limit),
            Int64(EventLog.maximumBytesPerBucketAndRead))
        var events: [RecordedEvent] = []
        var (bucket, count): (Bucket?, Int) = (nil, 0)
        for row in rows {
            for event in try Self.events(row) {
                if event.event.bucket != bucket { (bucket, count) = (event.event.bucket, 0) }
                // A run may begin before the cursor, and end behind what was asked for.
                guard event.sequence > cursor[event.event.bucket], count < limit else { continue }
                events.append(event)
                count += 1
            }
        }
        return events
    }

    private static func events(_ row: PostgresRow) throws(PostgresError) -> [RecordedEvent] {
        let (number, last, count, bytes) = try row.decode(Int16.self, Int64.self, Int16.self, [UInt8].self)
        guard let bucket = Bucket(number: number) else {
            throw .unexpectedValue(column: "bucket", reason: "\(number) is not between 0 and \(Bucket.count - 1)")
        }
        return try EventRun.events(of: bucket, last: last, count: count, bytes: bytes)
    }

    /// What a run's predecessors have decides, so that the first one always comes.
    private static let selection = PostgresStatement(
        """
        select r.bucket, r.last_sequence, r.count, r.events
        from unnest($1::smallint[], $2::bigint[]) as c (bucket, sequence)
        cross join lateral (
            select n.*, sum(least(n.count, n.last_sequence - c.sequence)) over runs - n.count as events_before,
                sum(octet_length(n.events)) over runs - octet_length(n.events) as bytes_before
            from (
                select * from event_run
                where event_run.bucket = c.bucket and event_run.last_sequence > c.sequence
                order by event_run.last_sequence limit $3
            ) n
            window runs as (order by n.last_sequence)
        ) r
        where r.events_before < $3 and r.bytes_before <= $4
        order by r.bucket, r.last_sequence
        """,
        readOnly: true)
}
