internal import Buckets
public import Postgres
public import Waking

/// What a caller wants done.
public struct JobRequest: Hashable, Sendable {
    /// Whose job it is.
    public var brand: PostgresUUID
    /// What is to be done: 1 to 64 lower-case letters, digits and hyphens, a letter first.
    public var kind: String
    /// How: an encoded message of at most ``JobLimits/parameterBytes``.
    public var parameters: [UInt8]
    /// Rows in all, where that is known already.
    public var total: Int64?
    /// Whether chunks of input follow: the job waits until the input is closed.
    public var hasInput: Bool

    /// A job without input by default.
    public init(
        brand: PostgresUUID, kind: String, parameters: [UInt8] = [], total: Int64? = nil, hasInput: Bool = false
    ) {
        self.brand = brand
        self.kind = kind
        self.parameters = parameters
        self.total = total
        self.hasInput = hasInput
    }
}

/// A change of a job's state.
public struct JobChange: Hashable, Sendable {
    /// What it was; nil for a new job.
    public var previous: JobState?
    /// The job as it is now.
    public var job: Job
}

/// The jobs of one service: rows in its database.
///
/// Anybody in the service creates, looks up and cancels them here; a ``JobRunner`` runs them. What is changed by a runner
/// is fenced by the token of its lease, which the job's own row holds: a lease of its own for each job would outlive it.
public struct Jobs: Sendable {
    /// Called in the transaction of each change of a job's state, to append the service's events.
    ///
    /// Returns the commands that travel with the COMMIT. It may run again for a change that was rolled back.
    public typealias Hook =
        @Sendable (_ change: JobChange, _ transaction: PostgresTransaction) async throws -> [PostgresCommand]

    let pool: PostgresPool
    /// What leads the ids of its jobs.
    public let service: String
    /// Given when there may be work or something to stop.
    public let signal: WakeSignal
    let hook: Hook

    /// - Parameters:
    ///   - pool: On the service's database.
    ///   - service: The service's name: 1 to 32 lower-case letters and digits, a letter first.
    ///   - onChange: Appends the service's events.
    public init(_ pool: PostgresPool, service: StaticString, onChange: @escaping Hook = { _, _ in [] }) {
        precondition(JobID.isServiceName(service.description), "\(service) is no name of a service")
        self.pool = pool
        self.service = service.description
        self.signal = WakeSignal()
        self.hook = onChange
    }

    /// Looks up a job of a brand; nil for another brand's or another service's.
    public func find(_ id: JobID, brand: PostgresUUID) async throws(PostgresError) -> Job? {
        guard id.service == self.service else { return nil }
        let rows = try await self.pool.query(Self.selection, id.bucket(of: brand).number, brand, id.uuid)
        guard let row = rows.first else { return nil }
        return try JobRow.read(row, service: self.service)
    }

    /// A brand's jobs, the newest first.
    ///
    /// - Parameters:
    ///   - kinds: Only those of these kinds; `nil` for all.
    ///   - state: Only those in this state.
    ///   - before: Only those that are older than the job of this UUID: the last one of the page before.
    ///   - limit: At most ``JobLimits/listed``.
    public func list(
        brand: PostgresUUID, kinds: [String]? = nil, state: JobState? = nil, before: PostgresUUID? = nil,
        limit: Int = JobLimits.listed
    ) async throws(PostgresError) -> [Job] {
        let rows = try await self.pool.query(
            Self.page, brand, kinds, before, Int64(max(0, min(limit, JobLimits.listed))), state?.rawValue)
        var jobs: [Job] = []
        for row in rows { jobs.append(try JobRow.read(row, service: self.service)) }
        return jobs
    }

    /// Asks a job to stop: one that waits is cancelled at once, one that runs is told.
    ///
    /// - Returns: The job, `cancelled` or `cancelling`.
    /// - Throws: ``JobError`` with `notFound` or `ended`; ``PostgresError``.
    public func requestCancel(_ id: JobID, brand: PostgresUUID) async throws -> Job {
        let job = try await self.change(id, brand: brand) { job, now throws(JobError) in
            guard job.requestCancel(at: now) else { throw .ended(job) }
        }
        self.signal.wake()
        return job
    }

    private static let selection = PostgresStatement(
        """
        select bucket, brand_id, id, kind, state, parameters, cursor, done, total, failed_rows, message, is_input_open,
            input_chunks, input_bytes, input_checksum, result_chunks, result_bytes, result_checksum, failure_code,
            failure_message, attempts, created_at, started_at, ended_at, not_before, token, runner, lease_expires_at
        from job where bucket = $1 and brand_id = $2 and id = $3
        """,
        readOnly: true)

    private static let page = PostgresStatement(
        """
        select bucket, brand_id, id, kind, state, parameters, cursor, done, total, failed_rows, message, is_input_open,
            input_chunks, input_bytes, input_checksum, result_chunks, result_bytes, result_checksum, failure_code,
            failure_message, attempts, created_at, started_at, ended_at, not_before, token, runner, lease_expires_at
        from job
        where brand_id = $1 and ($2::text[] is null or kind = any($2)) and ($3::uuid is null or id < $3)
            and ($5::text is null or state = $5)
        order by id desc limit $4
        """,
        readOnly: true)
}

extension Jobs {
    /// Changes a job under its lock, with the service's events.
    func change(
        _ id: JobID, brand: PostgresUUID, _ change: (inout Job, PostgresTimestamp) throws(JobError) -> Void
    ) async throws -> Job {
        guard id.service == self.service else { throw JobError.notFound(id) }
        var options = PostgresTransactionOptions()
        options.tries = 3
        return try await self.pool.withTransaction(options) { transaction in
            guard let (before, now) = try await self.lock(id, brand: brand, in: transaction) else {
                throw JobError.notFound(id)
            }
            var job = before
            try change(&job, now)
            try await self.commit(job, before: before.state, in: transaction)
            return job
        }
    }

    /// Locks a job's row for the rest of a transaction.
    func lock(
        _ id: JobID, brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws -> (job: Job, now: PostgresTimestamp)? {
        let rows = try await transaction.execute([JobRow.lock(id, brand: brand)])
        return try self.locked(rows)
    }

    func locked(_ rows: [PostgresRows]) throws(PostgresError) -> (job: Job, now: PostgresTimestamp)? {
        guard let row = rows.first?.first else { return nil }
        return (try JobRow.read(row, service: self.service), try row.decode(column: "now"))
    }

    /// Writes a job's row and what else belongs to it, with the service's events where the state has changed.
    func commit(
        _ job: Job, before: JobState?, also commands: [PostgresCommand] = [], in transaction: PostgresTransaction
    ) async throws {
        _ = try await transaction.execute([JobRow.write(job)])
        let events =
            job.state == before ? [] : try await self.hook(JobChange(previous: before, job: job), transaction)
        _ = try await transaction.commit(with: commands + events)
    }
}
