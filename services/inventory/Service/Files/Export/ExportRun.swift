internal import InventoryDomain
internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import ProtobufC

/// Works on one export from where it stands.
///
/// It reads in one snapshot of the database, SKU by SKU in their order, and keeps what it has written now and then. A
/// snapshot dies with its process: whoever takes the export up goes on behind the last SKU, in a snapshot of his own.
struct ExportRun {
    /// SKUs that are read at once.
    static let pageItems = 1_000
    /// When what is written is kept, in bytes: the last item may add half a million, and a job keeps 4 MiB at once.
    static let stepBytes = 1_500_000

    private let files: StockFiles
    private let context: JobContext
    private let rules: ExportRules
    private var cursor: ExportCursor
    private var text: ExportText
    private var total: Int64 = 0

    /// An export as its job stands.
    init(_ context: JobContext, of files: StockFiles) throws {
        self.files = files
        self.context = context
        let options = try StockExport(decoding: context.job.parameters).options ?? ExportOptions()
        self.rules = try ExportRules(options)
        self.cursor =
            try context.job.cursor.map { bytes throws(PostgresError) in try ExportCursor(bytes) }
            ?? ExportCursor()
        self.cursor.readings += 1
        self.text = ExportText(self.rules)
        if self.cursor.readings == 1 { self.text.begin() }
    }

    /// Until the last SKU.
    mutating func run() async throws {
        guard let filter = try await self.files.reads.filter(self.rules.filter, of: self.context.job.brand) else {
            return try await self.keep()
        }
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        try await self.files.pool.withTransaction(options) { transaction in
            // The pool's connections go from keys to rows; a list goes through many.
            _ = try await transaction.execute([PostgresCommand(Self.anyPlan)])
            while try await self.page(filter, in: transaction) {}
        }
        try await self.keep()
    }

    private static let anyPlan = PostgresStatement(
        """
        select set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true),
            set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
            set_config('plan_cache_mode', 'auto', true)
        """)

    /// Writes the next SKUs.
    ///
    /// - Returns: Whether there are more.
    private mutating func page(_ filter: StockFilter, in transaction: PostgresTransaction) async throws -> Bool {
        let brand = self.context.job.brand
        let (page, count) = StockListStore.commands(filter, of: brand, after: self.cursor.last, limit: Self.pageItems)
        let rows = try await transaction.execute(self.total == 0 ? [page, count] : [page])
        if rows.count == 2 { self.total = try rows[1].first?.decode(Int64.self) ?? 0 }
        var keys: [StockKey] = []
        for row in rows[0] { keys.append(StockKey(brand: brand, sku: try SKU.read(try row.decode(String.self)))) }
        guard !keys.isEmpty else { return false }
        let found = try await transaction.execute([StockReadStore.selection(keys)])
        let locations = filter.locations.map(Set.init)
        for (key, found) in zip(keys, try StockReadStore.found(keys, in: found[0])) {
            if let item = found.item { self.text.append(item, at: locations) }
            self.cursor.last = key.sku.description
            self.cursor.items += 1
            if self.text.bytes.count >= Self.stepBytes { try await self.keep() }
        }
        return keys.count == Self.pageItems
    }

    /// Keeps what was written, if there is anything that is not kept.
    private mutating func keep() async throws {
        let bytes = self.text.bytes
        let step = JobStep(
            cursor: self.cursor.bytes, progress: JobProgress(done: self.cursor.items, total: self.total),
            results: stride(from: 0, to: bytes.count, by: JobLimits.chunkBytes).map { start in
                Array(bytes[start..<min(start + JobLimits.chunkBytes, bytes.count)])
            })
        try await self.context.checkpoint { _ in step }
        self.text.bytes.removeAll(keepingCapacity: true)
    }
}

/// How far an export has come: what its job keeps with each step.
struct ExportCursor: Hashable, Sendable {
    /// The last SKU that is written; empty: none.
    var last = ""
    /// SKUs that are written.
    var items: Int64 = 0
    /// The snapshots that it was read in.
    var readings: Int32 = 0

    /// Before the first SKU.
    init() {}

    /// What the job keeps: the numbers, the highest byte first, and the SKU.
    var bytes: [UInt8] {
        let items = stride(from: Int64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: self.items >> $0) }
        let readings = stride(from: Int32(24), through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: self.readings >> $0)
        }
        return items + readings + Array(self.last.utf8)
    }

    /// What ``bytes`` has given.
    init(_ bytes: [UInt8]) throws(PostgresError) {
        guard bytes.count >= 12, let last = String(validating: bytes[12...], as: UTF8.self) else {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an export")
        }
        self.items = bytes[..<8].reduce(0) { $0 << 8 | Int64($1) }
        self.readings = bytes[8..<12].reduce(0) { $0 << 8 | Int32($1) }
        self.last = last
    }
}
