internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Postgres

/// Changes the fitments of some parts to what an imported file says, within one transaction.
///
/// Of several records of a file that name the same fitment the last one counts. What is removed or replaced is kept, so that
/// the import can be undone.
struct FitmentChange {
    private let run: ImportRun
    private let piece: FitmentPiece
    private let transaction: PostgresTransaction

    init(_ run: ImportRun, _ piece: FitmentPiece, in transaction: PostgresTransaction) {
        self.run = run
        self.piece = piece
        self.transaction = transaction
    }

    /// - Returns: The records that are refused, and the commands that travel with the commit.
    func carryOut(_ progress: inout ImportProgress) async throws -> (ResultLines, [PostgresCommand]) {
        var failed = ResultLines(.failedRecords)
        let (known, made) = try await self.lock(&progress, &failed)
        guard !known.isEmpty else { return (failed, []) }
        let (run, bucket) = (self.run, self.piece.bucket)
        let insertion = PostgresCommand(Self.insertion, run.jobID, run.brand, bucket, known, progress.document)
        var changes: [String: (added: Int64, removed: Int64)] = [:]
        // Most parts of most files are new: nothing can be removed or replaced of them.
        let existing = try await self.transaction.query(Self.existing, run.brand, bucket, known)
        if try existing.first?.decode(Bool.self) ?? true {
            let answers = try await self.transaction.execute([
                PostgresCommand(
                    Self.removal, run.jobID, run.brand, bucket, known, progress.isFull, progress.document),
                PostgresCommand(Self.replacement, run.jobID, run.brand, bucket, known, progress.document), insertion,
                PostgresCommand(Self.counting, run.jobID, bucket, known),
            ])
            for row in answers[0] {
                let (sku, count) = try row.decode(String.self, Int64.self)
                changes[sku, default: (0, 0)].removed += count
            }
            for row in Array(answers[1]) + Array(answers[2]) {
                let (sku, count) = try row.decode(String.self, Int64.self)
                changes[sku, default: (0, 0)].added += count
            }
            let added = changes.values.reduce(0) { $0 + $1.added }
            progress.unchanged += max(0, (try answers[3].first?.decode(Int64.self) ?? 0) - added)
        } else {
            for row in try await self.transaction.execute([insertion])[0] {
                let (sku, count) = try row.decode(String.self, Int64.self)
                changes[sku] = (count, 0)
            }
        }
        progress.fitmentsAdded += changes.values.reduce(0) { $0 + $1.added }
        progress.fitmentsRemoved += changes.values.reduce(0) { $0 + $1.removed }
        guard !changes.isEmpty else { return (failed, try EventLog.append(made)) }
        _ = try await self.transaction.execute([
            PostgresCommand(Self.raising, run.brand, bucket, changes.keys.sorted(), run.jobID)
        ])
        let events = changes.sorted { $0.key < $1.key }.map { sku, change in
            CatalogEvent.fitmentsChanged(
                FitmentsChanged(
                    sku: sku, added: UInt32(clamping: change.added), removed: UInt32(clamping: change.removed),
                    importID: run.jobID.description))
        }
        let recorded = try events.recorded(of: run.brand, at: .ofSystemClock, traceParent: nil)
        return (failed, try EventLog.append(made + recorded))
    }

    /// Locks the products; those that are not there are made, or their records refused.
    ///
    /// - Returns: The SKUs that there are, ascending, and the events of those that were made.
    private func lock(
        _ progress: inout ImportProgress, _ failed: inout ResultLines
    ) async throws -> (known: [String], events: [Event]) {
        let rows = try await self.transaction.query(Self.locking, self.run.brand, self.piece.bucket, self.piece.skus)
        let known = try rows.map { row throws(PostgresError) in try row.decode(String.self) }
        let missing = Array(Set(self.piece.skus).subtracting(known)).sorted()
        guard !missing.isEmpty else { return (known, []) }
        if self.run.options.createProducts {
            let events = try await self.run.makeProducts(missing, in: self.transaction)
            progress.productsCreated += Int64(events.count)
            return (self.piece.skus, events)
        }
        let records = try await self.transaction.query(Self.records, self.run.jobID, self.piece.bucket, missing)
        for row in records {
            let (line, sku) = try row.decode(Int64.self, String.self)
            progress.failed += 1
            guard progress.failedBytes < ImportResultFile.maximumBytes else { continue }
            try failed.append(
                FailedRecord(
                    line: line, sku: sku, reason: .productNotFound, field: "sku",
                    message: "the brand has no product \(sku); import it first, or have products made"))
        }
        progress.failedBytes += Int64(failed.count)
        return (known, [])
    }
}

extension FitmentChange {
    private static let locking = PostgresStatement(
        """
        select sku from product where bucket = $2 and brand_id = $1 and sku = any($3) order by sku for update
        """)

    private static let existing = PostgresStatement(
        "select exists (select from fitment where brand_id = $1 and bucket = $2 and sku = any($3) and origin <> 1)",
        readOnly: true)

