import DrivelineTesting
import InventoryAPI
import InventoryDomain
import InventoryMessages
import LocalServers
import NIOPosix
import Postgres
import RPC
import Redis
import Synchronization
import TestSupport
import Testing

@testable import InventoryService

/// What has been acknowledged, and when.
private final class Acknowledged: Sendable {
    private let writes: Mutex<[[(version: Int64, at: ContinuousClock.Instant)]]>

    init(items: Int) { self.writes = Mutex(Array(repeating: [], count: items)) }

    func add(_ version: Int64, of item: Int) {
        self.writes.withLock { $0[item].append((version, .now)) }
    }

    /// The newest version that was acknowledged before a moment.
    func version(of item: Int, before moment: ContinuousClock.Instant) -> Int64 {
        self.writes.withLock { writes in writes[item].last { $0.at < moment }?.version ?? 0 }
    }
}

/// How many reads were answered.
private final class AnsweredReads: Sendable { let count = Atomic<Int>(0) }

/// Which caches the copies have.
private enum Caches: CaseIterable, Sendable { case redisAlone, redisAndNear }

/// Two copies of the service on one database and one Redis, random readers and writers, and a fault under way.
private struct Staleness {
    static let items = 12
    static let readsMinimum = 100
    static let boundMilliseconds: Int64 = 400

    let fixture: Fixture
    let server: LocalRedis
    let reads: [StockReads]
    let acknowledged = Acknowledged(items: items)
    let seed: UInt64

    static func with(
        _ name: String, _ caches: Caches, _ body: (Staleness) async throws -> Void
    ) async throws {
        let seed = testSeed(name)
        try await Fixture.with { (fixture) async throws in
            try await withRedisServer { (server) async throws in
                try await withRedisClient(socketPath: server.socketPath, commandMilliseconds: 100) { first in
                    try await withRedisClient(socketPath: server.socketPath, commandMilliseconds: 100) { second in
                        var limits = caches == .redisAlone ? StockCacheLimits.redisAlone : StockCacheLimits()
                        limits.staleMilliseconds = Self.boundMilliseconds
                        limits.pollMilliseconds = 50
                        limits.tokenMilliseconds = 300
                        let reads = [first, second].map { fixture.reads($0, limits: limits) }
                        try await body(Staleness(fixture: fixture, server: server, reads: reads, seed: seed))
                    }
                }
            }
        }
    }

    /// At least so long, and until enough was read, however slow the machine is.
    ///
    /// - Returns: How many reads were answered.
    func run(seconds: Int, fault: @escaping @Sendable (LocalRedis) async throws -> Void) async throws -> Int {
        for item in 0..<Self.items {
            let version = try await self.fixture.write("S\(item)", .init(levels: ["A": .init(available: 1)]))
            self.acknowledged.add(version, of: item)
        }
        let answered = AnsweredReads()
        let end = ContinuousClock.now + .seconds(seconds)
        let isOver: @Sendable () -> Bool = {
            ContinuousClock.now >= end && answered.count.load(ordering: .relaxed) > Self.readsMinimum
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let followers = self.reads.map { reads in Task { await reads.run() } }
            defer { for follower in followers { follower.cancel() } }
            for writer in 0..<2 { group.addTask { try await self.write(writer, until: isOver) } }
            for copy in self.reads.indices {
                group.addTask {
                    try await self.fixture.withClient(self.reads[copy]) { (client) async throws in
                        try await withThrowingTaskGroup(of: Void.self) { readers in
                            for reader in 0..<4 {
                                readers.addTask {
                                    try await self.read(client, copy * 4 + reader, answered, until: isOver)
                                }
                            }
                            try await readers.waitForAll()
                        }
                    }
                }
            }
            group.addTask {
                while !isOver() { try await fault(self.server) }
            }
            try await group.waitForAll()
            for follower in followers {
                follower.cancel()
                await follower.value
            }
        }
        return answered.count.load(ordering: .relaxed)
    }

    private func write(_ number: Int, until isOver: () -> Bool) async throws {
        var random = SeededGenerator(seed: self.seed &+ UInt64(number))
        while !isOver() {
            let item = Int.random(in: 0..<(Self.items / 2), using: &random) * 2 + number
            let version = try await self.fixture.write(
                "S\(item)", .init(levels: ["A": .init(available: .random(in: 0...9, using: &random))]))
            self.acknowledged.add(version, of: item)
            // A third is lost, and a third comes in any order.
            guard Int.random(in: 0..<3, using: &random) > 0 else { continue }
            let reads = self.reads[Int.random(in: 0..<2, using: &random)]
            let found = try await reads.store.items([try self.fixture.key("S\(item)")])
            if let item = found[0].item {
                reads.written([
                    CommittedItem(brand: self.fixture.brand, item: item, changedAt: found[0].changedAt)
                ])
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...10, using: &random)))
        }
    }

    private func read(
        _ client: InventoryServiceClient, _ number: Int, _ answered: AnsweredReads, until isOver: () -> Bool
    ) async throws {
        var random = SeededGenerator(seed: self.seed &+ 100 &+ UInt64(number))
        while !isOver() {
            let item = Int.random(in: 0..<Self.items, using: &random)
            // Whatever is asked from here on must know of what was acknowledged so long before.
            let owed = self.acknowledged.version(
                of: item, before: .now - .milliseconds(Self.boundMilliseconds))
            let answer = try await client.getStock(GetStockRequest(sku: "S\(item)"))
            #expect(Int64(answer.version ?? 0) >= owed, "S\(item), seed \(self.seed)")
            answered.count.add(1, ordering: .relaxed)
        }
    }
}

@Suite("Reads and writes through two copies of the service", .timeLimit(.minutes(5)), .serialized)
struct StalenessTests {
    @Test(
        "no read is older than an acknowledged write by more than the bound, whatever write-throughs are lost",
        arguments: Caches.allCases)
    private func lostWrites(caches: Caches) async throws {
        try await Staleness.with("StalenessTests.lostWrites", caches) { (test) async throws in
            let count = try await test.run(seconds: 5) { _ in try await Task.sleep(for: .milliseconds(50)) }
            #expect(count > Staleness.readsMinimum)
        }
    }

    @Test("FLUSHALL under load changes nothing but the time that reads take", arguments: Caches.allCases)
    private func flush(caches: Caches) async throws {
        try await Staleness.with("StalenessTests.flush", caches) { (test) async throws in
            let count = try await test.run(seconds: 5) { server in
                try await Task.sleep(for: .milliseconds(100))
                try await server.flush(database: 0)
            }
            #expect(count > Staleness.readsMinimum)
        }
    }

    @Test("restarts of Redis under load change nothing but the time that reads take", arguments: Caches.allCases)
    private func restart(caches: Caches) async throws {
        try await Staleness.with("StalenessTests.restart", caches) { (test) async throws in
            let count = try await test.run(seconds: 6) { server in
                try await Task.sleep(for: .milliseconds(700))
                try await server.restart()
            }
            #expect(count > Staleness.readsMinimum)
        }
    }

    @Test("a Redis that hangs under load changes nothing but the time that reads take", arguments: Caches.allCases)
    private func hang(caches: Caches) async throws {
        try await Staleness.with("StalenessTests.hang", caches) { (test) async throws in
            let count = try await test.run(seconds: 6) { server in
                try await Task.sleep(for: .milliseconds(500))
                server.pause()
                try? await Task.sleep(for: .milliseconds(600))
                server.resume()
            }
            #expect(count > Staleness.readsMinimum)
        }
    }
}
