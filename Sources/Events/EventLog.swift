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
    /// After how many bytes of events a read takes no more of a bucket: 256 KiB.
    public static let maximumBytesPerBucketAndRead = 1 << 18

    /// The statements that append events: the last of a transaction, sent together with its COMMIT.
    ///
    /// The last of them is answered with where the events stand; see ``ranges(_:)``.
    ///
    /// - Parameters:
    ///   - events: In the order in which they happened; at most ``maximumEventsPerTransaction``. None gives no statement.
    ///   - isKeyOrdered: Whether the connection's plans go from a statement's keys to the rows one by one and in the keys'
    ///     order, as they do without sequential scans, and hash and merge joins. Then the buckets are locked by the
    ///     statement that advances them; elsewhere transactions would lock them in different orders, so that one of them
    ///     fails now and then.
    /// - Throws: ``EventLogError`` with too many events, or too large ones.
    public static func append(
        _ events: [Event], isKeyOrdered: Bool = false
    ) throws(EventLogError) -> [PostgresCommand] {
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
        let append = Self.append(batch, to: buckets)
        return isKeyOrdered ? [append] : [PostgresCommand(Self.lock, buckets), append]
    }

    /// The statements that append any number of events, as ``append(_:isKeyOrdered:)`` does: all of their buckets are
    /// locked first.
    ///
    /// - Throws: ``EventLogError`` with too large ones.
    public static func appendAll(_ events: [Event]) throws(EventLogError) -> [PostgresCommand] {
        guard events.count > Self.maximumEventsPerTransaction else { return try Self.append(events) }
        var commands = [Self.locking(Set(events.map(\.bucket)))]
        for start in stride(from: 0, to: events.count, by: Self.maximumEventsPerTransaction) {
            let end = min(start + Self.maximumEventsPerTransaction, events.count)
            commands += try Self.append(Array(events[start..<end]))
        }
        return commands
    }

    /// Where the events of a transaction stand, one range for each of their buckets.
    ///
    /// - Parameter rows: The answer to the last statement of ``append(_:isKeyOrdered:)``.
    public static func ranges(_ rows: PostgresRows) throws(PostgresError) -> [EventRange] {
        var ranges: [EventRange] = []
        for row in rows {
            let (number, first, last) = try row.decode(Int16.self, Int64.self, Int64.self)
            guard let bucket = Bucket(number: number), first <= last else {
                throw .unexpectedValue(column: "bucket", reason: "\(number) has the events \(first) to \(last)")
            }
            ranges.append(EventRange(bucket: bucket, sequences: first...last))
        }
        return ranges
    }

    /// The statement that takes the locks of buckets before their events are known: for who must read, behind the locks,
    /// what the events will say. No event of these buckets is appended by others from then on to the transaction's end.
    public static func locking(_ buckets: Set<Bucket>) -> PostgresCommand {
        PostgresCommand(Self.lock, buckets.map(\.number).sorted())
    }

    private static func append(_ batch: EventBatch, to buckets: [Int16]) -> PostgresCommand {
        PostgresCommand(
            Self.appending, buckets, batch.counts.map(\.count), batch.places, batch.backs, batch.runs.map(\.count),
            batch.runs.map(\.bytes))
    }

    private static let lock = PostgresStatement(
        "select bucket from event_bucket where bucket = any($1) order by bucket for update")

    // Each run finds its sequence in an array: to join it to the few rows of buckets would cost more.
    private static let appending = PostgresStatement(
        """
        with advanced as (
            update event_bucket b set next_sequence = b.next_sequence + c.count
            from unnest($1::smallint[], $2::bigint[]) as c (bucket, count) where b.bucket = c.bucket
            returning b.bucket, b.next_sequence as next, c.count
        ), appended as (
            insert into event_run (bucket, last_sequence, count, events)
            select b.numbers[r.place], b.ends[r.place] - r.back, r.count, r.events
            from (select array_agg(bucket order by bucket) as numbers, array_agg(next order by bucket) as ends
                    from advanced) b,
                (select unnest($3::integer[]) as place, unnest($4::bigint[]) as back, unnest($5::smallint[]) as count,
                    unnest($6::bytea[]) as events) r
        )
        select bucket, next - count, next - 1 from advanced
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
