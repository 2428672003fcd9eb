internal import Events
internal import Jobs
internal import Logging
internal import OrderFiles
internal import Postgres
internal import ServedJobs
public import ServiceLifecycle
internal import Transcoding

/// Orders in files, and settlements: imports, exports, and what reads and accepts settlements, which all are jobs.
///
/// Anybody in the service begins and looks them up here; ``run()`` does their work, and any number of copies of the
/// service share it. What a killed copy leaves is taken up by another one where it stood.
public struct OrderJobs: Service, OrderCalls {
    /// Jobs that one process works on at once.
    static let jobsAtOnce = 2
    /// The connections that its pool needs: for each job two that write and one that reads, and some for calls.
    public static let connections = 3 * jobsAtOnce + 2
    /// What its connections set. Thousands of orders at once are looked up each by its key: statistics that lag behind
    /// an import must not make the server read whole tables for them.
    public static let sessionSettings = [
        "jit": "off", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
        "plan_cache_mode": "force_generic_plan",
    ]

    static let importKind = "order-import"
    static let exportKind = "order-export"
    static let settlementKind = "order-settlement"
    /// What tells the orders of an accepted settlement.
    static let acceptanceKind = "order-settlement-acceptance"

    let pool: PostgresPool
    let writes: OrderWrites
    let jobs: Jobs
    let news: EventNews
    let json: OrderJSON
    let logger: Logger
    /// How many records an import keeps apart with one step, and how many orders it takes in with one.
    let limits: OrderJobLimits

    /// - Parameters:
    ///   - pool: For files alone; of ``connections`` at least, with ``sessionSettings``.
    ///   - writes: The one way in which orders change.
    ///   - news: Is told of events that were committed.
    /// - Throws: `SchemaError` where the descriptors that are linked are not those of this code.
    init(
        _ pool: PostgresPool, writes: OrderWrites, news: EventNews, logger: Logger,
        limits: OrderJobLimits = OrderJobLimits()
    ) throws {
        self.pool = pool
        self.writes = writes
        self.jobs = Jobs(pool, service: "order")
        self.news = news
        self.json = try OrderJSON()
        self.logger = logger
        self.limits = limits
    }

    /// Works on jobs until the task is cancelled or the service shuts down.
    public func run() async {
        await self.run(as: PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max)))
    }

    private var handlers: [String: JobRunner.Handler] {
        [
            Self.importKind: { context in
                var run = try ImportRun(context, of: self)
                try await run.run()
            },
            Self.exportKind: { context in
                var run = try ExportRun(context, of: self)
                try await run.run()
            },
            Self.settlementKind: { context in
                var run = try SettlementRun(context, of: self)
                try await run.run()
            },
            Self.acceptanceKind: { context in
                var run = try AcceptanceRun(context, of: self)
                try await run.run()
            },
        ]
    }

    /// Works as one runner among many.
    ///
    /// - Parameter runner: Made anew for each.
    func run(as runner: PostgresUUID, configuration: JobRunner.Configuration = Self.configuration) async {
        let jobRunner = JobRunner(
            self.jobs, runner: runner, handlers: self.handlers, configuration: configuration, logger: self.logger)
        await cancelWhenGracefulShutdown { await jobRunner.run() }
    }

    static var configuration: JobRunner.Configuration {
        var configuration = JobRunner.Configuration()
        configuration.slots = Self.jobsAtOnce
        return configuration
    }

    /// How often a step is tried that lost a race with another change.
    static let maximumTries = 8

    /// Takes a step, again where it lost a race.
    static func retrying<Value>(_ step: () async throws -> Value) async throws -> Value {
        for _ in 1..<Self.maximumTries {
            do {
                return try await step()
            } catch let error as PostgresError where error.retry == .safe {
                try Task.checkCancellation()
            }
        }
        return try await step()
    }
}

/// How much jobs do at once. Tests make it less, so that small files take many steps.
struct OrderJobLimits: Sendable {
    /// Records that an import keeps apart with one step.
    var recordsPerStep = 10_000
    /// Bytes of a file after which a step takes no more of it: what is read ahead is kept in memory.
    var bytesPerStep: Int64 = 4 << 20
    /// Orders that one transaction of an import takes in.
    var ordersPerPiece: Int64 = 2_000
    /// Orders that an export reads at once.
    var ordersPerPage: Int64 = 1_000
    /// Rows of a settlement that are kept with one step.
    var rowsPerStep = 10_000
    /// The most amounts of a settlement.
    var amountsPerSettlement: Int64 = 5_000_000
}

/// The time by which orders are judged.
enum DatabaseClock {
    /// The time of the transaction, or of the statement outside of one.
    static let statement = PostgresStatement("select now()", readOnly: true)

    static func now(in pool: PostgresPool) async throws(PostgresError) -> PostgresTimestamp {
        guard let row = try await pool.query(Self.statement).first else {
            throw .unexpectedValue(column: "now", reason: "there is no row")
        }
        return try row.decode(PostgresTimestamp.self)
    }
}
