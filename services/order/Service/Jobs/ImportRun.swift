internal import Jobs
internal import Logging
internal import OrderFiles
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// Works on one import from where it stands.
///
/// A file is read whole and its orders are kept apart, before the first of them is on record: a file that is cut off
/// changes nothing. Then orders come on record piece by piece, each in a transaction with the job's progress, in two
/// parts at once, so that whoever takes the import up after a kill goes on behind the pieces that are done.
struct ImportRun: Sendable {
    let imports: OrderJobs
    let context: JobContext
    let options: OrderImportOptions
    let principal: String
    var progress: ImportProgress

    /// An import as its job stands.
    init(_ context: JobContext, of imports: OrderJobs) throws {
        self.imports = imports
        self.context = context
        let parameters = try OrderImport(decoding: context.job.parameters)
        self.options = parameters.options ?? OrderImportOptions()
        self.principal = parameters.createdBy
        self.progress = try ImportProgress(of: context.job)
    }

    var brand: PostgresUUID { self.context.job.brand }
    var jobID: PostgresUUID { self.context.job.id.uuid }
    var staging: ImportStaging { ImportStaging(job: self.context.job) }

    /// Until the end.
    ///
    /// - Throws: `JobFailure` where the file cannot be taken; ``ImportStaging/Lost``, to be tried again.
    mutating func run() async throws {
        do {
            try await ImportStaging.sweep(self.imports.pool)
            try await self.checkStaged()
            if self.progress.phase == .reading { try await self.read() }
            try await self.apply()
        } catch {
            await self.clear(after: error)
            throw error
        }
        try await self.staging.clear(in: self.imports.pool)
        await self.analyze()
    }

    /// The fewest orders that an import has taken in when the tables' statistics are made behind it.
    private static let analyzedOrders: Int64 = 20_000

    /// Lets plans go by what is there: the server would do it by itself, but minutes later. Where it cannot, the import
    /// is done all the same.
    private func analyze() async {
        guard !self.options.dryRun, self.progress.created >= Self.analyzedOrders else { return }
        do throws(PostgresError) {
            try await self.imports.pool.runScript(
                "analyze (skip_locked) sales_order, order_line, order_key, order_entry")
        } catch {
            self.imports.logger.warning("orders were imported, and their tables could not be analyzed", error: error)
        }
    }

    /// Removes what is kept apart where nobody comes back for it. Where that fails, the next import does it.
    private func clear(after error: any Error) async {
        let (imports, context) = (self.imports, self.context)
        // In a task of its own: that of a job that is to stop is cancelled.
        await Task {
            do {
                let job = try await imports.jobs.find(context.job.id, brand: context.job.brand)
                guard error is JobFailure || job?.state == .cancelling else { return }
                try await ImportStaging(job: context.job).clear(in: imports.pool)
            } catch {
                imports.logger.warning(
                    "what an import kept apart is left to the next one",
                    metadata: ["job": "\(context.job.id)", "error": "\(String(describing: error))"])
            }
        }.value
    }

    /// After a crash of the database nothing is kept apart any more: the file is read again. What was counted, told and
    /// taken in of it stays so.
    private mutating func checkStaged() async throws {
        guard self.progress.kept > 0, try await !self.staging.isKept(in: self.imports.pool) else { return }
        var next = self.progress
        next.phase = .reading
        (next.kept, next.bytes, next.staged) = (0, 0, 0)
        try await self.step(next)
    }

    /// Takes a step that changes no order.
    mutating func step(_ progress: ImportProgress) async throws {
        let cursor = try progress.encoded()
        try await self.context.checkpoint { _ in JobStep(cursor: cursor, progress: progress.jobProgress) }
        self.progress = progress
    }
}
