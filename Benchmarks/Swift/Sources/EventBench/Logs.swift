import ArgumentParser
import Buckets
import Events
import Leasing
import Partitioning
import Postgres

/// Makes the tables of a log, its consumer and the effects.
struct Prepare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes the tables.")

    @Argument(help: "Where the database is.") var url: String

    func run() async throws {
        try await EventBench.withPool(self.url) { pool in
            for schema in [EventLog.schema, EventLog.runSchema, Leases.schema, EventDeadLetters.schema, Self.effects] {
                try await pool.runScript(schema)
            }
            guard let now = try await pool.query(PostgresStatement("select now()")).first else { return }
            let day = Day(holding: try now.decode(PostgresTimestamp.self).microseconds)
            for statement in EventLog.partitions(monthsRetained: 2).creating(on: day) {
                try await pool.runScript(statement)
            }
        }
    }

    private static let effects = """
        create table effect (
            bucket smallint not null, sequence bigint not null, subject text not null, payload bytea not null);
        """
}

/// Appends events at a rate, or as many as go.
struct Append: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Appends events, in transactions of 50.")
    static let eventsPerTransaction = 50

    @Argument(help: "Where the database is.") var url: String
    @Option(help: "Events a second.") var rate = 5_000
    @Option(help: "For how long.") var seconds = 10.0

    func run() async throws {
        let (rate, seconds) = (self.rate, self.seconds)
        let count = try await EventBench.withPool(self.url) { pool in
            var random = SystemRandomNumberGenerator()
            let start = ContinuousClock.now
            var count = 0
            while ContinuousClock.now - start < .seconds(seconds) {
                let events = (0..<Self.eventsPerTransaction).map { Events.sample(count + $0, using: &random) }
                _ = try await pool.withTransaction { try await $0.commit(with: try EventLog.append(events)) }
                count += events.count
                try await Task.sleep(until: start + .seconds(Double(count) / Double(rate)), clock: .continuous)
            }
            return count
        }
        print(#"{"events": \#(count)}"#)
    }
}

/// Appends events as fast as the database takes them.
struct Fill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Appends so many events, in transactions of 1,000.")

    @Argument(help: "Where the database is.") var url: String
    @Option(help: "How many.") var events = 1_000_000

    func run() async throws {
        let total = self.events
        try await EventBench.withPool(self.url) { pool in
            var random = SystemRandomNumberGenerator()
            for start in stride(from: 0, to: total, by: EventLog.maximumEventsPerTransaction) {
                let end = min(total, start + EventLog.maximumEventsPerTransaction)
                let events = (start..<end).map { Events.sample($0, using: &random) }
                _ = try await pool.withTransaction { try await $0.commit(with: try EventLog.append(events)) }
            }
        }
    }
}

enum Events {
    /// The bytes of a payload: about what a changed level of stock takes.
    static let payloadBytes = 96
    private static let brand = PostgresUUID(high: 0x018f_2d6e_0000_7000, low: 0x8000_0000_0000_0001)

    /// An event about one of 100,000 SKUs.
    static func sample(_ number: Int, using random: inout SystemRandomNumberGenerator) -> Event {
        let subject = "BRAKE-PAD-\(UInt64(number) &* 0x9E37_79B9 % 100_000)"
        return Event(
            id: PostgresUUID(milliseconds: 1_790_000_000_000 + Int64(number), using: &random), brand: Self.brand,
            bucket: Bucket(brand: (Self.brand.high, Self.brand.low), key: subject), type: "inventory.level.changed",
            subject: subject, occurredAt: PostgresTimestamp(microseconds: 1_790_000_000_000_000 + Int64(number)),
            traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            payload: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Self.payloadBytes))
    }
}
