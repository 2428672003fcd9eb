internal import Buckets
public import Events
internal import InventoryDomain
internal import InventoryMessages
public import Logging
internal import Postgres
internal import ProtobufC
public import ServiceLifecycle

/// Tells, in portions, how many there are of the kits whose components changed, where the command that changed them could
/// not: there are too many of them, or what else they consist of was not at hand.
///
/// Any number of copies may run: each takes another SKU. Of a SKU that changes all the time each kit is told of once in a
/// round. What it tells is read behind the locks of the events' buckets, so that no older number comes behind a newer one.
public struct KitAnnouncer: Service {
    /// The kits of one transaction.
    static let portion = 50
    /// How long it waits when it has found nothing more, in milliseconds.
    static let intervalMilliseconds: Int64 = 250

    private let engine: StockEngine
    private let news: EventNews
    private let logger: Logger

    /// An announcer that does nothing until ``run()``.
    public init(_ engine: StockEngine, news: EventNews, logger: Logger) {
        self.engine = engine
        self.news = news
        self.logger = logger
    }

    /// Tells until the task is cancelled or the service shuts down.
    public func run() async {
        let work = WorkInPortions(
            intervalMilliseconds: Self.intervalMilliseconds, failure: "kits could not be told of; tried again later",
            logger: self.logger)
        await work.run { try await self.tellSome() }
    }

    /// Tells of a portion of the kits of one SKU.
    ///
    /// - Returns: Whether there was anything to do.
    func tellSome() async throws -> Bool {
        guard let brand = try await KitAnnouncements.brand(self.engine.pool) else { return false }
        // One that changes meanwhile has its kits told of again.
        let setup = try await self.engine.setups.currentSetup(of: brand)
        let isDone = try await self.engine.pool.withTransaction { transaction in
            guard var row = try await KitAnnouncements.next(of: brand, in: transaction) else {
                _ = try await transaction.commit()
                return false
            }
            let kits = row.round.next(of: setup.kits.kits(around: row.sku), limit: Self.portion)
            let events = try await self.events(kits, row, setup, in: transaction)
            _ = try await transaction.commit(with: [KitAnnouncements.note(row)] + (try EventLog.append(events)))
            return true
        }
        if isDone { self.news.committed() }
        return isDone
    }

    private func events(
        _ kits: [SKU], _ row: KitAnnouncements.Row, _ setup: BrandSetup, in transaction: PostgresTransaction
    ) async throws -> [Event] {
        guard !kits.isEmpty else { return [] }
        let components = Set(kits.flatMap { setup.kits.components(of: $0) ?? [] }.map(\.sku)).sorted()
        let keys = components.map { Keyed($0, of: row.brand, share: 0) }
        let columns = keys.columns()
        let answers = try await transaction.execute([
            EventLog.locking(Set(kits.map { row.brand.bucket(of: $0.description) })),
            PostgresCommand(Self.units, columns.buckets, columns.brands, columns.names),
        ])
        var units: [SKU: Int64] = [:]
        for row in answers[1] {
            let (position, available) = try row.decode(Int64.self, Int64.self)
            guard components.indices.contains(Int(position) - 1) else {
                throw PostgresError.unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            units[components[Int(position) - 1]] = available
        }
        let now = try await transaction.query(Self.clock).first?.decode(PostgresTimestamp.self)
        guard let now else { throw PostgresError(.server, "a clock without a row") }
        var generator = SystemRandomNumberGenerator()
        return try kits.map { kit in
            let parts = setup.kits.components(of: kit) ?? []
            // A component that nothing is known of has no units.
            let available = InventoryDomain.Availability.kits(parts) { units[$0] ?? 0 }?.count ?? 0
            let payload = KitAvailabilityChanged(
                sku: kit.description, componentSku: row.sku.description, available: available)
            return Event(
                id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: row.brand,
                bucket: row.brand.bucket(of: kit.description), type: StockEvent.kitAvailabilityChangedType,
                subject: kit.description, occurredAt: now, payload: try payload.encodedBytes())
        }
    }

    private static let units = PostgresStatement(
        """
        select k.position, i.total_available
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, position)
        join item i on i.bucket = k.bucket and i.brand_id = k.brand_id and i.sku = k.sku
        """,
        readOnly: true)

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)
}
