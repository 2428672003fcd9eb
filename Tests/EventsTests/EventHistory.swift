import Buckets
import DrivelineTesting
import EventServing
import Events
import Leasing
import LocalServers
import Logging
import NIOCore
import Postgres
import RPC
import Synchronization
import TestSupport
import Testing

/// A random history: writers whose transactions commit late, a log served by a process that comes and goes, connections
/// that are cut, leases that are lost, and copies of a reader that are killed again and again.
///
/// It takes any reader, so that it can be shown to catch bad ones.
struct EventHistory {
    /// Something that is counted.
    private final class Count: Sendable {
        private let count = Atomic<Int>(0)

        var value: Int { self.count.load(ordering: .relaxed) }

        @discardableResult func add() -> Int { self.count.add(1, ordering: .relaxed).newValue }
    }

    /// How far a history is.
    private final class Progress: Sendable {
        let numbers = Count()
        private let over = Atomic<Bool>(false)

        var isOver: Bool { self.over.load(ordering: .relaxed) }

        func end() { self.over.store(true, ordering: .relaxed) }
    }

    /// How long a copy lives that has no effect.
    private static let longestLife: Duration = .seconds(3)

    /// Where one copy of a reader works.
    struct Place: Sendable {
        /// The log that is read, for readers that go around its service.
        let log: PostgresPool
        /// A client of the log's service.
        let client: RPCClient
        /// The database of cursors and effects.
        let pool: PostgresPool
        /// This copy.
        let holder: UInt64
        /// To be called whenever an effect was begun.
        let effectBegan: @Sendable () -> Void
    }

    /// Reads until it is cancelled.
    typealias Reader = @Sendable (Place) async -> Void

    /// What went wrong.
    struct Verdict: Equatable {
        var missing = 0
        var doubled = 0
        var inversions = 0

        var isClean: Bool { self == Verdict() }
    }

    /// The consumer's name: a reader moves this one's cursors.
    static let consumer = "test"

    let seed: UInt64
    var writers = 6
    var transactionsPerWriter = 40
    var copies = 2
    /// How long to wait for a reader that gets no further; nil: for ever.
    var patience: Duration?

    func verdict(of reader: @escaping Reader) async throws -> Verdict {
        var verdict = Verdict()
        try await withEventsDatabase { (log: PostgresPool) async throws in
            try await withEventsDatabase { (pool: PostgresPool) async throws in
                let server = try await RestartingServer { ServedEvents(log, news: $0, logger: quiet) }
                do {
                    try await self.play(reader, log, pool, server)
                } catch {
                    await server.stop()
                    throw error
                }
                await server.stop()
                verdict = try await self.compare(log, pool)
            }
        }
        return verdict
    }

