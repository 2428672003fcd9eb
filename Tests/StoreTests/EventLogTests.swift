import Buckets
import DrivelineTesting
import Events
import Partitioning
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventLogTests {
    static let now = PostgresTimestamp(microseconds: 1_790_000_000_000_000)

    /// A pool on a database with the log's tables and its partitions of now.
    private func withLog(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(EventLog.schema + EventLog.runSchema)
            let now = try await pool.query(PostgresStatement("select now()")).first?.decode(PostgresTimestamp.self)
            let day = Day(holding: now?.microseconds ?? 0)
            for statement in EventLog.partitions(monthsRetained: 2).creating(on: day) {
                try await pool.runScript(statement)
            }
            try await body(pool)
        }
    }

    private func event(_ number: Int, bucket: Bucket) -> Event {
        Event(
            id: PostgresUUID(high: 0, low: UInt64(number)), brand: PostgresUUID(high: 1, low: 1), bucket: bucket,
            type: "test.happened", subject: "SKU-\(number)", occurredAt: Self.now,
            traceParent: number % 2 == 0 ? nil : "00-trace", payload: [UInt8(truncatingIfNeeded: number)])
    }

    @Test("concurrent writers leave no gap, and a reader that follows sees each event once, in order")
    func followers() async throws {
        let writers = 8
        let rounds = 40
        try await self.withLog { (pool: PostgresPool) async throws in
            let seen = try await withThrowingTaskGroup(of: [RecordedEvent].self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        var random = SystemRandomNumberGenerator()
                        for round in 0..<rounds {
                            let events = (0..<5).map { index in
                                let bucket = Bucket.all.prefix(6).randomElement(using: &random) ?? Bucket.all[0]
                                return self.event(writer * 10_000 + round * 10 + index, bucket: bucket)
                            }
                            _ = try await pool.withTransaction { transaction in
                                try await transaction.commit(with: try EventLog.append(events))
                            }
                        }
                        return []
                    }
                }
                group.addTask {
                    let reader = EventReader(pool)
                    var cursor = EventCursor()
                    var seen: [RecordedEvent] = []
                    while seen.count < writers * rounds * 5 {
                        for recorded in try await reader.events(after: cursor, limitPerBucket: 7) {
                            cursor[recorded.event.bucket] = recorded.sequence
                            seen.append(recorded)
                        }
                    }
                    return seen
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            for bucket in Bucket.all {
                let sequences = seen.filter { $0.event.bucket == bucket }.map(\.sequence)
                #expect(sequences == Array(0..<sequences.count).map { Int64($0 + 1) })
            }
            #expect(Set(seen.map(\.event.id)).count == writers * rounds * 5)
        }
    }

    @Test("events of one transaction keep their order and content")
    func order() async throws {
        try await self.withLog { (pool: PostgresPool) async throws in
            let events = (0..<20).map { self.event($0, bucket: Bucket.all[$0 % 3]) }
            _ = try await pool.withTransaction { try await $0.commit(with: try EventLog.append(events)) }
            let read = try await EventReader(pool).events(after: EventCursor())
            for bucket in Bucket.all.prefix(3) {
                #expect(read.map(\.event).filter { $0.bucket == bucket } == events.filter { $0.bucket == bucket })
            }
        }
    }

    @Test("too many events for one transaction are refused before anything is sent")
    func limit() throws {
        let events = (0...EventLog.maximumEventsPerTransaction).map { self.event($0, bucket: Bucket.all[0]) }
        #expect(throws: EventLogError.tooManyEvents(count: 1_001, limit: 1_000)) { try EventLog.append(events) }
    }

    @Test("a consumer's cursor moves once for each step, whoever comes second")
    func cursors() async throws {
        try await self.withLog { (pool: PostgresPool) async throws in
            let bucket = Bucket.all[5]
            func move(_ from: Int64, _ to: Int64) async throws -> Bool {
                try await pool.withTransaction {
                    try await EventCursors.move(consumer: "test", bucket: bucket, from: from, to: to, in: $0)
                }
            }
            #expect(try await move(0, 3))
            #expect(try await !move(0, 2))
            #expect(try await move(3, 9))
            #expect(try await !move(3, 8))
            #expect(try await EventCursors.read(consumer: "test", from: pool)[bucket] == 9)
        }
    }
}
