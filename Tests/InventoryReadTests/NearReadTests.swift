import DrivelineTesting
import InventoryAPI
import InventoryDomain
import InventoryMessages
import LocalServers
import NIOPosix
import Postgres
import Redis
import Testing

@testable import InventoryService

extension StockReads {
    /// Runs the follower while `body` does, which begins when what the process holds may be shown.
    fileprivate func followingAlone(_ body: () async throws -> Void) async throws {
        let running = Task { await self.run() }
        defer { running.cancel() }
        try await until { self.cache?.freshness.followed() != nil }
        try await body()
        running.cancel()
        await running.value
    }
}

extension Fixture {
    /// Reads a SKU until the process holds its answer, and gives that.
    @discardableResult
    fileprivate func untilNear(
        _ sku: String, _ reads: StockReads, _ client: InventoryServiceClient
    ) async throws -> [UInt8] {
        let near = try #require(reads.cache?.near)
        var shown: [UInt8]?
        try await until {
            _ = try await client.getStock(GetStockRequest(sku: sku))
            shown = try near.shown(try self.key(sku))
            return shown != nil
        }
        return try #require(shown)
    }

    /// Expects that a version is read once the bound has passed.
    fileprivate func expectVersion(
        _ version: Int64, of sku: String, _ reads: StockReads, _ client: InventoryServiceClient
    ) async throws {
        let bound = StockReads.staleMilliseconds
        let end = ContinuousClock.now + .milliseconds(bound)
        var item = try await client.getStock(GetStockRequest(sku: sku))
        while item.version != UInt64(version), .now < end {
            try await Task.sleep(for: .milliseconds(2))
            item = try await client.getStock(GetStockRequest(sku: sku))
        }
        if item.version != UInt64(version) { item = try await client.getStock(GetStockRequest(sku: sku)) }
        #expect(item.version == UInt64(version))
    }
}

extension StockCacheLimits {
    /// Changes are followed when the test says so, and what was followed once may be shown for the whole test.
    fileprivate static var unhurried: StockCacheLimits {
        var limits = StockCacheLimits()
        limits.staleMilliseconds = 3_600_000
        return limits
    }
}

