import Buckets
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Events
import InventoryMessages
import Leasing
import Logging
import Migrations
import Postgres
import ProtobufC
import Testing
import Waking

@testable import ChannelService

/// The sync engine on a database of the test's own, before a platform that stands for a real one.
struct SyncHarness: Sendable {
    static let logger = Logger(label: "channel") { _ in SwiftLogNoOpLogHandler() }
    static let connection = "shop"

    let brand: PostgresUUID
    let pool: PostgresPool
    let events = EventNews()
    let news: SyncNews
    let shop = FakePlatformShop()
    let inventory = FakeInventory()
    let prices = FakePrices()
    let content = FakeContent()
    let fillSignal = WakeSignal()

    var key: ConnectionKey { ConnectionKey(brand: self.brand, id: Self.connection) }

    static let template = DatabaseTemplate(
        "channel", checksum: ChannelSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(ChannelSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    init(_ pool: PostgresPool) {
        self.brand = Self.newID()
        self.pool = pool
        self.news = SyncNews(self.events)
    }

    static func newID() -> PostgresUUID {
        PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
    }

    /// Opens a database with one connection while `body` runs.
    static func with(
        _ connection: Connection = Connection(), _ body: (SyncHarness) async throws -> Void
    ) async throws {
        try await withPool(template: Self.template) { (pool: PostgresPool) in
            let harness = SyncHarness(pool)
            try await harness.putConnection(connection)
            try await body(harness)
        }
    }

    /// Puts the connection on record, or changes its policies.
    func putConnection(_ policies: Connection) async throws {
        var connection = policies
        (connection.id, connection.platform) = (Self.connection, "fake")
        _ = try await self.pool.query(
            Self.connecting, self.brand, connection.id, "\(self.brand)", try connection.encodedBytes())
    }

    /// Makes listings of SKUs, each on the shelf with some units, and fills the copy of their stock.
    func list(_ skus: [String], shelf: Int64? = 0, connection: String = Self.connection) async throws {
        let keys = skus.map { SKUKey(brand: self.brand, sku: $0) }.sorted()
        _ = try await self.pool.withTransaction { transaction in
            _ = try await transaction.execute([StockCopy.adding(keys), StockCopy.locking(keys)])
            return try await transaction.query(
                Self.listing, keys.columns.buckets, self.brand, connection, keys.columns.skus, shelf)
        }
        if let shelf { for sku in skus { self.shop.put(sku, shelf) } }
        try await self.fill()
    }

    /// Asks inventory for what the copy does not have, and for what the brand has set up.
    func fill() async throws {
        try await self.follow([Self.rulesChanged(of: self.brand)])
        try await self.fillAsked()
    }

    /// Asks inventory for what is to be asked.
    func fillAsked() async throws {
        let leases = Leases(self.pool, holder: Self.newID())
        let lease = try #require(try await leases.acquire("fill-\(Self.newID())", milliseconds: 60_000))
        let fill = StockCopyFill(
            self.pool, leases: leases, source: self.inventory, news: self.news, signal: self.fillSignal,
            logger: Self.logger)
        try await fill.refreshBrands(under: lease)
        while try await fill.fill(under: lease) > 0 {}
    }

    /// Has an event carried out, as the consumer does.
    func apply(_ changes: StockChanged...) async throws {
        let changes = try changes.map { change in
            try #require(try StockChange.changes(of: [self.event(change)]).first)
        }
        try await self.pool.withTransaction { transaction in
            _ = try await transaction.commit(with: try await StockEffect(self.news).apply(changes, transaction))
        }
        self.events.committed()
    }

    /// Has events carried out, as the consumer does.
    func follow(_ events: [Event]) async throws {
        let recorded = events.map { RecordedEvent(sequence: 1, event: $0) }
        try await self.pool.withTransaction { transaction in
            _ = try await transaction.commit(with: try await StockEffect(self.news).apply(recorded, transaction))
        }
    }

    /// What inventory tells where a brand's rules change.
    static func rulesChanged(of brand: PostgresUUID, type: String = "inventory.rules.changed") -> Event {
        Event(
            id: Self.newID(), brand: brand, bucket: brand.bucket(of: "rules"), type: type, subject: "rules",
            occurredAt: PostgresTimestamp(microseconds: 0), payload: [])
    }

    /// Sets units at inventory, and has the event carried out.
    func stock(_ sku: String, _ units: Int64, at location: String = "WHS1") async throws {
        try await self.apply(self.inventory.set(sku, units, at: location))
    }

    func event(_ change: StockChanged) throws -> RecordedEvent {
        RecordedEvent(
            sequence: 1,
            event: Event(
                id: Self.newID(), brand: self.brand, bucket: self.brand.bucket(of: change.sku),
                type: "inventory.stock.changed", subject: change.sku,
                occurredAt: PostgresTimestamp(microseconds: 0), payload: try change.encodedBytes()))
    }

    private static let connecting = PostgresStatement(
        """
        insert into connection (brand_id, connection_id, notification_key, platform, document, status, version)
        values ($1, $2, $3, 'fake', $4, 1, 1)
        on conflict (brand_id, connection_id) do update set document = excluded.document, version = connection.version + 1
        """)

    private static let listing = PostgresStatement(
        """
        insert into listing (bucket, brand_id, connection_id, sku, platform_sku, shelf_quantity, read_due_at)
        select k.bucket, $2, $3, k.sku, k.sku, $5, 'infinity'
        from unnest($1::smallint[], $4::text[]) as k (bucket, sku)
        """)
}

// MARK: - Workers

extension SyncHarness {
    /// What a worker's process has.
    func parts(
        _ adapter: FakePlatformAdapter, faults: SyncFaultPoints = .none, news: SyncNews? = nil,
        intake: (any OrderIntakeHint)? = nil, gateway: GatewayAddress? = nil
    ) -> SyncParts {
        SyncParts(
            pool: self.pool, connections: FakeConnections(pool: self.pool, adapter: adapter), transport: NoTransport(),
            prices: self.prices, content: self.content, news: news ?? self.news, orderTasks: nil, orderIntake: intake,
            gateway: gateway, logger: Self.logger, faults: faults)
    }

    /// Has a process work for the connections while `body` runs.
    func withWorkers(
        _ adapter: FakePlatformAdapter? = nil, faults: SyncFaultPoints = .none,
        intake: (any OrderIntakeHint)? = nil, gateway: GatewayAddress? = nil, _ body: () async throws -> Void
    ) async throws {
        let parts = self.parts(
            adapter ?? FakePlatformAdapter(self.shop), faults: faults, intake: intake, gateway: gateway)
        let running = self.start(parts)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        running.cancel()
        _ = await running.result
        try result.get()
    }

    /// Has a process work for the connections until its task is cancelled.
    func start(_ parts: SyncParts) -> Task<Void, any Error> {
        let leases = Leases(self.pool, holder: Self.newID())
        var intervals = LeaseHolder.Intervals()
        intervals.retryMilliseconds = 20
        return Task { try await SyncWorkers(parts, leases: leases, intervals: intervals).run() }
    }

    /// Returns when nothing is left to be sent.
    func untilInStep() async throws {
        try await until { try await self.number("select count(*) from sync_work where status <> 4") == 0 }
    }

    /// Changes what is to be sent, as a command after `set` says. The listings are locked first, as whoever writes does:
    /// else the two may wait for each other.
    func changeWork(_ change: StaticString, where condition: StaticString = "due_at < 'infinity'") async throws {
        _ = try await self.pool.query(
            PostgresStatement(joining: [
                "with l as (select from listing order by bucket, brand_id, sku, connection_id for no key update) ",
                "update sync_work set ", change, " where ", condition, " and (select count(*) from l) > 0",
            ]))
    }

    /// The first column of the first row.
    func number(_ sql: StaticString) async throws -> Int64? {
        try await self.pool.query(PostgresStatement(sql)).first?.decode(Int64?.self)
    }

    /// The first column of all rows.
    func texts(_ sql: StaticString) async throws -> [String] {
        try await self.pool.query(PostgresStatement(sql)).map { row in try row.decode(String.self) }
    }
}
