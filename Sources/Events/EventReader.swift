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
        events.reserveCapacity(rows.count)
        for row in rows { events.append(try Self.event(row)) }
        return events
    }

    private static func event(_ row: PostgresRow) throws(PostgresError) -> RecordedEvent {
        let (bucket, sequence, id, brand, type, subject, occurredAt, traceParent, payload) = try row.decode(
            Int16.self, Int64.self, PostgresUUID.self, PostgresUUID.self, String.self, String.self,
            PostgresTimestamp.self, String?.self, [UInt8].self)
        guard let bucket = Bucket(number: bucket) else {
            throw .unexpectedValue(column: "bucket", reason: "\(bucket) is not between 0 and \(Bucket.count - 1)")
        }
        let event = Event(
            id: id, brand: brand, bucket: bucket, type: type, subject: subject, occurredAt: occurredAt,
            traceParent: traceParent, payload: payload)
        return RecordedEvent(sequence: sequence, event: event)
    }

    /// The bytes of an event's predecessors decide, so that the first one always comes.
    private static let selection = PostgresStatement(
        """
        select e.bucket, e.sequence, e.id, e.brand_id, e.type, e.subject, e.occurred_at, e.trace_parent, e.payload
        from unnest($1::smallint[], $2::bigint[]) as c (bucket, sequence)
        cross join lateral (
            select n.*, sum(octet_length(n.payload)) over (order by n.sequence) - octet_length(n.payload) as bytes_before
            from (
                select * from event
                where event.bucket = c.bucket and event.sequence > c.sequence
                order by event.sequence limit $3
            ) n
        ) e
        where e.bytes_before <= $4
        order by e.bucket, e.sequence
        """,
        readOnly: true)
}
