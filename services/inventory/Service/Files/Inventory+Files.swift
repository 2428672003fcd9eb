public import InventoryMessages
internal import Jobs
internal import Postgres
public import RPC
internal import Wire

extension Inventory {
    /// Begins an import, which waits for its file.
    public func beginImport(_ request: BeginImportRequest, context: ServerContext) async throws -> StockImport {
        let brand = try self.brand(of: context.caller)
        let key = try self.key(request.commandID, context)
        return try await self.answering(context) {
            try await self.files.beginImport(
                request.options ?? ImportOptions(), of: brand, by: context.caller.principal, key: key)
        }
    }

    /// Takes a file of stock, to be imported as a job.
    public func createImport(
        _ requests: RequestStream<CreateImportRequest>, context: ServerContext
    ) async throws -> StockImport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            var iterator = requests.makeAsyncIterator()
            guard let first = try await iterator.next(), let options = first.options else {
                throw RPCError(field: "options", "is missing", expected: "the options in the stream's first message")
            }
            let key = try self.key(first.commandID, context)
            return try await self.files.createImport(
                options, of: brand, by: context.caller.principal, key: key,
                from: ImportParts(first: first.data, rest: requests))
        }
    }

    /// How far an import has come.
    public func getImport(_ request: GetImportRequest, context: ServerContext) async throws -> StockImport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.files.importStatus(request.importID, of: brand)
        }
    }

    /// A page of the brand's imports, the newest first.
    public func listImports(_ request: ListImportsRequest, context: ServerContext) async throws -> ListImportsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.files.listImports(request, of: brand) }
    }

    /// Asks an import to stop.
    public func cancelImport(_ request: CancelImportRequest, context: ServerContext) async throws -> StockImport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.files.cancelImport(request.importID, of: brand)
        }
    }

    /// Writes what an import has left so far.
    public func readImportResult(
        _ request: ReadImportResultRequest, responses: ResponseWriter<FilePart>, context: ServerContext
    ) async throws {
        let brand = try self.brand(of: context.caller)
        guard let file = ImportResultFile(request.result) else {
            throw RPCError(field: "result", "is not known", expected: "failed rows or differences")
        }
        try await self.answering(context) {
            try await self.files.readResult(file, of: request.importID, of: brand, to: responses)
        }
    }

    /// Begins an export of stock as a job.
    public func createExport(_ request: CreateExportRequest, context: ServerContext) async throws -> StockExport {
        let brand = try self.brand(of: context.caller)
        let key = try self.key(request.commandID, context)
        return try await self.answering(context) {
            try await self.files.createExport(
                request.options ?? ExportOptions(), of: brand, by: context.caller.principal, key: key)
        }
    }

    /// How far an export has come.
    public func getExport(_ request: GetExportRequest, context: ServerContext) async throws -> StockExport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.files.exportStatus(request.exportID, of: brand)
        }
    }

    /// A page of the brand's exports, the newest first.
    public func listExports(_ request: ListExportsRequest, context: ServerContext) async throws -> ListExportsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.files.listExports(request, of: brand) }
    }

    /// Asks an export to stop.
    public func cancelExport(_ request: CancelExportRequest, context: ServerContext) async throws -> StockExport {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.files.cancelExport(request.exportID, of: brand)
        }
    }

    /// Writes the file of an export.
    public func readExport(
        _ request: ReadExportRequest, responses: ResponseWriter<FilePart>, context: ServerContext
    ) async throws {
        let brand = try self.brand(of: context.caller)
        try await self.answering(context) {
            try await self.files.readExport(request.exportID, of: brand, to: responses)
        }
    }

    private func key(_ field: String, _ context: ServerContext) throws(RPCError) -> String {
        let key = field.isEmpty ? context.metadata[Metadata.idempotencyKey] ?? "" : field
        guard !key.isEmpty else { throw .commandIDMissing }
        return key
    }
}

/// The bytes of an upload, from the messages that bring them.
private struct ImportParts: AsyncSequence {
    let first: [UInt8]
    let rest: RequestStream<CreateImportRequest>

    func makeAsyncIterator() -> Iterator { Iterator(first: self.first, rest: self.rest.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        var first: [UInt8]?
        var rest: RequestStream<CreateImportRequest>.Iterator

        mutating func next() async throws(RPCError) -> [UInt8]? {
            if let first {
                self.first = nil
                return first
            }
            return try await self.rest.next()?.data
        }
    }
}