    private static let records = PostgresStatement(
        """
        select line, sku from import_fitment where job_id = $1 and bucket = $2 and sku = any($3) order by number
        """)

    /// The last record of each fitment.
    private static let latest: StaticString = """
        with latest as (
            select distinct on (r.sku, r.fitment_id) r.* from import_fitment r
            where r.job_id = $1 and r.bucket = $3 and r.sku = any($4)
            order by r.sku, r.fitment_id, r.number desc
        )
        """

    private static let removal = PostgresStatement(joining: [
        latest,
        """
        , gone as (
            delete from fitment f
            where f.brand_id = $2 and f.bucket = $3 and f.sku = any($4) and f.origin <> 1 and (
                exists (select from latest l where l.sku = f.sku and l.fitment_id = f.fitment_id and l.is_deletion)
                or ($5 and f.origin = 3 and f.document_name = $6::text and not exists (
                    select from latest l where l.sku = f.sku and l.fitment_id = f.fitment_id)))
            returning f.*
        ), kept as (
            insert into undo_fitment (bucket, brand_id, job_id, sku, fitment_id, created_at, origin, import_id, document_name,
                vehicle_key,
                year_from, year_to, review_key, document)
            select bucket, brand_id, $1, sku, fitment_id, now(), origin, import_id, document_name, vehicle_key,
                year_from, year_to, review_key, document
            from gone
        )
        select sku, count(*) from gone group by sku
        """,
    ])

    /// What is told of a fitment beside what makes it the same: its number, its order and the like.
    private static let replacement = PostgresStatement(joining: [
        latest,
        """
        , old as (
            select f.* from fitment f join latest l on l.sku = f.sku and l.fitment_id = f.fitment_id
            where f.brand_id = $2 and f.bucket = $3 and f.origin <> 1 and not l.is_deletion and f.document <> l.document
        ), kept as (
            insert into undo_fitment (bucket, brand_id, job_id, sku, fitment_id, created_at, origin, import_id, document_name,
                vehicle_key,
                year_from, year_to, review_key, document)
            select bucket, brand_id, $1, sku, fitment_id, now(), origin, import_id, document_name, vehicle_key,
                year_from, year_to, review_key, document
            from old
        ), changed as (
            update fitment f set document = l.document, origin = 3, import_id = $1, document_name = $5
            from latest l join old o on o.sku = l.sku and o.fitment_id = l.fitment_id
            where f.brand_id = $2 and f.bucket = $3 and f.sku = l.sku and f.fitment_id = l.fitment_id
            returning f.sku
        )
        select sku, count(*) from changed group by sku
        """,
    ])

    private static let insertion = PostgresStatement(joining: [
        latest,
        """
        , new as (
            insert into fitment (bucket, brand_id, sku, fitment_id, origin, import_id, document_name, vehicle_key,
                year_from, year_to, review_key, document)
            select bucket, $2, sku, fitment_id, 3, $1, $5, vehicle_key,
                year_from, year_to, review_key, document
            from latest where not is_deletion
            on conflict (bucket, brand_id, sku, fitment_id) do nothing
            returning sku
        )
        select sku, count(*) from new group by sku
        """,
    ])

    private static let counting = PostgresStatement(
        """
        select count(distinct (sku, fitment_id)) from import_fitment
        where job_id = $1 and bucket = $2 and sku = any($3) and not is_deletion
        """,
        readOnly: true)

    private static let raising = PostgresStatement(
        """
        update product set version = version + 1, changed_at = now(), import_id = $4
        where bucket = $2 and brand_id = $1 and sku = any($3)
        """)

    /// What would be added, removed and left as it is, for each part.
    static let differences = PostgresStatement(
        joining: [
            latest,
            """
            , named as (
                select l.sku, count(*) filter (where not l.is_deletion and (f.sku is null or f.document <> l.document)) as added,
                    count(*) filter (where l.is_deletion and f.sku is not null) as removed,
                    count(*) filter (where not l.is_deletion and f.document = l.document) as unchanged
                from latest l
                left join fitment f on f.bucket = $3 and f.brand_id = $2 and f.sku = l.sku and f.fitment_id = l.fitment_id
                    and f.origin <> 1
                group by l.sku
            ), left_out as (
                select f.sku, count(*) as removed from fitment f
                where $5 and f.bucket = $3 and f.brand_id = $2 and f.sku = any($4) and f.origin = 3 and f.document_name = $6::text
                    and not exists (select from latest l where l.sku = f.sku and l.fitment_id = f.fitment_id)
                group by f.sku
            )
            select coalesce(n.sku, o.sku), coalesce(n.added, 0), coalesce(n.removed, 0) + coalesce(o.removed, 0),
                coalesce(n.unchanged, 0)
            from named n full join left_out o on o.sku = n.sku order by 1
            """,
        ], readOnly: true)
}
