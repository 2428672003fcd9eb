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
/// round. What it tells is read behind the locks of the events' buckets, so that no older number comes behind a newer one; the setup
/// that it goes by is seen to be the present one there.
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
        let look = try await KitAnnouncements.look(self.engine.pool)
        guard let brand = look.brand else { return look.hasFound }
        // One that changes meanwhile has its kits told of again.
        let setup = try await self.engine.setups.currentSetup(of: brand)
        let isDone = try await self.engine.pool.withTransaction { transaction in
            guard var row = try await KitAnnouncements.next(of: brand, in: transaction) else {
                _ = try await transaction.commit()
                return false
            }
            let all = row.sku.map { setup.kits.kits(around: $0) } ?? setup.kits.kits
            let kits = row.round.next(of: all, limit: Self.portion)
            guard let events = try await self.events(kits, row, setup, in: transaction) else {
                _ = try await transaction.commit()
                return true
            }
            _ = try await transaction.commit(with: [KitAnnouncements.note(row)] + (try EventLog.append(events)))
            return true
        }
        if isDone { self.news.committed() }
        return isDone
    }

    /// - Returns: nil: the setup is another one by now.
    private func events(
        _ kits: [SKU], _ row: KitAnnouncements.Row, _ setup: BrandSetup, in transaction: PostgresTransaction
    ) async throws -> [Event]? {
        guard !kits.isEmpty else { return [] }
        let components = Set(kits.flatMap { setup.kits.components(of: $0) ?? [] }.map(\.sku)).sorted()
        let keys = components.map { StockKey(brand: row.brand, sku: $0) }
        let answers = try await transaction.execute([
            EventLog.locking(Set(kits.map { row.brand.bucket(of: $0.description) })),
            PostgresCommand(Self.version, row.brand), StockReadStore.selection(keys),
        ])
        guard let versionRow = answers[1].first else { return nil }
        let (version, now) = try versionRow.decode(Int64.self, PostgresTimestamp.self)
        guard version == setup.version else { return nil }
        var units: [SKU: Int64] = [:]
        for (sku, found) in zip(components, try StockReadStore.found(keys, in: answers[2])) {
            units[sku] = found.item.map {
                InventoryDomain.Availability.sellable($0, locations: setup.locations, now: Timestamp(now))
            }
        }
        var generator = SystemRandomNumberGenerator()
        return try kits.map { kit in
            let parts = setup.kits.components(of: kit) ?? []
            // A component that nothing is known of has no units.
            let available = InventoryDomain.Availability.kits(parts) { units[$0] ?? 0 }?.count ?? 0
            let payload = KitAvailabilityChanged(
                sku: kit.description, componentSku: row.sku?.description ?? "", available: available)
            return Event(
                id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: row.brand,
                bucket: row.brand.bucket(of: kit.description), type: StockEvent.kitAvailabilityChangedType,
                subject: kit.description, occurredAt: now, payload: try payload.encodedBytes())
        }
    }

    private static let version = PostgresStatement(
        "select version, clock_timestamp() from setup where brand_id = $1", readOnly: true)
}
