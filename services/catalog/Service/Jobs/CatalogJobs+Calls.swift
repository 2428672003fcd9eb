public import CatalogAPI
internal import CatalogDomain
internal import CatalogFiles
public import CatalogMessages
internal import Jobs
internal import Postgres
internal import ProtobufC
public import RPC
internal import ServedJobs
internal import Wire

extension CatalogJobs: CatalogFileService {
    /// Begins an import, which waits for its file.
    public func beginImport(
        _ request: BeginCatalogImportRequest, context: ServerContext
    ) async throws -> CatalogImport {
        let brand = try self.brand(of: context.caller)
        let options = request.options ?? CatalogImportOptions()
        try Self.check { _ = try CatalogFileFormats.reader(for: options) }
        let (principal, key) = (context.caller.principal, try Self.key(request.commandID, context))
        return try await self.answering(context) {
            let parameters = try CatalogImport(options: options, createdBy: principal).encodedBytes()
            let wanted = JobRequest(brand: brand, kind: Self.importKind, parameters: parameters, hasInput: true)
            return try CatalogImport(
                try await self.jobs.create(wanted, by: principal, key: key, method: Self.importKind))
        }
    }

    /// How far an import has come.
    public func getImport(_ request: GetCatalogImportRequest, context: ServerContext) async throws -> CatalogImport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try CatalogImport(try await self.jobs.job(request.importID, kind: Self.importKind, of: brand))
        }
    }

    /// A page of the brand's imports, the newest first.
    public func listImports(
        _ request: ListCatalogImportsRequest, context: ServerContext
    ) async throws -> ListCatalogImportsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let (jobs, next) = try await self.jobs.page(
                kind: Self.importKind, of: brand, size: request.pageSize, token: request.pageToken)
            return ListCatalogImportsResponse(imports: try jobs.map { try CatalogImport($0) }, nextPageToken: next)
        }
    }

    /// Begins to take back what an import did.
    public func undoImport(_ request: UndoCatalogImportRequest, context: ServerContext) async throws -> CatalogImport {
        let brand = try self.brand(of: context.caller)
        let principal = context.caller.principal
        return try await self.answering(context) {
            let job = try await self.jobs.job(request.importID, kind: Self.importKind, of: brand)
            var found = try CatalogImport(job)
            guard job.state.isFinal, found.options?.dryRun != true else {
                throw CatalogRefusal(
                    .nothingToUndo,
                    "the import \(request.importID) has not ended, or was a dry run that changed nothing")
            }
            let parameters = try CatalogImport(importID: request.importID, createdBy: principal).encodedBytes()
            // An import is undone once: the second call finds the first one's job.
            let undo = try await self.jobs.create(
                JobRequest(brand: brand, kind: Self.undoKind, parameters: parameters), by: "",
                key: request.importID, method: Self.undoKind)
            found.undoJobID = undo.id.description
            return found
        }
    }

    /// Begins an export as a job.
    public func beginExport(
        _ request: BeginCatalogExportRequest, context: ServerContext
    ) async throws -> CatalogExport {
        let brand = try self.brand(of: context.caller)
        let options = request.options ?? CatalogExportOptions()
        try Self.check { _ = try CatalogFileFormats.writer(for: options, date: "2000-01-01") }
        let (principal, key) = (context.caller.principal, try Self.key(request.commandID, context))
        return try await self.answering(context) {
            let parameters = try CatalogExport(options: options, createdBy: principal).encodedBytes()
            return try CatalogExport(
                try await self.jobs.create(
                    JobRequest(brand: brand, kind: Self.exportKind, parameters: parameters), by: principal, key: key,
                    method: Self.exportKind))
        }
    }

    /// How far an export has come.
    public func getExport(_ request: GetCatalogExportRequest, context: ServerContext) async throws -> CatalogExport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try CatalogExport(try await self.jobs.job(request.exportID, kind: Self.exportKind, of: brand))
        }
    }

    /// Options that no reader or writer can follow are refused before there is a job.
    private static func check(_ make: () throws -> Void) throws {
        do {
            try make()
        } catch let fault as CatalogFileFault {
            throw RPCError(field: "options", fault.message, expected: "options that fit the format")
        }
    }

    private static func key(_ field: String, _ context: ServerContext) throws(RPCError) -> String {
        let key = field.isEmpty ? context.metadata[Metadata.idempotencyKey] ?? "" : field
        guard !key.isEmpty else {
            throw RPCError(
                field: "commandId", "is missing, and so is the metadata \(Metadata.idempotencyKey)",
                expected: "1 to 255 visible ASCII characters")
        }
        return key
    }
}
