internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import Waking

/// Where others ask that a platform's orders be asked for at once.
struct OrderIntake: Sendable {
    private let pool: PostgresPool
    /// Wakes who asks in this process.
    let signal: WakeSignal

    init(_ pool: PostgresPool, signal: WakeSignal = WakeSignal()) {
        self.pool = pool
        self.signal = signal
    }

    /// Has the platform asked for its orders at once: by a round that begins after this call. Whether it came to its end is
    /// seen by `connection_health.orders_through`, which is then past the time of the call.
    func pollNow(_ connection: String, of brand: PostgresUUID) async throws(PostgresError) {
        _ = try await self.pool.query(Self.wanting, brand, connection)
        self.signal.wake()
    }

    // A round that is under way is not disturbed: who ends it sees that another one is wanted.
    private static let wanting = PostgresStatement(
        """
        update order_poll set wanted_at = clock_timestamp(),
            due_at = case when round_began_at is null then least(due_at, clock_timestamp()) else due_at end
        where brand_id = $1 and connection_id = $2
        """)
}
