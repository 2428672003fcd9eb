import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryMessages
import LocalServers
import Postgres
import RPC
import Redis
import Synchronization
import TestSupport
import Testing

@testable import InventoryService

/// What writers were told of each SKU, and what readers saw.
private final class CopiesTruth: Sendable {
    struct Write {
        let version: UInt64
        let at: ContinuousClock.Instant
    }

    struct Sight: Hashable {
        let item: Int
        let version: UInt64
        let available: Int64
    }

    private struct State {
        var writes: [[Write]]
        /// The free units of each version.
        var available: [[UInt64: Int64]]
        var seen: Set<Sight> = []
        var reads = 0
    }

    private let state: Mutex<State>

    init(items: Int) {
        self.state = Mutex(
            State(
                writes: Array(repeating: [], count: items), available: Array(repeating: [:], count: items)))
    }

    func acknowledged(_ item: Int, _ version: UInt64, available: Int64) {
        self.state.withLock { state in
            state.writes[item].append(Write(version: version, at: .now))
            state.available[item][version] = available
        }
    }

    /// The newest version that was acknowledged before a moment.
    func owed(_ item: Int, before moment: ContinuousClock.Instant) -> UInt64 {
        self.state.withLock { $0.writes[item].last { $0.at < moment }?.version ?? 0 }
    }

    func saw(_ sight: Sight) {
        self.state.withLock { state in
            state.reads += 1
            state.seen.insert(sight)
        }
    }

    var reads: Int { self.state.withLock { $0.reads } }
    var commands: Int { self.state.withLock { $0.writes.reduce(0) { $0 + $1.count } } }

    /// What was shown of a version that never was so.
    var untrue: [Sight] {
        self.state.withLock { state in
            state.seen.filter { state.available[$0.item][$0.version] != $0.available }
        }
    }

    func last(of item: Int) -> Int64? {
        self.state.withLock { state in
            state.writes[item].last.flatMap { state.available[item][$0.version] }
        }
    }
}

/// Commands and reads through two copies of the service with caches, while their Redis fails in every way.
///
/// `SOAK_TESTS=1` runs two minutes each, as `make soak` does.
@Suite("Two copies with caches, whose Redis fails", .timeLimit(.minutes(15)), .serialized)
struct CachedCopiesTests {
    private static let seconds = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 8 : 120
    private static let items = 12
    private static let writers = 4
    private static let readersOfCopy = 3
    /// What must have been done at least, however slow the machine is.
    private static let leastCommands = 100
    private static let leastReads = 200
    private static let boundMilliseconds: Int64 = 400

    private static func limits(near: Bool) -> StockCacheLimits {
        var limits = StockCacheLimits()
        limits.staleMilliseconds = Self.boundMilliseconds
        limits.pollMilliseconds = 50
        limits.tokenMilliseconds = 300
        if !near { limits.nearBytes = 0 }
        return limits
    }

    @Test(
        "no read is older than an acknowledged command by more than the bound, nothing is shown that never was, and no call fails",
        arguments: [true, false])
    func failingRedis(_ hasNear: Bool) async throws {
        let seed = testSeed("failingRedis(\(hasNear))")
        try await withRedisServer { server in
            try await Self.withClients(of: server) { clients in
                let caches = InventoryHarness.Caches(redis: clients, limits: Self.limits(near: hasNear))
                try await InventoryHarness.with(copies: 2, caches: caches) { harness in
                    let truth = CopiesTruth(items: Self.items)
                    try await Self.run(harness, server, truth, seed: seed)
                    #expect(truth.untrue.isEmpty, "seed \(seed)")
                    for item in 0..<Self.items {
                        #expect(try await harness.balance("S\(item)").available == truth.last(of: item), "S\(item)")
                    }
                    try await harness.expectSoundLedger()
                    for copy in harness.copies {
                        try await Self.expectCached(InventoryServiceClient(copy.client), harness)
                    }
                    print("seed \(seed): \(truth.commands) commands, \(truth.reads) reads")
                }
            }
        }
    }

    /// Expects that reads are answered by caches: what changes behind their backs is not seen.
    private static func expectCached(_ client: InventoryServiceClient, _ harness: InventoryHarness) async throws {
        let request = GetStockRequest(sku: "S0")
        try await until {
            let before = try await client.getStock(request)
            _ = try await harness.pool.query(Self.tampering, Int64(1_000))
            let after = try await client.getStock(request)
            _ = try await harness.pool.query(Self.tampering, Int64(-1_000))
            return before == after
        }
    }

