internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import RPC
internal import ServedJobs

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

    func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job {
        try await self.files.jobs.takeFile(input, of: job)
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
