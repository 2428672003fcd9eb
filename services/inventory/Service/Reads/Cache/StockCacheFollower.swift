internal import Buckets
internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Logging
internal import NIOCore
internal import Postgres
internal import ProtobufC

/// Settles every change of stock in the cache, from the event log: what a service could not do after its commit, because it
/// died or did not reach Redis, is made up for.
///
/// Each copy of the service follows for itself and for the Redis that it sees, and tells its readers how far it has come
/// (``CacheFreshness``). Doing it twice changes nothing. It goes by passes: where the log ends, then everything up to there.
/// While no Redis answers it follows for what the process has alone; whenever that changes, the process begins with nothing.
struct StockCacheFollower: Sendable {
    /// How often the cursor is written at the most, in milliseconds.
    private static let saveMilliseconds: Int64 = 1_000

    private let cache: StockCache
    private let cursors: StockCacheCursors
    private let reader: EventReader
    private let news: EventNews
    private let logger: Logger

    /// How far it has come, with one Redis or none.
    private struct Position {
        let followed: CacheFreshness.Followed
        var cursor: EventCursor
        var savedAt: NIODeadline
        var isSaved = true
    }

    init(_ cache: StockCache, pool: PostgresPool, news: EventNews, logger: Logger) {
        self.cache = cache
        self.cursors = StockCacheCursors(pool: pool)
        self.reader = EventReader(pool)
        self.news = news
        self.logger = logger
    }

    /// Follows until the task is cancelled.
    func run() async {
        var position: Position?
        var isFailing = false
        var hasToldOfAnonymity = false
        while !Task.isCancelled {
            let count = self.news.count
            do throws(PostgresError) {
                let isSettled = try await self.pass(&position)
                isFailing = false
                if position?.followed.redis == nil, !hasToldOfAnonymity, await self.cache.isAnonymous() {
                    self.logger.warning(
                        "the stock cache in Redis is not used, as its user may not ask Redis for its run id; allow INFO"
                    )
                    hasToldOfAnonymity = true
                }
                if isSettled { await self.news.wait(past: count, milliseconds: self.cache.limits.pollMilliseconds) }
                // Changes gather meanwhile; and a Redis that is away is not asked all the time.
                try? await Task.sleep(for: .milliseconds(self.cache.limits.gatherMilliseconds))
            } catch {
                if !isFailing, !Task.isCancelled {
                    self.logger.warning(
                        "the stock cache is not used, as changes cannot be followed",
                        metadata: ["error": "\(String(describing: error))"])
                }
                isFailing = true
                try? await Task.sleep(for: .milliseconds(self.cache.limits.pollMilliseconds))
            }
        }
    }

    /// Settles what has been committed before now.
    ///
    /// - Returns: False where Redis did not carry it out; the same again then.
    private func pass(_ position: inout Position?) async throws(PostgresError) -> Bool {
        let followed = CacheFreshness.Followed(redis: await self.cache.epoch())
        guard followed.redis != nil || self.cache.near != nil else { return false }
        let now = NIODeadline.now()
        let end = try await self.reader.end()
        var current: Position
        if let known = position, known.followed == followed {
            current = known
        } else {
            current = try await self.begin(followed, at: end)
        }
        position = current
        let passed = self.cache.passingOwn(current.cursor, in: followed)
        if passed != current.cursor {
            current.cursor = passed
            current.isSaved = false
            position = current
        }
        while let events = try await self.events(after: current.cursor, until: end) {
            let changes = Self.changes(of: events, self.logger)
            guard await self.cache.settleFollowed(changes, in: followed) else { return false }
            for recorded in events { current.cursor[recorded.event.bucket] = recorded.sequence }
            current.isSaved = false
            position = current
        }
        self.cache.freshness.settled(until: now, in: followed.redis)
        if let epoch = followed.redis, !current.isSaved, now - current.savedAt > .milliseconds(Self.saveMilliseconds) {
            try await self.cursors.save(current.cursor, of: epoch)
            current.savedAt = now
            current.isSaved = true
            position = current
        }
        return true
    }

    private func begin(
        _ followed: CacheFreshness.Followed, at end: EventCursor
    ) async throws(PostgresError) -> Position {
        // A reader that is still connected to the Redis before, whose changes do not come any more, must not put what it finds
        // there behind this.
        self.cache.freshness.unsettled()
        // Behind the end of the log: what is put from here on was read when all before it was there, or in a Redis whose
        // changes come yet.
        self.cache.near?.removeAll()
        guard let epoch = followed.redis else { return Position(followed: followed, cursor: end, savedAt: .now()) }
        let known = try await self.cursors.cursor(of: epoch)
        if known == nil { try await self.cursors.save(end, of: epoch) }
        return Position(followed: followed, cursor: known ?? end, savedAt: .now())
    }

    /// The next events of buckets that have not come to their end; nil: all have.
    private func events(
        after cursor: EventCursor, until end: EventCursor
    ) async throws(PostgresError) -> [RecordedEvent]? {
        let buckets = Bucket.all.filter { cursor[$0] < end[$0] }
        guard !buckets.isEmpty else { return nil }
        let events = try await self.reader.events(after: cursor, in: buckets)
        return events.isEmpty ? nil : events
    }

    /// The newest version of each item that events tell of.
    private static func changes(of events: [RecordedEvent], _ logger: Logger) -> [StockCacheChange] {
        var versions: [StockKey: Int64] = [:]
        for recorded in events where recorded.event.type == StockEvent.stockChangedType {
            let event = recorded.event
            guard let sku = try? SKU(event.subject) else { continue }
            let key = StockKey(brand: event.brand, sku: sku)
            let version = Self.version(in: event.payload)
            if version == nil {
                logger.error("an event cannot be read; its item leaves the cache", metadata: ["event": "\(event.id)"])
            }
            versions[key] = max(versions[key] ?? 0, version ?? InventoryLimits.maximumUnits)
        }
        return versions.map { StockCacheChange(key: $0.key, version: $0.value) }
    }

    private static func version(in payload: [UInt8]) -> Int64? {
        guard let change = try? StockChanged(decoding: payload) else { return nil }
        return Int64(exactly: change.version)
    }
}
