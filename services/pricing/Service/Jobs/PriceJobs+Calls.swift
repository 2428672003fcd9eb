internal import Jobs
internal import Postgres
public import PricingAPI
internal import PricingDomain
internal import PricingFiles
public import PricingMessages
internal import ProtobufC
public import RPC
internal import ServedJobs
internal import Wire

extension PriceJobs: PriceFileService {
    /// Begins an import, which waits for its file.
    public func beginImport(
        _ request: BeginPriceImportRequest, context: ServerContext
    ) async throws -> PriceImport {
        let brand = try self.brand(of: context.caller)
        let options = request.options ?? PriceImportOptions()
        try Self.check { _ = try PriceFileFormats.reader(for: options, choices: []) }
        let (principal, key) = (context.caller.principal, try Self.key(request.commandID, context))
        return try await self.answering(context) {
            let parameters = try PriceImport(options: options, createdBy: principal).encodedBytes()
            let wanted = JobRequest(brand: brand, kind: Self.importKind, parameters: parameters, hasInput: true)
            return try PriceImport(
                try await self.jobs.create(wanted, by: principal, key: key, method: Self.importKind))
        }
    }

    /// How far an import has come.
    public func getImport(_ request: GetPriceImportRequest, context: ServerContext) async throws -> PriceImport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try PriceImport(try await self.jobs.job(request.importID, kind: Self.importKind, of: brand))
        }
    }

    /// A page of the brand's imports, the newest first.
    public func listImports(
        _ request: ListPriceImportsRequest, context: ServerContext
    ) async throws -> ListPriceImportsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let (jobs, next) = try await self.jobs.page(
                kind: Self.importKind, of: brand, size: request.pageSize, token: request.pageToken)
            return ListPriceImportsResponse(imports: try jobs.map { try PriceImport($0) }, nextPageToken: next)
        }
    }

    /// Begins to take back what an import did.
    public func undoImport(_ request: UndoPriceImportRequest, context: ServerContext) async throws -> PriceImport {
        let brand = try self.brand(of: context.caller)
        let principal = context.caller.principal
        return try await self.answering(context) {
            let job = try await self.jobs.job(request.importID, kind: Self.importKind, of: brand)
            var found = try PriceImport(job)
            let progress = try ImportProgress(of: job)
            guard job.state.isFinal, !progress.isDryRun, progress.parts > 0 else {
                throw PricingRefusal(
                    .nothingToUndo, "the import \(request.importID) has not ended, or has changed no price")
            }
            let parameters = try PriceImport(importID: request.importID, createdBy: principal).encodedBytes()
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
        _ request: BeginPriceExportRequest, context: ServerContext
    ) async throws -> PriceExport {
        let brand = try self.brand(of: context.caller)
        let options = request.options ?? PriceExportOptions()
        try Self.check {
            _ = try PriceFileFormats.writer(for: options, lists: [], day: Instant(microseconds: 0))
        }
        let (principal, key) = (context.caller.principal, try Self.key(request.commandID, context))
        let showsCost = context.caller.scopes.contains(PriceLists.costScope)
        return try await self.answering(context) {
            let content = try await PriceBookRows.present(of: brand, in: self.pool)
            let lists = try ExportRun.lists(of: content, for: options)
            let hasCost = lists.contains { $0.list.type == .cost }
            // Who may not see costs has them left out; whom he names a list of costs to is told so.
            guard showsCost || !hasCost || options.listIDs.isEmpty else { throw RPCError.costIsHidden }
            let kind = showsCost && hasCost ? Self.costExportKind : Self.exportKind
            let parameters = try PriceExport(options: options, createdBy: principal).encodedBytes()
            return try PriceExport(
                try await self.jobs.create(
                    JobRequest(brand: brand, kind: kind, parameters: parameters), by: principal, key: key,
                    method: Self.exportKind))
        }
    }

    /// How far an export has come.
    public func getExport(_ request: GetPriceExportRequest, context: ServerContext) async throws -> PriceExport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let id = JobID(request.exportID), let job = try await self.jobs.find(id, brand: brand),
                job.kind == Self.exportKind || job.kind == Self.costExportKind
            else { throw RPCError.jobNotFound }
            return try PriceExport(job)
        }
    }

    /// Options that no reader or writer can follow are refused before there is a job.
    private static func check(_ make: () throws -> Void) throws {
        do {
            try make()
        } catch let fault as PriceFileFault {
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
