import ArgumentParser
import Buckets
import EventStreams
import Events
import Leasing
import Logging
import NIOCore
import NIOPosix
import Postgres
import RPC
import Synchronization

/// How many events came.
private final class Count: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { self.count.load(ordering: .relaxed) }

    func add(_ more: Int) { self.count.add(more, ordering: .relaxed) }
}

/// Consumes a log until it has seen all that was appended by then.
struct Consume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Consumes a log that is served on a Unix socket: one insert for each batch.")

    @Argument(help: "Where the database is.") var url: String
    @Argument(help: "Where the log is served.") var socket: String
    @Option(help: "The consumer's name; it begins behind what that has seen.") var name = "bench"
    @Option(help: "The most events of one transaction.") var batch = 512
    @Option(help: "Leases, and so streams.") var shares = 2
    @Option(help: "Transactions at a time of each share.") var parallel = 2
    @Option(help: "How many events may be missing at the end, where more come in all the time.") var slack = 0
    @Flag(help: "Takes the stream only, without a consumer.") var streamOnly = false

    func run() async throws {
        let processor = EventBench.processorSeconds()
        let start = ContinuousClock.now
        var client = RPCClientConfiguration(target: .unixSocket(self.socket))
        client.connectTimeout = .seconds(30)
        let source = StreamedEventSource(
            client: try RPCClient(client, group: MultiThreadedEventLoopGroup(numberOfThreads: 1)), consumer: "bench")
        let seen = Count()
        try await EventBench.withPool(self.url) { pool in
            let task = Task {
                if self.streamOnly {
                    try await self.take(source) { seen.add($0) }
                } else {
                    await self.consumer(source, pool) { seen.add($0) }.run()
                }
            }
            while try await self.done(pool, seen: seen.value) < Self.appended(pool) - self.slack {
                try await Task.sleep(for: .milliseconds(10))
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let processorSeconds = EventBench.processorSeconds() - processor
            print(
                """
                {"events": \(try await self.done(pool, seen: seen.value)), "seconds": \(seconds), \
                "processor_seconds": \(processorSeconds)}
                """)
            task.cancel()
            _ = await task.result
        }
    }

    /// How many events were dealt with, as it is committed.
    private func done(_ pool: PostgresPool, seen: Int) async throws -> Int {
        guard !self.streamOnly else { return seen }
        let rows = try await pool.query(Self.doneSelection, self.name)
        return Int(try rows.first?.decode(Int64?.self) ?? 0)
    }

    /// How many events the log has had.
    private static func appended(_ pool: PostgresPool) async throws -> Int {
        let rows = try await pool.query(Self.appendedSelection)
        return Int(try rows.first?.decode(Int64.self) ?? 0)
    }

    private func take(_ source: StreamedEventSource, _ count: @escaping @Sendable (Int) -> Void) async throws {
        try await source.follow(after: EventCursor(), in: Bucket.all) { spans in
            count(spans.reduce(0) { $0 + $1.events.count })
        }
    }

    private func consumer(
        _ source: StreamedEventSource, _ pool: PostgresPool, _ count: @escaping @Sendable (Int) -> Void
    ) -> EventConsumer {
        var configuration = EventConsumer.Configuration(name: self.name)
        configuration.batch = self.batch
        configuration.shares = self.shares
        configuration.transactions = self.parallel
        return EventConsumer(
            configuration, source: source, pool: pool, leases: Leases(pool, holder: PostgresUUID(high: 1, low: 1)),
            logger: Logger(label: "event-bench")
        ) { events, _ in
            count(events.count)
            return [
                PostgresCommand(
                    Self.insertion, events.map(\.event.bucket.number), events.map(\.sequence),
                    events.map(\.event.subject), events.map(\.event.payload))
            ]
        }
    }

    private static let doneSelection = PostgresStatement(
        "select sum(sequence)::bigint from event_cursor where consumer = $1", readOnly: true)

    private static let appendedSelection = PostgresStatement(
        "select sum(next_sequence - 1)::bigint from event_bucket", readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into effect (bucket, sequence, subject, payload)
        select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bytea[])
        """)
}
