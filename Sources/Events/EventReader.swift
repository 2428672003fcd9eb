internal import Buckets
public import Postgres

/// Reads the event log from a cursor on.
public struct EventReader: Sendable {
    private let pool: PostgresPool

    /// Reads the log in the database that the pool connects to.
    public init(_ pool: PostgresPool) { self.pool = pool }

    /// What follows a cursor: up to `limitPerBucket` events of each bucket, ascending by bucket and sequence.
    ///
    /// - Parameter limitPerBucket: 1 to 64, so that one read gives at most ``EventLog/maximumEventsPerRead``.
    public func events(
        after cursor: EventCursor, limitPerBucket: Int = 64
    ) async throws(PostgresError) -> [RecordedEvent] {
        let limit = max(1, min(limitPerBucket, EventLog.maximumEventsPerRead / Bucket.count))
        let buckets = Bucket.all
        let rows = try await self.pool.query(
            Self.selection, buckets.map(\.number), buckets.map { cursor[$0] }, Int64(limit))
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

    private static let selection = PostgresStatement(
        """
        select e.bucket, e.sequence, e.id, e.brand_id, e.type, e.subject, e.occurred_at, e.trace_parent, e.payload
        from unnest($1::smallint[], $2::bigint[]) as c (bucket, sequence)
        cross join lateral (
            select * from event
            where event.bucket = c.bucket and event.sequence > c.sequence
            order by event.sequence limit $3
        ) e
        order by e.bucket, e.sequence
        """,
        readOnly: true)
}
