internal import FileFormats
internal import Gzip
public import InventoryMessages
internal import Jobs
public import Postgres
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import ServedJobs
internal import WellKnownMessages
internal import Wire

extension StockFiles {
    /// Begins an import, which waits for its file.
    ///
    /// - Parameters: As of ``createImport(_:of:by:key:from:)``.
    /// - Throws: ``RPCError`` that names the option at fault; ``PostgresError``.
    func beginImport(
        _ options: ImportOptions, of brand: PostgresUUID, by principal: String, key: String
    ) async throws -> StockImport {
        let request = try Self.request(options, of: brand, by: principal)
        return try StockImport(try await self.jobs.create(request, by: principal, key: key, method: Self.importKind))
    }

    private static func request(
        _ options: ImportOptions, of brand: PostgresUUID, by principal: String
    ) throws -> JobRequest {
        _ = try ImportRules(options)
        let parameters = try StockImport(options: options, createdBy: principal).encodedBytes()
        return JobRequest(brand: brand, kind: Self.importKind, parameters: parameters, hasInput: true)
    }

    /// Takes a file and makes a job of it, which begins when all of the file is kept.
    ///
    /// Bounded memory, whatever the file's size. A file that breaks off leaves an import that waits for the rest, where it
    /// has a key; without one it is cancelled.
    ///
    /// - Parameters:
    ///   - options: How; checked before anything is kept.
    ///   - principal: Who, within the brand: stands as actor in the movements, and the key is one of his. At most 255
    ///     bytes.
    ///   - key: Names the import, 1 to 255 visible ASCII characters: the same file sent again with it gives the same
    ///     import, and goes on where it broke off. Nil: a new import in any case.
    ///   - bytes: The file, in pieces of any size; at most 512 MiB in all. One that is gzip is kept decompressed.
    /// - Returns: The import, which waits for its turn: see ``importStatus(_:of:)``.
    /// - Throws: ``RPCError`` that names the option at fault, or says that the file is too large or the key used for
    ///   another; ``PostgresError``; what the stream of bytes throws.
    public func createImport<Bytes: AsyncSequence>(
        _ options: ImportOptions, of brand: PostgresUUID, by principal: String, key: String? = nil, from bytes: Bytes
    ) async throws -> StockImport where Bytes.Element == [UInt8] {
        let request = try Self.request(options, of: brand, by: principal)
        do {
            let job = try await self.jobs.create(request, by: principal, key: key, method: Self.importKind)
            do {
                return try StockImport(try await self.jobs.upload(bytes, to: job))
            } catch {
                // What cannot be decompressed is no better when it is sent again.
                if key == nil || error is GzipError { _ = try? await self.jobs.requestCancel(job.id, brand: brand) }
                throw error
            }
        } catch let error as JobError {
            throw RPCError(request: error)
        } catch let error as GzipError {
            throw RPCError(
                .invalidArgument, "\(error)", type: error.code.description, reason: .fieldInvalid)
        }
    }

    /// Works on an import to its end.
    ///
    /// What meets others (a deadlock, a row that appeared while it was decided on as not there, a changed setup) is begun
    /// anew from the last step that was committed.
    ///
    /// - Parameter size: How many SKUs its steps take.
    func runImport(_ context: JobContext, size: ImportStepSize = ImportStepSize()) async throws {
        var tries = 0
        while true {
            let before = context.job.cursor
            do {
                var run = try await ImportRun(context, of: self, size: size)
                return try await run.run()
            } catch let error where Self.meetsOthers(error) {
                tries = context.job.cursor == before ? tries + 1 : 1
                guard tries < FileLimits.maximumTries else { throw error }
                if error is ImportStep.SetupChanged { _ = try await self.setups.reload(context.job.brand) }
            }
        }
    }

    private static func meetsOthers(_ error: any Error) -> Bool {
        if error is ImportStep.SetupChanged || error is ImportStep.OutOfOrder { return true }
        guard let error = error as? PostgresError, error.retry != .outcomeUnknown, let state = error.sqlState else {
            return false
        }
        return state == .uniqueViolation || state.classCode == "40"
    }

    /// How far an import has come.
    ///
    /// - Throws: ``RPCError`` NOT_FOUND where the brand has none of this id; ``PostgresError``.
    public func importStatus(_ id: String, of brand: PostgresUUID) async throws -> StockImport {
        try StockImport(try await self.jobs.job(id, kind: Self.importKind, of: brand))
    }

    /// Asks an import to stop; what it has done stays done. One that has ended stays as it is.
    ///
    /// - Throws: As ``importStatus(_:of:)``.
    public func cancelImport(_ id: String, of brand: PostgresUUID) async throws -> StockImport {
        try StockImport(try await self.jobs.cancel(id, kind: Self.importKind, of: brand))
    }

    /// Writes one of the files that an import leaves, as far as it has come: its first line in any case.
    func readResult(
        _ file: ImportResultFile, of id: String, of brand: PostgresUUID, to parts: ResponseWriter<FilePart>
    ) async throws {
        let job = try await self.jobs.job(id, kind: Self.importKind, of: brand)
        try await self.readResult(file, of: job) { try await parts.write(FilePart(data: $0)) }
    }

    func readResult(_ file: ImportResultFile, of job: Job, to write: ([UInt8]) async throws -> Void) async throws {
        try await write(Array(file.header.utf8))
        for try await chunk in self.jobs.result(of: job) {
            if let bytes = file.bytes(of: chunk) { try await write(bytes) }
        }
    }

    /// A page of a brand's imports, the newest first.
    func listImports(_ request: ListImportsRequest, of brand: PostgresUUID) async throws -> ListImportsResponse {
        let (jobs, next) = try await self.jobs.page(
            kind: Self.importKind, of: brand, size: request.pageSize, token: request.pageToken)
        return ListImportsResponse(imports: try jobs.map { try StockImport($0) }, nextPageToken: next)
    }
}

extension StockImport {
    /// An import as its job stands.
    init(_ job: Job) throws {
        self = try StockImport(decoding: job.parameters)
        self.importID = job.id.description
        self.state = FileJobState(job)
        self.problem = job.failure.map { FileJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.bytes = job.input.bytes
        let cursor = try job.cursor.map { bytes throws(PostgresError) in try ImportCursor(bytes) } ?? ImportCursor()
        self.bytesDone = cursor.offset
        self.rows = cursor.counts.rows
        self.rowsApplied = cursor.counts.applied
        self.rowsUnchanged = cursor.counts.unchanged
        self.rowsSuperseded = cursor.counts.superseded
        self.rowsFailed = cursor.counts.failed
        self.levelsChanged = cursor.counts.levels
        self.resultsCut = cursor.failedRows.isCut || cursor.differences.isCut
    }
}