    private func play(
        _ reader: @escaping Reader, _ log: PostgresPool, _ pool: PostgresPool, _ server: RestartingServer
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let proxy = try await FaultProxy(to: .unixSocket(server.socketPath))
            defer { proxy.stop() }
            var random = SeededGenerator(seed: self.seed)
            let progress = Progress()
            for copy in 0..<self.copies {
                let seed = random.next()
                group.addTask { try await self.live(copy, seed, reader, log, pool, proxy, progress) }
            }
            let faultSeed = random.next()
            let faults = Task { try await self.disturb(faultSeed, pool, server, proxy) }
            try await withThrowingTaskGroup(of: Void.self) { writers in
                for _ in 0..<self.writers {
                    let seed = random.next()
                    writers.addTask { try await self.write(seed, log, server, progress) }
                }
                try await writers.waitForAll()
            }
            try await self.untilRead(log, pool)
            progress.end()
            faults.cancel()
            _ = await faults.result
            try await group.waitForAll()
        }
    }

    /// Appends events whose ids are made before others', and that are committed later.
    private func write(
        _ seed: UInt64, _ log: PostgresPool, _ server: RestartingServer, _ progress: Progress
    ) async throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<self.transactionsPerWriter {
            let events = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                let subject = Int.random(in: 0..<12, using: &random)
                return testEvent(progress.numbers.add(), bucket: Bucket.all[subject * 5 % 7], subject: "SKU-\(subject)")
            }
            let pause = Int64.random(in: 0...1, using: &random) * .random(in: 1...20, using: &random)
            _ = try await log.withTransaction { transaction in
                _ = try await transaction.query(PostgresStatement("select pg_sleep($1::bigint / 1000.0)::text"), pause)
                return try await transaction.commit(with: try EventLog.append(events))
            }
            server.news.committed()
        }
    }

    /// One copy of the reader, killed and begun anew until the history is over.
    private func live(
        _ copy: Int, _ seed: UInt64, _ reader: @escaping Reader, _ log: PostgresPool, _ pool: PostgresPool,
        _ proxy: FaultProxy, _ progress: Progress
    ) async throws {
        var random = SeededGenerator(seed: seed)
        var life: UInt64 = 0
        while !progress.isOver {
            life += 1
            var configuration = RPCClientConfiguration(
                target: .unixSocket(proxy.socketPath), credential: "gateway")
            configuration.connectTimeout = .seconds(30)
            let client = try RPCClient(configuration, logger: quiet)
            let effects = Count()
            let place = Place(
                log: log, client: client, pool: pool, holder: UInt64(copy) << 32 | life, effectBegan: { effects.add() })
            let task = Task { await reader(place) }
            // By effects and not by time, so that each life gets somewhere on a machine that is busy.
            let limit = Int.random(in: 1...12, using: &random)
            let end = ContinuousClock.now + Self.longestLife
            try await until { progress.isOver || effects.value >= limit || ContinuousClock.now > end }
            task.cancel()
            await task.value
            client.shutDown()
        }
    }

    /// Cuts connections, has leases run out under those who hold them, and stops and starts the log's service.
    private func disturb(
        _ seed: UInt64, _ pool: PostgresPool, _ server: RestartingServer, _ proxy: FaultProxy
    ) async throws {
        var random = SeededGenerator(seed: seed)
        while !Task.isCancelled {
            try await Task.sleep(for: .milliseconds(Int64.random(in: 40...200, using: &random)))
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: proxy.cut()
            case 2: proxy.cut(afterBytes: Int.random(in: 0...4_000, using: &random), .toClient)
            case 3, 4: try await pool.runScript("update lease set expires_at = now() - interval '1 second'")
            default: try await server.restart()
            }
        }
    }

    private func untilRead(_ log: PostgresPool, _ pool: PostgresPool) async throws {
        let end = try await EventReader(log).end()
        var (last, since) = (EventCursor(), ContinuousClock.now)
        try await until {
            let cursor = try await EventCursors.read(consumer: Self.consumer, from: pool)
            if cursor != last { (last, since) = (cursor, ContinuousClock.now) }
            if let patience, ContinuousClock.now - since > patience { return true }
            return end.isCovered(by: cursor)
        }
    }

    /// Compares effects with the log, bucket by bucket: the same events in the same order.
    private func compare(_ log: PostgresPool, _ pool: PostgresPool) async throws -> Verdict {
        let expected = try await Self.numbers(
            log, PostgresStatement("select bucket, id from event order by bucket, sequence"))
        let found = try await Self.effects(pool)
        var verdict = Verdict()
        for (bucket, numbers) in expected {
            let effects = found[bucket, default: []]
            let places = Dictionary(uniqueKeysWithValues: zip(numbers, 0...))
            verdict.missing += Set(numbers).subtracting(effects).count
            verdict.doubled += effects.count - Set(effects).count
            let order = effects.compactMap { places[$0] }
            verdict.inversions += zip(order, order.dropFirst()).filter { $0 > $1 }.count
        }
        print(expected.values.reduce(0) { $0 + $1.count }, "events:", verdict)
        return verdict
    }

    private static func numbers(
        _ pool: PostgresPool, _ statement: PostgresStatement
    ) async throws -> [Int16: [UInt64]] {
        var numbers: [Int16: [UInt64]] = [:]
        for row in try await pool.query(statement) {
            let (bucket, id) = try row.decode(Int16.self, PostgresUUID.self)
            numbers[bucket, default: []].append(id.low)
        }
        return numbers
    }

    private static func effects(_ pool: PostgresPool) async throws -> [Int16: [UInt64]] {
        var numbers: [Int16: [UInt64]] = [:]
        for row in try await pool.query(PostgresStatement("select bucket, number from effect order by position")) {
            let (bucket, number) = try row.decode(Int16.self, Int64.self)
            numbers[bucket, default: []].append(UInt64(number))
        }
        return numbers
    }
}
