import Buckets
import DrivelineTesting
import Events
import InventoryAPI
import InventoryDomain
import InventoryMessages
import LocalServers
import Logging
import Migrations
import NIOPosix
import Postgres
import ProtobufC
import RPC
import Redis

@testable import InventoryService

/// One brand's stock in a database of the test's own, changed as the engine changes it: rows, movement and event in one
/// transaction.
struct Fixture {
    /// A level's numbers.
    struct Units: Hashable, Sendable {
        var available: Int64
        var reserved: Int64 = 0
    }

    /// What an item is made to be.
    struct Document: Sendable {
        var levels: [String: Units] = [:]
        var reorderThreshold: Int64 = 0
        var isDropShip = false
        var safetyBuffer: Int64 = 0
    }

    let pool: PostgresPool
    let news = EventNews()
    let brand = PostgresUUID(high: 0x018f_2d6e_0000_7000, low: .random(in: 1 ... .max))

    static let schema = DatabaseTemplate(
        "inventory", checksum: InventorySchema.migrations.map(\.text).joined()
    ) { pool in
        for migration in try MigrationSet(InventorySchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "movement", "command_record", "conflict"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// - Parameter body: Given the fixture on a migrated database.
    static func with(_ body: (Fixture) async throws -> Void) async throws {
        try await withPool(template: Self.schema) { pool in try await body(Fixture(pool: pool)) }
    }

    func key(_ sku: String) throws -> StockKey { StockKey(brand: self.brand, sku: try SKU(sku)) }

    /// Reads without a cache.
    var reads: StockReads { StockReads(self.pool, news: self.news, logger: .silent) }

    /// Reads with a cache of a client's, and without Redis with what is near alone.
    func reads(_ redis: RedisClient?, limits: StockCacheLimits = .redisAlone) -> StockReads {
        let cache = StockCache(redis, on: MultiThreadedEventLoopGroup.singleton, limits: limits)
        return StockReads(self.pool, cache: cache, news: self.news, logger: .silent)
    }

    /// Makes an item what a document says, and gives its new version. Does not touch any cache.
    @discardableResult
    func write(
        _ sku: String, _ document: Document, reason: String = "set", command: String = "test"
    ) async throws -> Int64 {
        let key = try self.key(sku)
        let locations = document.levels.keys.sorted()
        let units = locations.map { document.levels[$0] ?? Units(available: 0) }
        let total = units.reduce(0) { $0 + $1.available }
        return try await self.pool.withTransaction { transaction in
            let old = try await transaction.query(Self.version, key.bucket.number, self.brand, sku)
            let version = (try old.first?.decode(Int64.self) ?? 0) + 1
            let event = Event(
                id: PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max)), brand: self.brand,
                bucket: key.bucket, type: StockEvent.stockChangedType, subject: sku,
                occurredAt: PostgresTimestamp(microseconds: 1),
                payload: try StockChanged(
                    sku: sku, version: UInt64(version)
                ).encodedBytes())
            var commands = [
                PostgresCommand(
                    Self.item, key.bucket.number, self.brand, sku, version, total, document.reorderThreshold,
                    document.isDropShip, document.safetyBuffer, units.contains { $0.available > 0 }),
                PostgresCommand(
                    Self.level, key.bucket.number, self.brand, sku, locations, units.map(\.available),
                    units.map(\.reserved), version),
                PostgresCommand(
                    Self.movement, key.bucket.number, self.brand, sku, version, locations, units.map(\.available),
                    units.map(\.reserved), reason, command),
            ]
            commands += try EventLog.append([event])
            _ = try await transaction.commit(with: commands)
            return version
        }
    }

    /// Makes locations, and says that the brand's setup has changed.
    func makeLocations(_ regions: [String: String]) async throws {
        try await self.pool.runScript(
            "insert into setup (brand_id, version) values ('\(self.brand)', 1) "
                + "on conflict (brand_id) do update set version = setup.version + 1")
        for (location, region) in regions {
            try await self.pool.runScript(
                """
                insert into location (brand_id, location_id, name, kind, region, country, priority, cut_off_minute,
                    time_zone, is_active, safety_buffer, stale_rule, version)
                values ('\(self.brand)', '\(location)', '', 1, '\(region)', 'US', 1, 0, 'UTC', true, 0, 1, 1)
                """)
        }
    }

    /// Makes a kit.
    func makeKit(_ sku: String, of components: [(sku: String, quantity: Int64)]) async throws {
        try await self.makeLocations([:])
        try await self.pool.runScript("insert into kit values ('\(self.brand)', '\(sku)', 1)")
        for (part, component) in components.enumerated() {
            try await self.pool.runScript(
                """
                insert into kit_component (brand_id, kit_sku, part, sku, quantity, position)
                values ('\(self.brand)', '\(sku)', \(part), '\(component.sku)', \(component.quantity), '')
                """)
        }
    }

