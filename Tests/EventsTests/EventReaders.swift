import Buckets
import EventStreams
import Events
import Leasing
import Postgres

/// The readers of histories: the right one, and those with planted mistakes.
enum EventReaders {
    /// The service's own consumer, over the stream.
    static let streamed: EventHistory.Reader = { place in
        let source = StreamedEventSource(client: place.client, consumer: "test")
        await Self.consumer(source, place) { events, transaction in [Self.insertion(events)] }.run()
    }

    /// Asks for what has a greater id than the last one seen, as if ids told the order of commits.
    static let idAfterLastSeen: EventHistory.Reader = { place in
        await Self.consumer(LastSeenSource(pool: place.log), place) { events, _ in [Self.insertion(events)] }.run()
    }

    /// Has its effect outside of the transaction that moves the cursor.
    static let effectOutside: EventHistory.Reader = { place in
        let source = StreamedEventSource(client: place.client, consumer: "test")
        await Self.consumer(source, place) { events, _ in
            _ = try await place.pool.withTransaction { try await $0.commit(with: [Self.insertion(events)]) }
            try await Task.sleep(for: .milliseconds(10))
            return []
        }.run()
    }

    /// Moves the cursor in a transaction after that of the effect, and holds no lease.
    static let cursorAfterEffect: EventHistory.Reader = { place in
        let source = StreamedEventSource(client: place.client, consumer: "test")
        while !Task.isCancelled {
            do {
                let cursor = try await EventCursors.read(consumer: EventHistory.consumer, from: place.pool)
                for span in try await source.read(after: cursor, in: Bucket.all, limitPerBucket: 16) {
                    place.effectBegan()
                    _ = try await place.pool.withTransaction {
                        try await $0.commit(with: [Self.insertion(span.events)])
                    }
                    _ = try await place.pool.withTransaction { transaction in
                        try await EventCursors.move(
                            consumer: EventHistory.consumer, bucket: span.bucket, from: cursor[span.bucket],
                            to: span.through, in: transaction)
                    }
                }
            } catch {
                // Connections are cut; it tries again.
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    static func consumer(
        _ source: any EventSource, _ place: EventHistory.Place, effect: @escaping EventConsumer.Effect
    ) -> EventConsumer {
        var configuration = EventConsumer.Configuration(name: EventHistory.consumer)
        configuration.pollMilliseconds = 10
        configuration.firstWaitMilliseconds = 1
        configuration.longestWaitMilliseconds = 20
        configuration.batch = 8
        configuration.leaseMilliseconds = 300
        // Copies that are killed fail, which is no event's fault.
        configuration.maximumTries = .max
        return EventConsumer(
            configuration, source: source, pool: place.pool,
            leases: Leases(place.pool, holder: PostgresUUID(high: 7, low: place.holder)), logger: quiet
        ) { events, transaction in
            place.effectBegan()
            return try await effect(events, transaction)
        }
    }

    static func insertion(_ events: [RecordedEvent]) -> PostgresCommand {
        PostgresCommand(
            PostgresStatement(
                "insert into effect (number, bucket) select * from unnest($1::bigint[], $2::smallint[])"),
            events.map { Int64($0.event.id.low) }, events.map(\.event.bucket.number))
    }
}

/// A planted mistake: a source that goes on behind the greatest id that it has seen, and never learns of an event with a
/// smaller one that is committed later.
struct LastSeenSource: EventSource {
    let pool: PostgresPool

    func read(after cursor: EventCursor, in buckets: [Bucket], limitPerBucket: Int) async throws -> [EventSpan] { [] }

    func ends() async throws -> [EventEnds] { [] }

    func follow(
        after cursor: EventCursor, in buckets: [Bucket], _ take: ([EventSpan]) async throws -> Void
    ) async throws {
        var cursor = cursor
        var lastSeen = try await self.lastSeen(cursor, buckets)
        while !Task.isCancelled {
            let rows = try await self.pool.query(Self.next, lastSeen, buckets.map(\.number))
            for row in rows {
                let (number, sequence, id) = try row.decode(Int16.self, Int64.self, PostgresUUID.self)
                guard let bucket = Bucket(number: number) else { continue }
                lastSeen = id
                let recorded = RecordedEvent(sequence: sequence, event: testEvent(Int(id.low), bucket: bucket))
                try await take([
                    EventSpan(
                        bucket: bucket, after: min(cursor[bucket], sequence - 1), through: sequence, events: [recorded])
                ])
                cursor[bucket] = max(cursor[bucket], sequence)
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func lastSeen(_ cursor: EventCursor, _ buckets: [Bucket]) async throws -> PostgresUUID {
        let rows = try await self.pool.query(Self.greatest, buckets.map(\.number), buckets.map { cursor[$0] })
        return try rows.first?.decode(PostgresUUID.self) ?? PostgresUUID(high: 0, low: 0)
    }

    private static let next = PostgresStatement(
        "select bucket, sequence, id from event where id > $1 and bucket = any($2) order by id limit 50", readOnly: true
    )

    private static let greatest = PostgresStatement(
        """
        select e.id from event e join unnest($1::smallint[], $2::bigint[]) c (bucket, sequence)
            on e.bucket = c.bucket and e.sequence <= c.sequence order by e.id desc limit 1
        """,
        readOnly: true)
}
