import Buckets
import DrivelineTesting
import Events
import Leasing
import Postgres
import Synchronization
import Testing

/// A copy of a consumer that has lost its lease, and does not know it.
@Suite(.timeLimit(.minutes(5))) struct EventLeaseTests {
    /// A source that counts how often it is followed: a consumer that finds its cursors changed follows it anew.
    private final class CountingSource: EventSource {
        private let source: LocalEventSource
        private let count = Atomic<Int>(0)

        init(_ source: LocalEventSource) { self.source = source }

        var follows: Int { self.count.load(ordering: .relaxed) }

        func read(after cursor: EventCursor, in buckets: [Bucket], limitPerBucket: Int) async throws -> [EventSpan] {
            try await self.source.read(after: cursor, in: buckets, limitPerBucket: limitPerBucket)
        }

        func ends() async throws -> [EventEnds] { try await self.source.ends() }

        func follow(
            after cursor: EventCursor, in buckets: [Bucket], _ take: ([EventSpan]) async throws -> Void
        ) async throws {
            self.count.add(1, ordering: .relaxed)
            try await self.source.follow(after: cursor, in: buckets, take)
        }
    }

    /// Runs a consumer, changes something under it, and has it come upon an event.
    ///
    /// - Parameter times: How often it follows its source anew until it counts as having come upon the event.
    /// - Returns: How many events had their effect, and where the cursor stands then.
    private func effects(
        _ pool: PostgresPool, changing statement: StaticString, follows times: Int
    ) async throws -> (count: Int64, cursor: Int64) {
        let (news, bucket) = (EventNews(), Bucket.all[3])
        let source = CountingSource(LocalEventSource(pool, news: news))
        var configuration = EventConsumer.Configuration(name: "test")
        configuration.pollMilliseconds = 5
        configuration.shares = 1
        // No renewal that would tell it comes within the test.
        configuration.leaseMilliseconds = 3_600_000
        let consumer = EventConsumer(
            configuration, source: source, pool: pool, leases: Leases(pool, holder: PostgresUUID(high: 0, low: 1)),
            news: news, logger: quiet
        ) { events, transaction in
            _ = try await transaction.query(
                EventConsumerTests.insertion, events.map { Int64($0.event.id.low) }, events.map(\.event.bucket.number))
            return []
        }
        let copy = Task { await consumer.run() }
        try await append([testEvent(1, bucket: bucket)], pool, news)
        try await eventually { try await EventCursors.read(consumer: "test", from: pool)[bucket] == 1 }
        let follows = source.follows
        try await pool.runScript(statement.description)
        try await append([testEvent(2, bucket: bucket)], pool, news)
        // It has come upon the event, or has had its effect.
        try await eventually {
            let count = try await number("select count(*) from effect", pool)
            return source.follows >= follows + times || count == 2
        }
        copy.cancel()
        await copy.value
        return (
            try await number("select count(*) from effect", pool),
            try await EventCursors.read(consumer: "test", from: pool)[bucket]
        )
    }

    @Test(
        "an effect counts only under the consumer's own lease",
        arguments: [
            "update lease set token = token + 1, holder = gen_random_uuid()",
            "update lease set holder = null", "delete from lease",
        ] as [StaticString])
    func lost(change: StaticString) async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let (count, cursor) = try await self.effects(pool, changing: change, follows: 3)
            #expect(count == 1 && cursor == 1)
        }
    }

    @Test("an effect counts only from where the cursor stands: what another copy has done is not done again")
    func moved() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let (count, cursor) = try await self.effects(
                pool, changing: "update event_cursor set sequence = 2 where consumer = 'test' and bucket = 3",
                follows: 1)
            #expect(count == 1 && cursor == 2)
        }
    }
}
