import Buckets
import DrivelineTesting
import Events
import Leasing
import Logging
import Partitioning
import Postgres
import Testing

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The database of a service: a log, leases, and a table of effects that takes anything.
func withEventsDatabase(_ body: (PostgresPool) async throws -> Void) async throws {
    try await withPool(on: nil) { (pool: PostgresPool) async throws in
        for schema in [EventLog.schema, EventLog.runSchema, Leases.schema, EventDeadLetters.schema, effectTable] {
            try await pool.runScript(schema)
        }
        let now = try #require(try await pool.query(PostgresStatement("select now()")).first)
        let day = Day(holding: try now.decode(PostgresTimestamp.self).microseconds)
        for statement in EventLog.partitions(monthsRetained: 2).creating(on: day) {
            try await pool.runScript(statement)
        }
        try await body(pool)
    }
}

private let effectTable =
    "create table effect (number bigint not null, bucket smallint not null, position bigserial primary key)"

/// An event of a test's: its number is its id.
func testEvent(
    _ number: Int, bucket: Bucket, subject: String = "SKU", brand: UInt64 = 1, type: String = "test.happened"
) -> Event {
    Event(
        id: PostgresUUID(high: 0, low: UInt64(number)), brand: PostgresUUID(high: 1, low: brand), bucket: bucket,
        type: type, subject: subject,
        occurredAt: PostgresTimestamp(microseconds: 1_790_000_000_000_000 + Int64(number)),
        traceParent: number % 2 == 0 ? nil : "00-\(number)", payload: Array("payload \(number)".utf8))
}

/// Appends events in one transaction, as a service does.
func append(_ events: [Event], _ pool: PostgresPool, _ news: EventNews? = nil) async throws {
    _ = try await pool.withTransaction { try await $0.commit(with: try EventLog.append(events)) }
    news?.committed()
}
