internal import CatalogMessages
internal import Jobs
internal import ProtobufC
internal import ServedJobs

extension CatalogJobs {
    /// Imports, what undoes them, and exports as the jobs that all services have, a service of its own beside this one.
    var servedJobs: ServedJobs {
        ServedJobs(
            self.jobs,
            kinds: [
                CatalogImportKind(jobs: self.jobs), CatalogUndoKind(jobs: self.jobs),
                CatalogExportKind(jobs: self.jobs),
            ], logger: self.logger)
    }
}

/// Imports as jobs that all services have.
struct CatalogImportKind: ServedJobKind {
    let jobs: Jobs
    let name = CatalogJobs.importKind
    let readScope = "catalog:read"
    let writeScope = "catalog:write"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try CatalogImport(job)
        let files: [ImportResultFile] =
            found.options?.dryRun == true ? [.failedRecords, .differences] : [.failedRecords]
        return ServedJobDetails(
            createdBy: found.createdBy,
            percent: found.bytes > 0 ? UInt32(clamping: 100 * found.bytesDone / found.bytes) : 0,
            results: files.map(\.served))
    }

    func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job {
        try await self.jobs.takeFile(input, of: job)
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        guard let file = ImportResultFile.allCases.first(where: { $0.served.name == name }) else { return }
        for try await chunk in self.jobs.result(of: job) {
            if let bytes = file.bytes(of: chunk) { try await write(bytes) }
        }
    }
}

/// What undoes imports, as jobs that all services have.
struct CatalogUndoKind: ServedJobKind {
    let jobs: Jobs
    let name = CatalogJobs.undoKind
    let readScope = "catalog:read"
    let writeScope = "catalog:write"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try CatalogImport(decoding: job.parameters)
        return ServedJobDetails(
            createdBy: found.createdBy, percent: job.state == .succeeded ? 100 : 0,
            results: [ImportResultFile.failedRecords.served])
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        for try await chunk in self.jobs.result(of: job) {
            if let bytes = ImportResultFile.failedRecords.bytes(of: chunk) { try await write(bytes) }
        }
    }
}

/// Exports as jobs that all services have.
struct CatalogExportKind: ServedJobKind {
    let jobs: Jobs
    let name = CatalogJobs.exportKind
    // An export changes nothing: who may read the catalog may have it written, and stop that.
    let readScope = "catalog:read"
    let writeScope = "catalog:read"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try CatalogExport(job)
        let type = (found.options?.format ?? .json).fileType
        return ServedJobDetails(
            createdBy: found.createdBy, percent: job.state == .succeeded ? 100 : 0,
            results: [
                ServedJobResult(
                    name: "catalog", contentType: type.media, fileExtension: type.suffix, needsSuccess: true)
            ])
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        for try await chunk in self.jobs.result(of: job) { try await write(chunk) }
    }
}

extension ImportResultFile {
    /// The file as one that a job leaves.
    fileprivate var served: ServedJobResult {
        let name =
            switch self {
            case .failedRecords: "failed-records"
            case .differences: "differences"
            }
        // Records that were refused before an import failed are told of, too.
        return ServedJobResult(
            name: name, contentType: "application/x-ndjson", fileExtension: "jsonl",
            needsSuccess: self == .differences)
    }
}

extension CatalogFormat {
    /// The media type of a file of the format, and what its name ends with.
    var fileType: (media: String, suffix: String) {
        switch self {
        case .aces, .pies: ("application/xml", "xml")
        case .csv, .fitmentCsv: ("text/csv; charset=utf-8; header=present", "csv")
        default: ("application/x-ndjson", "jsonl")
        }
    }

    /// What a full file replaces where it does not say.
    var documentName: String { self.isOfFitments ? "fitments" : "products" }
}
