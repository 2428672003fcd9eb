internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import ProtobufC

/// Works on one import from where it stands.
///
/// A step is one transaction: it locks the items of some entries, decides on them, writes what follows, its events and how
/// far the import has come. So whoever takes it up after a kill finds each row carried out or not, never twice.
struct ImportRun {
    private struct SetupChanged: Error {}

    /// The most entries of a step.
    static let maximumEntries = 4_000
    /// How often a step is tried that meets others: a deadlock, a row that appeared, a changed setup.
    static let maximumTries = 10

    private let files: StockFiles
    private let context: JobContext
    private let rules: ImportRules
    private let actor: String
    private var reader: ImportReader
    private var waiting: [ImportEntry] = []
    private var nextChunk: Int32 = 0
    private var cursor = ImportCursor()

    /// An import as its job stands.
    ///
    /// - Throws: `JobFailure` where the file's beginning says that it is none.
    init(_ context: JobContext, of files: StockFiles) async throws {
        self.files = files
        self.context = context
        let parameters = try StockImport(decoding: context.job.parameters)
        self.actor = parameters.createdBy
        self.rules = try ImportRules(parameters.options ?? ImportOptions())
        self.reader = ImportReader(self.rules)
        // The names of columns stand at the beginning, wherever the import stands.
        while try !self.reader.readHeader() { try await self.readChunk() }
        guard let bytes = context.job.cursor else { return }
        self.cursor = try ImportCursor(bytes)
        self.reader = ImportReader(
            self.rules, offset: self.cursor.offset, line: self.cursor.line, columns: self.reader.columns)
        self.nextChunk = Int32(self.cursor.offset / Int64(FileLimits.chunkBytes))
        try await self.readChunk(dropping: Int(self.cursor.offset % Int64(FileLimits.chunkBytes)))
    }

    /// Until the end of the file.
    mutating func run() async throws {
        while try await self.fill() { try await self.step() }
    }

    /// Reads entries until there are enough for a step.
    ///
    /// - Returns: false at the end of the file.
    private mutating func fill() async throws -> Bool {
        while self.waiting.count < Self.maximumEntries {
            switch try self.reader.next() {
            case .entry(let entry): self.waiting.append(entry)
            case .needsMore: try await self.readChunk()
            case .end: return !self.waiting.isEmpty
            }
        }
        return true
    }

    private mutating func readChunk(dropping bytes: Int = 0) async throws {
        var chunks = self.context.input(from: self.nextChunk).makeAsyncIterator()
        if let chunk = try await chunks.next() {
            try self.reader.append(bytes == 0 ? chunk : Array(chunk.dropFirst(bytes)))
            self.nextChunk += 1
        }
        if self.nextChunk >= self.context.job.input.chunks { self.reader.complete() }
    }

    private mutating func step() async throws {
        var tries = 0
        while true {
            tries += 1
            do {
                return try await self.tryStep()
            } catch is SetupChanged where tries < Self.maximumTries {
                _ = try await self.files.setups.reload(self.context.job.brand)
            } catch let error as PostgresError where Self.meetsOthers(error) && tries < Self.maximumTries {
                continue
            }
        }
    }

    /// A deadlock or a row that appeared while it was decided on as not there: read again, and decide on it.
    private static func meetsOthers(_ error: PostgresError) -> Bool {
        guard error.retry != .outcomeUnknown, let state = error.sqlState else { return false }
        return state == .uniqueViolation || state.classCode == "40"
    }

    private mutating func tryStep() async throws {
        let brand = self.context.job.brand
        let setup = try await self.files.setups.setup(of: brand)
        let (entries, skus) = self.part
        var result: (decision: ImportDecision, cursor: ImportCursor, now: Timestamp)?
        try await self.context.checkpoint { transaction in
            var read = ImportRead(skus, of: brand, setup: setup)
            try await read.run(in: transaction, locks: !self.rules.isDryRun)
            guard !read.isOutdated else { throw SetupChanged() }
            let decision = try ImportDecision(
                entries, read, job: self.context.job.id, actor: self.actor, rules: self.rules,
                counts: self.cursor.counts)
            let cursor = self.cursor(after: decision)
            result = (decision, cursor, read.now)
            return JobStep(
                cursor: cursor.bytes,
                progress: JobProgress(done: cursor.counts.rows, failedRows: cursor.counts.failed),
                results: Self.results(decision, before: self.cursor),
                commands: try decision.decided.map { try StockWrites.commands([$0], at: read.now) } ?? [])
        }
        guard let result else { return }
        self.cursor = result.cursor
        self.waiting.removeFirst(result.decision.taken)
        self.tell(result.decision, result.now)
    }

    private func tell(_ decision: ImportDecision, _ now: Timestamp) {
        guard let decided = decision.decided else { return }
        self.files.news.committed()
        self.files.reads.written(
            decided.items.map { CommittedItem(brand: decided.brand, item: $0, changedAt: now) })
    }

    /// What is tried in one step, and its SKUs: each that changes gives an event at least.
    private var part: (entries: ArraySlice<ImportEntry>, skus: Set<SKU>) {
        var skus: Set<SKU> = []
        for (index, entry) in self.waiting.enumerated() {
            guard case .document(let document) = entry.content, !skus.contains(document.sku) else { continue }
            guard skus.count < EventLog.maximumEventsPerTransaction else { return (self.waiting[..<index], skus) }
            skus.insert(document.sku)
        }
        return (self.waiting[...], skus)
    }

    private func cursor(after decision: ImportDecision) -> ImportCursor {
        var cursor = self.cursor
        if decision.taken > 0 {
            cursor.offset = self.waiting[decision.taken - 1].endOffset
            cursor.line = self.waiting[decision.taken - 1].endLine
        }
        cursor.counts = decision.counts
        cursor.failedRows.add(decision.failedRows.bytes.count, limit: FileLimits.failedRowBytes)
        cursor.differences.add(decision.differences.bytes.count, limit: FileLimits.differenceBytes)
        return cursor
    }

    /// The chunks of both results; what is beyond the limit of one is left out, from then on all of it.
    private static func results(_ decision: ImportDecision, before: ImportCursor) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        let parts: [(ImportResultFile, [UInt8], Bool)] = [
            (.failedRows, decision.failedRows.bytes, before.failedRows.takes(FileLimits.failedRowBytes)),
            (.differences, decision.differences.bytes, before.differences.takes(FileLimits.differenceBytes)),
        ]
        for (file, bytes, takes) in parts where takes {
            var rest = bytes[...]
            while !rest.isEmpty {
                // The first byte of each chunk names the file.
                let part = rest.prefix(JobLimits.chunkBytes - 1)
                chunks.append(file.chunk(part))
                rest = rest.dropFirst(part.count)
            }
        }
        return chunks
    }
}

extension ImportCursor.Written {
    /// Whether more is kept.
    fileprivate func takes(_ limit: Int64) -> Bool { self.bytes < limit }

    /// Notes that so many bytes came.
    fileprivate mutating func add(_ bytes: Int, limit: Int64) {
        guard bytes > 0 else { return }
        if self.takes(limit) { self.bytes += Int64(bytes) } else { self.isCut = true }
    }
}
