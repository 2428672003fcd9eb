internal import Jobs
internal import OrderMessages
internal import ProtobufC
internal import ServedJobs

extension OrderJobs {
    /// Imports, exports and settlements as the jobs that all services have, a service of its own beside this one.
    var servedJobs: ServedJobs {
        ServedJobs(
            self.jobs,
            kinds: [
                OrderImportKind(jobs: self.jobs), OrderExportKind(jobs: self.jobs), SettlementKind(jobs: self.jobs),
                AcceptanceKind(),
            ], logger: self.logger)
    }
}

/// Imports as jobs that all services have.
struct OrderImportKind: ServedJobKind {
    let jobs: Jobs
    let name = OrderJobs.importKind
    let readScope = "order:read"
    let writeScope = "order:write"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try OrderImport(job)
        return ServedJobDetails(
            createdBy: found.createdBy, percent: try ImportProgress(of: job).percent(ofBytes: found.bytes),
            results: [OrderResultFile.served])
    }

    func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job {
        try await self.jobs.takeFile(input, of: job)
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        try await self.jobs.read(.failedRecords, of: job, to: write)
    }
}

/// Exports as jobs that all services have.
struct OrderExportKind: ServedJobKind {
    let jobs: Jobs
    let name = OrderJobs.exportKind
    let readScope = "order:read"
    // An export changes nothing: who may read orders may have them written, and stop that.
    let writeScope = "order:read"

    func details(of job: Job) throws -> ServedJobDetails {
        let found = try OrderExport(job)
        let isCSV = found.options?.format == .csv
        return ServedJobDetails(
            createdBy: found.createdBy, percent: job.state == .succeeded ? 100 : 0,
            results: [
                ServedJobResult(
                    name: "orders",
                    contentType: isCSV ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson",
                    fileExtension: isCSV ? "csv" : "jsonl", needsSuccess: true)
            ])
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        try await self.jobs.read(.orders, of: job, to: write)
    }
}

/// Settlements as jobs that all services have.
struct SettlementKind: ServedJobKind {
    let jobs: Jobs
    let name = OrderJobs.settlementKind
    let readScope = "order:read"
    let writeScope = "order:settle"

    func details(of job: Job) throws -> ServedJobDetails {
        ServedJobDetails(
            createdBy: try Settlement(decoding: job.parameters).createdBy,
            percent: try SettlementProgress(of: job).percent(ofBytes: job.input.bytes),
            results: [OrderResultFile.served])
    }

    func takeInput(_ input: ServedJobInput, of job: Job) async throws -> Job {
        try await self.jobs.takeFile(input, of: job)
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        try await self.jobs.read(.failedRecords, of: job, to: write)
    }
}

/// What tells the orders of accepted settlements, as jobs that all services have.
struct AcceptanceKind: ServedJobKind {
    let name = OrderJobs.acceptanceKind
    let readScope = "order:read"
    let writeScope = "order:settle"

    func details(of job: Job) throws -> ServedJobDetails {
        ServedJobDetails(
            createdBy: try Settlement(decoding: job.parameters).acceptedBy,
            percent: job.state == .succeeded ? 100 : 0, results: [])
    }

    func read(_ name: String, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {}
}

extension Jobs {
    /// Writes one of the files that a job has left.
    fileprivate func read(
        _ file: OrderResultFile, of job: Job, to write: ([UInt8]) async throws -> Void
    ) async throws {
        for try await chunk in self.result(of: job) {
            if let bytes = file.bytes(of: chunk) { try await write(bytes) }
        }
    }
}

extension OrderResultFile {
    /// The file of refused records as one that a job leaves; also those are told of that were refused before a job
    /// failed.
    fileprivate static let served = ServedJobResult(
        name: "failed-records", contentType: "application/x-ndjson", fileExtension: "jsonl", needsSuccess: false)
}