    private static let tampering = PostgresStatement("update level set available = available + $1 where sku = 'S0'")

    private static func withClients(
        of server: LocalRedis, _ body: ([RedisClient]) async throws -> Void
    ) async throws {
        var configuration = RedisConfiguration(address: .unix(path: server.socketPath))
        configuration.commandMilliseconds = 100
        configuration.reconnectMilliseconds = 1...20
        let clients = [
            try RedisClient(configuration, logger: .silent), try RedisClient(configuration, logger: .silent),
        ]
        defer { for client in clients { client.shutDown() } }
        for client in clients { try await client.waitUntilReady() }
        try await body(clients)
    }

    private static func run(
        _ harness: InventoryHarness, _ server: LocalRedis, _ truth: CopiesTruth, seed: UInt64
    ) async throws {
        let end = ContinuousClock.now + .seconds(Self.seconds)
        let isOver: @Sendable () -> Bool = {
            ContinuousClock.now >= end && truth.commands > Self.leastCommands && truth.reads > Self.leastReads
        }
        for item in 0..<Self.items {
            let answer = try await harness.adjust("S\(item)", 20)
            truth.acknowledged(item, answer.items[0].version, available: 20)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                group.addTask { try await Self.write(harness, writer, truth, seed: seed, until: isOver) }
            }
            for copy in harness.copies.indices {
                for reader in 0..<Self.readersOfCopy {
                    let client = InventoryServiceClient(harness.copies[copy].client)
                    let seed = seed &+ UInt64(100 + copy * Self.readersOfCopy + reader)
                    group.addTask { try await Self.read(client, truth, seed: seed, until: isOver) }
                }
            }
            group.addTask { try await Self.fail(server, until: isOver) }
            try await group.waitForAll()
        }
    }

    private static func fail(_ server: LocalRedis, until isOver: () -> Bool) async throws {
        var number = 0
        while !isOver() {
            try await Task.sleep(for: .milliseconds(300))
            switch number % 3 {
            case 0: try await server.flush(database: 0)
            case 1: try await server.restart()
            default:
                server.pause()
                try? await Task.sleep(for: .milliseconds(600))
                server.resume()
            }
            number += 1
        }
    }

    /// Each writer has SKUs of its own, and so knows what each of their versions is.
    private static func write(
        _ harness: InventoryHarness, _ number: Int, _ truth: CopiesTruth, seed: UInt64, until isOver: () -> Bool
    ) async throws {
        var random = SeededGenerator(seed: seed &+ UInt64(number))
        var available: [Int: Int64] = [:]
        var held: [Int: [String]] = [:]
        var count = 0
        while !isOver() {
            let item = Int.random(in: 0..<(Self.items / Self.writers), using: &random) * Self.writers + number
            let (sku, copy) = ("S\(item)", Int.random(in: 0..<2, using: &random))
            var units = available[item] ?? 20
            count += 1
            let id = "w\(number)-\(count)"
            let answer: CommandResponse
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where units > 0:
                answer = try await harness.reserve(sku, 1, reservation: id, copy: copy)
                held[item, default: []].append(id)
                units -= 1
            case 1 where held[item]?.isEmpty == false:
                answer = try await InventoryServiceClient(harness.copies[copy].client).releaseReservation(
                    ReleaseReservationRequest(commandID: id, reservationID: held[item]?.removeLast() ?? ""))
                units += 1
            case 2 where units > 3:
                answer = try await harness.adjust(sku, -3, id: id, copy: copy)
                units -= 3
            default:
                answer = try await harness.adjust(sku, 2, id: id, copy: copy)
                units += 2
            }
            available[item] = units
            truth.acknowledged(item, answer.items.first?.version ?? 0, available: units)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...5, using: &random)))
        }
    }

    private static func read(
        _ client: InventoryServiceClient, _ truth: CopiesTruth, seed: UInt64, until isOver: () -> Bool
    ) async throws {
        var random = SeededGenerator(seed: seed)
        while !isOver() {
            let item = Int.random(in: 0..<Self.items, using: &random)
            // Whatever is asked from here on must know of what was acknowledged so long before.
            let owed = truth.owed(item, before: .now - .milliseconds(Self.boundMilliseconds))
            let stock = try await client.getStock(GetStockRequest(sku: "S\(item)"))
            let version = stock.version ?? 0
            #expect(version >= owed, "S\(item), seed \(seed)")
            truth.saw(
                CopiesTruth.Sight(
                    item: item, version: version, available: stock.warehouses.first?.stockAvailable ?? -1))
        }
    }
}
