import DrivelineTesting
import InventoryDomain
import LocalServers
import NIOPosix
import Postgres
import Redis
import Testing

@testable import InventoryService

/// A cache, and what a reader would be shown by it.
private struct CacheUnderTest {
    let cache: StockCache
    let redis: RedisClient
    let epoch: StockCacheEpoch

    static func with(_ body: (CacheUnderTest) async throws -> Void) async throws {
        try await withRedisClient { (redis) async throws in try await body(try await Self.on(redis)) }
    }

    static func on(_ redis: RedisClient) async throws -> CacheUnderTest {
        let cache = StockCache(redis, on: MultiThreadedEventLoopGroup.singleton)
        return CacheUnderTest(cache: cache, redis: redis, epoch: try #require(await cache.epoch()))
    }

    func key(_ sku: String = "ABC1234") throws -> StockKey {
        StockKey(brand: PostgresUUID(high: 1, low: 2), sku: try SKU(sku))
    }

    func entry(_ version: Int64) throws -> [UInt8] {
        try #require(StockCacheEntry.item(version: version, answer: Array("answer \(version)".utf8)))
    }

    /// Puts an item by the way of a miss.
    func put(_ version: Int64, _ sku: String = "ABC1234") async throws {
        let key = try self.key(sku)
        let lease = try #require(await self.cache.lease([key], in: self.epoch))
        await self.cache.fill(lease, with: [(key, try self.entry(version))])
    }

    func settle(_ version: Int64) async throws {
        #expect(await self.cache.settle([StockCacheChange(key: try self.key(), version: version)]))
    }

    /// The answer under a key; nil where there is none, be there a token or not.
    func shown(_ sku: String = "ABC1234") async throws -> String? {
        guard let bytes = try await self.redis.get(self.epoch.key(of: try self.key(sku))),
            StockCacheEntry.holdsAnswer(bytes.span.bytes)
        else { return nil }
        return String(decoding: bytes.dropFirst(StockCacheEntry.headerBytes), as: UTF8.self)
    }
}

@Suite("Interleavings of readers and writers of the cache", .timeLimit(.minutes(5))) struct StockCacheTests {
    @Test("what was missed is put and shown")
    func fill() async throws {
        try await CacheUnderTest.with { (test) async throws in
            try await test.put(7)
            #expect(try await test.shown() == "answer 7")
        }
    }

    @Test("miss, write, fill: what was read before the write is not put")
    func missWriteFill() async throws {
        try await CacheUnderTest.with { (test) async throws in
            let key = try test.key()
            let lease = try #require(await test.cache.lease([key], in: test.epoch))
            try await test.settle(8)
            #expect(await test.cache.fill(lease, with: [(key, try test.entry(7))]))
            #expect(try await test.shown() == nil)
        }
    }

    @Test("of two who miss at once only the first puts, and a second token is not placed")
    func twoFills() async throws {
        try await CacheUnderTest.with { (test) async throws in
            let key = try test.key()
            let first = try #require(await test.cache.lease([key], in: test.epoch))
            let second = try #require(await test.cache.lease([key], in: test.epoch))
            #expect(first.keys == [key])
            #expect(second.keys.isEmpty)
            await test.cache.fill(second, with: [(key, try test.entry(6))])
            #expect(try await test.shown() == nil)
            await test.cache.fill(first, with: [(key, try test.entry(7))])
            #expect(try await test.shown() == "answer 7")
            // Its token is used up.
            await test.cache.fill(first, with: [(key, try test.entry(6))])
            #expect(try await test.shown() == "answer 7")
        }
    }

    @Test("a fill after a flush puts nothing")
    func fillAfterFlush() async throws {
        try await CacheUnderTest.with { (test) async throws in
            let key = try test.key()
            let lease = try #require(await test.cache.lease([key], in: test.epoch))
            _ = try await test.redis.send("FLUSHDB")
            await test.cache.fill(lease, with: [(key, try test.entry(7))])
            #expect(try await test.shown() == nil)
            try await test.put(8)
            #expect(try await test.shown() == "answer 8")
        }
    }

    @Test("what a write settles goes, late or twice, and nothing is added")
    func settle() async throws {
        try await CacheUnderTest.with { (test) async throws in
            try await test.settle(5)
            #expect(try await test.redis.send("DBSIZE").integer() == 0)
            try await test.put(5)
            try await test.put(5, "other")
            try await test.settle(7)
            #expect(try await test.shown() == nil)
            #expect(try await test.shown("other") == "answer 5")
            try await test.put(7)
            // The write before comes late: a reading more.
            try await test.settle(6)
            #expect(try await test.redis.send("DBSIZE").integer() == 1)
        }
    }

    @Test("what is none of ours under a key goes")
    func wrongType() async throws {
        try await CacheUnderTest.with { (test) async throws in
            let key = test.epoch.key(of: try test.key())
            _ = try await test.redis.send("RPUSH", key, "stranger")
            let lease = try #require(await test.cache.lease([try test.key()], in: test.epoch))
            #expect(lease.keys.isEmpty)
            try await test.settle(1)
            try await test.put(1)
            #expect(try await test.shown() == "answer 1")
        }
    }

    @Test("many keys go in several scripts and commands, each to its own")
    func manyKeys() async throws {
        try await CacheUnderTest.with { (test) async throws in
            let keys = try (0..<300).map { try test.key("S\($0)") }
            let lease = try #require(await test.cache.lease(keys, in: test.epoch))
            #expect(lease.keys.count == keys.count)
            let entries = try keys.enumerated().map { ($1, try test.entry(Int64($0))) }
            #expect(await test.cache.fill(lease, with: entries))
            for number in [0, 63, 64, 128, 299] { #expect(try await test.shown("S\(number)") == "answer \(number)") }
            #expect(await test.cache.settle(keys.dropLast().map { StockCacheChange(key: $0, version: 1) }))
            #expect(try await test.redis.send("DBSIZE").integer() == 1)
            #expect(try await test.shown("S299") == "answer 299")
        }
    }

    @Test("a restart in between: nothing of before is put, settled or shown")
    func restart() async throws {
        try await withRedisServer { (server) async throws in
            try await withRedisClient(socketPath: server.socketPath) { (redis) async throws in
                let before = try await CacheUnderTest.on(redis)
                let key = try before.key()
                try await before.put(1, "other")
                let lease = try #require(await before.cache.lease([key], in: before.epoch))
                await server.stop()
                try await server.start()
                var epoch = await before.cache.epoch()
                try await until {
                    epoch = await before.cache.epoch()
                    return epoch != nil && epoch != before.epoch
                }
                let later = CacheUnderTest(cache: before.cache, redis: redis, epoch: try #require(epoch))
                // Another loop's connection may still be on its way, which comes to the same.
                #expect(!(await before.cache.fill(lease, with: [(key, try before.entry(1))])))
                #expect(
                    !(await before.cache.settle([StockCacheChange(key: key, version: 2)], in: before.epoch)))
                #expect(await before.cache.lease([key], in: before.epoch) == nil)
                try await until {
                    if (try? await later.shown()) != nil { return true }
                    return (try? await redis.check()) != nil
                }
                #expect(try await later.shown() == nil)
                #expect(before.epoch.key(of: key) != later.epoch.key(of: key))
            }
        }
    }

    @Test("without Redis nothing waits and nothing fails")
    func absent() async throws {
        try await withRedisServer { (server) async throws in
            try await withRedisClient(socketPath: server.socketPath) { (redis) async throws in
                let test = try await CacheUnderTest.on(redis)
                await server.stop()
                try await until { await test.cache.epoch() == nil }
                #expect(await test.cache.lease([try test.key()], in: test.epoch) == nil)
                #expect(!(await test.cache.settle([StockCacheChange(key: try test.key(), version: 2)])))
            }
        }
    }
}
