internal import Buckets
internal import Postgres

extension EventDeadLetters {
    /// The subjects of chosen letters, at most ``maximumPerRead``, by bucket and the first one's sequence.
    static func subjects(
        _ choice: EventReplayChoice, consumer: String, from pool: PostgresPool
    ) async throws(PostgresError) -> [(bucket: Bucket, subject: EventSubject)] {
        let (brand, limit) = (choice.brand, Int64(Self.maximumPerRead))
        let rows =
            switch choice.kind {
            case .event(let id): try await pool.query(Self.eventSubjects, consumer, brand, limit, id)
            case .range(let range):
                try await pool.query(
                    Self.rangeSubjects, consumer, brand, limit, range.bucket.number, range.sequences.lowerBound,
                    range.sequences.upperBound)
            case .subject(let subject): try await pool.query(Self.subject, consumer, brand, limit, subject)
            case .all: try await pool.query(Self.allSubjects, consumer, brand, limit)
            }
        var subjects: [(bucket: Bucket, subject: EventSubject)] = []
        for row in rows {
            let (number, brand, subject) = try row.decode(Int16.self, PostgresUUID.self, String.self)
            guard let bucket = Bucket(number: number) else { continue }
            subjects.append((bucket, EventSubject(brand: brand, subject: subject)))
        }
        return subjects
    }

    /// The letters of subjects in a bucket behind a sequence, at most ``maximumPerRead``.
    static func read(
        of subjects: Set<EventSubject>, in bucket: Bucket, after sequence: Int64, consumer: String,
        from pool: PostgresPool
    ) async throws(PostgresError) -> [EventDeadLetter] {
        let subjects = Array(subjects)
        let rows = try await pool.query(
            Self.letters, consumer, bucket.number, sequence, subjects.map(\.brand), subjects.map(\.subject),
            Int64(Self.maximumPerRead))
        var letters: [EventDeadLetter] = []
        for row in rows { letters.append(try Self.letter(row)) }
        return letters
    }

    /// Takes a letter away, in the transaction in which its event has its effect, unless it is gone already or is not the
    /// first of its subject. No other event of the bucket has its effect until that ends.
    static func take(
        _ letter: EventDeadLetter, consumer: String, _ transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        let event = letter.recorded.event
        let answers = try await transaction.execute([
            PostgresCommand(Self.lock, consumer, event.bucket.number),
            PostgresCommand(
                Self.taking, consumer, event.bucket.number, letter.recorded.sequence, event.brand, event.subject),
        ])
        return answers.last?.count == 1
    }

    /// Writes down why a letter's event has failed again.
    static func keep(
        _ letter: EventDeadLetter, consumer: String, in pool: PostgresPool
    ) async throws(PostgresError) {
        _ = try await pool.query(
            Self.update, consumer, letter.recorded.event.bucket.number, letter.recorded.sequence, letter.tries,
            letter.reason)
    }

    private static let lock = PostgresStatement(
        "select sequence from event_cursor where consumer = $1 and bucket = $2 for update")

    private static let taking = PostgresStatement(
        """
        delete from event_dead_letter d where d.consumer = $1 and d.bucket = $2 and d.sequence = $3
            and not exists (
                select from event_dead_letter e
                where e.consumer = $1 and e.bucket = $2 and e.brand_id = $4 and e.subject = $5 and e.sequence < $3)
        returning d.sequence
        """)

    private static let update = PostgresStatement(
        """
        update event_dead_letter set tries = $4, reason = $5, parked_at = now()
        where consumer = $1 and bucket = $2 and sequence = $3
        """)

    private static let letters = PostgresStatement(
        """
        select bucket, sequence, id, brand_id, type, subject, occurred_at, trace_parent, payload, tries, reason,
            parked_at
        from event_dead_letter
        where consumer = $1 and bucket = $2 and sequence > $3
            and (brand_id, subject) in (select * from unnest($4::uuid[], $5::text[]))
        order by sequence limit $6
        """,
        readOnly: true)

    private static let eventSubjects = PostgresStatement(
        """
        select bucket, brand_id, subject from event_dead_letter
        where consumer = $1 and ($2::uuid is null or brand_id = $2) and id = $4
        group by bucket, brand_id, subject order by bucket, min(sequence) limit $3
        """,
        readOnly: true)

    private static let rangeSubjects = PostgresStatement(
        """
        select bucket, brand_id, subject from event_dead_letter
        where consumer = $1 and ($2::uuid is null or brand_id = $2) and bucket = $4 and sequence between $5 and $6
        group by bucket, brand_id, subject order by bucket, min(sequence) limit $3
        """,
        readOnly: true)

    private static let subject = PostgresStatement(
        """
        select bucket, brand_id, subject from event_dead_letter
        where consumer = $1 and brand_id = $2::uuid and subject = $4
        group by bucket, brand_id, subject order by bucket, min(sequence) limit $3
        """,
        readOnly: true)

    private static let allSubjects = PostgresStatement(
        """
        select bucket, brand_id, subject from event_dead_letter
        where consumer = $1 and ($2::uuid is null or brand_id = $2)
        group by bucket, brand_id, subject order by bucket, min(sequence) limit $3
        """,
        readOnly: true)
}
