internal import Buckets
internal import Foundation
internal import Jobs
internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingFiles
internal import PricingMessages
internal import ProtobufC

/// How far an export has come: what its job keeps with each step.
struct ExportProgress: Codable, Equatable, Sendable {
    /// Behind which SKU it goes on.
    var bucket: Int16 = 0
    var sku = ""
    /// SKUs that the file has.
    var skus: Int64 = 0
    var records: Int64 = 0
    var leftOut: Int64 = 0
    var leftOutBytes: Int64 = 0

    init() {}

    /// That of a job; at its beginning where it has taken no step.
    init(of job: Job) throws(PostgresError) {
        guard let cursor = job.cursor else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(cursor))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an export")
        }
    }

    /// What the job keeps.
    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }
}

/// Works on one export from where it stands.
///
/// It reads in one snapshot of the database, SKU by SKU as their buckets come, and keeps what it has written now and then. A
/// snapshot dies with its process: whoever takes the export up goes on behind the last SKU, in a snapshot of his own, with
/// the lists as they are then.
struct ExportRun {
    /// Rows that are read at once.
    private static let pageRows: Int64 = 5_000
    /// When what is written is kept, in bytes: a job keeps 4 MiB at once.
    private static let stepBytes = 1_500_000

    private let jobs: PriceJobs
    private let context: JobContext
    private let options: PriceExportOptions
    private let lists: [Int32: (list: BookList, exported: ExportedList)]
    private var progress: ExportProgress
    private var writer: any PriceFileWriter
    private var bytes: [UInt8] = []
    private var leftOut = ResultLines(.leftOut)

    /// An export as its job stands.
    init(_ context: JobContext, of jobs: PriceJobs) async throws {
        self.jobs = jobs
        self.context = context
        let job = context.job
        self.options = try PriceExport(decoding: job.parameters).options ?? PriceExportOptions()
        self.progress = try ExportProgress(of: job)
        let content = try await PriceBookRows.present(of: job.brand, in: jobs.pool)
        do {
            var lists = try Self.lists(of: content, for: self.options)
            if job.kind != PriceJobs.costExportKind { lists.removeAll { $0.list.type == .cost } }
            self.writer = try PriceFileFormats.writer(
                for: self.options, lists: lists.map(\.exported), day: Instant(job.createdAt),
                resumedAfter: self.progress.skus, isResumed: job.cursor != nil)
            self.lists = Dictionary(lists.map { ($0.list.number, $0) }) { first, _ in first }
        } catch let fault as PriceFileFault {
            throw JobFailure(fault)
        } catch let refusal as PricingRefusal {
            throw JobFailure(code: refusal.reason.name, message: refusal.description)
        }
    }

    /// The lists that an export is of: those that it names, or all; in PIES those that have a trade code.
    ///
    /// - Throws: `PricingRefusal` with `listNotFound`.
    static func lists(
        of content: PriceBookContent, for options: PriceExportOptions
    ) throws -> [(list: BookList, exported: ExportedList)] {
        let known = Set(content.lists.map(\.list.listID))
        if let missing = options.listIDs.first(where: { !known.contains($0) }) {
            throw PricingRefusal.listNotFound(missing)
        }
        let named = Set(options.listIDs)
        var lists: [(list: BookList, exported: ExportedList)] = []
        for entry in content.lists {
            let isTaken = named.isEmpty ? options.format != .pies || !entry.list.tradeCode.isEmpty : false
            guard isTaken || named.contains(entry.list.listID) else { continue }
            let list = try BookList(entry.list, number: entry.number)
            lists.append(
                (
                    list,
                    ExportedList(
                        listID: list.id, name: entry.list.name, currency: list.currency.code,
                        tradeCode: entry.list.tradeCode, sheetNumber: entry.list.sheetNumber, period: list.period)
                ))
        }
        return lists
    }

    /// Until the last price.
    mutating func run() async throws {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        try await self.jobs.pool.withTransaction(options) { transaction in
            while self.progress.bucket < Int16(Bucket.count) {
                guard try await self.page(in: transaction) else {
                    (self.progress.bucket, self.progress.sku) = (self.progress.bucket + 1, "")
                    continue
                }
            }
        }
        self.writer.complete()
        try await self.keep()
    }

