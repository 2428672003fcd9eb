public import Logging
public import Postgres
internal import Waking

/// Runs the jobs of a service in this process; any number of processes share the work.
///
/// A job is leased, its handler runs, and goes on from its last checkpoint when it was interrupted: by an error, after a
/// wait that grows; by the end of its process, once the lease has expired. Brands take turns, see ``JobSelection``.
public struct JobRunner: Sendable {
    /// Does the work of one kind of job. It returns when all is done; see ``JobContext``.
    ///
    /// What it throws lets the job be tried again, except for a ``JobFailure``, which ends it.
    public typealias Handler = @Sendable (_ context: JobContext) async throws -> Void

    /// How a runner works.
    public struct Configuration: Sendable {
        /// How many jobs run in this process at a time.
        public var slots = 4
        /// How many jobs of one brand run at a time, in all processes together; two that are taken at the same moment may
        /// both pass.
        public var maximumPerBrand = 2
        /// How long a job stays with a process that is gone, in milliseconds.
        public var leaseMilliseconds: Int64 = 30_000
        /// After how long to look for work, and for a cancel by another process, without having been woken, in
        /// milliseconds.
        public var pollMilliseconds: Int64 = 1_000
        /// How often a job is begun without coming further before it fails.
        public var maximumAttempts: Int32 = 5
        /// How long a job waits after the first failure, in milliseconds; twice as long after each further one.
        public var firstWaitMilliseconds: Int64 = 1_000
        /// How long a job waits at the most, in milliseconds.
        public var longestWaitMilliseconds: Int64 = 300_000

        /// The defaults.
        public init() {}
    }

    let jobs: Jobs
    let runner: PostgresUUID
    let handlers: [String: Handler]
    let configuration: Configuration
    let logger: Logger

    /// - Parameters:
    ///   - jobs: The service's jobs.
    ///   - runner: This process: made anew at each start.
    ///   - handlers: By the kind of job. Jobs of other kinds are left to other processes.
    public init(
        _ jobs: Jobs, runner: PostgresUUID, handlers: [String: Handler],
        configuration: Configuration = Configuration(), logger: Logger
    ) {
        self.jobs = jobs
        self.runner = runner
        self.handlers = handlers
        self.configuration = configuration
        self.logger = logger
    }

    /// Works until the task is cancelled. Handlers are cancelled then, and their jobs left to others.
    public func run() async {
        let turns = JobTurns(maximumPerBrand: self.configuration.maximumPerBrand)
        await withDiscardingTaskGroup { group in
            for _ in 0..<max(1, self.configuration.slots) { group.addTask { await self.runSlot(turns) } }
        }
    }

    private func runSlot(_ turns: JobTurns) async {
        while !Task.isCancelled {
            let count = self.jobs.signal.count
            do {
                if let job = try await self.nextJob(turns) {
                    await JobRun(job, of: self).run()
                    continue
                }
            } catch {
                self.log("no job can be taken", error)
            }
            await self.jobs.signal.wait(past: count, milliseconds: self.configuration.pollMilliseconds)
        }
    }

    private func nextJob(_ turns: JobTurns) async throws -> Job? {
        let (candidates, running) = try await self.jobs.waiting(kinds: Array(self.handlers.keys))
        for candidate in await turns.order(candidates, running: running) {
            let job = try await self.jobs.lease(
                candidate, to: self.runner, milliseconds: self.configuration.leaseMilliseconds)
            guard let job else { continue }
            await turns.took(job.brand)
            return job
        }
        return nil
    }

    func log(_ message: Logger.Message, _ error: any Error, of job: Job? = nil) {
        guard !Task.isCancelled else { return }
        var metadata: Logger.Metadata = ["error": "\(String(describing: error))"]
        if let job {
            metadata["job"] = "\(job.id)"
            metadata["brand"] = "\(job.brand)"
            metadata["kind"] = "\(job.kind)"
        }
        self.logger.warning(message, metadata: metadata)
    }
}

/// The turns of brands, shared by the slots of one runner.
actor JobTurns {
    private var selection: JobSelection

    init(maximumPerBrand: Int) { self.selection = JobSelection(maximumPerBrand: maximumPerBrand) }

    func order(
        _ candidates: [JobSelection.Candidate], running: [PostgresUUID: Int64]
    ) -> [JobSelection.Candidate] { self.selection.order(candidates, running: running) }

    func took(_ brand: PostgresUUID) { self.selection.took(brand) }
}
