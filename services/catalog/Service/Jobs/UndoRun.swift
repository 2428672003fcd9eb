internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Foundation
internal import Jobs
internal import Postgres
internal import ProtobufC

/// How far the undoing of an import has come.
struct UndoProgress: Codable, Equatable, Sendable {
    var areFitmentsDone = false
    var bucket: Int16 = 0
    var sku = ""
    var undone: Int64 = 0
    var refused: Int64 = 0

    init() {}

    /// What ``encoded()`` has given.
    init(_ bytes: [UInt8]) throws(PostgresError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an undoing")
        }
    }

    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }
}

/// Takes back what an import did: the fitments that it added are removed, those that it removed or replaced are put back,
/// and each product becomes again what it was, unless it was changed since.
struct UndoRun {
    private static let partsPerStep: Int64 = 400

    private let jobs: CatalogJobs
    private let context: JobContext
    private let importID: PostgresUUID
    private var progress: UndoProgress

    /// The undoing of an import as its job stands.
    init(_ context: JobContext, of jobs: CatalogJobs) throws {
        self.jobs = jobs
        self.context = context
        let parameters = try CatalogImport(decoding: context.job.parameters)
        guard let id = JobID(parameters.importID)?.uuid else {
            throw JobFailure(code: "import-unknown", message: "there is no import \(parameters.importID)")
        }
        self.importID = id
        self.progress =
            try context.job.cursor.map { bytes throws(PostgresError) in try UndoProgress(bytes) } ?? UndoProgress()
    }

    private var brand: PostgresUUID { self.context.job.brand }

    /// Until all is taken back.
    mutating func run() async throws {
        while !self.progress.areFitmentsDone { try await self.undoFitments() }
        while try await self.undoProducts() {}
    }

    // MARK: - Fitments

    private mutating func undoFitments() async throws {
        let parts = try await self.jobs.pool.query(
            Self.changedParts, self.importID, self.brand, self.progress.bucket, self.progress.sku, Self.partsPerStep)
        var next = self.progress
        var skus: [String] = []
        for row in parts {
            let (bucket, sku) = try row.decode(Int16.self, String.self)
            if skus.isEmpty { next.bucket = bucket }
            guard bucket == next.bucket else { break }
            skus.append(sku)
        }
        guard let last = skus.last else {
            next.areFitmentsDone = true
            (next.bucket, next.sku) = (0, "")
            return try await self.step(next)
        }
        next.sku = last
        try await self.context.checkpoint { transaction in
            let known = try await transaction.query(Self.locking, self.brand, next.bucket, skus)
                .map { row throws(PostgresError) in try row.decode(String.self) }
            let answers = try await transaction.execute([
                PostgresCommand(Self.removal, self.importID, self.brand, next.bucket, known),
                PostgresCommand(Self.restoring, self.importID, self.brand, next.bucket, known),
                PostgresCommand(Self.raising, self.brand, next.bucket, known),
            ])
            var changes: [String: (added: Int64, removed: Int64)] = [:]
            for row in answers[0] {
                let (sku, count) = try row.decode(String.self, Int64.self)
                changes[sku, default: (0, 0)].removed += count
            }
            for row in answers[1] {
                let (sku, count) = try row.decode(String.self, Int64.self)
                changes[sku, default: (0, 0)].added += count
            }
            next.undone += changes.values.reduce(0) { $0 + $1.added + $1.removed }
            let events = try changes.sorted { $0.key < $1.key }.map { sku, change in
                CatalogEvent.fitmentsChanged(
                    FitmentsChanged(
                        sku: sku, added: UInt32(clamping: change.added), removed: UInt32(clamping: change.removed),
                        importID: self.context.job.id.uuid.description))
            }.recorded(of: self.brand, at: .ofSystemClock, traceParent: nil)
            return JobStep(
                cursor: try next.encoded(), progress: JobProgress(done: next.undone, message: "fitments"),
                commands: try EventLog.append(events))
        }
        self.progress = next
    }

