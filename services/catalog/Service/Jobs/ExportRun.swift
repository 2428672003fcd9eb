internal import CatalogDomain
internal import CatalogFiles
internal import CatalogMessages
internal import Foundation
internal import Jobs
internal import Postgres
internal import ProtobufC

/// How far an export has come: what its job keeps with each step.
struct ExportProgress: Codable, Equatable, Sendable {
    /// The last part that is written; empty: none.
    var sku = ""
    /// Of a part's fitments, the last one that is written; empty: all.
    var fitmentID = ""
    var records: Int64 = 0
    var leftOut: Int64 = 0

    init() {}

    /// What ``encoded()`` has given.
    init(_ bytes: [UInt8]) throws(PostgresError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an export")
        }
    }

    /// What the job keeps.
    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }
}

/// Works on one export from where it stands.
///
/// It reads in one snapshot of the database, part by part in the order of SKUs, and keeps what it has written now and then.
/// A snapshot dies with its process: whoever takes the export up goes on behind the last record, in a snapshot of his own.
struct ExportRun {
    /// Rows that are read at once.
    private static let pageRows: Int64 = 1_000
    /// When what is written is kept, in bytes: a row may add 1 MiB, and a job keeps 4 MiB at once.
    private static let stepBytes = 1_500_000

    private let jobs: CatalogJobs
    private let context: JobContext
    private let options: CatalogExportOptions
    private var progress: ExportProgress
    private var writer: any CatalogFileWriter
    private var bytes: [UInt8] = []

    /// An export as its job stands.
    init(_ context: JobContext, of jobs: CatalogJobs) throws {
        self.jobs = jobs
        self.context = context
        self.options = try CatalogExport(decoding: context.job.parameters).options ?? CatalogExportOptions()
        self.progress =
            try context.job.cursor.map { bytes throws(PostgresError) in try ExportProgress(bytes) } ?? ExportProgress()
        do throws(CatalogFileFault) {
            self.writer = try CatalogFileFormats.writer(
                for: self.options, date: Day(microseconds: context.job.createdAt.microseconds).description,
                resumedAfter: self.progress.records, isResumed: context.job.cursor != nil)
        } catch {
            throw JobFailure(error)
        }
    }

    /// Until the last record.
    mutating func run() async throws {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        let isOfFitments = self.options.format.isOfFitments
        try await self.jobs.pool.withTransaction(options) { transaction in
            while try await isOfFitments ? self.fitments(in: transaction) : self.products(in: transaction) {}
        }
        self.writer.complete()
        try await self.keep()
    }

    private var skuRange: (low: String, high: String) {
        (self.options.skuPrefix, self.options.skuPrefix + "\u{10FFFF}")
    }

    private mutating func products(in transaction: PostgresTransaction) async throws -> Bool {
        let range = self.skuRange
        let rows = try await transaction.query(
            Self.productRows, self.context.job.brand, range.low, range.high, self.progress.sku, Self.pageRows)
        for row in try ProductRows.readInOrder(rows) {
            self.progress.sku = row.product.sku
            self.count(self.writer.append(row.product))
            try await self.keepIfLarge()
        }
        return rows.count == Int(Self.pageRows)
    }

    private mutating func fitments(in transaction: PostgresTransaction) async throws -> Bool {
        let range = self.skuRange
        let last = PostgresUUID(self.progress.fitmentID) ?? PostgresUUID(high: 0, low: 0)
        let rows = try await transaction.query(
            Self.fitmentRows, self.context.job.brand, range.low, range.high, self.progress.sku, last, Self.pageRows)
        for row in rows {
            let (sku, id, document) = try row.decode(String.self, PostgresUUID.self, [UInt8].self)
            (self.progress.sku, self.progress.fitmentID) = (sku, id.description)
            var fitment = try Fitment(decoding: document)
            fitment.sku = sku
            self.count(self.writer.append(fitment))
            try await self.keepIfLarge()
        }
        return rows.count == Int(Self.pageRows)
    }

    private mutating func count(_ reason: String?) {
        if reason == nil { self.progress.records += 1 } else { self.progress.leftOut += 1 }
    }

    private mutating func keepIfLarge() async throws {
        self.bytes += self.writer.take()
        if self.bytes.count >= Self.stepBytes { try await self.keep() }
    }

    /// Keeps what was written.
    private mutating func keep() async throws {
        self.bytes += self.writer.take()
        let bytes = self.bytes
        let step = JobStep(
            cursor: try self.progress.encoded(), progress: JobProgress(done: self.progress.records),
            results: stride(from: 0, to: bytes.count, by: JobLimits.chunkBytes).map { start in
                Array(bytes[start..<min(start + JobLimits.chunkBytes, bytes.count)])
            })
        try await self.context.checkpoint { _ in step }
        self.bytes.removeAll(keepingCapacity: true)
    }

    private static let productRows = PostgresStatement(
        """
        select sku, version, created_at, changed_at, document from product where brand_id = $1 and sku >= $2 and sku < $3 and sku > $4
        order by sku limit $5
        """,
        readOnly: true)

    /// By SKU through the index of products, since fitments have none that begins with it over all buckets.
    private static let fitmentRows = PostgresStatement(
        """
        select f.sku, f.fitment_id, f.document from product p
        join fitment f on f.bucket = p.bucket and f.brand_id = p.brand_id and f.sku = p.sku
        where p.brand_id = $1 and p.sku >= $2 and p.sku < $3 and p.sku >= $4
            and (f.sku > $4 or f.fitment_id > $5)
        order by p.sku, f.fitment_id limit $6
        """,
        readOnly: true)
}

extension CatalogExport {
    /// An export as its job stands.
    init(_ job: Job) throws {
        self = try CatalogExport(decoding: job.parameters)
        let progress =
            try job.cursor.map { bytes throws(PostgresError) in try ExportProgress(bytes) } ?? ExportProgress()
        self.exportID = job.id.description
        self.state = CatalogJobState(job)
        self.problem = job.failure.map { CatalogJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.records = progress.records
        self.recordsLeftOut = progress.leftOut
        self.bytes = job.result.bytes
    }
}