    private static let version = PostgresStatement(
        "select version from item where bucket = $1 and brand_id = $2 and sku = $3 for update")

    private static let item = PostgresStatement(
        """
        insert into item (bucket, brand_id, sku, version, total_available, reorder_threshold, is_drop_ship, safety_buffer,
            changed_at, is_in_stock)
        values ($1, $2, $3, $4, $5, $6, $7, $8, now(), $9)
        on conflict (bucket, brand_id, sku) do update set version = excluded.version,
            total_available = excluded.total_available, reorder_threshold = excluded.reorder_threshold,
            is_drop_ship = excluded.is_drop_ship, safety_buffer = excluded.safety_buffer,
            changed_at = excluded.changed_at, is_in_stock = excluded.is_in_stock
        """)

    private static let level = PostgresStatement(
        """
        insert into level (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming,
            version)
        select $1, $2, $3, l.location_id, l.available, l.reserved, 0, 0, 0, $7
        from unnest($4::text[], $5::bigint[], $6::bigint[]) as l (location_id, available, reserved)
        on conflict (bucket, brand_id, sku, location_id) do update set available = excluded.available,
            reserved = excluded.reserved, version = excluded.version
        """)

    /// The whole difference to what was there before, as one movement for each level that changed.
    private static let movement = PostgresStatement(
        """
        insert into movement (bucket, brand_id, sku, version, part, occurred_at, location_id, from_state, to_state,
            quantity, reason, available, reserved, quarantined, in_transit, incoming, command_id, actor, reference)
        select $1, $2, $3, $4, row_number() over (order by l.location_id) - 1, clock_timestamp(), l.location_id,
            case when l.available > coalesce(b.available, 0) then 9 else 1 end,
            case when l.available > coalesce(b.available, 0) then 1 else 9 end,
            abs(l.available - coalesce(b.available, 0)), $8, l.available, l.reserved, 0, 0, 0, $9, 'tester', ''
        from unnest($5::text[], $6::bigint[], $7::bigint[]) as l (location_id, available, reserved)
        left join lateral (
            select m.available from movement m where m.bucket = $1 and m.brand_id = $2 and m.sku = $3
                and m.location_id = l.location_id order by m.version desc, m.part desc limit 1
        ) b on true
        where l.available <> coalesce(b.available, 0)
        """)
}

extension StockCacheLimits {
    /// With nothing in the process itself.
    static var redisAlone: StockCacheLimits {
        var limits = StockCacheLimits()
        limits.nearBytes = 0
        return limits
    }
}

extension Fixture {
    /// A client of one copy of the service, whose caller belongs to the brand.
    func withClient(
        _ reads: StockReads, brand: String? = nil, _ body: (InventoryServiceClient) async throws -> Void
    ) async throws {
        let inventory = Inventory(
            self.pool, engine: StockEngine(self.pool, reads: reads, news: self.news, logger: .silent), reads: reads,
            files: StockFiles(self.pool, reads: reads, logger: .silent), news: self.news, logger: .silent)
        let credential = "\(brand ?? self.brand.description)/tester inventory:read inventory:write"
        try await withServices([inventory], credential: credential) { try await body(InventoryServiceClient($0)) }
    }
}

/// A client of a Redis, connected.
func withRedisClient(
    socketPath: String, database: Int = 0, commandMilliseconds: Int = 10_000, _ body: (RedisClient) async throws -> Void
) async throws {
    var configuration = RedisConfiguration(address: .unix(path: socketPath))
    configuration.database = database
    configuration.commandMilliseconds = commandMilliseconds
    configuration.reconnectMilliseconds = 1...20
    let client = try RedisClient(configuration, logger: .silent)
    defer { client.shutDown() }
    try await client.waitUntilReady()
    try await body(client)
}

/// A client of a database of the Redis that tests share.
func withRedisClient(_ body: (RedisClient) async throws -> Void) async throws {
    try await withRedis { redis in
        try await withRedisClient(socketPath: redis.server.socketPath, database: redis.database, body)
    }
}

extension StockReads {
    /// Runs the follower while `body` does, which begins when the cache may be used.
    func following(_ body: () async throws -> Void) async throws {
        let running = Task { await self.run() }
        defer { running.cancel() }
        while let cache = self.cache, cache.freshness.current == nil { try await Task.sleep(for: .milliseconds(1)) }
        try await body()
        running.cancel()
        await running.value
    }
}
