internal import Events
internal import FileFormats
internal import InventoryDomain
internal import Jobs
internal import Postgres

/// One transaction of an import.
///
/// It locks and reads the items of some entries, decides on them and writes those that change while the steps before it are
/// written. Rows are inserted only once the step before has the job's row, and so all of its own written but events: thus who
/// has inserted rows that others may wait for waits in the database alone, which sees where that is in a circle. Then it
/// locks the job's row, which it gets with the commit of the step before, and appends its events.
struct ImportStep: Sendable {
    /// The brand's setup has changed since this process read it.
    struct SetupChanged: Error {}

    /// The import stands elsewhere than where the step begins.
    struct OutOfOrder: Error {}

    /// What was decided: how many of the entries are dealt with, how many events follow, and where the import stands then.
    struct Decided: Sendable {
        let taken: Int
        let events: Int
        let cursor: ImportCursor
    }

    private struct Prepared: Sendable {
        let decision: ImportDecision
        let cursor: ImportCursor
        let writes: StockWrites?
        let now: Timestamp
    }

    private let skus: Set<SKU>
    private let entries: [ImportEntry]
    private let before: ImportCursor
    private let rules: ImportRules
    private let actor: String
    private let context: JobContext
    private let files: StockFiles
    /// Ends when the step before has the job's row; nil: there is none under way.
    private let start: AsyncStream<Void>?
    /// Ends when this step has it.
    private let turn = AsyncStream<Void>.makeStream()
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
        self.start = last?.turn.stream
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
        let answers = try await self.context.checkpoint { transaction in
            let prepared = try await self.prepare(in: transaction)
            self.decision.continuation.yield(
                Decided(
                    taken: prepared.decision.taken, events: prepared.decision.events, cursor: prepared.cursor))
            try await prepared.writes?.writeStaged(in: transaction)
            try await self.waitForStart()
            try await prepared.writes?.writeRest(in: transaction)
            try await self.drafts?.keep(prepared.decision.drafts, in: transaction)
            return prepared
        } _: { prepared, job, _ in
            guard job.cursor ?? ImportCursor().bytes == self.before.bytes else { throw OutOfOrder() }
            // A step that fails before it comes here never says so: the one behind it waits until it is cancelled.
            self.turn.continuation.finish()
            committed = prepared
            return JobStep(
                cursor: prepared.cursor.bytes,
                progress: JobProgress(
                    done: prepared.cursor.counts.rows, failedRows: prepared.cursor.counts.failed),
                results: Self.results(prepared.decision, before: self.before),
                commands: prepared.writes?.events ?? [])
        }
        if let committed { self.tell(committed, answers) }
    }

    /// Of a dry run: what its steps would have left.
    private var drafts: ImportDrafts? { self.rules.isDryRun ? ImportDrafts(of: self.context.job) : nil }

    private func prepare(in transaction: PostgresTransaction) async throws -> Prepared {
        let job = self.context.job
        let setup = try await self.files.setups.setup(of: job.brand)
        var read = ImportRead(self.skus, of: job.brand, setup: setup)
        try await read.run(in: transaction, drafts: self.drafts)
        guard !read.isOutdated else { throw SetupChanged() }
        let decision = try ImportDecision(
            self.entries[...], read, job: job.id, actor: self.actor, rules: self.rules, counts: self.before.counts)
        let writes = try decision.decided.map { decided throws(PostgresError) in
            try StockWrites([decided], at: read.now, copying: true, isKeyOrdered: true)
        }
        return Prepared(decision: decision, cursor: self.cursor(after: decision), writes: writes, now: read.now)
    }

    private func waitForStart() async throws {
        guard let start else { return }
        for await _ in start {}
        // The stream ends for a cancelled task, too.
        try Task.checkCancellation()
    }

    private func tell(_ prepared: Prepared, _ answers: [PostgresRows]) {
        guard let decided = prepared.decision.decided, let writes = prepared.writes else { return }
        self.files.news.committed()
        // What cannot be read of the answers is read again from the event log.
        let events = (try? writes.eventRanges(ofEvents: answers)) ?? []
        self.files.reads.written(
            decided.items.map { CommittedItem(brand: decided.brand, item: $0, changedAt: prepared.now) },
            events: events)
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
