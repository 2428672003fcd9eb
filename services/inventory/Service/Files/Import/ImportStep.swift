internal import Events
internal import InventoryDomain
internal import Jobs
internal import Postgres

/// One transaction of an import.
///
/// It locks and reads the items of some entries and decides on them, perhaps while the step before it is written. Rows are
/// written only behind that one's commit: so it waits for nobody while others wait for what it has inserted.
struct ImportStep: Sendable {
    /// The brand's setup has changed since this process read it.
    struct SetupChanged: Error {}

    /// The import stands elsewhere than where the step begins.
    struct OutOfOrder: Error {}

    /// What was decided: how many of the entries are dealt with, and where the import stands then.
    struct Decided: Sendable {
        let taken: Int
        let cursor: ImportCursor
    }

    private struct Prepared: Sendable {
        let decision: ImportDecision
        let cursor: ImportCursor
        let commands: [PostgresCommand]
        let now: Timestamp
    }

    /// The SKUs of its entries.
    let skus: Set<SKU>
    private let entries: [ImportEntry]
    private let before: ImportCursor
    private let rules: ImportRules
    private let actor: String
    private let context: JobContext
    private let files: StockFiles
    /// Ends with the commit of the step before; nil: there is none under way.
    private let start: AsyncStream<Void>?
    private let commit = AsyncStream<Void>.makeStream()
    private let decision = AsyncStream<Decided>.makeStream()

    /// - Parameters:
    ///   - before: Where the import stands before it.
    ///   - last: The step before it.
    init(
        _ entries: [ImportEntry], _ skus: Set<SKU>, _ before: ImportCursor, rules: ImportRules, actor: String,
        after last: ImportStep?, in context: JobContext, of files: StockFiles
    ) {
        self.entries = entries
        self.skus = skus
        self.before = before
        self.rules = rules
        self.actor = actor
        self.start = last?.commit.stream
        self.context = context
        self.files = files
    }

    /// What it has decided, as soon as it has; nil: it failed before. To be asked once.
    var decided: Decided? {
        get async {
            for await decided in self.decision.stream { return decided }
            return nil
        }
    }

    /// Until it is committed.
    ///
    /// - Throws: ``SetupChanged``, ``OutOfOrder``; what the database or the job's context throw. It has had no effect then, unless the error
    ///   says that the outcome is unknown.
    func run() async throws {
        defer { self.decision.continuation.finish() }
        var committed: Prepared?
        try await self.context.checkpoint { transaction in
            let prepared = try await self.prepare(in: transaction)
            self.decision.continuation.yield(
                Decided(taken: prepared.decision.taken, cursor: prepared.cursor))
            try await self.waitForStart()
            return prepared
        } _: { prepared, _ in
            guard self.context.job.cursor ?? ImportCursor().bytes == self.before.bytes else { throw OutOfOrder() }
            committed = prepared
            return JobStep(
                cursor: prepared.cursor.bytes,
                progress: JobProgress(
                    done: prepared.cursor.counts.rows, failedRows: prepared.cursor.counts.failed),
                results: Self.results(prepared.decision, before: self.before), commands: prepared.commands)
        }
        // A step that fails never says so: the one behind it waits until it is cancelled.
        self.commit.continuation.finish()
        if let committed { self.tell(committed) }
    }

    private func prepare(in transaction: PostgresTransaction) async throws -> Prepared {
        let job = self.context.job
        let setup = try await self.files.setups.setup(of: job.brand)
        var read = ImportRead(self.skus, of: job.brand, setup: setup)
        try await read.run(in: transaction, locks: !self.rules.isDryRun)
        guard !read.isOutdated else { throw SetupChanged() }
        let decision = try ImportDecision(
            self.entries[...], read, job: job.id, actor: self.actor, rules: self.rules, counts: self.before.counts)
        let commands = try decision.decided.map { decided throws(PostgresError) in
            try StockWrites([decided], at: read.now).commands
        }
        return Prepared(
            decision: decision, cursor: self.cursor(after: decision), commands: commands ?? [], now: read.now)
    }

    private func waitForStart() async throws {
        guard let start else { return }
        for await _ in start {}
        // The stream ends for a cancelled task, too.
        try Task.checkCancellation()
    }

    private func tell(_ prepared: Prepared) {
        guard let decided = prepared.decision.decided else { return }
        self.files.news.committed()
        self.files.reads.written(
            decided.items.map { CommittedItem(brand: decided.brand, item: $0, changedAt: prepared.now) })
    }

    private func cursor(after decision: ImportDecision) -> ImportCursor {
        var cursor = self.before
        if decision.taken > 0 {
            cursor.offset = self.entries[decision.taken - 1].endOffset
            cursor.line = self.entries[decision.taken - 1].endLine
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
