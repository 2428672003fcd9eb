internal import CatalogDomain
internal import CatalogFiles
internal import CatalogMessages
internal import Jobs
internal import Logging
internal import Postgres
internal import ProtobufC

/// Works on one import from where it stands.
///
/// A file is read whole and its records are kept apart, before the first of them is done: a file that is cut off or does
/// not add up changes nothing. Then the catalog is changed piece by piece, each in a transaction with the job's progress,
/// so that whoever takes the import up after a kill goes on behind the pieces that are done.
struct ImportRun: Sendable {
    let imports: CatalogJobs
    let context: JobContext
    let options: CatalogImportOptions
    var progress: ImportProgress

    /// An import as its job stands.
    init(_ context: JobContext, of imports: CatalogJobs) throws {
        self.imports = imports
        self.context = context
        self.options = try CatalogImport(decoding: context.job.parameters).options ?? CatalogImportOptions()
        self.progress = try ImportProgress(context.job)
    }

    var brand: PostgresUUID { self.context.job.brand }
    var jobID: PostgresUUID { self.context.job.id.uuid }
    var staging: ImportStaging { ImportStaging(job: self.context.job) }

    /// Until the end.
    ///
    /// - Throws: `JobFailure` where the file cannot be taken; ``ImportStaging/Lost``, to be tried again.
    mutating func run() async throws {
        do {
            try await self.runPhases()
        } catch {
            await self.clear(after: error)
            throw error
        }
    }

    private mutating func runPhases() async throws {
        try await self.checkStaged()
        while true {
            switch self.progress.phase {
            case .reading: try await self.read()
            case .checking: try await self.check()
            case .applying: try await self.apply()
            case .clearing: return try await self.step(self.progress, commands: self.staging.clearing)
            }
        }
    }

    /// Removes what is kept apart where nobody comes back for it. Where that fails, the sweep does it later.
    private func clear(after error: any Error) async {
        // In a task of its own: that of a job that is to stop is cancelled.
        await Task {
            do {
                let job = try await self.imports.jobs.find(self.context.job.id, brand: self.brand)
                guard error is JobFailure || job?.state == .cancelling else { return }
                try await self.imports.pool.withTransaction { transaction in
                    _ = try await transaction.commit(with: self.staging.clearing)
                }
            } catch {
                self.imports.logger.warning(
                    "what an import kept apart is left to the sweep",
                    metadata: ["job": "\(self.context.job.id)", "error": "\(String(describing: error))"])
            }
        }.value
    }

    /// Takes a step.
    mutating func step(
        _ progress: ImportProgress, results: [[UInt8]] = [], commands: [PostgresCommand] = []
    ) async throws {
        try Task.checkCancellation()
        let cursor = try progress.encoded()
        try await self.context.checkpoint { _ in
            JobStep(cursor: cursor, progress: progress.jobProgress, results: results, commands: commands)
        }
        self.progress = progress
    }

    /// Takes a step by what is kept apart: it fails where any of that was lost.
    mutating func stagedStep(
        _ effect: (PostgresTransaction, inout ImportProgress) async throws -> (
            results: [[UInt8]], commands: [PostgresCommand]
        ) = { _, _ in ([], []) }
    ) async throws {
        try Task.checkCancellation()
        var next = self.progress
        try await self.context.checkpoint { transaction in
            try await self.staging.check(in: transaction)
            let (results, commands) = try await effect(transaction, &next)
            return JobStep(
                cursor: try next.encoded(), progress: next.jobProgress, results: results, commands: commands)
        }
        self.progress = next
    }

    private mutating func check() async throws {
        let (isOfFitments, id) = (self.options.format.isOfFitments, self.jobID)
        var found = ImportConflicts()
        if isOfFitments {
            found = try await self.imports.pool.withTransaction { transaction in
                var conflicts = ImportConflicts()
                try await conflicts.read(id, in: transaction)
                return conflicts
            }
        }
        try await self.stagedStep { _, next in
            next.counts.duplicates = found.duplicates
            next.counts.overlaps = found.overlaps
            next.counts.commentNoComments = found.commentNoComments
            next.phase = .applying
            return ([], [])
        }
    }

    private mutating func apply() async throws {
        if self.options.format.isOfFitments {
            try await self.applyFitments()
        } else {
            while try await !self.applyProducts() {}
        }
        try await self.stagedStep { _, next in
            next.phase = .clearing
            return ([], [])
        }
    }
}

extension CatalogFormat {
    /// Whether files of the format have fitments, and not products.
    var isOfFitments: Bool {
        switch self {
        case .aces, .fitmentCsv, .fitmentJSON: true
        default: false
        }
    }
}
