internal import Buckets
internal import Jobs
internal import Logging
internal import Postgres
internal import PricingDomain
internal import PricingFiles
internal import PricingMessages
internal import ProtobufC

/// Works on one import from where it stands.
///
/// A file is read whole and its records are kept apart, before the first of them is done: a file that is cut off or does not
/// add up changes nothing. Then prices are changed piece by piece, each in a transaction with the job's progress, so that
/// whoever takes the import up after a kill goes on behind the last piece.
struct ImportRun {
    let imports: PriceJobs
    let context: JobContext
    let options: PriceImportOptions
    let principal: String
    var progress: ImportProgress

    /// An import as its job stands.
    init(_ context: JobContext, of imports: PriceJobs) throws {
        self.imports = imports
        self.context = context
        let parameters = try PriceImport(decoding: context.job.parameters)
        self.options = parameters.options ?? PriceImportOptions()
        self.principal = parameters.createdBy
        self.progress = try ImportProgress(of: context.job)
    }

    var brand: PostgresUUID { self.context.job.brand }
    var jobID: PostgresUUID { self.context.job.id.uuid }

    /// Until the end.
    ///
    /// - Throws: `JobFailure` where the file cannot be taken.
    mutating func run() async throws {
        do {
            try await self.runPhases()
        } catch let failure as JobFailure {
            try await self.clear()
            throw failure
        } catch {
            await self.clearIfCancelled()
            throw error
        }
        try await self.clear()
        await self.vacuum()
    }

    /// The fewest prices that an import has changed when the table is vacuumed behind it.
    private static let vacuumedChanges: Int64 = 20_000

    /// Lets quotes read prices from their index alone again, and plans go by what is there: the server would do it by
    /// itself, but minutes later. Where it cannot, the import is done all the same.
    private func vacuum() async {
        guard !self.progress.isDryRun,
            self.progress.created + self.progress.changed + self.progress.removed >= Self.vacuumedChanges
        else { return }
        do throws(PostgresError) {
            try await self.imports.pool.runScript("vacuum (analyze, skip_locked) price")
        } catch {
            self.imports.logger.warning("prices were imported, and their table could not be vacuumed", error: error)
        }
    }

    private mutating func runPhases() async throws {
        for row in try await self.imports.pool.query(Self.abandoned) {
            try await Self.clear(try row.decode(PostgresUUID.self), in: self.imports.pool)
        }
        if self.progress.phase == .reading { try await self.read() }
        if self.progress.phase == .checking { try await self.check() }
        try await self.apply()
    }

    /// Takes a step that changes no price.
    mutating func step(_ progress: ImportProgress, results: [[UInt8]] = []) async throws {
        let cursor = try progress.encoded()
        try await self.context.checkpoint { _ in
            JobStep(cursor: cursor, progress: progress.jobProgress, results: results)
        }
        self.progress = progress
    }

    /// Looks at all records together.
    private mutating func check() async throws {
        var next = self.progress
        if self.options.full, next.nameless > 0 {
            throw JobFailure(
                code: "nameless-records",
                message:
                    "\(next.nameless) refused records do not say whose prices they are, so that what a full file does "
                    + "not have cannot be told; correct them, or import it as one that is not full; nothing was changed"
            )
        }
        next.phase = .applying
        try await self.step(next)
    }

    // MARK: What is kept apart

    func clear() async throws { try await Self.clear(self.jobID, in: self.imports.pool) }

    /// Bucket by bucket, as all at once may take longer than a statement may.
    private static func clear(_ job: PostgresUUID, in pool: PostgresPool) async throws {
        for bucket in Bucket.all { _ = try await pool.query(Self.clearing, job, bucket.number) }
    }

    /// Nobody comes back for what a cancelled import has kept apart.
    private func clearIfCancelled() async {
        let (imports, job) = (self.imports, self.context.job)
        // The task itself is cancelled by now.
        await Task.detached {
            guard let found = try? await imports.jobs.find(job.id, brand: job.brand), found.state == .cancelling else {
                return
            }
            // What is left by a failure here is cleared by the next import.
            try? await Self.clear(job.id.uuid, in: imports.pool)
        }.value
    }

    private static let clearing = PostgresStatement("delete from import_price where job_id = $1 and bucket = $2")

    /// What is left of imports that ended without anybody who could clear it. Their ids are found one after the other by
    /// the key.
    private static let abandoned = PostgresStatement(
        """
        with recursive staged as (
            (select job_id from import_price order by job_id limit 1)
            union all
            select (select p.job_id from import_price p where p.job_id > s.job_id order by p.job_id limit 1)
            from staged s where s.job_id is not null
        )
        select s.job_id from staged s
        where s.job_id is not null and not exists (
            select from job j where j.id = s.job_id and j.state in ('queued', 'running', 'cancelling'))
        """)
}