    /// Writes some SKUs of the bucket.
    ///
    /// - Returns: Whether there may be more.
    private mutating func page(in transaction: PostgresTransaction) async throws -> Bool {
        let (low, high) = (self.options.skuPrefix, self.options.skuPrefix + "\u{10FFFF}")
        let numbers = self.lists.keys.sorted()
        let found = try await transaction.query(
            Self.selection, self.context.job.brand, self.progress.bucket, low, high, self.progress.sku, numbers,
            Self.pageRows)
        var rows = try found.map { row throws(PostgresError) in try ExportedRow(row) }
        if rows.count == Int(Self.pageRows), let last = rows.last?.sku {
            // The last one may have more rows.
            if rows.first?.sku == last {
                let all = try await transaction.query(
                    Self.one, self.context.job.brand, self.progress.bucket, last, numbers)
                rows = try all.map { row throws(PostgresError) in try ExportedRow(row) }
            } else {
                rows.removeAll { $0.sku == last }
            }
        }
        var start = rows.startIndex
        while start < rows.endIndex {
            let sku = rows[start].sku
            let end = rows[start...].firstIndex { $0.sku != sku } ?? rows.endIndex
            try self.write(rows[start..<end], of: sku)
            if self.bytes.count >= Self.stepBytes { try await self.keep() }
            start = end
        }
        return found.count == Int(Self.pageRows)
    }

    private mutating func write(_ rows: ArraySlice<ExportedRow>, of sku: String) throws {
        let prices = try self.counting(rows).compactMap { row -> ExportedPrice? in
            guard let list = self.lists[row.list]?.exported else { return nil }
            let period = try Period(from: row.validFrom, to: row.validTo, field: "validTo")
            return ExportedPrice(
                list: list, minimumQuantity: row.minimumQuantity, period: period, amount: row.amount)
        }
        self.progress.sku = sku
        guard !prices.isEmpty else { return }
        let reasons = self.writer.append(prices, of: sku)
        self.bytes += self.writer.take()
        if reasons.count < prices.count { self.progress.skus += 1 }
        self.progress.records += Int64(prices.count - reasons.count)
        self.progress.leftOut += Int64(reasons.count)
        for reason in reasons where self.progress.leftOutBytes < ImportResultFile.maximumBytes {
            let before = self.leftOut.count
            try self.leftOut.append(LeftOutLine(sku: sku, message: reason))
            self.progress.leftOutBytes += Int64(self.leftOut.count - before)
        }
    }

    /// The prices of a SKU that the export asks for.
    private func counting(_ rows: ArraySlice<ExportedRow>) throws -> [PriceRow] {
        guard let at = self.options.at else { return rows.map(\.price) }
        let instant = try Instant(at, field: "options.at")
        return Dictionary(grouping: rows.map(\.price), by: \.list).sorted { $0.key < $1.key }.flatMap { _, prices in
            PriceTimeline(prices).tiers(at: instant)
        }
    }

    /// Keeps what was written.
    private mutating func keep() async throws {
        self.bytes += self.writer.take()
        let step = JobStep(
            cursor: try self.progress.encoded(),
            progress: JobProgress(done: self.progress.records, failedRows: self.progress.leftOut),
            results: ImportResultFile.prices.chunks(of: self.bytes) + self.leftOut.chunks)
        try await self.context.checkpoint { _ in step }
        self.bytes.removeAll(keepingCapacity: true)
        self.leftOut = ResultLines(.leftOut)
    }

    private static let selection = PostgresStatement(
        """
        select sku, list_number, minimum_quantity, valid_from, valid_to, amount from price
        where brand_id = $1 and bucket = $2 and sku >= $3 and sku < $4 and sku > $5 and list_number = any($6)
        order by sku, list_number, minimum_quantity, valid_from limit $7
        """,
        readOnly: true)

    private static let one = PostgresStatement(
        """
        select sku, list_number, minimum_quantity, valid_from, valid_to, amount from price
        where brand_id = $1 and bucket = $2 and sku = $3 and list_number = any($4)
        order by list_number, minimum_quantity, valid_from
        """,
        readOnly: true)
}

private struct ExportedRow {
    let sku: String
    let price: PriceRow

    init(_ row: PostgresRow) throws(PostgresError) {
        let (sku, list, quantity, from, to, amount) = try row.decode(
            String.self, Int32.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, Int64.self)
        self.sku = sku
        self.price = PriceRow(
            sku: 0, list: list, minimumQuantity: quantity, validFrom: Instant(from), validTo: Instant(to),
            amount: Amount(micros: amount))
    }
}

/// A price that could not be written, as a line has it.
private struct LeftOutLine: Encodable {
    let sku: String
    let message: String
}

extension PriceExport {
    /// An export as its job stands.
    init(_ job: Job) throws {
        self = try PriceExport(decoding: job.parameters)
        let progress = try ExportProgress(of: job)
        self.exportID = job.id.description
        self.state = PriceJobState(job)
        self.problem = job.failure.map { PriceJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.records = progress.records
        self.bytes = job.result.bytes
    }
}
