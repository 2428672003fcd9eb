internal import Buckets
internal import Leasing
internal import Postgres

/// The transactions of a consumer's share: each moves cursors of some buckets, together with what that stands for.
///
/// The cursor is moved only from where this copy has seen it, and only while its lease is held. A copy that has lost its
/// lease without knowing finds one of both changed and does nothing. The cursors' rows stay locked to the end, so that all
/// who work on a bucket, replays of dead letters among them, take turns.
struct EventTransactions: Sendable {
    /// Another copy of the consumer has dealt with the events, or has the lease.
    struct CursorMoved: Error {}

    private let consumer: EventConsumer
    private let lease: Lease

    init(_ consumer: EventConsumer, lease: Lease) {
        self.consumer = consumer
        self.lease = lease
    }

    private var name: String { self.consumer.configuration.name }

    /// The cursors of buckets; those that were never moved are made.
    func cursor(of buckets: [Bucket]) async throws(PostgresError) -> EventCursor {
        _ = try await self.consumer.pool.query(Self.creation, self.name, buckets.map(\.number))
        return try await EventCursors.read(consumer: self.name, from: self.consumer.pool)
    }

    /// Carries out the effect of spans' events, all or none. Those whose subject has a dead letter go behind it.
    ///
    /// - Parameter spans: Each of a bucket of its own.
    func apply(_ spans: [EventSpan]) async throws {
        let hasCommands = try await self.consumer.pool.withTransaction { transaction in
            let withLetters = try await self.move(spans, transaction)
            var (events, commands): ([RecordedEvent], [PostgresCommand]) = ([], [])
            for span in spans {
                guard withLetters.contains(span.bucket.number), !span.events.isEmpty else {
                    events += span.events
                    continue
                }
                let subjects = try await EventDeadLetters.subjects(of: span.events, consumer: self.name, transaction)
                events += span.events.filter { !subjects.contains($0.subjectKey) }
                commands += EventDeadLetters.park(
                    span.events.filter { subjects.contains($0.subjectKey) }, consumer: self.name, tries: 0,
                    reason: EventDeadLetter.followsReason)
            }
            let effects = events.isEmpty ? [] : try await self.consumer.effect(events, transaction)
            _ = try await transaction.commit(with: commands + effects)
            return !effects.isEmpty
        }
        if hasCommands { self.consumer.news.committed() }
    }

    /// Parks the one event of a span.
    func park(_ span: EventSpan, tries: Int, reason: String) async throws {
        try await self.consumer.pool.withTransaction { transaction in
            _ = try await self.move([span], transaction)
            _ = try await transaction.commit(
                with: EventDeadLetters.park(span.events, consumer: self.name, tries: tries, reason: reason))
        }
    }

    /// Goes on behind events that are lost, once the service has dealt with that.
    ///
    /// - Throws: The gap itself where nothing deals with it.
    func pass(_ gap: EventGap) async throws {
        guard let onGap = self.consumer.onGap else { throw gap }
        let sequences = gap.missing.sequences
        try await self.consumer.pool.withTransaction { transaction in
            let missing = EventSpan(
                bucket: gap.missing.bucket, after: sequences.lowerBound - 1, through: sequences.upperBound, events: [])
            _ = try await self.move([missing], transaction)
            try await onGap(gap, transaction)
        }
    }

    /// - Returns: The buckets that may have dead letters.
    private func move(_ spans: [EventSpan], _ transaction: PostgresTransaction) async throws -> Set<Int16> {
        let rows = try await transaction.query(
            Self.move, self.name, spans.map(\.bucket.number), spans.map(\.after), spans.map(\.through),
            self.lease.name, self.lease.token)
        guard rows.count == spans.count else { throw CursorMoved() }
        var withLetters: Set<Int16> = []
        for row in rows {
            let (bucket, hasLetters) = try row.decode(Int16.self, Bool.self)
            if hasLetters { withLetters.insert(bucket) }
        }
        return withLetters
    }

    private static let creation = PostgresStatement(
        """
        insert into event_cursor (consumer, bucket, sequence) select $1, unnest($2::smallint[]), 0
        on conflict (bucket, consumer) do nothing
        """)

    // A letter that is parked moves the cursor, so none can be missing here; one that is gone meanwhile does no harm.
    private static let move = PostgresStatement(
        """
        update event_cursor c set sequence = m.through
        from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as m (bucket, after, through)
        where c.consumer = $1 and c.bucket = m.bucket and c.sequence = m.after
            and exists (select from lease where name = $5 and token = $6 and holder is not null)
        returning c.bucket, exists (select from event_dead_letter d where d.consumer = $1 and d.bucket = c.bucket)
        """)
}
