internal import Jobs
internal import Money
public import OrderAPI
internal import OrderDomain
internal import OrderFiles
public import OrderMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import Refusals
internal import ServedJobs
internal import Wire

extension OrderJobs: OrderFileService {
    /// Begins an import, which waits for its file.
    public func beginImport(
        _ request: BeginOrderImportRequest, context: ServerContext
    ) async throws -> OrderImport {
        let brand = try self.brand(of: context.caller)
        let options = request.options ?? OrderImportOptions()
        let (principal, key) = (context.caller.principal, try Self.key(request.commandID, context))
        return try await self.answering(context, in: "options") {
            try Self.check(options.currency)
            try Self.checkColumns(options.columns.map(\.fileColumn))
            try Self.check { () throws(OrderFileFault) in
                _ = try OrderFileFormats.reader(for: options, self.json)
            }
            let parameters = try OrderImport(options: options, createdBy: principal).encodedBytes()
            let wanted = JobRequest(brand: brand, kind: Self.importKind, parameters: parameters, hasInput: true)
            return try OrderImport(
                try await self.jobs.create(wanted, by: principal, key: key, method: Self.importKind))
        }
    }

    /// How far an import has come.
    public func getImport(_ request: GetOrderImportRequest, context: ServerContext) async throws -> OrderImport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try OrderImport(try await self.jobs.job(request.importID, kind: Self.importKind, of: brand))
        }
    }

    /// A page of the brand's imports, the newest first.
    public func listImports(
        _ request: ListOrderImportsRequest, context: ServerContext
    ) async throws -> ListOrderImportsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let (jobs, next) = try await self.jobs.page(
                kind: Self.importKind, of: brand, size: request.pageSize, token: request.pageToken)
            return ListOrderImportsResponse(imports: try jobs.map { try OrderImport($0) }, nextPageToken: next)
        }
    }

    /// Begins an export as a job.
    public func beginExport(
        _ request: BeginOrderExportRequest, context: ServerContext
    ) async throws -> OrderExport {
        let brand = try self.brand(of: context.caller)
        let options = request.options ?? OrderExportOptions()
        let (principal, key) = (context.caller.principal, try Self.key(request.commandID, context))
        return try await self.answering(context, in: "options") {
            try Self.check { () throws(OrderFileFault) in
                _ = try OrderFileFormats.writer(for: options, self.json)
            }
            let parameters = try OrderExport(options: options, createdBy: principal).encodedBytes()
            return try OrderExport(
                try await self.jobs.create(
                    JobRequest(brand: brand, kind: Self.exportKind, parameters: parameters), by: principal, key: key,
                    method: Self.exportKind))
        }
    }

    /// How far an export has come.
    public func getExport(_ request: GetOrderExportRequest, context: ServerContext) async throws -> OrderExport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try OrderExport(try await self.jobs.job(request.exportID, kind: Self.exportKind, of: brand))
        }
    }

    /// Options that no reader or writer can follow are refused before there is a job.
    static func check(_ make: () throws(OrderFileFault) -> Void) throws(OrderRefusal) {
        do throws(OrderFileFault) { try make() } catch {
            throw OrderRefusal(
                .invalidValue, "the options cannot be followed: \(error.message)",
                faults: [FieldFault(field: "format", reason: error.message, expected: "options that fit the format")])
        }
    }

    /// A currency that options name; empty: none.
    static func check(_ currency: String) throws(OrderRefusal) {
        guard currency.isEmpty || Currency(code: currency) != nil else {
            throw OrderRefusal(
                .unknownCurrency, field: "currency", "is \(currency.debugDescription)",
                expected: "a code of ISO 4217, such as USD")
        }
    }

    /// Columns of a file, each once.
    static func checkColumns(_ names: [String]) throws(OrderRefusal) {
        var known: Set<ExactText> = []
        for (place, name) in names.enumerated() where !known.insert(ExactText(name)).inserted {
            throw OrderRefusal(
                .duplicateEntry, field: "columns[\(place)].fileColumn", "is \(name.debugDescription) again",
                expected: "each column once")
        }
    }

    /// The id of a command, or of its call.
    static func key(_ field: String, _ context: ServerContext) throws(RPCError) -> String {
        let key = field.isEmpty ? context.metadata[Metadata.idempotencyKey] ?? "" : field
        guard !key.isEmpty else {
            throw RPCError(
                field: "commandId", "is missing, and so is the metadata \(Metadata.idempotencyKey)",
                expected: "1 to 255 visible ASCII characters")
        }
        return key
    }
}
