internal import InventoryDomain
public import Logging
internal import Postgres
public import ServiceLifecycle

/// Sets the free units of lots aside that have expired.
///
/// They are promised to nobody from their expiry on, swept or not; what the sweeper does is only that they are not counted
/// as available any more. Any number of copies may run: whoever comes second finds nothing to do.
public struct LotSweeper: Service {
    /// How long it waits when it has found nothing more, in milliseconds.
    static let intervalMilliseconds: Int64 = 5_000
    /// The lots of one bucket that it takes at once.
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
            failure: "expired lots could not be set aside; tried again later",
            logger: self.logger)
        await work.run { try await self.sweep() > 0 }
    }

    /// Sets aside what has expired by now, a part of it if it is much.
    ///
    /// - Returns: Of how many lots it set units aside. Those whose units are all backordered it leaves.
    func sweep() async throws -> Int {
        let rows = try await self.engine.pool.query(Self.selection, Self.maximumPerBucket)
        guard !rows.isEmpty else { return 0 }
        return try await self.engine.sweep(
            try rows.map { row in
                let (brand, sku, location, lot) = try row.decode(
                    PostgresUUID.self, String.self, String.self, String.self)
                let reference = LotReference(try LotID.read(lot))
                let place = Place(try SKU.read(sku), try LocationID.read(location), lot: reference)
                return (brand, .expireLot(place))
            })
    }

    /// Lots of levels with nothing free are left until something is: what they have is backordered.
    private static let selection = PostgresStatement(
        """
        select l.brand_id, l.sku, l.location_id, l.lot_id
        from generate_series(0, 63) as b (bucket)
        cross join lateral (
            select o.brand_id, o.sku, o.location_id, o.lot_id from lot o join level v using
                (bucket, brand_id, sku, location_id)
            where o.bucket = b.bucket and o.expires_at <= now() and o.available > 0 and v.available > 0
            order by o.expires_at limit $1) l
        """,
        readOnly: true)
}
