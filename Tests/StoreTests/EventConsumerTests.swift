import Buckets
import DrivelineTesting
import Events
import Leasing
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventConsumerTests {
    struct Refused: Error {}

    static let insertion = PostgresStatement(
        "insert into effect (number, bucket) select * from unnest($1::bigint[], $2::smallint[])")

    /// The effect of events: their numbers, once each, since the table takes no number twice.
    private static let record: EventConsumer.Effect = { events, transaction in
        _ = try await transaction.query(
            Self.insertion, events.map { Int64($0.event.id.low) }, events.map(\.event.bucket.number))
        return []
    }

    private func consumer(
        _ pool: PostgresPool, _ news: EventNews, holder: UInt64 = 1,
        configure: (inout EventConsumer.Configuration) -> Void = { _ in },
        effect: @escaping EventConsumer.Effect = record
    ) -> EventConsumer {
        var configuration = EventConsumer.Configuration(name: "test")
        configuration.pollMilliseconds = 20
        configuration.firstWaitMilliseconds = 1
        configuration.batch = 5
        configure(&configuration)
        return EventConsumer(
            configuration, source: LocalEventSource(pool, news: news), pool: pool,
            leases: Leases(pool, holder: PostgresUUID(high: 0, low: holder)), news: news, logger: quiet, effect: effect)
    }

    private func expectAllInOrder(_ count: Int, _ pool: PostgresPool) async throws {
        let rows = try await pool.query(PostgresStatement("select number, bucket from effect order by position"))
        var last: [Int16: Int64] = [:]
        for row in rows {
            let (number, bucket) = try row.decode(Int64.self, Int16.self)
            #expect(last[bucket, default: -1] < number, "bucket \(bucket) went back")
            last[bucket] = number
        }
        #expect(rows.count == count)
    }

    private func effects(_ pool: PostgresPool) async throws -> Int64 {
        try await number("select count(*) from effect", pool)
    }

    @Test("each event has its effect once, in the order of its bucket, with several copies at work")
    func copies() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let news = EventNews()
            let copies = (1...3).map { copy in Task { await self.consumer(pool, news, holder: UInt64(copy)).run() } }
            for number in 0..<60 {
                try await append(
                    (0..<5).map { testEvent(number * 5 + $0, bucket: Bucket.all[(number + $0) % 7]) }, pool, news)
            }
            try await eventually { try await self.effects(pool) == 300 }
            for copy in copies { copy.cancel() }
            for copy in copies { await copy.value }
            try await self.expectAllInOrder(300, pool)
            let cursor = try await EventCursors.read(consumer: "test", from: pool)
            #expect(Bucket.all.reduce(0) { $0 + cursor[$1] } == 300)
        }
    }

    @Test("copies that are killed in the middle of a batch, again and again, leave no event out and do none twice")
    func crashes() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        try await withEvents { (pool: PostgresPool) async throws in
            let news = EventNews()
            for number in 0..<40 {
                try await append((0..<5).map { testEvent(number * 5 + $0, bucket: Bucket.all[$0]) }, pool)
            }
            var random = SeededGenerator(seed: seed)
            var generation: UInt64 = 0
            while try await self.effects(pool) < 200 {
                generation += 1
                let holder = generation
                let reached = Atomic<Int>(0)
                let limit = Int.random(in: 1...4, using: &random)
                let beforeEffect = Bool.random(using: &random)
                let copy = Task {
                    let configure = { (configuration: inout EventConsumer.Configuration) in
                        // So short that it also expires under copies that work.
                        configuration.leaseMilliseconds = 30
                        // Until the copy is gone, its effects fail: that is no event's fault.
                        configuration.maximumTries = .max
                    }
                    await self.consumer(pool, news, holder: holder, configure: configure) { events, transaction in
                        if !beforeEffect { _ = try await Self.record(events, transaction) }
                        if reached.add(1, ordering: .relaxed).newValue >= limit {
                            withUnsafeCurrentTask { $0?.cancel() }
                            try await Task.sleep(for: .seconds(3_600))
                        }
                        return beforeEffect ? try await Self.record(events, transaction) : []
                    }.run()
                }
                try await eventually {
                    let done = try await self.effects(pool)
                    return reached.load(ordering: .relaxed) >= limit || done == 200
                }
                copy.cancel()
                await copy.value
            }
            try await self.expectAllInOrder(200, pool)
        }
    }

    @Test("a bad event is parked after all tries, what shared its transaction is not, and other buckets go on")
    func parking() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            try await append((0..<20).map { testEvent($0, bucket: Bucket.all[$0 % 2], payload: [1, 2, 3]) }, pool)
            let tries = Atomic<Int>(0)
            let copy = Task {
                await self.consumer(pool, EventNews(), configure: { $0.maximumTries = 3 }) { events, transaction in
                    let commands = try await Self.record(events, transaction)
                    guard !events.contains(where: { $0.event.id.low == 6 }) else {
                        if events.count == 1 { tries.add(1, ordering: .relaxed) }
                        throw Refused()
                    }
                    return commands
                }.run()
            }
            try await eventually { try await self.effects(pool) == 19 }
            try await eventually { try await EventDeadLetters.read(consumer: "test", from: pool).count == 1 }
            copy.cancel()
            await copy.value
            let letter = try #require(try await EventDeadLetters.read(consumer: "test", from: pool).first)
            let event = letter.recorded.event
            #expect(event.id.low == 6 && event.subject == "SKU-6" && event.payload == [1, 2, 3])
            #expect(event.occurredAt == testEvent(6, bucket: event.bucket).occurredAt)
            #expect(letter.recorded.sequence == 4 && letter.tries == 3)
            #expect(letter.reason.contains("Refused"))
            #expect(tries.load(ordering: .relaxed) == 3)
        }
    }

    @Test("a bucket that fails and fails, with more events than it has room for, holds up no other")
    func failingBucket() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            for number in 0..<20 {
                try await append((0..<40).map { testEvent(number * 40 + $0, bucket: Bucket.all[$0 % 2 * 4]) }, pool)
            }
            let isMended = Atomic(false)
            let copy = Task {
                let configure = { (configuration: inout EventConsumer.Configuration) in
                    configuration.maximumTries = .max
                    configuration.longestWaitMilliseconds = 50
                    configuration.transactions = 1
                }
                await self.consumer(pool, EventNews(), configure: configure) { events, transaction in
                    if events[0].event.bucket == Bucket.all[0], !isMended.load(ordering: .relaxed) { throw Refused() }
                    return try await Self.record(events, transaction)
                }.run()
            }
            try await eventually { try await self.effects(pool) == 400 }
            isMended.store(true, ordering: .relaxed)
            try await eventually { try await self.effects(pool) == 800 }
            copy.cancel()
            await copy.value
            try await self.expectAllInOrder(800, pool)
        }
    }

    @Test("events of types that are not asked for have no effect, and move the cursor in time")
    func types() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let (news, one) = (EventNews(), Bucket.all[1])
            var other = testEvent(100, bucket: one)
            other.type = "test.else"
            try await append([testEvent(0, bucket: one), other, testEvent(1, bucket: one), other], pool)
            var configuration = EventConsumer.Configuration(name: "test")
            configuration.pollMilliseconds = 20
            let consumer = EventConsumer(
                configuration, source: LocalEventSource(pool, news: news, types: ["test.happened"]), pool: pool,
                leases: Leases(pool, holder: PostgresUUID(high: 0, low: 1)), logger: quiet, effect: Self.record)
            let copy = Task { await consumer.run() }
            try await eventually { try await EventCursors.read(consumer: "test", from: pool)[one] == 4 }
            copy.cancel()
            await copy.value
            #expect(try await self.effects(pool) == 2)
        }
    }

    @Test("connections that the server ends cost no event, and no try")
    func lostConnections() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let news = EventNews()
            let copy = Task { await self.consumer(pool, news, configure: { $0.maximumTries = 1 }).run() }
            let end = PostgresStatement(
                """
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and query like '%effect%'
                """)
            for number in 0..<60 {
                // Its own connection may be the one that is ended.
                while (try? await append([testEvent(number, bucket: Bucket.all[number % 3])], pool, news)) == nil {}
                if number % 5 == 0 { _ = try? await pool.query(end) }
            }
            try await eventually { ((try? await self.effects(pool)) ?? 0) >= 60 }
            copy.cancel()
            await copy.value
            #expect(try await EventDeadLetters.read(consumer: "test", from: pool).isEmpty)
        }
    }

    @Test("events that an effect appends travel in its transaction, and wake their readers")
    func chained() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let news = EventNews()
            let copy = Task {
                await self.consumer(pool, news, configure: { _ in }) { events, transaction in
                    let further = events.filter { $0.event.id.low < 10 }.map {
                        testEvent(Int($0.event.id.low) + 10, bucket: Bucket.all[9])
                    }
                    return try await Self.record(events, transaction) + (try EventLog.append(further))
                }.run()
            }
            try await append((0..<10).map { testEvent($0, bucket: Bucket.all[1]) }, pool, news)
            try await eventually { try await self.effects(pool) == 20 }
            copy.cancel()
            await copy.value
        }
    }
}
