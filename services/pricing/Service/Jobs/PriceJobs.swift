internal import Events
internal import Jobs
internal import Logging
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ServedJobs
public import ServiceLifecycle

/// Prices in files: imports, what undoes them, and exports, which all are jobs.
///
/// Anybody in the service begins and looks them up here; ``run()`` does their work, and any number of copies of the service
/// share it. What a killed copy leaves is taken up by another one where it stood.
public struct PriceJobs: Service, PricingCalls {
    /// Imports and exports that one process works on at once.
    static let jobsAtOnce = 2
    /// The connections that its pool needs: for each job one that reads and one that writes, and some for calls.
    public static let connections = 2 * jobsAtOnce + 2
    /// What its connections set. Thousands of prices at once are looked up each by its key: statistics that lag behind an
    /// import must not make the server read whole tables for them.
    public static let sessionSettings = [
        "jit": "off", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
    ]

    static let importKind = "pricing-import"
    static let undoKind = "pricing-undo"
    static let exportKind = "pricing-export"
    /// Of lists of costs, too.
    static let costExportKind = "pricing-cost-export"

    let pool: PostgresPool
    let writes: PriceWrites
    let jobs: Jobs
    let news: EventNews
    let logger: Logger
    let recordsPerStep: Int

    /// - Parameters:
    ///   - pool: For files alone; of ``connections`` at least, with ``sessionSettings``.
    ///   - writes: Writes prices, with all that follows them.
    ///   - news: Is told of events that were committed.
    ///   - recordsPerStep: How many records an import keeps apart with one step.
    init(
        _ pool: PostgresPool, writes: PriceWrites, news: EventNews, logger: Logger,
        recordsPerStep: Int = ImportRun.recordsPerStep
    ) {
        self.pool = pool
        self.writes = writes
        self.jobs = Jobs(pool, service: "pricing")
        self.news = news
        self.logger = logger
        self.recordsPerStep = recordsPerStep
    }

    /// Works on imports and exports until the task is cancelled or the service shuts down.
    public func run() async {
        await self.run(as: PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max)))
    }

    private var handlers: [String: JobRunner.Handler] {
        let export: JobRunner.Handler = { context in
            var run = try await ExportRun(context, of: self)
            try await run.run()
        }
        return [
            Self.importKind: { context in
                var run = try ImportRun(context, of: self)
                try await run.run()
            },
            Self.undoKind: { context in
                var run = try UndoRun(context, of: self)
                try await run.run()
            },
            Self.exportKind: export, Self.costExportKind: export,
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

    /// How often a step is tried that lost a race with another change of the same prices.
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

/// The lists of a brand in the order in which files change their prices: those that set floors first, so that prices are
/// held against the floors of their own file; by id within each. All jobs keep it, so that none waits for another in a
/// circle.
enum PriceListOrder {
    static func precedes(_ left: BookList, _ right: BookList) -> Bool {
        let (isLeftSold, isRightSold) = (left.type == .selling, right.type == .selling)
        if isLeftSold != isRightSold { return isRightSold }
        return left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
}
