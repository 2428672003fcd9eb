internal import Buckets
internal import Postgres

/// What events happened to: their order among each other is kept.
struct EventSubject: Hashable, Sendable {
    var brand: PostgresUUID
    var subject: String
}

extension RecordedEvent {
    var subjectKey: EventSubject { EventSubject(brand: self.event.brand, subject: self.event.subject) }
}

extension EventDeadLetters {
    /// Parks events of one bucket, in the transaction that moves the cursor past them.
    static func park(
        _ events: [RecordedEvent], consumer: String, tries: Int, reason: String
    ) -> [PostgresCommand] {
        guard let bucket = events.first?.event.bucket else { return [] }
        return [
            PostgresCommand(
                Self.insertion, consumer, bucket.number, events.map(\.sequence), events.map(\.event.brand),
                events.map(\.event.id), events.map(\.event.type), events.map(\.event.subject),
                events.map(\.event.occurredAt), events.map(\.event.traceParent), events.map(\.event.payload),
                Int32(clamping: tries), Self.kept(reason))
        ]
    }

    /// PostgreSQL holds no NUL in text.
    static func kept(_ reason: String) -> String {
        String(reason.prefix(Self.maximumReasonLength)).filter { $0 != "\0" }
    }

    /// Which subjects of events of one bucket have letters.
    static func subjects(
        of events: [RecordedEvent], consumer: String, _ transaction: PostgresTransaction
    ) async throws(PostgresError) -> Set<EventSubject> {
        guard let bucket = events.first?.event.bucket else { return [] }
        let asked = Array(Set(events.map(\.subjectKey)))
        let rows = try await transaction.query(
            Self.subjectSelection, consumer, bucket.number, asked.map(\.brand), asked.map(\.subject))
        var subjects: Set<EventSubject> = []
        for row in rows {
            let (brand, subject) = try row.decode(PostgresUUID.self, String.self)
            subjects.insert(EventSubject(brand: brand, subject: subject))
        }
        return subjects
    }

    private static let insertion = PostgresStatement(
        """
        insert into event_dead_letter (consumer, bucket, sequence, brand_id, id, type, subject, occurred_at,
            trace_parent, payload, tries, reason)
        select $1, $2, e.*, $11, $12
        from unnest($3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
            $10::bytea[]) e
        """)

    private static let subjectSelection = PostgresStatement(
        """
        select a.brand_id, a.subject from unnest($3::uuid[], $4::text[]) a (brand_id, subject)
        where exists (
            select from event_dead_letter d
            where d.consumer = $1 and d.bucket = $2 and d.brand_id = a.brand_id and d.subject = a.subject)
        """,
        readOnly: true)
}
