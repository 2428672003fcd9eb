public import Buckets
public import Postgres

/// An event that a consumer could not deal with, and passed over.
public struct EventDeadLetter: Hashable, Sendable {
    /// The reason of letters that were never tried: an earlier event of their subject has a letter.
    public static let followsReason = "follows a parked event"

    /// The event as it came, with its place in the source's log.
    public var recorded: RecordedEvent
    /// How often the consumer tried; 0 where it only follows a parked event.
    public var tries: Int32
    /// The last error, or ``followsReason``.
    public var reason: String
    /// When it was parked.
    public var parkedAt: PostgresTimestamp

    /// Where it stands in the list of letters.
    public var position: EventDeadLetters.Position {
        EventDeadLetters.Position(bucket: self.recorded.event.bucket, sequence: self.recorded.sequence)
    }
}

/// The events that consumers passed over after all tries, and those of the same subjects behind them.
public enum EventDeadLetters {
    /// A place in the list of a consumer's letters.
    public struct Position: Hashable, Sendable {
        /// The bucket.
        public var bucket: Bucket
        /// The sequence within the bucket.
        public var sequence: Int64

        /// A place.
        public init(bucket: Bucket, sequence: Int64) {
            self.bucket = bucket
            self.sequence = sequence
        }
    }

    /// What dead letters need beside ``EventLog/schema``, for the migrations of services with consumers. Never changed once
    /// released.
    public static let schema = """
        alter table event_dead_letter
            add column occurred_at timestamptz not null,
            add column trace_parent text,
            add column payload bytea not null,
            add constraint event_dead_letter_payload_size check (octet_length(payload) <= 262144),
            drop constraint event_dead_letter_tries_check,
            add constraint event_dead_letter_tries check (tries >= 0);
        create index event_dead_letter_brand on event_dead_letter (brand_id, consumer, bucket, sequence);
        create index event_dead_letter_subject on event_dead_letter (consumer, bucket, brand_id, subject, sequence);
        create index event_dead_letter_id on event_dead_letter (id, consumer);
        create index event_dead_letter_age on event_dead_letter (consumer, parked_at);
        """

    /// The most letters that one read gives.
    public static let maximumPerRead = 1_000
    /// The longest reason that is kept, in characters.
    static let maximumReasonLength = 2_000

    /// A consumer's dead letters, by bucket and sequence.
    ///
    /// - Parameters:
    ///   - brand: Only of this brand; nil: of all.
    ///   - position: Only those behind the last letter of the page before; nil: from the first on.
    ///   - limit: At most ``maximumPerRead``.
    public static func read(
        consumer: String, brand: PostgresUUID? = nil, after position: Position? = nil, limit: Int = maximumPerRead,
        from pool: PostgresPool
    ) async throws(PostgresError) -> [EventDeadLetter] {
        let limit = Int64(max(0, min(limit, Self.maximumPerRead)))
        let (bucket, sequence) = (position?.bucket.number ?? 0, position?.sequence ?? 0)
        let rows =
            if let brand {
                try await pool.query(Self.brandSelection, consumer, bucket, sequence, limit, brand)
            } else {
                try await pool.query(Self.selection, consumer, bucket, sequence, limit)
            }
        var letters: [EventDeadLetter] = []
        for row in rows { letters.append(try Self.letter(row)) }
        return letters
    }

    /// Gives up an event for good: its letter goes, and those of its subject behind it can be replayed.
    ///
    /// - Parameter brand: Only where it is this brand's; nil: whoever's.
    /// - Returns: Whether there was such a letter.
    public static func remove(
        _ id: PostgresUUID, consumer: String, brand: PostgresUUID? = nil, from pool: PostgresPool
    ) async throws(PostgresError) -> Bool {
        try await pool.query(Self.removal, id, consumer, brand).count > 0
    }

    static func letter(_ row: PostgresRow) throws(PostgresError) -> EventDeadLetter {
        let (bucket, sequence, id, brand, type, subject, occurredAt, traceParent, payload, tries, reason, parkedAt) =
            try row.decode(
                Int16.self, Int64.self, PostgresUUID.self, PostgresUUID.self, String.self, String.self,
                PostgresTimestamp.self, String?.self, [UInt8].self, Int32.self, String.self, PostgresTimestamp.self)
        guard let bucket = Bucket(number: bucket) else {
            throw .unexpectedValue(column: "bucket", reason: "\(bucket) is not between 0 and \(Bucket.count - 1)")
        }
        let event = Event(
            id: id, brand: brand, bucket: bucket, type: type, subject: subject, occurredAt: occurredAt,
            traceParent: traceParent, payload: payload)
        return EventDeadLetter(
            recorded: RecordedEvent(sequence: sequence, event: event), tries: tries, reason: reason, parkedAt: parkedAt)
    }

    private static let selection = PostgresStatement(
        """
        select bucket, sequence, id, brand_id, type, subject, occurred_at, trace_parent, payload, tries, reason,
            parked_at
        from event_dead_letter where consumer = $1 and (bucket, sequence) > ($2::smallint, $3::bigint)
        order by bucket, sequence limit $4
        """,
        readOnly: true)

    private static let brandSelection = PostgresStatement(
        """
        select bucket, sequence, id, brand_id, type, subject, occurred_at, trace_parent, payload, tries, reason,
            parked_at
        from event_dead_letter
        where brand_id = $5 and consumer = $1 and (bucket, sequence) > ($2::smallint, $3::bigint)
        order by bucket, sequence limit $4
        """,
        readOnly: true)

    private static let removal = PostgresStatement(
        """
        delete from event_dead_letter where id = $1 and consumer = $2 and ($3::uuid is null or brand_id = $3)
        returning bucket
        """)
}
