import Buckets
import DrivelineTesting
import Events
import Leasing
import Postgres

/// An event of a test's: its number is its id and its subject.
func testEvent(_ number: Int, bucket: Bucket, payload: [UInt8] = []) -> Event {
    Event(
        id: PostgresUUID(high: 0, low: UInt64(number)), brand: PostgresUUID(high: 1, low: 1), bucket: bucket,
        type: "test.happened", subject: "SKU-\(number)",
        occurredAt: PostgresTimestamp(microseconds: 1_790_000_000_000_000),
        payload: payload)
}

/// Appends events in one transaction, as a service does.
func append(_ events: [Event], _ pool: PostgresPool, _ news: EventNews? = nil) async throws {
    _ = try await pool.withTransaction { try await $0.commit(with: try EventLog.append(events)) }
    news?.committed()
}

/// A database with a log, leases, and a table of effects that takes each event once.
func withEvents(
    maximumConnections: Int = 8, _ body: (PostgresPool) async throws -> Void
) async throws {
    try await withStore(
        EventLog.schema, EventLog.runSchema, Leases.schema, EventDeadLetters.schema,
        "create table effect (number bigint primary key, bucket smallint not null, position bigserial)",
        partitions: [EventLog.partitions(monthsRetained: 2)],
        configure: { $0.maximumConnections = maximumConnections }, body)
}
