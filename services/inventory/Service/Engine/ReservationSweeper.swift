internal import Buckets
internal import InventoryDomain
public import Logging
internal import Postgres
public import ServiceLifecycle

/// Gives back the units of reservations that have ended by their expiry.
///
/// They cannot be used from their expiry on, swept or not; what the sweeper does is only that their units can be sold
/// again. Any number of copies may run: whoever comes second finds nothing to do.
public struct ReservationSweeper: Service {
    /// How long it waits when it has found nothing more, in milliseconds.
    static let intervalMilliseconds: Int64 = 1_000
    /// The reservations of one bucket that it takes at once.
    static let maximumPerBucket: Int64 = 32

    private let engine: StockEngine
    private let logger: Logger

    /// A sweeper that does nothing until ``run()``.
    public init(_ engine: StockEngine, logger: Logger) {
        self.engine = engine
        self.logger = logger
    }

    /// Sweeps until the task is cancelled or the service shuts down.
    public func run() async {
        let work = WorkInPortions(
            intervalMilliseconds: Self.intervalMilliseconds,
            failure: "expired reservations could not be swept; tried again later",
            logger: self.logger)
        await work.run { try await self.sweep() > 0 }
    }

    /// Gives back what has expired by now, a part of it if it is much.
    ///
    /// - Returns: How many reservations it ended.
    func sweep() async throws -> Int {
        let rows = try await self.engine.pool.query(Self.selection, Self.maximumPerBucket)
        guard !rows.isEmpty else { return 0 }
        return try await self.engine.sweep(
            try rows.map { row in
                let (brand, reservation) = try row.decode(PostgresUUID.self, String.self)
                return (brand, .expire(try ReservationID(reservation)))
            })
    }

    private static let selection = PostgresStatement(
        """
        select r.brand_id, r.reservation_id
        from generate_series(0, 63) as b (bucket)
        cross join lateral (
            select brand_id, reservation_id from reservation
            where bucket = b.bucket and expires_at <= now() order by expires_at limit $1) r
        """,
        readOnly: true)
}
