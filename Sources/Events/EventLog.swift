public import Buckets
public import Postgres

/// The table of what happened in a service: appended to in the transaction of each change, read by position.
///
/// A transaction that appends locks the rows of its buckets, ascending, as its last step. So within a bucket the order
/// of sequences is the order of commits, there are no gaps, and a reader that asks for what follows its cursor can never
/// pass over an event that commits late.
public enum EventLog {
    /// The most events of one transaction.
    public static let maximumEventsPerTransaction = 1_000
    /// The most events of one read, over all buckets.
    public static let maximumEventsPerRead = 4_096
    /// The most bytes of an event's payload: 256 KiB.
    public static let maximumPayloadBytes = 1 << 18
    /// After how many bytes of payload a read takes no more of a bucket: 256 KiB.
    public static let maximumBytesPerBucketAndRead = 1 << 18

    /// The statements that append events: the last of a transaction, sent together with its COMMIT.
    ///
    /// - Parameter events: In the order in which they happened; at most ``maximumEventsPerTransaction``. None gives no
    ///   statement.
    /// - Throws: ``EventLogError`` with too many events, or too large ones.
    public static func append(_ events: [Event]) throws(EventLogError) -> [PostgresCommand] {
        guard !events.isEmpty else { return [] }
        guard events.count <= Self.maximumEventsPerTransaction else {
            throw .tooManyEvents(count: events.count, limit: Self.maximumEventsPerTransaction)
        }
        for event in events where event.payload.count > Self.maximumPayloadBytes {
            throw .payloadTooLarge(
                type: event.type, subject: event.subject, bytes: event.payload.count, limit: Self.maximumPayloadBytes)
        }
        let batch = EventBatch(events)
        let buckets = batch.counts.map(\.bucket.number)
        return [
            PostgresCommand(Self.lock, buckets),
            PostgresCommand(Self.advance, buckets, batch.counts.map(\.count)),
            Self.insert(batch),
        ]
    }

    /// The statement that takes the locks of buckets before their events are known: for who must read, behind the locks,
    /// what the events will say. No event of these buckets is appended by others from then on to the transaction's end.
    public static func locking(_ buckets: Set<Bucket>) -> PostgresCommand {
        PostgresCommand(Self.lock, buckets.map(\.number).sorted())
    }

    private static func insert(_ batch: EventBatch) -> PostgresCommand {
        let events = batch.rows.map(\.event)
        return PostgresCommand(
            Self.insertion, events.map(\.bucket.number), batch.rows.map(\.back), events.map(\.id), events.map(\.brand),
            events.map(\.type), events.map(\.subject), events.map(\.occurredAt), events.map(\.traceParent),
            events.map(\.payload))
    }

    private static let lock = PostgresStatement(
        "select bucket from event_bucket where bucket = any($1) order by bucket for update")

    private static let advance = PostgresStatement(
        """
        update event_bucket b set next_sequence = b.next_sequence + c.count
        from unnest($1::smallint[], $2::bigint[]) as c (bucket, count) where b.bucket = c.bucket
        """)

    private static let insertion = PostgresStatement(
        """
        insert into event (bucket, sequence, id, brand_id, type, subject, occurred_at, trace_parent, payload)
        select e.bucket, b.next_sequence - e.back, e.id, e.brand_id, e.type, e.subject, e.occurred_at, e.trace_parent,
            e.payload
        from unnest($1::smallint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[],
            $8::text[], $9::bytea[])
            as e (bucket, back, id, brand_id, type, subject, occurred_at, trace_parent, payload)
        join event_bucket b on b.bucket = e.bucket
        """)
}

/// Why events cannot be appended.
public enum EventLogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One transaction would append more than it may.
    case tooManyEvents(count: Int, limit: Int)
    /// An event's payload is larger than it may be.
    case payloadTooLarge(type: String, subject: String, bytes: Int, limit: Int)

    /// For people.
    public var description: String {
        switch self {
        case .tooManyEvents(let count, let limit):
            "\(count) events in one transaction; at most \(limit) may be"
        case .payloadTooLarge(let type, let subject, let bytes, let limit):
            "the event \(type) of \(subject) has \(bytes) bytes of payload; at most \(limit) may be"
        }
    }
}
