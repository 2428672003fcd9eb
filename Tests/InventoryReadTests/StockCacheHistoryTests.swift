import DrivelineTesting
import InventoryDomain
import NIOPosix
import Postgres
import Redis
import TestSupport
import Testing

@testable import InventoryService

/// Readers, writers whose write-through comes late or never, flushes, and a follower, on one item, step by step in random
/// order.
private struct History {
    /// A reader that has missed: its token, and what it read then.
    private struct Reader {
        var lease: StockCacheLease
        var version: Int64?
    }

    let cache: StockCache
    let redis: RedisClient
    let epoch: StockCacheEpoch
    let key: StockKey
    var random: SeededGenerator
    /// The database's version, and what the follower has settled of it.
    private var committed: Int64 = 1
    private var settled: Int64 = 1
    private var readers: [Reader] = []
    private var lateWrites: [Int64] = []
    private(set) var shownCount = 0

    init(_ cache: StockCache, _ redis: RedisClient, _ epoch: StockCacheEpoch, _ key: StockKey, seed: UInt64) {
        self.cache = cache
        self.redis = redis
        self.epoch = epoch
        self.key = key
        self.random = SeededGenerator(seed: seed)
    }

    private func entry(_ version: Int64) throws -> [UInt8] {
        try #require(StockCacheEntry.item(version: version, answer: Array("\(version)".utf8)))
    }

    mutating func step() async throws {
        switch Int.random(in: 0..<16, using: &self.random) {
        case 0..<3:
            if let lease = await self.cache.lease([self.key], in: self.epoch) {
                self.readers.append(Reader(lease: lease))
            }
        case 3..<6:
            guard let index = self.readers.indices.randomElement(using: &self.random) else { return }
            self.readers[index].version = self.readers[index].version ?? self.committed
        case 6..<9:
            guard let index = self.readers.indices.randomElement(using: &self.random),
                let version = self.readers[index].version
            else { return }
            let lease = self.readers.remove(at: index).lease
            await self.cache.fill(lease, with: [(self.key, try self.entry(version))])
        case 9..<12:
            self.committed += 1
            self.lateWrites.append(self.committed)
        case 12..<14:
            guard let index = self.lateWrites.indices.randomElement(using: &self.random) else { return }
            let version = self.lateWrites.remove(at: index)
            guard Bool.random(using: &self.random) else { return }
            try await self.settle(version)
        case 14:
            try await self.settle(self.committed)
            self.settled = self.committed
        default:
            guard Int.random(in: 0..<8, using: &self.random) == 0 else { return }
            _ = try await self.redis.send("DEL", self.epoch.key(of: self.key))
        }
    }

    private func settle(_ version: Int64) async throws {
        #expect(await self.cache.settle([StockCacheChange(key: self.key, version: version)]))
    }

    /// What is shown now is no older than what the follower has settled.
    mutating func check(_ step: Int) async throws {
        guard let bytes = try await self.redis.get(self.epoch.key(of: self.key)),
            StockCacheEntry.holdsAnswer(bytes.span.bytes)
        else { return }
        self.shownCount += 1
        let text = String(decoding: bytes.dropFirst(StockCacheEntry.headerBytes), as: UTF8.self)
        let shown = try #require(Int64(text))
        #expect(shown >= self.settled, "step \(step): \(shown) is shown, \(self.settled) was settled")
        #expect(shown <= self.committed)
    }
}

@Suite("Random histories of the cache", .timeLimit(.minutes(5))) struct StockCacheHistoryTests {
    @Test("whatever comes late or never, nothing older than what was settled is shown")
    func histories() async throws {
        let seed = testSeed("StockCacheHistoryTests")
        try await withRedisClient { (redis) async throws in
            let cache = StockCache(redis, on: MultiThreadedEventLoopGroup.singleton)
            let epoch = try #require(await cache.epoch())
            var shownCount = 0
            for number in 0..<40 {
                let key = StockKey(brand: PostgresUUID(high: 1, low: 2), sku: try SKU("S\(number)"))
                var history = History(cache, redis, epoch, key, seed: seed &+ UInt64(number))
                for step in 0..<150 {
                    try await history.step()
                    try await history.check(step)
                }
                shownCount += history.shownCount
            }
            #expect(shownCount > 100)
        }
    }
}
