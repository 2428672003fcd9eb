import Buckets
import DrivelineTesting
import Events
import Leasing
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventDeadLetterTests {
    struct Refused: Error {}

    /// Which events are refused; those of others have an effect.
    private final class Rules: Sendable {
        let bad: Mutex<Set<UInt64>>

        init(_ bad: Set<UInt64>) { self.bad = Mutex(bad) }
    }

    private let brand = PostgresUUID(high: 1, low: 1)

    private func event(_ number: Int, _ subject: String, _ bucket: Int = 1, brand: UInt64 = 1) -> Event {
        var event = testEvent(number, bucket: Bucket.all[bucket], payload: [UInt8(number)])
        event.subject = subject
        event.brand = PostgresUUID(high: 1, low: brand)
        event.traceParent = "00-\(number)"
        return event
    }

    private func consumer(_ pool: PostgresPool, _ rules: Rules, days: Int = 90) -> EventConsumer {
        var configuration = EventConsumer.Configuration(name: "test")
        configuration.pollMilliseconds = 20
        configuration.firstWaitMilliseconds = 1
        configuration.maximumTries = 2
        configuration.letterDays = days
        return EventConsumer(
            configuration, source: LocalEventSource(pool, news: EventNews()), pool: pool,
            leases: Leases(pool, holder: PostgresUUID(high: 0, low: 1)), logger: quiet
        ) { events, transaction in
            _ = try await transaction.query(
                EventConsumerTests.insertion, events.map { Int64($0.event.id.low) }, events.map(\.event.bucket.number))
            let bad = rules.bad.withLock { $0 }
            guard !events.contains(where: { bad.contains($0.event.id.low) }) else { throw Refused() }
            return []
        }
    }

    /// Runs the consumer until it has dealt with everything.
    private func drain(_ consumer: EventConsumer, _ pool: PostgresPool) async throws {
        let end = try await EventReader(pool).end()
        let copy = Task { await consumer.run() }
        try await eventually {
            let cursor = try await EventCursors.read(consumer: "test", from: pool)
            return Bucket.all.allSatisfy { cursor[$0] == end[$0] }
        }
        copy.cancel()
        await copy.value
    }

    private func effects(_ pool: PostgresPool) async throws -> [Int64] {
        try await pool.query(PostgresStatement("select number from effect order by position")).map {
            try $0.decode(Int64.self)
        }
    }

    private func letters(_ pool: PostgresPool) async throws -> [Int] {
        try await EventDeadLetters.read(consumer: "test", from: pool).map { Int($0.recorded.event.id.low) }
    }

    @Test("later events of a parked one's subject are parked behind it, and go on with it by a replay")
    func followers() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let rules = Rules([2])
            let consumer = self.consumer(pool, rules)
            try await append(
                [self.event(1, "A"), self.event(2, "A"), self.event(3, "B"), self.event(4, "A")], pool)
            // The same subject of another brand is another subject.
            try await append([self.event(5, "A", brand: 2), self.event(6, "A"), self.event(7, "B", 3)], pool)
            try await self.drain(consumer, pool)
            #expect(Set(try await self.effects(pool)) == [1, 3, 5, 7])
            let letters = try await EventDeadLetters.read(consumer: "test", from: pool)
            #expect(letters.map(\.recorded.event) == [self.event(2, "A"), self.event(4, "A"), self.event(6, "A")])
            #expect(letters.map(\.tries) == [2, 0, 0])
            #expect(letters[1].reason == EventDeadLetter.followsReason)
            try await append([self.event(8, "A"), self.event(9, "B")], pool)
            try await self.drain(consumer, pool)
            #expect(try await self.letters(pool) == [2, 4, 6, 8])

            let failed = try await consumer.replay(.event(PostgresUUID(high: 0, low: 6), of: self.brand))
            #expect(failed.replayed == 0 && failed.failed.map(\.tries) == [3])
            #expect(try await EventDeadLetters.read(consumer: "test", from: pool).first?.tries == 3)
            rules.bad.withLock { $0 = [6] }
            let some = try await consumer.replay(.event(PostgresUUID(high: 0, low: 4)))
            #expect(some.replayed == 2 && some.failed.map(\.recorded.sequence) == [6] && !some.hasMore)
            #expect(try await self.letters(pool) == [6, 8])
            rules.bad.withLock { $0 = [] }
            #expect(try await consumer.replay(.subject("A", of: PostgresUUID(high: 1, low: 2))).replayed == 0)
            #expect(try await consumer.replay(.subject("A", of: self.brand)).replayed == 2)
            #expect(try await self.letters(pool).isEmpty)
            #expect(try await self.effects(pool).filter { [1, 2, 4, 6, 8].contains($0) } == [1, 2, 4, 6, 8])
            try await append([self.event(10, "A")], pool)
            try await self.drain(consumer, pool)
            #expect(try await self.letters(pool).isEmpty)
            #expect(Set(try await self.effects(pool)) == Set(1...10))
        }
    }

    @Test("a replay by range takes the subjects of the letters within it, in the order of the log")
    func range() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let rules = Rules([1, 2, 3, 5])
            let consumer = self.consumer(pool, rules)
            try await append(
                [
                    self.event(1, "A"), self.event(2, "B"), self.event(3, "C"), self.event(4, "A"),
                    self.event(5, "D", 2),
                ], pool)
            try await self.drain(consumer, pool)
            #expect(try await self.letters(pool) == [1, 2, 3, 4, 5])
            rules.bad.withLock { $0 = [] }
            let range = EventRange(bucket: Bucket.all[1], sequences: 2...4)
            #expect(try await consumer.replay(.range(range, of: PostgresUUID(high: 9, low: 9))).replayed == 0)
            #expect(try await consumer.replay(.range(range)).replayed == 4)
            #expect(try await self.effects(pool) == [1, 2, 3, 4])
            #expect(try await consumer.replay(.all(of: self.brand)).replayed == 1)
            #expect(try await self.letters(pool).isEmpty)
        }
    }

    @Test("letters are listed by brand in pages, given up one by one, and removed when they are old")
    func lists() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let consumer = self.consumer(pool, Rules(Set(1...6)), days: 7)
            try await append(
                (1...6).map { self.event($0, "S\($0)", $0, brand: UInt64($0 % 2 + 1)) }, pool)
            try await self.drain(consumer, pool)
            let own = PostgresUUID(high: 1, low: 2)
            let first = try await EventDeadLetters.read(consumer: "test", brand: own, limit: 2, from: pool)
            #expect(first.map(\.recorded.event.id.low) == [1, 3])
            let second = try await EventDeadLetters.read(
                consumer: "test", brand: own, after: first.last?.position, limit: 2, from: pool)
            #expect(second.map(\.recorded.event.id.low) == [5])
            #expect(try await EventDeadLetters.read(consumer: "other", from: pool).isEmpty)

            let id = PostgresUUID(high: 0, low: 1)
            #expect(try await !EventDeadLetters.remove(id, consumer: "test", brand: self.brand, from: pool))
            #expect(try await EventDeadLetters.remove(id, consumer: "test", brand: own, from: pool))
            #expect(try await self.letters(pool) == [2, 3, 4, 5, 6])

            try await pool.runScript(
                "update event_dead_letter set parked_at = now() - interval '7 days 1 minute' where bucket < 4")
            try await append([self.event(7, "S7")], pool)
            let copy = Task { await consumer.run() }
            try await eventually { try await self.letters(pool) == [4, 5, 6] }
            copy.cancel()
            await copy.value
        }
    }

    @Test("events that come while a subject is replayed are not left behind")
    func concurrentReplay() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let rules = Rules([0])
            let consumer = self.consumer(pool, rules)
            let copy = Task { await consumer.run() }
            for number in 0..<100 {
                try await append([self.event(number, "A")], pool)
                if number == 20 {
                    try await eventually { try await !self.letters(pool).isEmpty }
                    rules.bad.withLock { $0 = [] }
                }
                if number > 20, number % 10 == 0 { _ = try await consumer.replay(.subject("A", of: self.brand)) }
            }
            try await eventually {
                _ = try await consumer.replay(.all())
                return try await self.effects(pool).count == 100
            }
            copy.cancel()
            await copy.value
            #expect(try await self.effects(pool) == (0..<100).map { Int64($0) })
            #expect(try await self.letters(pool).isEmpty)
        }
    }
}
