internal import Jobs
internal import PricingMessages
internal import ProtobufC
internal import ServedJobs

extension PriceJobs {
    /// Imports, what undoes them, and exports as the jobs that all services have, a service of its own beside this one.
    var servedJobs: ServedJobs {
        ServedJobs(
            self.jobs,
            kinds: [
                PriceImportKind(jobs: self.jobs), PriceUndoKind(jobs: self.jobs),
                PriceExportKind(jobs: self.jobs, name: Self.exportKind, scope: "pricing:read"),
                PriceExportKind(jobs: self.jobs, name: Self.costExportKind, scope: PriceLists.costScope),
            ], logger: self.logger)
    }
}

/// Imports as jobs that all services have. What they leave may tell of costs.
struct PriceImportKind: ServedJobKind {
    let jobs: Jobs
    let name = PriceJobs.importKind
    let readScope = PriceLists.costScope
    let writeScope = "pricing:write"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try PriceImport(job)
        let isDryRun = try ImportProgress(of: job).isDryRun || found.options?.dryRun == true
        let files: [ImportResultFile] = isDryRun ? [.failedRecords, .differences] : [.failedRecords]
        return ServedJobDetails(
            createdBy: found.createdBy, percent: try ImportProgress(of: job).percent(ofBytes: found.bytes),
            results: files.map(\.served))
    }

    func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job {
        try await self.jobs.takeFile(input, of: job)
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        guard let file = ImportResultFile.allCases.first(where: { $0.served.name == name }) else { return }
        try await self.jobs.read(file, of: job, to: write)
    }
}

/// What undoes imports, as jobs that all services have.
struct PriceUndoKind: ServedJobKind {
    let jobs: Jobs
    let name = PriceJobs.undoKind
    let readScope = PriceLists.costScope
    let writeScope = "pricing:write"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try PriceImport(decoding: job.parameters)
        return ServedJobDetails(
            createdBy: found.createdBy, percent: job.state == .succeeded ? 100 : 0,
            results: [ImportResultFile.failedRecords.served])
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        try await self.jobs.read(.failedRecords, of: job, to: write)
    }
}

/// Exports as jobs that all services have.
struct PriceExportKind: ServedJobKind {
    let jobs: Jobs
    let name: String
    let scope: String
    var readScope: String { self.scope }
    // An export changes nothing: who may read prices may have them written, and stop that.
    var writeScope: String { self.scope }

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try PriceExport(job)
        let isXML = found.options?.format == .pies
        return ServedJobDetails(
            createdBy: found.createdBy, percent: job.state == .succeeded ? 100 : 0,
            results: [
                ServedJobResult(
                    name: "prices", contentType: isXML ? "application/xml" : "text/csv; charset=utf-8; header=present",
                    fileExtension: isXML ? "xml" : "csv", needsSuccess: true),
                ImportResultFile.leftOut.served,
            ])
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        try await self.jobs.read(name == ImportResultFile.leftOut.served.name ? .leftOut : .prices, of: job, to: write)
    }
}

extension Jobs {
    /// Writes one of the files that a job has left.
    fileprivate func read(
        _ file: ImportResultFile, of job: Job, to write: ([UInt8]) async throws -> Void
    ) async throws {
        for try await chunk in self.result(of: job) {
            if let bytes = file.bytes(of: chunk) { try await write(bytes) }
        }
    }
}

extension ImportResultFile {
    /// The file as one that a job leaves.
    fileprivate var served: ServedJobResult {
        let name =
            switch self {
            case .failedRecords: "failed-records"
            case .differences: "differences"
            case .prices: "prices"
            case .leftOut: "left-out"
            }
        // Records that were refused before an import failed are told of, too.
        return ServedJobResult(
            name: name, contentType: "application/x-ndjson", fileExtension: "jsonl",
            needsSuccess: self != .failedRecords)
    }
}
