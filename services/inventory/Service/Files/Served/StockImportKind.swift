internal import Gzip
internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import RPC
internal import RPCMessages
internal import ServedJobs
internal import Wire

/// Imports of stock as jobs that all services have.
struct StockImportKind: ServedJobKind {
    let files: StockFiles
    let name = StockFiles.importKind
    let readScope = "inventory:read"
    let writeScope = "inventory:write"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try StockImport(job)
        let files: [ImportResultFile] = found.options?.dryRun == true ? [.failedRows, .differences] : [.failedRows]
        return ServedJobDetails(
            createdBy: found.createdBy,
            percent: found.bytes > 0 ? UInt32(clamping: 100 * found.bytesDone / found.bytes) : 0,
            results: files.map(\.served))
    }

    /// What cannot be an import's file ends the import: it would be no better when it is sent again, and what is kept of it
    /// leaves no room for another one.
    func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job {
        do {
            return try await self.files.upload(input, to: job)
        } catch let error as GzipError {
            let reason = error.code == .tooLarge ? Reason.messageTooLarge : .fieldInvalid
            throw await self.refusal(of: job, "\(error)", type: error.code.description, reason)
        } catch let error as JobError where error.code == .tooLarge {
            throw await self.refusal(of: job, error.message, type: "file-too-large", .messageTooLarge)
        }
    }

    private func refusal(of job: Job, _ message: String, type: String, _ reason: Reason) async -> RPCError {
        let isCancelled = (try? await self.files.jobs.requestCancel(job.id, brand: job.brand)) != nil
        let end = isCancelled ? "; the import is cancelled, begin another one" : ""
        return RPCError(.invalidArgument, message + end, type: type, reason: reason)
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        guard let file = ImportResultFile.allCases.first(where: { $0.served.name == name }) else { return }
        try await self.files.readResult(file, of: job, to: write)
    }
}

extension ImportResultFile {
    /// The file as one that a job leaves.
    fileprivate var served: ServedJobResult {
        let name =
            switch self {
            case .failedRows: "failed-rows"
            case .differences: "differences"
            }
        // Rows that were refused before an import failed are told of, too.
        return ServedJobResult(
            name: name, contentType: "text/csv; charset=utf-8; header=present", fileExtension: "csv",
            needsSuccess: self == .differences)
    }
}
