internal import Buckets
internal import Postgres

/// A job's row, read and written as a whole: jobs are few, and their state follows from ``JobState`` alone.
enum JobRow {
    /// Reads a row by the names of its columns.
    ///
    /// Statements name each column: a prepared `select *` fails once a later migration adds one.
    static func read(_ row: PostgresRow, service: String) throws(PostgresError) -> Job {
        let uuid = try row.decode(PostgresUUID.self, column: "id")
        guard let id = JobID(service: service, uuid: uuid) else {
            throw .unexpectedValue(column: "id", reason: "no job's id can be made of it")
        }
        let stateName = try row.decode(String.self, column: "state")
        guard let state = JobState(rawValue: stateName) else {
            throw .unexpectedValue(column: "state", reason: "\(stateName) is no state of a job")
        }
        return Job(
            id: id, brand: try row.decode(column: "brand_id"), kind: try row.decode(column: "kind"), state: state,
            parameters: try row.decode(column: "parameters"), cursor: try row.decode(column: "cursor"),
            progress: JobProgress(
                done: try row.decode(column: "done"), total: try row.decode(column: "total"),
                failedRows: try row.decode(column: "failed_rows"), message: try row.decode(column: "message")),
            input: try self.content(row, "input"), isInputOpen: try row.decode(column: "is_input_open"),
            result: try self.content(row, "result"), failure: try self.failure(row),
            attempts: try row.decode(column: "attempts"), createdAt: try row.decode(column: "created_at"),
            startedAt: try row.decode(column: "started_at"), endedAt: try row.decode(column: "ended_at"),
            notBefore: try row.decode(column: "not_before"), token: try row.decode(column: "token"),
            runner: try row.decode(column: "runner"), leaseExpiresAt: try row.decode(column: "lease_expires_at"))
    }

    private static func content(_ row: PostgresRow, _ name: String) throws(PostgresError) -> JobContent {
        JobContent(
            chunks: try row.decode(column: "\(name)_chunks"), bytes: try row.decode(column: "\(name)_bytes"),
            checksum: UInt32(truncatingIfNeeded: try row.decode(Int64.self, column: "\(name)_checksum")))
    }

    private static func failure(_ row: PostgresRow) throws(PostgresError) -> JobFailure? {
        guard let code = try row.decode(String?.self, column: "failure_code") else { return nil }
        return JobFailure(code: code, message: try row.decode(column: "failure_message"))
    }

    /// A new job's row.
    static func insert(_ job: Job) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, job.id.bucket(of: job.brand).number, job.brand, job.id.uuid, job.kind, job.state.rawValue,
            job.parameters, job.progress.total, job.isInputOpen, job.createdAt)
    }

    /// Reads a job and keeps others from changing it.
    static func lock(_ id: JobID, brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.locking, id.bucket(of: brand).number, brand, id.uuid)
    }

    /// Locks a job unless somebody else has.
    static func lockIfFree(_ id: JobID, brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.lockingIfFree, id.bucket(of: brand).number, brand, id.uuid)
    }

    /// Writes all that can change; the row is locked.
    static func write(_ job: Job) -> PostgresCommand {
        PostgresCommand(
            Self.update, job.id.bucket(of: job.brand).number, job.brand, job.id.uuid, job.state.rawValue, job.cursor,
            job.progress.done, job.progress.total, job.progress.failedRows,
            Self.text(job.progress.message, JobProgress.maximumMessageLength), job.isInputOpen,
            job.input.chunks, job.input.bytes, Int64(job.input.checksum),
            job.result.chunks, job.result.bytes, Int64(job.result.checksum),
            job.failure.map { Self.text($0.code, JobLimits.kindLength) },
            job.failure.map { Self.text($0.message, JobFailure.maximumMessageLength) },
            job.attempts, job.startedAt, job.endedAt, job.notBefore, job.token, job.runner, job.leaseExpiresAt)
    }

    /// Adds chunks, whose first one has this number.
    static func insertChunks(_ chunks: [[UInt8]], from number: Int32, isResult: Bool, of job: Job) -> PostgresCommand {
        PostgresCommand(
            Self.chunkInsertion, job.id.bucket(of: job.brand).number, job.brand, job.id.uuid, isResult,
            (0..<Int32(chunks.count)).map { number + $0 }, chunks)
    }

    /// PostgreSQL holds no NUL in text.
    private static func text(_ text: String, _ limit: Int) -> String {
        String(text.filter { $0 != "\0" }.prefix(limit))
    }

    private static let insertion = PostgresStatement(
        """
        insert into job (bucket, brand_id, id, kind, state, parameters, total, is_input_open, created_at, not_before)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        """)

    private static let locking = PostgresStatement(
        """
        select bucket, brand_id, id, kind, state, parameters, cursor, done, total, failed_rows, message, is_input_open,
            input_chunks, input_bytes, input_checksum, result_chunks, result_bytes, result_checksum, failure_code,
            failure_message, attempts, created_at, started_at, ended_at, not_before, token, runner, lease_expires_at,
            clock_timestamp() as now
        from job where bucket = $1 and brand_id = $2 and id = $3 for update
        """)

    private static let lockingIfFree = PostgresStatement(
        """
        select bucket, brand_id, id, kind, state, parameters, cursor, done, total, failed_rows, message, is_input_open,
            input_chunks, input_bytes, input_checksum, result_chunks, result_bytes, result_checksum, failure_code,
            failure_message, attempts, created_at, started_at, ended_at, not_before, token, runner, lease_expires_at,
            clock_timestamp() as now
        from job where bucket = $1 and brand_id = $2 and id = $3 for update skip locked
        """)

    private static let update = PostgresStatement(
        """
        update job set state = $4, cursor = $5, done = $6, total = $7, failed_rows = $8, message = $9,
            is_input_open = $10, input_chunks = $11, input_bytes = $12, input_checksum = $13, result_chunks = $14,
            result_bytes = $15, result_checksum = $16, failure_code = $17, failure_message = $18, attempts = $19,
            started_at = $20, ended_at = $21, not_before = $22, token = $23, runner = $24, lease_expires_at = $25
        where bucket = $1 and brand_id = $2 and id = $3
        """)

    private static let chunkInsertion = PostgresStatement(
        """
        insert into job_chunk (bucket, brand_id, job_id, is_result, number, bytes)
        select $1, $2, $3, $4, c.number, c.bytes from unnest($5::integer[], $6::bytea[]) as c (number, bytes)
        """)
}
