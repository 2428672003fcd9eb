public import Events
internal import InventoryDomain
internal import InventoryMessages
public import Logging
public import NIOCore
public import NIOPosix
public import Postgres
internal import ProtobufC
public import Redis
internal import ServiceKit
public import ServiceLifecycle

/// Answers what is asked of stock.
///
/// Single SKUs come from the caches, and no answer is older than the last acknowledged write by more than
/// ``staleMilliseconds``; everything else comes from the database as it is. Losing Redis makes reads slower, and nothing
/// else.
///
/// It runs beside the service (``run()``): until then, and where it does not keep up, the cache is not used.
public struct StockReads: Service {
    /// How much older than the last acknowledged write an answer may be, in milliseconds: 5 seconds.
    public static let staleMilliseconds = StockCacheLimits.staleMilliseconds

    let pool: PostgresPool
    let setups: BrandSetups
    let store: StockReadStore
    let answers: StockAnswers
    let loader: StockLoader
    let cache: StockCache?
    let news: EventNews
    let logger: Logger

    /// Reads of a database.
    ///
    /// - Parameters:
    ///   - redis: The cache that copies of the service share; nil: none.
    ///   - news: Tells that events were committed.
    ///   - group: The event loops of the service and of `redis`.
    public init(
        _ pool: PostgresPool, redis: RedisClient? = nil, news: EventNews = EventNews(),
        logger: Logger = Logger(label: "inventory"),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.init(pool, cache: StockCache(redis, on: group), news: news, logger: logger)
    }

    /// Reads as a service is configured.
    init(
        _ pool: PostgresPool, redis: RedisClient?, news: EventNews, configuration: ServiceConfiguration,
        logger: Logger, group: any EventLoopGroup
    ) {
        let cache = StockCache(redis, on: group, limits: StockCacheLimits(configuration))
        self.init(pool, cache: cache, news: news, logger: logger)
    }

    init(_ pool: PostgresPool, cache: StockCache?, news: EventNews, logger: Logger) {
        self.pool = pool
        self.setups = BrandSetups(pool)
        self.store = StockReadStore(pool: pool)
        self.answers = StockAnswers(store: self.store, setups: self.setups)
        self.cache = cache
        self.loader = StockLoader(self.answers, cache: cache, logger: logger)
        self.news = news
        self.logger = logger
    }

    /// Settles changes in the cache until the task is cancelled or the service shuts down.
    public func run() async {
        guard let cache else { return }
        let follower = StockCacheFollower(cache, pool: self.pool, news: self.news, logger: self.logger)
        await cancelWhenGracefulShutdown { await follower.run() }
    }
}

extension StockReads {
    /// Of more items than these that were changed together, what is near goes instead of being replaced.
    static let maximumWrittenThrough = 512

    /// To be called after a commit: what the caches have of the items goes, or gives way to what they are now. Returns at once.
    ///
    /// Where the cache is not reached it is made up for by ``run()``.
    ///
    /// - Parameter events: The events that tell of no other changes: they need not be read again. None: they are.
    func written(_ items: [CommittedItem], events: [EventRange] = []) {
        guard let cache, !items.isEmpty else { return }
        let withEntries = cache.near != nil
        cache.settleOwn(events: events) { Self.changes(of: items, withEntries: withEntries) }
    }

    private static func changes(of items: [CommittedItem], withEntries: Bool) -> [StockCacheChange] {
        ArenaMemory.with { (arena) throws(Never) in
            items.map { committed in
                var change = StockCacheChange(
                    key: StockKey(brand: committed.brand, sku: committed.item.sku), version: committed.item.version)
                guard withEntries, items.count <= Self.maximumWrittenThrough else { return change }
                let message = StockMessages.item(committed.item, changedAt: committed.changedAt)
                defer { arena.reset() }
                // One that is too large to be encoded is not kept.
                if let answer = try? StockMessages.encode(message, in: arena) {
                    change.entry = StockCacheEntry.item(version: change.version, answer: answer)
                }
                return change
            }
        }
    }
}

extension StockEngine {
    /// An engine that tells the cache of its commits.
    ///
    /// - Parameters:
    ///   - pool: For the engine's transactions alone; ``EngineLimits/connections`` of them run at once.
    ///   - reads: On the same database and reactor.
    ///   - news: Is told of what was committed.
    public init(
        _ pool: PostgresPool, reads: StockReads, news: EventNews, limits: EngineLimits = EngineLimits(), logger: Logger
    ) {
        self.init(pool, setups: reads.setups, news: news, limits: limits, logger: logger) { items, events in
            reads.written(items, events: events)
        }
    }
}
