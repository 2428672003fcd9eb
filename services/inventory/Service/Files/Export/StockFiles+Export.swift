internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import ProtobufC
internal import RPC
internal import ServedJobs
internal import WellKnownMessages

extension StockFiles {
    /// Begins an export.
    ///
    /// - Parameter key: Names the export; see ``createImport(_:of:by:key:from:)``.
    /// - Throws: ``RPCError`` that names the option at fault; ``PostgresError``.
    func createExport(
        _ options: ExportOptions, of brand: PostgresUUID, by principal: String, key: String?
    ) async throws -> StockExport {
        _ = try ExportRules(options)
        let parameters = try StockExport(options: options, createdBy: principal).encodedBytes()
        let request = JobRequest(brand: brand, kind: Self.exportKind, parameters: parameters)
        return try StockExport(try await self.jobs.create(request, by: principal, key: key, method: Self.exportKind))
    }

    /// How far an export has come.
    ///
    /// - Throws: ``RPCError`` NOT_FOUND where the brand has none of this id; ``PostgresError``.
    func exportStatus(_ id: String, of brand: PostgresUUID) async throws -> StockExport {
        try StockExport(try await self.jobs.job(id, kind: Self.exportKind, of: brand))
    }

    /// Asks an export to stop. One that has ended stays as it is.
    func cancelExport(_ id: String, of brand: PostgresUUID) async throws -> StockExport {
        try StockExport(try await self.jobs.cancel(id, kind: Self.exportKind, of: brand))
    }

    /// A page of a brand's exports, the newest first.
    func listExports(_ request: ListExportsRequest, of brand: PostgresUUID) async throws -> ListExportsResponse {
        let (jobs, next) = try await self.jobs.page(
            kind: Self.exportKind, of: brand, size: request.pageSize, token: request.pageToken)
        return ListExportsResponse(exports: try jobs.map { try StockExport($0) }, nextPageToken: next)
    }

    /// Writes the file of an export, as far as it has come.
    func readExport(
        _ id: String, of brand: PostgresUUID, to parts: ResponseWriter<FilePart>
    ) async throws {
        let job = try await self.jobs.job(id, kind: Self.exportKind, of: brand)
        for try await chunk in self.jobs.result(of: job) { try await parts.write(FilePart(data: chunk)) }
    }
}

extension StockExport {
    /// An export as its job stands.
    init(_ job: Job) throws {
        self = try StockExport(decoding: job.parameters)
        self.exportID = job.id.description
        self.state = FileJobState(job)
        self.problem = job.failure.map { FileJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.items = job.progress.done
        self.itemsTotal = job.progress.total ?? 0
        self.bytes = job.result.bytes
        self.readings = try job.cursor.map { bytes throws(PostgresError) in try ExportCursor(bytes) }?.readings ?? 0
    }
}
