import Buckets
import DrivelineTesting
import Events
import Leasing
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventGapTests {
    private let bucket = Bucket.all[5]

    private func consumer(
        _ pool: PostgresPool, onGap: EventConsumer.GapEffect?
    ) -> EventConsumer {
        var configuration = EventConsumer.Configuration(name: "test")
        configuration.pollMilliseconds = 20
        configuration.firstWaitMilliseconds = 1
        return EventConsumer(
            configuration, source: LocalEventSource(pool, news: EventNews()), pool: pool,
            leases: Leases(pool, holder: PostgresUUID(high: 0, low: 1)), logger: quiet, onGap: onGap
        ) { events, transaction in
            _ = try await transaction.query(
                EventConsumerTests.insertion, events.map { Int64($0.event.id.low) }, events.map(\.event.bucket.number))
            return []
        }
    }

    /// Ten events of which the first ones are not kept any more.
    private func fill(_ pool: PostgresPool, lost: Int64) async throws {
        for number in 1...10 { try await append([testEvent(number, bucket: self.bucket)], pool) }
        _ = try await pool.query(PostgresStatement("delete from event_run where last_sequence <= $1"), lost)
    }

    @Test("a consumer that is behind what is kept tells the gap once, in the transaction that passes it")
    func told() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            try await self.fill(pool, lost: 4)
            let gaps = Mutex<[EventGap]>([])
            let copy = Task {
                await self.consumer(pool) { gap, transaction in
                    gaps.withLock { $0.append(gap) }
                    _ = try await transaction.query(
                        PostgresStatement("insert into effect (number, bucket) values (-1, 0)"))
                }.run()
            }
            try await eventually { try await number("select count(*) from effect", pool) == 7 }
            copy.cancel()
            await copy.value
            #expect(gaps.withLock { $0 } == [EventGap(missing: EventRange(bucket: self.bucket, sequences: 1...4))])
            #expect(try await number("select min(position) from effect where number = 5", pool) == 2)
        }
    }

    @Test("a gap behind the last event that is kept is told, too")
    func toldAtEnd() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            try await self.fill(pool, lost: 10)
            let gaps = Mutex<[EventGap]>([])
            let copy = Task { await self.consumer(pool) { gap, _ in gaps.withLock { $0.append(gap) } }.run() }
            try await eventually { try await EventCursors.read(consumer: "test", from: pool)[self.bucket] == 10 }
            copy.cancel()
            await copy.value
            #expect(gaps.withLock { $0 } == [EventGap(missing: EventRange(bucket: self.bucket, sequences: 1...10))])
        }
    }

    @Test("without anybody who deals with gaps the bucket stands still, and the others go on")
    func standsStill() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            try await self.fill(pool, lost: 4)
            try await append((11...15).map { testEvent($0, bucket: Bucket.all[9]) }, pool)
            let copy = Task { await self.consumer(pool, onGap: nil).run() }
            try await eventually { try await number("select count(*) from effect", pool) == 5 }
            copy.cancel()
            await copy.value
            #expect(try await EventCursors.read(consumer: "test", from: pool)[self.bucket] == 0)
        }
    }

    @Test("a log that ends before the cursor is another log")
    func behind() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            try await self.fill(pool, lost: 0)
            var cursor = EventCursor()
            cursor[self.bucket] = 11
            await #expect(throws: EventLogBehind(bucket: self.bucket, cursor: 11, newest: 10)) {
                try await LocalEventSource(pool, news: EventNews()).follow(after: cursor, in: [self.bucket]) { _ in }
            }
        }
    }
}
