internal import Buckets
internal import Leasing
internal import Postgres

/// The transactions of a consumer's share: each moves one bucket's cursor, together with what that stands for.
///
/// The cursor is moved only from where this copy has seen it, and only while its lease is held. A copy that has lost its
/// lease without knowing finds one of both changed and does nothing. The cursor's row stays locked to the end, so that all
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

    /// Carries out the effect of a span's events. Those whose subject has a dead letter go behind it.
    func apply(_ span: EventSpan) async throws {
        let hasCommands = try await self.consumer.pool.withTransaction { transaction in
            let mayFollowLetters = try await self.move(span.bucket, from: span.after, to: span.through, transaction)
            var (events, followers): ([RecordedEvent], [RecordedEvent]) = (span.events, [])
            if mayFollowLetters, !events.isEmpty {
                let subjects = try await EventDeadLetters.subjects(of: events, consumer: self.name, transaction)
                followers = events.filter { subjects.contains($0.subjectKey) }
                events.removeAll { subjects.contains($0.subjectKey) }
            }
            var commands = EventDeadLetters.park(
                followers, consumer: self.name, tries: 0, reason: EventDeadLetter.followsReason)
            let effects = events.isEmpty ? [] : try await self.consumer.effect(events, transaction)
            commands += effects
            _ = try await transaction.commit(with: commands)
            return !effects.isEmpty
        }
        if hasCommands { self.consumer.news.committed() }
    }

    /// Parks the one event of a span.
    func park(_ span: EventSpan, tries: Int, reason: String) async throws {
        try await self.consumer.pool.withTransaction { transaction in
            _ = try await self.move(span.bucket, from: span.after, to: span.through, transaction)
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
            _ = try await self.move(
                gap.missing.bucket, from: sequences.lowerBound - 1, to: sequences.upperBound, transaction)
            try await onGap(gap, transaction)
        }
    }

    /// - Returns: Whether the bucket may have dead letters.
    private func move(
        _ bucket: Bucket, from: Int64, to: Int64, _ transaction: PostgresTransaction
    ) async throws -> Bool {
        let rows = try await transaction.query(
            Self.move, self.name, bucket.number, from, to, self.lease.name, self.lease.token)
        guard let row = rows.first else { throw CursorMoved() }
        return try row.decode(Bool.self)
    }

    private static let creation = PostgresStatement(
        """
        insert into event_cursor (consumer, bucket, sequence) select $1, unnest($2::smallint[]), 0
        on conflict (bucket, consumer) do nothing
        """)

    // A letter that is parked moves the cursor, so none can be missing here; one that is gone meanwhile does no harm.
    private static let move = PostgresStatement(
        """
        update event_cursor set sequence = $4 where consumer = $1 and bucket = $2 and sequence = $3
            and exists (select from lease where name = $5 and token = $6 and holder is not null)
        returning exists (select from event_dead_letter d where d.consumer = $1 and d.bucket = $2)
        """)
}