@Suite("Stock that the process holds", .timeLimit(.minutes(5))) struct NearReadTests {
    private static let document = Fixture.Document(
        levels: ["WHS1": .init(available: 100), "WHS2": .init(available: 40, reserved: 10)], reorderThreshold: 20)

    @Test("is read from there, the same to the byte, though the rows and Redis' entry are gone")
    func secondRead() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                let reads = fixture.reads(redis, limits: .unhurried)
                try await reads.following { () async throws in
                    try await fixture.withClient(reads) { (client) async throws in
                        let first = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                        let shown = try await fixture.untilNear("ABC1234", reads, client)
                        try await fixture.untilCached("ABC1234", reads, redis, client)
                        let epoch = try #require(await reads.cache?.epoch())
                        let entry = try await redis.get(epoch.key(of: try fixture.key("ABC1234")))
                        #expect(entry.map { Array($0.dropFirst(StockCacheEntry.headerBytes)) } == shown)
                        // Nobody tells the caches of this.
                        try await fixture.pool.runScript("delete from level")
                        _ = try await redis.send("FLUSHDB")
                        #expect(try await client.getStock(GetStockRequest(sku: "ABC1234")) == first)
                        #expect(first.warehouses.count == 2)
                    }
                }
            }
        }
    }

    @Test("is enough without any Redis, and what others write is made up for by the follower")
    func withoutRedis() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            let reads = fixture.reads(nil, limits: StockCacheLimits())
            try await reads.followingAlone { () async throws in
                try await fixture.withClient(reads) { (client) async throws in
                    try await fixture.untilNear("ABC1234", reads, client)
                    for version: Int64 in 2...4 {
                        try await fixture.write("ABC1234", Self.document)
                        try await fixture.expectVersion(version, of: "ABC1234", reads, client)
                        try await fixture.untilNear("ABC1234", reads, client)
                    }
                }
            }
            let later = fixture.reads(nil, limits: .unhurried)
            try await later.followingAlone { () async throws in
                try await fixture.withClient(later) { (client) async throws in
                    try await fixture.untilNear("ABC1234", later, client)
                    try await fixture.pool.runScript("delete from level")
                    let item = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                    #expect(item.warehouses.count == 2)
                }
            }
        }
    }

    @Test("is right while Redis goes and comes, and is read from the process before, meanwhile and after")
    func redisGone() async throws {
        try await Fixture.with { (fixture) async throws in
            var version = try await fixture.write("ABC1234", Self.document)
            try await withRedisServer { (server) async throws in
                try await withRedisClient(socketPath: server.socketPath) { (redis) async throws in
                    let reads = fixture.reads(redis, limits: StockCacheLimits())
                    let freshness = try #require(reads.cache?.freshness)
                    try await reads.following { () async throws in
                        try await fixture.withClient(reads) { (client) async throws in
                            let before = try #require(freshness.current)
                            let phases: [() async throws -> Void] = [
                                {}, { await server.stop() }, { try await server.start() },
                            ]
                            for (number, change) in phases.enumerated() {
                                try await change()
                                version = try await fixture.write("ABC1234", Self.document)
                                try await fixture.expectVersion(version, of: "ABC1234", reads, client)
                                try await until {
                                    guard let followed = freshness.followed() else { return false }
                                    return switch number {
                                    case 0: followed.redis == before
                                    case 1: followed.redis == nil
                                    default: followed.redis.map { $0 != before } ?? false
                                    }
                                }
                                try await fixture.untilNear("ABC1234", reads, client)
                                #expect(reads.cache?.near?.count == 1)
                                version = try await fixture.write("ABC1234", Self.document)
                                try await fixture.expectVersion(version, of: "ABC1234", reads, client)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("is put there when it is read in Redis, where another copy of the service has put it")
    func secondCopy() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                let (first, second) = (
                    fixture.reads(redis, limits: .unhurried), fixture.reads(redis, limits: .unhurried)
                )
                try await first.following { () async throws in
                    try await fixture.withClient(first) { (client) async throws in
                        try await fixture.untilCached("ABC1234", first, redis, client)
                    }
                }
                try await fixture.pool.runScript("delete from level")
                try await second.following { () async throws in
                    try await fixture.withClient(second) { (client) async throws in
                        #expect(second.cache?.near?.count == 0)
                        #expect(try await client.getStock(GetStockRequest(sku: "ABC1234")).warehouses.count == 2)
                        try await fixture.untilNear("ABC1234", second, client)
                        _ = try await redis.send("FLUSHDB")
                        #expect(try await client.getStock(GetStockRequest(sku: "ABC1234")).warehouses.count == 2)
                    }
                }
            }
        }
    }

    @Test("is not shown where changes have not been followed for longer than the bound")
    func notFollowed() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            var limits = StockCacheLimits()
            limits.staleMilliseconds = 1_000
            limits.pollMilliseconds = 100
            let reads = fixture.reads(nil, limits: limits)
            try await fixture.withClient(reads) { (client) async throws in
                try await reads.followingAlone { () async throws in
                    try await fixture.untilNear("ABC1234", reads, client)
                }
                try await until { reads.cache?.freshness.followed() == nil }
                #expect(reads.cache?.near?.count == 1)
                let version = try await fixture.write("ABC1234", Self.document)
                #expect(try await client.getStock(GetStockRequest(sku: "ABC1234")).version == UInt64(version))
                // The log is followed from its end, so that nobody tells of that write.
                try await reads.followingAlone { () async throws in
                    #expect(try await client.getStock(GetStockRequest(sku: "ABC1234")).version == UInt64(version))
                }
            }
        }
    }

    @Test("is settled again behind Redis: what was read there before the change does not stay")
    func settledBehindRedis() async throws {
        try await withRedisServer { (server) async throws in
            try await withRedisClient(socketPath: server.socketPath) { (redis) async throws in
                let cache = StockCache(redis, on: MultiThreadedEventLoopGroup.singleton)
                let (near, key) = (try #require(cache.near), try StockKey.test())
                let before = near.ticket(for: [key])
                let change = try key.change(8)
                server.pause()
                let settling = Task {
                    await withCheckedContinuation { done in cache.settleOwn({ [change] }, completion: { done.resume() })
                    }
                }
                try await until { near.ticket(for: [key]).marks != before.marks }
                // Redis, which has not heard of the change, has given this.
                near.put(try key.entry(7), of: key)
                #expect(try near.shownVersion(key) == 7)
                server.resume()
                await settling.value
                #expect(try near.shownVersion(key) == 8)
            }
        }
    }

    @Test("is not shown, nor put from Redis, from when another Redis is seen until that is followed")
    func beginning() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisServer { (server) async throws in
                try await withRedisClient(socketPath: server.socketPath) { (redis) async throws in
                    let reads = fixture.reads(redis, limits: .unhurried)
                    let cache = try #require(reads.cache)
                    try await reads.following { () async throws in
                        // Nobody finds out how far the new one is settled.
                        try await fixture.pool.withTransaction { transaction in
                            _ = try await transaction.query(Self.lock)
                            try await server.restart()
                            let end = ContinuousClock.now + .seconds(30)
                            var isHeldBack = false
                            while !isHeldBack, .now < end {
                                try await Task.sleep(for: .milliseconds(2))
                                guard await cache.epoch() != nil else { continue }
                                isHeldBack = cache.freshness.followed() == nil
                            }
                            #expect(isHeldBack)
                        }
                        try await until { cache.freshness.current != nil }
                    }
                }
            }
        }
    }

    private static let lock = PostgresStatement("lock table stock_cache_cursor in access exclusive mode")
}
