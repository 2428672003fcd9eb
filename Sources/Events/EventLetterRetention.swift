internal import Logging
internal import Postgres

/// Removes a consumer's dead letters that are too old.
struct EventLetterRetention: Sendable {
    /// How long after one look the next follows.
    static let interval: Duration = .seconds(3_600)
    /// The most letters of one statement.
    static let maximumPerStatement: Int64 = 1_000

    private let consumer: EventConsumer

    init(_ consumer: EventConsumer) { self.consumer = consumer }

    /// Removes until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do throws(PostgresError) {
                while try await self.remove() == Self.maximumPerStatement, !Task.isCancelled {}
            } catch {
                self.consumer.logUnlessCancelled("old dead letters cannot be removed", error)
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Removes some that are too old.
    ///
    /// - Returns: How many.
    func remove() async throws(PostgresError) -> Int64 {
        let configuration = self.consumer.configuration
        let rows = try await self.consumer.pool.query(
            Self.removal, configuration.name, Int32(clamping: max(1, configuration.letterDays)),
            Self.maximumPerStatement)
        return try rows.first?.decode(Int64.self) ?? 0
    }

    private static let removal = PostgresStatement(
        """
        with removed as (
            delete from event_dead_letter where (bucket, consumer, sequence) in (
                select bucket, consumer, sequence from event_dead_letter
                where consumer = $1 and parked_at < now() - $2 * interval '1 day' order by parked_at limit $3)
            returning 1)
        select count(*) from removed
        """)
}
