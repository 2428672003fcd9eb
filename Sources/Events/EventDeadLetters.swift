public import Buckets
public import Postgres

/// An event that a consumer could not deal with, and passed over.
public struct EventDeadLetter: Hashable, Sendable {
    /// Where it stands in the log, which still holds it.
    public var bucket: Bucket
    /// Its number within the bucket.
    public var sequence: Int64
    /// The event's id.
    public var id: PostgresUUID
    /// Whose it is.
    public var brand: PostgresUUID
    /// What happened.
    public var type: String
    /// What it happened to.
    public var subject: String
    /// How often the consumer tried.
    public var tries: Int32
    /// The last error.
    public var reason: String
}

/// The events that consumers passed over after all tries.
public enum EventDeadLetters {
    /// The most that one read gives.
    public static let maximumPerRead = 1_000
    /// The longest reason that is kept, in characters.
    static let maximumReasonLength = 2_000

    /// A consumer's dead letters, by bucket and sequence.
    ///
    /// - Parameter limit: At most ``maximumPerRead``.
    public static func read(
        consumer: String, limit: Int = maximumPerRead, from pool: PostgresPool
    ) async throws(PostgresError) -> [EventDeadLetter] {
        var letters: [EventDeadLetter] = []
        for row in try await pool.query(Self.selection, consumer, Int64(max(0, min(limit, Self.maximumPerRead)))) {
            let (bucket, sequence, id, brand, type, subject, tries, reason) = try row.decode(
                Int16.self, Int64.self, PostgresUUID.self, PostgresUUID.self, String.self, String.self, Int32.self,
                String.self)
            guard let bucket = Bucket(number: bucket) else { continue }
            letters.append(
                EventDeadLetter(
                    bucket: bucket, sequence: sequence, id: id, brand: brand, type: type, subject: subject,
                    tries: tries, reason: reason))
        }
        return letters
    }

    /// Parks an event, in the transaction that moves the cursor past it.
    static func park(_ recorded: RecordedEvent, consumer: String, tries: Int, reason: String) -> PostgresCommand {
        let event = recorded.event
        // PostgreSQL holds no NUL in text.
        let text = String(reason.prefix(Self.maximumReasonLength)).filter { $0 != "\0" }
        return PostgresCommand(
            Self.insertion, consumer, event.bucket.number, recorded.sequence, event.brand, event.id, event.type,
            event.subject, Int32(clamping: tries), text)
    }

    private static let selection = PostgresStatement(
        """
        select bucket, sequence, id, brand_id, type, subject, tries, reason from event_dead_letter
        where consumer = $1 order by bucket, sequence limit $2
        """,
        readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into event_dead_letter (consumer, bucket, sequence, brand_id, id, type, subject, tries, reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """)
}
