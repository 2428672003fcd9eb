import DrivelineTesting
import Events
import InventoryAPI
import InventoryDomain
import InventoryMessages
import LocalServers
import Postgres
import RPC
import RPCMessages
import Redis
import Testing
import Wire

@testable import InventoryService

@Suite("The stock of one SKU", .timeLimit(.minutes(5))) struct GetStockTests {
    private static let document = Fixture.Document(
        levels: ["WHS1": .init(available: 100), "WHS2": .init(available: 40, reserved: 10)], reorderThreshold: 20,
        isDropShip: true)

    private func check(_ item: InventoryMessages.StockItem, version: UInt64 = 1) {
        #expect(item.sku == "ABC1234")
        #expect(item.version == version)
        #expect(item.warehouses.map(\.locationID) == ["WHS1", "WHS2"])
        #expect(item.warehouses.map(\.stockAvailable) == [100, 40])
        #expect(item.warehouses.map(\.onHand) == [100, 50])
        #expect(item.warehouses.map(\.reserved) == [0, 10])
        #expect(item.dropShip == true)
        #expect(item.reorderThreshold == 20)
    }

    @Test("comes from the database where there is no cache")
    func withoutCache() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await fixture.withClient(fixture.reads) { (client) async throws in
                self.check(try await client.getStock(GetStockRequest(sku: "ABC1234")))
            }
        }
    }

    @Test("comes from the database once, and from the cache then, the same to the byte")
    func cached() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                let reads = fixture.reads(redis)
                try await reads.following { () async throws in
                    try await fixture.withClient(reads) { (client) async throws in
                        let first = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                        self.check(first)
                        try await fixture.untilCached("ABC1234", reads, redis, client)
                        // Nobody tells the cache of this.
                        try await fixture.pool.runScript("delete from level")
                        #expect(try await client.getStock(GetStockRequest(sku: "ABC1234")) == first)
                    }
                }
            }
        }
    }

    @Test("a write that told the cache is seen at once")
    func writtenThrough() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                // The follower, which would be told too, comes once only.
                var limits = StockCacheLimits()
                limits.pollMilliseconds = 3_600_000
                limits.staleMilliseconds = 3_600_000
                let reads = fixture.reads(redis, limits: limits)
                let cache = try #require(reads.cache)
                try await reads.following { () async throws in
                    try await fixture.withClient(reads) { (client) async throws in
                        try await fixture.untilCached("ABC1234", reads, redis, client)
                        try await fixture.write("ABC1234", Self.document)
                        let key = try fixture.key("ABC1234")
                        let found = try await reads.store.items([key])[0]
                        let item = try #require(found.item)
                        reads.written([CommittedItem(brand: fixture.brand, item: item, changedAt: found.changedAt)])
                        try await until {
                            try await client.getStock(GetStockRequest(sku: "ABC1234")).version == 2
                        }
                        let epoch = try #require(await cache.epoch())
                        try await until { try await redis.get(epoch.key(of: key)) == nil }
                        // From the process, though its rows are gone.
                        try await fixture.pool.runScript("delete from level")
                        self.check(try await client.getStock(GetStockRequest(sku: "ABC1234")), version: 2)
                    }
                }
            }
        }
    }

    @Test("a write that did not tell the cache is made up for by the follower")
    func lostWrite() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                let reads = fixture.reads(redis)
                try await reads.following { () async throws in
                    try await fixture.withClient(reads) { (client) async throws in
                        try await fixture.untilCached("ABC1234", reads, redis, client)
                        try await fixture.write("ABC1234", Self.document)
                        try await until { try await client.getStock(GetStockRequest(sku: "ABC1234")).version == 2 }
                    }
                }
            }
        }
    }

    @Test("a follower that begins goes on where the last one of the same Redis came to")
    func followerRestart() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                let before = fixture.reads(redis)
                try await before.following { () async throws in
                    try await fixture.withClient(before) { (client) async throws in
                        try await fixture.untilCached("ABC1234", before, redis, client)
                    }
                }
                // While nobody follows.
                try await fixture.write("ABC1234", Self.document)
                let after = fixture.reads(redis)
                try await after.following { () async throws in
                    try await fixture.withClient(after) { (client) async throws in
                        #expect(try await client.getStock(GetStockRequest(sku: "ABC1234")).version == 2)
                    }
                }
            }
        }
    }

    @Test("without Redis all comes from the database, with it again from the cache")
    func redisGone() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisServer { (server) async throws in
                try await withRedisClient(socketPath: server.socketPath) { (redis) async throws in
                    let reads = fixture.reads(redis)
                    try await reads.following { () async throws in
                        try await fixture.withClient(reads) { (client) async throws in
                            _ = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                            await server.stop()
                            for version in 2...20 {
                                try await fixture.write("ABC1234", Self.document)
                                let item = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                                #expect(item.version == UInt64(version))
                            }
                            let before = reads.cache?.freshness.current
                            try await server.start()
                            try await until { reads.cache?.freshness.current.map { $0 != before } ?? false }
                            let item = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                            #expect(item.version == 20)
                            try await until {
                                _ = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                                return try await redis.send("DBSIZE").integer() > 0
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("what the cache holds is not shown where changes are not followed")
    func notFollowed() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                var limits = StockCacheLimits()
                limits.staleMilliseconds = 1_000
                limits.pollMilliseconds = 100
                let reads = fixture.reads(redis, limits: limits)
                try await fixture.withClient(reads) { (client) async throws in
                    let running = Task { await reads.run() }
                    try await until { reads.cache?.freshness.current != nil }
                    _ = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                    running.cancel()
                    await running.value
                    try await until { reads.cache?.freshness.current == nil }
                    let version = try await fixture.write("ABC1234", Self.document)
                    let item = try await client.getStock(GetStockRequest(sku: "ABC1234"))
                    #expect(item.version == UInt64(version))
                }
            }
        }
    }

    @Test("what is not known, not valid or another brand's is refused, each call for itself")
    func refusals() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("ABC1234", Self.document)
            try await withRedisClient { (redis) async throws in
                let reads = fixture.reads(redis)
                try await reads.following { () async throws in
                    try await fixture.withClient(reads) { (client) async throws in
                        async let known = client.getStock(GetStockRequest(sku: "ABC1234"))
                        let unknown = await #expect(throws: RPCError.self) {
                            try await client.getStock(GetStockRequest(sku: "nothing"))
                        }
                        #expect(unknown?.code == .notFound)
                        #expect(unknown?.problem?.type == "sku-not-found")
                        let invalid = await #expect(throws: RPCError.self) {
                            try await client.getStock(GetStockRequest(sku: " ABC"))
                        }
                        #expect(invalid?.code == .invalidArgument)
                        #expect(invalid?.problem?.fields.first?.field == "sku")
                        self.check(try await known)
                    }
                    let other = PostgresUUID(high: 7, low: 7).description
                    try await fixture.withClient(reads, brand: other) { (client) async throws in
                        let foreign = await #expect(throws: RPCError.self) {
                            try await client.getStock(GetStockRequest(sku: "ABC1234"))
                        }
                        #expect(foreign?.code == .notFound)
                    }
                    try await fixture.withClient(reads, brand: "nobrand") { (client) async throws in
                        let nobody = await #expect(throws: RPCError.self) {
                            try await client.getStock(GetStockRequest(sku: "ABC1234"))
                        }
                        #expect(nobody?.code == .permissionDenied)
                    }
                }
            }
        }
    }

    @Test("a kit is computed from its components each time, and never kept")
    func kit() async throws {
        try await Fixture.with { (fixture) async throws in
            try await fixture.write("PAD", .init(levels: ["A": .init(available: 9), "B": .init(available: 2)]))
            try await fixture.write("DISC", .init(levels: ["A": .init(available: 5), "C": .init(available: 8)]))
            try await fixture.makeKit("KIT", of: [("PAD", 4), ("DISC", 2)])
            try await withRedisClient { (redis) async throws in
                let reads = fixture.reads(redis)
                try await reads.following { () async throws in
                    try await fixture.withClient(reads) { (client) async throws in
                        let kit = try await client.getStock(GetStockRequest(sku: "KIT"))
                        #expect(kit.warehouses == [WarehouseStock(locationID: "A", stockAvailable: 2)])
                        #expect(kit.version == nil)
                        try await fixture.write("PAD", .init(levels: ["A": .init(available: 4)]))
                        let later = try await client.getStock(GetStockRequest(sku: "KIT"))
                        #expect(later.warehouses == [WarehouseStock(locationID: "A", stockAvailable: 1)])
                        let epoch = try #require(await reads.cache?.epoch())
                        let held = try await redis.get(epoch.key(of: try fixture.key("KIT")))
                        #expect(held.map { StockCacheEntry.holdsAnswer($0.span.bytes) } != true)
                    }
                }
            }
        }
    }

    @Test("many at once share what they read")
    func many() async throws {
        try await Fixture.with { (fixture) async throws in
            for number in 0..<20 { try await fixture.write("S\(number)", Self.document) }
            try await withRedisClient { (redis) async throws in
                let reads = fixture.reads(redis)
                try await reads.following { () async throws in
                    try await fixture.withClient(reads) { (client) async throws in
                        try await withThrowingTaskGroup(of: Bool.self) { group in
                            for call in 0..<2_000 {
                                group.addTask {
                                    let sku = "S\(call % 25)"
                                    do {
                                        let item = try await client.getStock(GetStockRequest(sku: sku))
                                        return item.sku == sku && call % 25 < 20
                                    } catch let error as RPCError {
                                        return error.code == .notFound && call % 25 >= 20
                                    }
                                }
                            }
                            for try await isRight in group { #expect(isRight) }
                        }
                    }
                }
            }
        }
    }
}

extension Fixture {
    /// Reads a SKU until its answer is in the cache.
    ///
    /// One reading need not put it there: on a busy machine the cache may not have been fresh at that moment.
    func untilCached(
        _ sku: String, _ reads: StockReads, _ redis: RedisClient, _ client: InventoryServiceClient
    ) async throws {
        let cache = try #require(reads.cache)
        try await until {
            _ = try await client.getStock(GetStockRequest(sku: sku))
            guard let epoch = await cache.epoch(), let entry = try await redis.get(epoch.key(of: try self.key(sku)))
            else { return false }
            return StockCacheEntry.holdsAnswer(entry.span.bytes)
        }
    }
}
