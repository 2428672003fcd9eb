import Buckets
import DrivelineTesting
import Events
import Postgres
import Testing
import Waking

@Suite(.timeLimit(.minutes(5))) struct EventFollowerTests {
    static let never: Int64 = 3_600_000

    private func follower(
        _ pool: PostgresPool, _ news: EventNews, pollMilliseconds: Int64, buckets: [Bucket] = Bucket.all,
        limitPerBucket: Int = 3
    ) -> EventFollower {
        var configuration = EventFollower.Configuration()
        configuration.pollMilliseconds = pollMilliseconds
        configuration.buckets = buckets
        configuration.limitPerBucket = limitPerBucket
        return EventFollower(EventReader(pool), after: EventCursor(), news: news, configuration: configuration)
    }

    /// The ids of the first events that a follower gives, and that their sequences follow each other.
    private func first(_ count: Int, of follower: EventFollower) async throws -> Set<UInt64> {
        var seen: Set<UInt64> = []
        var cursor = EventCursor()
        for try await events in follower {
            for recorded in events {
                #expect(recorded.sequence == cursor[recorded.event.bucket] + 1)
                cursor[recorded.event.bucket] = recorded.sequence
                seen.insert(recorded.event.id.low)
            }
            if seen.count >= count { break }
        }
        return seen
    }

    @Test("a follower is woken by commits of its process alone", arguments: [1, 4])
    func news(followers: Int) async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let news = EventNews()
            try await withThrowingTaskGroup(of: Set<UInt64>.self) { group in
                for _ in 0..<followers {
                    group.addTask {
                        try await self.first(50, of: self.follower(pool, news, pollMilliseconds: Self.never))
                    }
                }
                for number in 0..<50 {
                    try await append([testEvent(number, bucket: Bucket.all[number % 5])], pool, news)
                }
                for try await seen in group { #expect(seen == Set(0..<50)) }
            }
        }
    }

    @Test("a follower that nobody wakes looks by itself")
    func poll() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            async let seen = self.first(20, of: self.follower(pool, EventNews(), pollMilliseconds: 5))
            for number in 0..<20 { try await append([testEvent(number, bucket: Bucket.all[number % 5])], pool) }
            #expect(try await seen == Set(0..<20))
        }
    }

    @Test("a follower of some buckets sees those alone, and ends when it is cancelled")
    func bucketsAndCancellation() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            try await append((0..<10).map { testEvent($0, bucket: Bucket.all[$0 % 2]) }, pool)
            let following = Task {
                var seen: [UInt64] = []
                let follower = self.follower(
                    pool, EventNews(), pollMilliseconds: Self.never, buckets: [Bucket.all[1]])
                for try await events in follower {
                    seen += events.map(\.event.id.low)
                    if seen.count == 5 { withUnsafeCurrentTask { $0?.cancel() } }
                }
                return seen
            }
            #expect(try await following.value == [1, 3, 5, 7, 9])
        }
    }

    @Test("large payloads make a read smaller, never empty")
    func largePayloads() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let payload = [UInt8](repeating: 1, count: EventLog.maximumPayloadBytes)
            let bucket = Bucket.all[3]
            try await append((1...5).map { testEvent($0, bucket: bucket, payload: payload) }, pool)
            var cursor = EventCursor()
            var reads: [Int] = []
            while let last = try await EventReader(pool).events(after: cursor).last {
                reads.append(Int(last.sequence - cursor[bucket]))
                cursor[bucket] = last.sequence
            }
            #expect(reads.allSatisfy { $0 <= 2 } && reads.reduce(0, +) == 5)
            #expect(throws: EventLogError.self) {
                _ = try EventLog.append([testEvent(1, bucket: bucket, payload: payload + [1])])
            }
        }
    }

    /// The subjects that a follower sees before an event of the subject `SKU-0` in each bucket, and in which order.
    private func upToEnds(in buckets: [Bucket], _ pool: PostgresPool, _ news: EventNews) async throws -> [UInt64] {
        var seen: [UInt64] = []
        var open = Set(buckets)
        for try await events in self.follower(pool, news, pollMilliseconds: 1, limitPerBucket: 64) {
            for recorded in events {
                if recorded.event.id.low == 0 { open.remove(recorded.event.bucket) }
                seen.append(recorded.event.id.low)
            }
            if open.isEmpty { break }
        }
        return seen.filter { $0 != 0 }
    }

    @Test("a transaction that takes its numbers first and commits late is never passed over")
    func lateCommit() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let bucket = Bucket.all[7]
            let news = EventNews()
            async let seen = self.upToEnds(in: [bucket], pool, news)
            let secondDone = WakeSignal()
            try await pool.withTransaction { transaction in
                // It has its number from here on, and is seen only when it commits.
                _ = try await transaction.execute(try EventLog.append([testEvent(1, bucket: bucket)]))
                let second = Task {
                    try await append([testEvent(2, bucket: bucket)], pool, news)
                    secondDone.wake()
                }
                // By its number the second could commit first; the bucket's row makes it wait.
                try await eventually {
                    let waiting = try await number("select count(*) from pg_locks where not granted", pool)
                    return waiting > 0 || secondDone.count > 0
                }
                // Time enough for a follower that looks each millisecond to run ahead.
                for _ in 0..<50 { _ = try await EventReader(pool).events(after: EventCursor()) }
                _ = try await transaction.commit()
                news.committed()
                try await second.value
            }
            try await append([testEvent(0, bucket: bucket)], pool, news)
            #expect(try await seen == [1, 2])
        }
    }

    @Test("of 32 writers with random delays between number and commit, a follower misses nothing")
    func gaps() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        try await withEvents(maximumConnections: 24) { (pool: PostgresPool) async throws in
            let news = EventNews()
            let rounds = 8
            let buckets = Array(Bucket.all.prefix(4))
            async let seen = self.upToEnds(in: buckets, pool, news)
            try await withThrowingDiscardingTaskGroup { group in
                for writer in 0..<32 {
                    group.addTask {
                        var random = SeededGenerator(seed: seed &+ UInt64(writer))
                        for round in 0..<rounds {
                            let bucket = buckets[Int.random(in: 0..<4, using: &random)]
                            let delay = Int.random(in: 0..<8, using: &random)
                            try await pool.withTransaction { transaction in
                                let event = testEvent(1 + writer * rounds + round, bucket: bucket)
                                _ = try await transaction.execute(try EventLog.append([event]))
                                try await Task.sleep(for: .milliseconds(delay))
                            }
                            news.committed()
                        }
                    }
                }
            }
            try await append(buckets.map { testEvent(0, bucket: $0) }, pool, news)
            let numbers = try await seen
            #expect(numbers.sorted() == Array(1...UInt64(32 * rounds)))
        }
    }
}
