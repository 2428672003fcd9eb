internal import Buckets
internal import Foundation
internal import Jobs
internal import OrderDomain
internal import OrderFiles
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// How far an export has come: what its job keeps with each step.
struct ExportProgress: Codable, Equatable, Sendable {
    /// Behind which order it goes on.
    var bucket: Int16 = 0
    var order = OrderID(high: 0, low: 0).description
    var records: Int64 = 0
    var bytes: Int64 = 0

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
/// It reads in one snapshot of the database, order by order as their buckets come, and keeps what it has written now
/// and then. A snapshot dies with its process: whoever takes the export up goes on behind the last order, in a snapshot
/// of his own.
struct ExportRun {
    /// When what is written is kept, in bytes: a job keeps 4 MiB at once.
    private static let stepBytes = 1_500_000

    private let jobs: OrderJobs
    private let context: JobContext
    private let options: OrderExportOptions
    private var progress: ExportProgress
    private var writer: any OrderFileWriter
    private var bytes: [UInt8] = []

    /// An export as its job stands.
    init(_ context: JobContext, of jobs: OrderJobs) throws {
        self.jobs = jobs
        self.context = context
        let job = context.job
        self.options = try OrderExport(decoding: job.parameters).options ?? OrderExportOptions()
        self.progress = try ExportProgress(of: job)
        do throws(OrderFileFault) {
            self.writer = try OrderFileFormats.writer(for: self.options, jobs.json, isResumed: job.cursor != nil)
        } catch {
            throw JobFailure(error)
        }
    }

    /// Until the last order.
    mutating func run() async throws {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        try await self.jobs.pool.withTransaction(options) { transaction in
            while self.progress.bucket < Int16(Bucket.count) {
                guard try await self.page(in: transaction) else {
                    self.progress.bucket += 1
                    self.progress.order = ExportProgress().order
                    continue
                }
            }
        }
        try await self.keep()
    }

    /// Writes some orders of the bucket.
    ///
    /// - Returns: Whether there may be more.
    private mutating func page(in transaction: PostgresTransaction) async throws -> Bool {
        guard let behind = PostgresUUID(self.progress.order) else {
            throw PostgresError.unexpectedValue(column: "cursor", reason: "it names no order")
        }
        let from = self.options.from.flatMap { PostgresTimestamp($0) }
        let to = self.options.to.flatMap { PostgresTimestamp($0) }
        let rows = try await transaction.query(
            Self.selection, self.progress.bucket, self.context.job.brand, behind,
            self.options.status.map { $0.stored.column }, self.options.connection, from, to,
            self.jobs.limits.ordersPerPage)
        let arena = ArenaMemory()
        for row in rows {
            let (id, document) = try row.decode(PostgresUUID.self, [UInt8].self)
            arena.arena.reset()
            let order = try Order(stored: document, column: "sales_order.document", in: arena.arena)
            do throws(OrderFileFault) { try self.writer.append(order) } catch { throw JobFailure(error) }
            self.bytes += self.writer.take()
            self.progress.order = OrderID(id).description
            self.progress.records += 1
            if self.bytes.count >= Self.stepBytes { try await self.keep() }
        }
        return rows.count == Int(self.jobs.limits.ordersPerPage)
    }

    /// Keeps what was written.
    private mutating func keep() async throws {
        self.bytes += self.writer.take()
        self.progress.bytes += Int64(self.bytes.count)
        let chunks = OrderResultFile.orders.chunks(of: self.bytes)
        let size = chunks.reduce(self.context.job.result.bytes) { $0 + Int64($1.count) }
        guard size <= JobLimits.resultBytes else {
            throw JobFailure(
                code: "file-too-large",
                message:
                    "the orders come to more than \(JobLimits.resultBytes) bytes; export them in several files, by date"
            )
        }
        let step = JobStep(
            cursor: try self.progress.encoded(), progress: JobProgress(done: self.progress.records), results: chunks)
        try await self.context.checkpoint { _ in step }
        self.bytes.removeAll(keepingCapacity: true)
    }

    private static let selection = PostgresStatement(
        """
        select order_id, document from sales_order
        where bucket = $1 and brand_id = $2 and order_id > $3 and ($4::smallint[] = '{}' or status = any($4))
            and ($5 = '' or connection = $5) and ($6::timestamptz is null or ordered_at >= $6)
            and ($7::timestamptz is null or ordered_at < $7)
        order by order_id limit $8
        """,
        readOnly: true)
}

extension OrderExport {
    /// An export as its job stands.
    init(_ job: Job) throws {
        self = try OrderExport(decoding: job.parameters)
        let progress = try ExportProgress(of: job)
        self.exportID = job.id.description
        self.state = OrderJobState(job)
        self.problem = job.failure.map { OrderJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.records = progress.records
        self.bytes = progress.bytes
    }
}
