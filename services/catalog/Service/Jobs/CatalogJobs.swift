internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Jobs
internal import Logging
internal import Postgres
internal import ServedJobs
public import ServiceLifecycle

/// How large the transactions of imports may be.
struct ImportLimits: Sendable {
    /// The most records that one step of the reading keeps apart.
    var recordsPerStep = 10_000
    /// Of the pieces by which fitments are changed.
    var piece = FitmentPiece.Limits()
}

/// The catalog in files: imports, what undoes them, and exports, which all are jobs.
///
/// Anybody in the service begins and looks them up here; ``run()`` does their work, and any number of copies of the service
/// share it. What a killed copy leaves is taken up by another one where it stood.
public struct CatalogJobs: Service, CatalogCalls {
    /// Imports and exports that one process works on at once.
    static let jobsAtOnce = 2
    /// The connections that its pool needs: for each job those of its pieces, or one that reads its file and one that
    /// writes, and one that holds its lease; and some for calls.
    public static let connections = (ImportRun.piecesAtOnce + 1) * jobsAtOnce + 2
    /// How often what ended imports have left is looked for, in milliseconds.
    private static let sweepPauseMilliseconds: Int64 = 60_000
    /// What its connections set: an import's look at all of its records, and its parts of some ten thousand fitments, take
    /// longer than a call may.
    public static let sessionSettings = ["work_mem": "256MB", "jit": "off", "plan_cache_mode": "force_custom_plan"]

    static let importKind = "catalog-import"
    static let undoKind = "catalog-undo"
    static let exportKind = "catalog-export"

    let pool: PostgresPool
    let products: ProductWrites
    let known: KnownVehicles
    let jobs: Jobs
    let news: EventNews
    let logger: Logger
    let limits: ImportLimits

    /// - Parameters:
    ///   - pool: For files alone; of ``connections`` at least, with ``sessionSettings``.
    ///   - products: Writes products, with all that follows them.
    ///   - known: The vehicles whose spelling is known; as that of fitments.
    init(
        _ pool: PostgresPool, products: ProductWrites, known: KnownVehicles, news: EventNews, logger: Logger,
        limits: ImportLimits = ImportLimits()
    ) {
        self.pool = pool
        self.products = products
        self.known = known
        self.jobs = Jobs(pool, service: "catalog")
        self.news = news
        self.logger = logger
        self.limits = limits
    }

    /// Works on imports and exports until the task is cancelled or the service shuts down.
    public func run() async {
        let runner = PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        await self.run(as: runner)
    }

    private var handlers: [String: JobRunner.Handler] {
        [
            Self.importKind: { context in
                var run = try ImportRun(context, of: self)
                try await run.run()
            },
            Self.undoKind: { context in
                var run = try UndoRun(context, of: self)
                try await run.run()
            },
            Self.exportKind: { context in
                var run = try ExportRun(context, of: self)
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
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.sweep() }
                await jobRunner.run()
                group.cancelAll()
            }
        }
    }

    /// Removes what ended imports have left, such as those that were cancelled while nobody worked on them, until the task
    /// is cancelled.
    private func sweep() async {
        while !Task.isCancelled {
            do {
                let count = try await ImportStaging.sweep(self.pool)
                if count > 0 {
                    self.logger.info("removed what ended imports had left", metadata: ["imports": "\(count)"])
                }
            } catch {
                if Task.isCancelled { return }
                self.logger.warning(
                    "what ended imports have left cannot be removed",
                    metadata: ["error": "\(String(describing: error))"])
            }
            try? await Task.sleep(for: .milliseconds(Self.sweepPauseMilliseconds))
        }
    }

    static var configuration: JobRunner.Configuration {
        var configuration = JobRunner.Configuration()
        configuration.slots = Self.jobsAtOnce
        return configuration
    }
}
