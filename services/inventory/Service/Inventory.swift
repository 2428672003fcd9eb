public import Events
public import InventoryAPI
internal import Jobs
public import Logging
public import Postgres
internal import RPC
internal import RPCMessages
public import ServedJobs
internal import ServiceKit
public import Waking
internal import Wire

/// The service that owns stock, reservations, locations, kits and the rules they follow.
///
/// What changes stock goes through ``StockEngine``; what only asks is answered by ``StockReads``.
public struct Inventory: Sendable {
    let pool: PostgresPool
    let engine: StockEngine
    let setups: BrandSetups
    let reads: StockReads
    let files: StockFiles
    let feedSignal: WakeSignal
    let news: EventNews
    let logger: Logger

    /// The service on a database.
    ///
    /// - Parameters:
    ///   - engine: Carries out commands; on the same database.
    ///   - reads: Answers questions; on the same database.
    ///   - files: Imports and exports; on the same database.
    ///   - feedSignal: Is given when a feed was made due: that of ``StockFeeds``.
    ///   - news: Is told of events that were committed.
    public init(
        _ pool: PostgresPool, engine: StockEngine, reads: StockReads, files: StockFiles,
        feedSignal: WakeSignal = WakeSignal(), news: EventNews, logger: Logger
    ) {
        self.pool = pool
        self.engine = engine
        self.setups = engine.setups
        self.reads = reads
        self.files = files
        self.feedSignal = feedSignal
        self.news = news
        self.logger = logger
    }

    /// Imports and exports as the jobs that all services have, a service of its own beside this one.
    public var servedJobs: ServedJobs {
        ServedJobs(
            self.files.jobs, kinds: [StockImportKind(files: self.files), StockExportKind(files: self.files)],
            logger: self.logger)
    }

    /// The brand that a caller belongs to: the only place it comes from.
    func brand(of caller: CallerIdentity) throws(RPCError) -> PostgresUUID {
        guard let brand = PostgresUUID(caller.brand) else { throw .callerWithoutBrand }
        return brand
    }

    /// Runs a handler's work; what the database failed with becomes what callers may know of it.
    func answering<Answer>(_ context: ServerContext, _ work: () async throws -> Answer) async throws -> Answer {
        do {
            return try await work()
        } catch let error as JobError {
            throw RPCError(request: error)
        } catch let error as PostgresError {
            self.logger.error("\(context.method.name) failed", error: error)
            throw RPCError(storage: error)
        }
    }
}

extension Inventory: InventoryService {}
