internal import Events
internal import Idempotency
internal import InventoryDomain
internal import InventoryMessages
internal import Jobs
public import Logging
public import Postgres
internal import ProtobufC
internal import RPC
public import ServiceLifecycle

/// Stock in files: imports and exports, which are jobs.
///
/// Anybody in the service creates, looks up and cancels them here; ``run()`` does their work, and any number of copies of
/// the service share it. What a killed copy leaves is taken up by another one exactly where it stood.
public struct StockFiles: Service {
    /// The connections that its pool needs: for each job that runs at once the steps of an import that are under way and a
    /// reading of its file, and some for calls and for what sweeps.
    public static let connections = (ImportRun.stepsAtOnce + 1) * FileLimits.jobs + 2

    static let importKind = "stock-import"
    static let exportKind = "stock-export"

    let pool: PostgresPool
    let jobs: Jobs
    let setups: BrandSetups
    let reads: StockReads
    let news: EventNews
    let logger: Logger

    /// The files of a database. Nothing runs until ``run()``.
    ///
    /// - Parameters:
    ///   - pool: For files alone; of ``connections`` at least.
    ///   - reads: On the same database; its cache is told of what imports change.
    public init(_ pool: PostgresPool, reads: StockReads, logger: Logger) {
        self.pool = pool
        self.jobs = Jobs(pool, service: "inventory")
        self.reads = reads
        self.setups = reads.setups
        self.news = reads.news
        self.logger = logger
    }

    /// Works on imports and exports until the task is cancelled or the service shuts down.
    public func run() async {
        let runner = PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        await self.run(as: runner)
    }

    private var handlers: [String: JobRunner.Handler] {
        [
            Self.importKind: { try await self.runImport($0) },
            Self.exportKind: { context in
                var run = try ExportRun(context, of: self)
                try await run.run()
            },
        ]
    }

    /// Works as one runner among many.
    ///
    /// - Parameter runner: Made anew for each.
    func run(as runner: PostgresUUID, configuration: JobRunner.Configuration = FileLimits.runner) async {
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

    /// Removes what dry runs have left that were cancelled or failed, until the task is cancelled.
    private func sweep() async {
        while !Task.isCancelled {
            do {
                let count = try await ImportDrafts.sweep(self.pool)
                if count > 0 {
                    self.logger.info("removed what dry runs had left", metadata: ["imports": "\(count)"])
                }
            } catch {
                if Task.isCancelled { return }
                self.logger.warning(
                    "what dry runs have left cannot be removed", metadata: ["error": "\(String(describing: error))"])
            }
            try? await Task.sleep(for: .milliseconds(FileLimits.sweepPauseMilliseconds))
        }
    }
}

/// What imports and exports take at most.
enum FileLimits {
    /// Imports and exports that one process works on at once.
    static let jobs = 2
    /// How often a step of an import is tried that meets others.
    static let maximumTries = 10
    /// The bytes of each chunk of an import's file but the last: the chunk that holds an offset follows from it.
    static let chunkBytes = JobLimits.chunkBytes
    /// The bytes of one part of a file that is read.
    static let partBytes = JobLimits.chunkBytes
    /// The bytes that are kept of an import's failed rows: 64 MiB, and those of the step that reaches it.
    static let failedRowBytes: Int64 = 1 << 26
    /// The bytes that are kept of a dry run's differences: 256 MiB, and those of the step that reaches it.
    static let differenceBytes: Int64 = 1 << 28
    /// How often what dry runs have left is looked for, in milliseconds.
    static let sweepPauseMilliseconds: Int64 = 60_000
    /// Entries of a page where the request names no number.
    static let defaultPageSize = 100

    static var runner: JobRunner.Configuration {
        var configuration = JobRunner.Configuration()
        configuration.slots = Self.jobs
        return configuration
    }
}
