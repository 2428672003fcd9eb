public import Postgres
internal import Synchronization

/// What a step of a job leaves behind, together with its effect.
public struct JobStep: Sendable {
    /// How far the job has come, in the handler's own words: where it goes on after a kill.
    public var cursor: [UInt8]
    /// How far it has come, for people.
    public var progress: JobProgress
    /// Further chunks of the result: at most ``JobLimits/chunksPerCheckpoint``, each of 1 to ``JobLimits/chunkBytes``.
    public var results: [[UInt8]]
    /// What travels with the COMMIT: the service's events.
    public var commands: [PostgresCommand]

    /// A step by what it leaves behind.
    public init(
        cursor: [UInt8], progress: JobProgress, results: [[UInt8]] = [], commands: [PostgresCommand] = []
    ) {
        self.cursor = cursor
        self.progress = progress
        self.results = results
        self.commands = commands
    }
}

/// A job as its handler sees it.
///
/// The handler's task is cancelled when the job is to stop, for whatever reason; the handler then throws
/// `CancellationError`, or what a cancelled call throws, as soon as it can.
public final class JobContext: Sendable {
    private let jobs: Jobs
    private let progression: Mutex<JobProgression>

    init(_ job: Job, of jobs: Jobs) {
        self.jobs = jobs
        self.progression = Mutex(JobProgression(job))
    }

    /// The job, as of the last checkpoint: where to go on from.
    public var job: Job { self.progression.withLock { $0.job } }

    /// Chunks of the job's input.
    ///
    /// - Parameter number: The first chunk.
    public func input(from number: Int32 = 0) -> JobChunks { self.jobs.input(of: self.job, from: number) }

    /// Takes a step: an effect and how far the job has come with it, in one transaction.
    ///
    /// The job's row is locked before the effect and until it is committed, so that no other runner can take the job over
    /// in between; whoever has lost it has no effect.
    ///
    /// - Parameter effect: What the step does in the service's database. It does not commit.
    /// - Throws: `CancellationError` once the job is to stop, ``JobError`` with `leaseLost` or `tooLarge`,
    ///   ``PostgresError``, and what the effect throws; nothing has happened then, unless the error says that the outcome
    ///   is unknown.
    public func checkpoint(
        _ effect: (_ transaction: PostgresTransaction) async throws -> JobStep
    ) async throws {
        try await self.checkpoint(
            preparing: { _ in }, { _, _, transaction in try await effect(transaction) })
    }

    /// Takes a step that begins before the job's row is locked, so that it can be prepared beside the steps before it.
    ///
    /// - Parameters:
    ///   - prepare: Begins the transaction. What it locks is locked until the end; what it writes is undone where the job
    ///     has been lost meanwhile. The job's row is locked behind it: that waits, in the database, for whoever has it.
    ///   - effect: What remains to be done, given the job as its row tells it. It does not commit.
    /// - Returns: The answers to the step's commands.
    /// - Throws: As ``checkpoint(_:)``.
    @discardableResult
    public func checkpoint<Prepared: Sendable>(
        preparing prepare: (_ transaction: PostgresTransaction) async throws -> Prepared,
        _ effect: (_ prepared: Prepared, _ job: Job, _ transaction: PostgresTransaction) async throws -> JobStep
    ) async throws -> [PostgresRows] {
        let (after, number, answers) = try await self.jobs.pool.withTransaction { transaction in
            let prepared = try await prepare(transaction)
            let before = try await self.locked(self.job, in: transaction)
            let number = self.progression.withLock { $0.begin(at: before) }
            let step = try await effect(prepared, before, transaction)
            let job = try Self.job(before, after: step)
            var chunks: [PostgresCommand] = []
            if !step.results.isEmpty {
                chunks = [JobRow.insertChunks(step.results, from: before.result.chunks, isResult: true, of: job)]
            }
            let answers = try await self.jobs.commit(
                job, before: before.state, also: chunks + step.commands, in: transaction)
            return (job, number, Array(answers.dropFirst(chunks.count).prefix(step.commands.count)))
        }
        self.progression.withLock { $0.end(at: after, of: number) }
        return answers
    }

    private func locked(_ leased: Job, in transaction: PostgresTransaction) async throws -> Job {
        guard let (job, _) = try await self.jobs.lock(leased.id, brand: leased.brand, in: transaction),
            job.token == leased.token, !job.state.isFinal
        else { throw JobError(.leaseLost, "another runner has the job \(leased.id) now") }
        guard job.state == .running else { throw CancellationError() }
        return job
    }

    private static func job(_ before: Job, after step: JobStep) throws(JobError) -> Job {
        guard step.cursor.count <= JobLimits.cursorBytes else {
            throw .tooLarge("a cursor", bytes: Int64(step.cursor.count), limit: Int64(JobLimits.cursorBytes))
        }
        guard step.results.count <= JobLimits.chunksPerCheckpoint else {
            throw JobError(
                .tooLarge, "\(step.results.count) chunks; at most \(JobLimits.chunksPerCheckpoint) a checkpoint may be")
        }
        var job = before
        for chunk in step.results {
            guard !chunk.isEmpty, chunk.count <= JobLimits.chunkBytes else {
                throw .tooLarge("a chunk", bytes: Int64(chunk.count), limit: Int64(JobLimits.chunkBytes))
            }
            job.result.append(chunk)
        }
        guard job.result.bytes <= JobLimits.resultBytes else {
            throw .tooLarge("a result", bytes: job.result.bytes, limit: JobLimits.resultBytes)
        }
        // Who comes further has not failed at the same place again.
        if job.cursor != step.cursor { job.attempts = 1 }
        job.cursor = step.cursor
        job.progress = step.progress
        return job
    }
}

/// How a job comes forward by steps, which hold its row one after the other, but may learn in any order that they were
/// committed.
struct JobProgression {
    /// The job as the last step has found or left it.
    private(set) var job: Job
    /// Of the step that ``job`` is from.
    private var number = 0
    /// Of the last step that has locked the row.
    private var lastNumber = 0

    init(_ job: Job) { self.job = job }

    /// Takes over what the locked row says: a step before may have been committed without an answer.
    ///
    /// - Returns: The step's number.
    mutating func begin(at job: Job) -> Int {
        self.lastNumber += 1
        self.end(at: job, of: self.lastNumber)
        return self.lastNumber
    }

    /// Takes over what a step has left, unless a later one is known.
    mutating func end(at job: Job, of number: Int) {
        guard number >= self.number else { return }
        (self.job, self.number) = (job, number)
    }
}
