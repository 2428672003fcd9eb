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
    /// The most entries of a step.
    static let maximumEntries = 4_000
    /// When a step takes no more levels; the last document may add 250.
    static let maximumLevels = 10_000
    /// The most steps that are under way: one reads and decides, one writes its rows, and one is committed.
    static let stepsAtOnce = 3
    private let files: StockFiles
    private let context: JobContext
    private let rules: ImportRules
    private let actor: String
    private var reader: ImportReader
    private var waiting: [ImportEntry] = []
    /// The levels of those that wait.
    private var waitingLevels = 0
    private var nextChunk: Int32 = 0
    private var cursor = ImportCursor()
    private var size: ImportStepSize

    /// An import as its job stands.
    ///
    /// - Parameter size: How many SKUs its steps take at first.
    /// - Throws: `JobFailure` where the file's beginning says that it is none.
    init(_ context: JobContext, of files: StockFiles, size: ImportStepSize) async throws {
        self.files = files
        self.size = size
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
    ///
    /// While steps are written and committed, the next one reads and decides, in a transaction of its own.
    mutating func run() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var last: ImportStep?
            var underWay: [Int: Set<SKU>] = [:]
            var number = 0
            while try await self.fill() {
                let (entries, skus) = self.part
                // Two steps with a SKU in common would wait for each other; those of a dry run, which lock nothing, would
                // not know of each other.
                while underWay.count == Self.stepsAtOnce
                    || underWay.values.contains(where: { !$0.isDisjoint(with: skus) }),
                    let ended = try await group.next()
                {
                    underWay[ended] = nil
                }
                let step = ImportStep(
                    Array(entries), skus, self.cursor, rules: self.rules, actor: self.actor, after: last,
                    in: self.context, of: self.files)
                number += 1
                underWay[number] = skus
                group.addTask { [number] in
                    try await step.run()
                    return number
                }
                // Where it fails before it has decided, the group says why.
                guard let decided = await step.decided else { break }
                self.take(decided, of: entries.count, skus.count)
                last = step
            }
            // One that fails ends the others, which wait for it.
            while try await group.next() != nil {}
        }
        if self.rules.isDryRun { try await ImportDrafts(of: self.context.job).clear(in: self.files.pool) }
    }

    /// Goes on behind what a step has decided.
    private mutating func take(_ decided: ImportStep.Decided, of entries: Int, _ skus: Int) {
        self.waitingLevels -= self.waiting[..<decided.taken].reduce(0) { $0 + $1.levelCount }
        self.waiting.removeFirst(decided.taken)
        self.cursor = decided.cursor
        self.size.adapt(skus: decided.taken == entries ? skus : skus * decided.taken / entries, events: decided.events)
    }

    /// Reads entries until there are enough for a step.
    ///
    /// - Returns: false at the end of the file.
    private mutating func fill() async throws -> Bool {
        while self.waiting.count < Self.maximumEntries, self.waitingLevels < Self.maximumLevels {
            switch try self.reader.next() {
            case .entry(let entry):
                self.waiting.append(entry)
                self.waitingLevels += entry.levelCount
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

    /// What is tried in one step, and its SKUs: each that changes gives an event at least, and others may give more.
    private var part: (entries: ArraySlice<ImportEntry>, skus: Set<SKU>) {
        var skus: Set<SKU> = []
        for (index, entry) in self.waiting.enumerated() {
            guard case .document(let document) = entry.content, !skus.contains(document.sku) else { continue }
            guard skus.count < self.size.skus else { return (self.waiting[..<index], skus) }
            skus.insert(document.sku)
        }
        return (self.waiting[...], skus)
    }
}
