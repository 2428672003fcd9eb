public import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Leasing
public import Logging
public import Postgres
internal import RPC
public import ServiceLifecycle
internal import Synchronization
public import Waking

/// Looks after the feeds of stock: fetches what is due, and tells which locations have become stale.
///
/// Of all copies of the service the one that holds the lease does it; what a killed copy leaves is taken up by another one
/// where it stood. Every effect is fenced by the lease's token.
public struct StockFeeds: Service {
    /// The connections that its pool needs.
    public static let connections = FeedLimits.slots + 2

    static let leaseName = "feeds"

    /// Given when a feed was made due.
    public let signal = WakeSignal()
    private let pool: PostgresPool
    private let files: StockFiles
    private let configuration: FeedConfiguration
    private let news: EventNews
    private let logger: Logger
    private let intervals: LeaseHolder.Intervals

    /// The feeds of a database. Nothing runs until ``run()``.
    ///
    /// - Parameters:
    ///   - pool: Of ``connections`` at least.
    ///   - files: Carries out the imports; on the same database.
    ///   - news: Is told of events that were committed.
    public init(
        _ pool: PostgresPool, files: StockFiles, configuration: FeedConfiguration, news: EventNews, logger: Logger
    ) {
        self.init(
            pool, files: files, configuration: configuration, news: news, logger: logger,
            intervals: LeaseHolder.Intervals())
    }

    init(
        _ pool: PostgresPool, files: StockFiles, configuration: FeedConfiguration, news: EventNews, logger: Logger,
        intervals: LeaseHolder.Intervals
    ) {
        self.pool = pool
        self.files = files
        self.configuration = configuration
        self.news = news
        self.logger = logger
        self.intervals = intervals
    }

    /// Works until the task is cancelled or the service shuts down.
    public func run() async {
        let holder = PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        let leaseHolder = LeaseHolder(Leases(self.pool, holder: holder), intervals: self.intervals)
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await leaseHolder.run(Self.leaseName) { lease in await self.work(lease) }
                } catch {
                    // Cancelled: the loop ends.
                    continue
                }
            }
        }
    }

    /// Works under a lease until cancelled.
    private func work(_ lease: Lease) async {
        let turns = FeedTurns()
        await withDiscardingTaskGroup { group in
            for _ in 0..<FeedLimits.slots { group.addTask { await self.runSlot(lease, turns) } }
            group.addTask { await self.tellOfStale(lease) }
        }
    }

    private func runSlot(_ lease: Lease, _ turns: FeedTurns) async {
        while !Task.isCancelled {
            let count = self.signal.count
            var isPaused = true
            do {
                if let feed = try await self.nextFeed(turns) {
                    await self.look(at: feed, lease, turns)
                    isPaused = false
                }
            } catch {
                self.log("no feed can be taken; tried again later", error)
            }
            if isPaused { await self.signal.wait(past: count, milliseconds: FeedLimits.pollMilliseconds) }
        }
    }

    private func nextFeed(_ turns: FeedTurns) async throws -> FeedRecord? {
        for row in try await self.pool.query(FeedRecord.waiting(limit: FeedLimits.waitingLookedAt)) {
            do {
                let feed = try FeedRecord(row)
                guard turns.take(feed) else { continue }
                if let current = await self.current(feed) { return current }
                turns.leave(feed)
            } catch {
                self.log("a feed's row cannot be read; it is passed over", error)
            }
        }
        return nil
    }

    /// A feed whose turn was taken, as it is now: another slot may have looked at it since it was found to wait, and what
    /// comes of this look counts on from what came of that one.
    private func current(_ feed: FeedRecord) async -> FeedRecord? {
        do {
            return try await self.pool.query(feed.stillWaiting).first.map { try FeedRecord($0) }
        } catch {
            self.log("a feed cannot be read again; tried again later", error)
            return nil
        }
    }

    private func look(at feed: FeedRecord, _ lease: Lease, _ turns: FeedTurns) async {
        do {
            try await self.look(at: feed, lease)
            turns.leave(feed)
        } catch {
            self.log("a feed could not be looked after; tried again later", error)
            // One that cannot be looked after must not keep others from it.
            turns.leave(feed, for: .milliseconds(FeedLimits.restMilliseconds))
        }
    }

    /// Looks at one feed, whether it is due or not.
    func look(at feed: FeedRecord, _ lease: Lease) async throws {
        let definition: FeedDefinition
        do throws(RPCError) { definition = try FeedDefinition(feed.feed) } catch {
            // It was valid when it was put, by another version of the service.
            let fault = FeedFault("feed-invalid", "the feed is to be put again: \(error.message)")
            var conclusion = FeedConclusion(
                feed: feed, definition: nil, outcome: .failed(isRetryable: false), finding: .fault)
            conclusion.problem = fault.problem
            return try await conclusion.write(self.pool, lease: lease, news: self.news)
        }
        let look = FeedLook(
            feed: feed, definition: definition, lease: lease, pool: self.pool, files: self.files,
            configuration: self.configuration, news: self.news, logger: self.logger)
        try await look.run()
    }

    private func tellOfStale(_ lease: Lease) async {
        while !Task.isCancelled {
            do {
                if try await StaleNotices.sweep(self.pool, lease: lease) > 0 {
                    self.news.committed()
                    continue
                }
            } catch {
                self.log("stale locations could not be told of; tried again later", error)
            }
            try? await Task.sleep(for: .milliseconds(FeedLimits.pollMilliseconds))
        }
    }

    private func log(_ message: Logger.Message, _ error: any Error) {
        guard !Task.isCancelled else { return }
        self.logger.warning(message, metadata: ["error": "\(String(describing: error))"])
    }
}

/// The feeds that are looked after just now, so that no two slots take the same one, and those that rest.
private final class FeedTurns: Sendable {
    private struct Key: Hashable {
        let brand: PostgresUUID
        let id: String
    }

    /// Until when each is not to be taken; nil: until it is left.
    private let taken = Mutex<[Key: ContinuousClock.Instant?]>([:])

    func take(_ feed: FeedRecord) -> Bool {
        let now = ContinuousClock.now
        return self.taken.withLock { taken in
            taken = taken.filter { $0.value.map { $0 > now } ?? true }
            let key = Key(brand: feed.brand, id: feed.id)
            guard taken[key] == nil else { return false }
            taken.updateValue(nil, forKey: key)
            return true
        }
    }

    func leave(_ feed: FeedRecord, for rest: Duration? = nil) {
        let key = Key(brand: feed.brand, id: feed.id)
        self.taken.withLock { taken in
            if let rest { _ = taken.updateValue(.now + rest, forKey: key) } else { taken[key] = nil }
        }
    }
}
