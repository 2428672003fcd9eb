internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import ServedJobs

/// Exports of stock as jobs that all services have.
struct StockExportKind: ServedJobKind {
    let files: StockFiles
    let name = StockFiles.exportKind
    // An export changes nothing: who may read stock may have it written, and stop that.
    let readScope = "inventory:read"
    let writeScope = "inventory:read"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try StockExport(job)
        let isJSON = found.options?.format == .json
        return ServedJobDetails(
            createdBy: found.createdBy,
            percent: found.itemsTotal > 0 ? UInt32(clamping: 100 * found.items / found.itemsTotal) : 0,
            results: [
                ServedJobResult(
                    name: "stock",
                    contentType: isJSON ? "application/x-ndjson" : "text/csv; charset=utf-8; header=present",
                    fileExtension: isJSON ? "jsonl" : "csv", needsSuccess: true)
            ])
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        for try await chunk in self.files.jobs.result(of: job) { try await write(chunk) }
    }
}
