internal import Logging
internal import Postgres
internal import Waking

/// Where others ask that a platform's orders be asked for at once.
struct OrderIntake: OrderIntakeHint {
    private let pool: PostgresPool
    /// Wakes who asks in this process.
    let signal: WakeSignal
    private let logger: Logger

    init(_ pool: PostgresPool, signal: WakeSignal = WakeSignal(), logger: Logger) {
        self.pool = pool
        self.signal = signal
        self.logger = logger
    }

    /// Has the platform asked for its orders at once: by a round that begins after this call. Whether it came to its end is
    /// seen by `connection_health.orders_through`, which is then past the time of the call.
    func pollNow(_ key: ConnectionKey) async {
        do throws(PostgresError) {
            _ = try await self.pool.query(Self.wanting, key.brand, key.id)
            self.signal.wake()
        } catch {
            self.logger.warning(
                "a platform is not asked for its orders at once, but when its turn comes",
                metadata: ["brand": "\(key.brand)", "connection": "\(key.id)", "error": "\(error)"])
        }
    }

    // A round that is under way is not disturbed: who ends it sees that another one is wanted.
    private static let wanting = PostgresStatement(
        """
        update order_poll set wanted_at = clock_timestamp(),
            due_at = case when round_began_at is null then least(due_at, clock_timestamp()) else due_at end
        where brand_id = $1 and connection_id = $2
        """)
}