    // MARK: - Products

    /// - Returns: Whether there may be more.
    private mutating func undoProducts() async throws -> Bool {
        let rows = try await self.jobs.pool.query(
            Self.changedProducts, self.importID, self.brand, self.progress.bucket, self.progress.sku,
            Self.partsPerStep)
        guard !rows.isEmpty else { return false }
        var next = self.progress
        var writes: [ProductWrite] = []
        for row in rows {
            let (bucket, sku, version, previous) = try row.decode(
                Int16.self, String.self, Int64.self, [UInt8]?.self)
            (next.bucket, next.sku) = (bucket, sku)
            writes.append(
                ProductWrite(
                    sku: sku, change: try previous.map { .save(try Product(decoding: $0)) } ?? .delete,
                    expectedVersion: UInt64(clamping: version)))
        }
        try await self.context.checkpoint { transaction in
            let answer = try await self.jobs.products.write(
                writes,
                as: ProductWriteOrigin(
                    brand: self.brand, importID: self.context.job.id.uuid, forcesLifeCycle: true),
                in: transaction)
            var failed = ResultLines(.failedRecords)
            for (write, outcome) in zip(writes, answer.outcomes) {
                guard case .refused(let refusal) = outcome else {
                    next.undone += 1
                    continue
                }
                next.refused += 1
                try failed.append(refusal.record(line: 0, sku: write.sku))
            }
            return JobStep(
                cursor: try next.encoded(),
                progress: JobProgress(done: next.undone, failedRows: next.refused, message: "products"),
                results: failed.chunks, commands: try EventLog.append(answer.events))
        }
        self.progress = next
        return true
    }

    private mutating func step(_ next: UndoProgress) async throws {
        let cursor = try next.encoded()
        try await self.context.checkpoint { _ in JobStep(cursor: cursor, progress: JobProgress(done: next.undone)) }
        self.progress = next
    }
}

extension UndoRun {
    private static let changedParts = PostgresStatement(
        """
        (select bucket, sku from fitment
            where brand_id = $2 and (bucket, sku) > ($3, $4) and import_id = $1 group by bucket, sku order by bucket, sku
            limit $5)
        union
        (select bucket, sku from undo_fitment
            where brand_id = $2 and job_id = $1 and (bucket, sku) > ($3, $4) group by bucket, sku order by bucket, sku
            limit $5)
        order by bucket, sku limit $5
        """,
        readOnly: true)

    private static let locking = PostgresStatement(
        "select sku from product where bucket = $2 and brand_id = $1 and sku = any($3) order by sku for update")

    private static let removal = PostgresStatement(
        """
        with gone as (
            delete from fitment where bucket = $3 and brand_id = $2 and sku = any($4) and import_id = $1 and origin = 3
            returning sku
        )
        select sku, count(*) from gone group by sku
        """)

    private static let restoring = PostgresStatement(
        """
        with back as (
            insert into fitment (bucket, brand_id, sku, fitment_id, origin, import_id, document_name, vehicle_key,
                year_from, year_to, review_key, document)
            select bucket, brand_id, sku, fitment_id, origin, import_id, document_name, vehicle_key,
                year_from, year_to, review_key, document
            from undo_fitment where bucket = $3 and brand_id = $2 and job_id = $1 and sku = any($4)
            on conflict (bucket, brand_id, sku, fitment_id) do nothing
            returning sku
        )
        select sku, count(*) from back group by sku
        """)

    private static let raising = PostgresStatement(
        "update product set version = version + 1, changed_at = now() where bucket = $2 and brand_id = $1 and sku = any($3)"
    )

    private static let changedProducts = PostgresStatement(
        """
        select bucket, sku, version, previous from undo_product
        where brand_id = $2 and job_id = $1 and (bucket, sku) > ($3, $4) order by bucket, sku limit $5
        """,
        readOnly: true)
}
