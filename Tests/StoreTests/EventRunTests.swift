import Buckets
import DrivelineTesting
import Events
import Partitioning
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventRunTests {
    private static let present = PostgresStatement("select now()")

    private static func day(_ pool: PostgresPool) async throws -> Day {
        Day(holding: try await pool.query(self.present).first?.decode(PostgresTimestamp.self).microseconds ?? 0)
    }

    /// Any event that a service could append.
    private static func event(_ number: Int, using random: inout SeededGenerator) -> Event {
        let bytes = Int.random(in: 0..<8, using: &random) == 0 ? 0...6_000 : 0...300
        let subjects = ["SKU-\(number)", "Größe 🚗 \(number)", String(repeating: "x", count: 255), ""]
        let traces = [nil, "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]
        return Event(
            id: PostgresUUID(high: 7, low: UInt64(number)),
            brand: PostgresUUID(high: .max, low: .random(in: 0...2, using: &random)),
            bucket: Bucket.all[Int.random(in: 0..<4, using: &random)],
            type: ["test.happened", "inventory.stock.changed"].randomElement(using: &random) ?? "",
            subject: subjects.randomElement(using: &random) ?? "",
            occurredAt: PostgresTimestamp(
                microseconds: .random(in: -1_000_000...1_790_000_000_000_001, using: &random)),
            traceParent: traces.randomElement(using: &random) ?? nil,
            payload: (0..<Int.random(in: bytes, using: &random)).map { _ in .random(in: 0...255, using: &random) })
    }

    /// The log as the view shows it, in the order of its buckets and sequences.
    private static func shown(_ pool: PostgresPool) async throws -> [RecordedEvent] {
        let rows = try await pool.query(
            PostgresStatement(
                """
                select bucket, sequence, id, brand_id, type, subject, occurred_at, trace_parent, payload
                from event order by bucket, sequence
                """))
        return try rows.map { row in
            let (bucket, sequence, id, brand, type, subject, occurredAt, trace, payload) = try row.decode(
                Int16.self, Int64.self, PostgresUUID.self, PostgresUUID.self, String.self, String.self,
                PostgresTimestamp.self, String?.self, [UInt8].self)
            return RecordedEvent(
                sequence: sequence,
                event: Event(
                    id: id, brand: brand, bucket: try #require(Bucket(number: bucket)), type: type, subject: subject,
                    occurredAt: occurredAt, traceParent: trace, payload: payload))
        }
    }

    @Test(
        "whatever is appended is read as it was, from any position on, and shown so by the view", arguments: [1, 2, 3])
    func roundTrip(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withEvents { (pool: PostgresPool) async throws in
            var expected = [[Event]](repeating: [], count: Bucket.count)
            for _ in 0..<12 {
                let events = (0..<Int.random(in: 1...120, using: &random)).map { Self.event($0, using: &random) }
                try await append(events, pool)
                for event in events { expected[Int(event.bucket.number)].append(event) }
            }
            let recorded = Bucket.all.map { bucket in
                expected[Int(bucket.number)].enumerated().map {
                    RecordedEvent(sequence: Int64($0.offset + 1), event: $0.element)
                }
            }
            let shown = try await Self.shown(pool)
            #expect(shown == recorded.flatMap(\.self))
            for _ in 0..<60 {
                let bucket = Bucket.all[Int.random(in: 0..<4, using: &random)]
                let all = recorded[Int(bucket.number)]
                var cursor = EventCursor()
                cursor[bucket] = .random(in: 0...Int64(all.count), using: &random)
                let limit = Int.random(in: 1...90, using: &random)
                let read = try await EventReader(pool).events(after: cursor, in: [bucket], limitPerBucket: limit)
                let rest = all.dropFirst(Int(cursor[bucket]))
                #expect(read == Array(rest.prefix(limit)), "seed \(seed)")
            }
            let large = try await number(
                "select count(*) from event_run where count > 1 and pg_column_size(event_run.*) > 2000", pool)
            #expect(large == 0)
            let rows = try await number("select count(*) from event_run", pool)
            #expect(rows < shown.count / 2)
        }
    }

    @Test("a log of single events becomes one of runs, and what the version before appends is found in it")
    func migration() async throws {
        var random = SeededGenerator(seed: 4)
        let events = (0..<50).map { Self.event($0, using: &random) }
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(EventLog.schema)
            let day = try await Self.day(pool)
            for statement in Partitions(table: "event", period: .month, retained: 2).creating(on: day) {
                try await pool.runScript(statement)
            }
            try await Self.appendSingly(events, pool)
            let before = try await Self.shown(pool)
            let partitions = try await number("select count(*) from pg_inherits", pool)
            try await pool.runScript(EventLog.runSchema)
            #expect(before.count == 50)
            #expect(try await Self.shown(pool) == before)
            #expect(try await EventReader(pool).events(after: EventCursor()) == before)
            #expect(
                try await number("select count(*) from pg_inherits where inhparent = 'event_run'::regclass", pool) > 0)
            let fine = try await number(
                """
                select count(*) from pg_attribute join pg_class c on c.oid = attrelid
                where c.relkind in ('r', 'p') and relname like 'event_run%' and attnum > 0 and attstattarget <> 10
                """, pool)
            #expect(fine == 0)
            // Those that come later find the names that they would make.
            for statement in EventLog.partitions(monthsRetained: 2).creating(on: day) {
                try await pool.runScript(statement)
            }
            #expect(try await number("select count(*) from pg_inherits", pool) == partitions)
            try await append(events, pool)
            try await Self.appendSingly(events, pool)
            let after = try await EventReader(pool).events(after: EventCursor())
            #expect(after.count == 150)
            for bucket in Bucket.all.prefix(4) {
                let own = events.filter { $0.bucket == bucket }
                #expect(after.map(\.event).filter { $0.bucket == bucket } == own + own + own)
            }
        }
    }

    @Test("an event that the version before appends while the log is rewritten is not lost")
    func migrationUnderWay() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(EventLog.schema + "create table event_all partition of event default")
            let migration = try await pool.withTransaction { transaction in
                try await Self.appendSingly(testEvent(1, bucket: Bucket.all[3]), in: transaction)
                let migration = Task { try await pool.runScript(EventLog.runSchema) }
                try await eventually { try await number("select count(*) from pg_locks where not granted", pool) > 0 }
                return migration
            }
            try await migration.value
            try await append([testEvent(2, bucket: Bucket.all[3])], pool)
            #expect(
                try await EventReader(pool).events(after: EventCursor()).map(\.event.subject) == ["SKU-1", "SKU-2"])
        }
    }

    @Test("a row that cannot be read is an error of the reader, and no event of it is given")
    func unreadable() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            try await append((1...3).map { testEvent($0, bucket: Bucket.all[0], payload: [1, 2]) }, pool)
            for change in [
                "events = substr(events, 1, octet_length(events) - 1)", "events = events || '\\x00'",
                "count = count + 1",
                "events = '\\xff'", "count = 1, last_sequence = last_sequence - 2",
                "events = overlay(events placing '\\x80000000'::bytea from 41)",
                "events = overlay(events placing '\\xff'::bytea from 45)",
            ] {
                try await pool.runScript("create table kept as select * from event_run; update event_run set \(change)")
                await #expect(throws: PostgresError.self, "\(change)") {
                    try await EventReader(pool).events(after: EventCursor())
                }
                try await pool.runScript(
                    "delete from event_run; insert into event_run select * from kept; drop table kept")
            }
            #expect(try await EventReader(pool).events(after: EventCursor()).count == 3)
        }
    }

    @Test("a log that begins within what was read says so, wherever a run begins")
    func kept() async throws {
        try await withEvents { (pool: PostgresPool) async throws in
            let bucket = Bucket.all[9]
            for first in [1, 5, 9] { try await append((first..<first + 4).map { testEvent($0, bucket: bucket) }, pool) }
            try await pool.runScript("delete from event_run where last_sequence = 4")
            let reader = EventReader(pool)
            let end = try await reader.end()
            #expect(end[bucket] == 12)
            for position in 0...12 {
                var cursor = EventCursor()
                cursor[bucket] = Int64(position)
                #expect(try await reader.keepsAll(behind: cursor, until: end) == (position >= 4), "\(position)")
            }
            #expect(try await reader.ends()[9] == EventEnds(bucket: bucket, oldest: 5, newest: 12))
        }
    }

    /// Appends events as the version before did, one row for each.
    private static func appendSingly(_ events: [Event], _ pool: PostgresPool) async throws {
        for event in events {
            try await pool.withTransaction { try await Self.appendSingly(event, in: $0) }
        }
    }

    private static func appendSingly(_ event: Event, in transaction: PostgresTransaction) async throws {
        _ = try await transaction.query(
            Self.single, event.bucket.number, event.id, event.brand, event.type, event.subject, event.occurredAt,
            event.traceParent, event.payload)
    }

    private static let single = PostgresStatement(
        """
        with advanced as (
            update event_bucket set next_sequence = next_sequence + 1 where bucket = $1
            returning bucket, next_sequence - 1 as sequence
        )
        insert into event (bucket, sequence, id, brand_id, type, subject, occurred_at, trace_parent, payload)
        select bucket, sequence, $2, $3, $4, $5, $6, $7, $8 from advanced
        """)
}
