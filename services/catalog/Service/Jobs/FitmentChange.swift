internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Postgres

/// Changes the fitments of some parts to what an imported file says, within one transaction.
///
/// Of several records of a file that name the same fitment the last one counts. What is removed or replaced is kept, so that
/// the import can be undone.
struct FitmentChange {
    /// After how many bytes the refused records of a piece are told of together: as many fit into a step.
    private static let failedBytes = 3 << 20

    private let run: ImportRun
    private let piece: FitmentPiece
    private let transaction: PostgresTransaction

    init(_ run: ImportRun, _ piece: FitmentPiece, in transaction: PostgresTransaction) {
        self.run = run
        self.piece = piece
        self.transaction = transaction
    }

    /// What becomes of the fitments of parts.
    private typealias Changes = [String: (added: Int64, removed: Int64)]

    /// - Returns: What is to be counted and told, and the events that travel with the commit.
    func carryOut() async throws -> ImportRun.AppliedPiece {
        var applied = ImportRun.AppliedPiece(lines: ResultLines(.failedRecords))
        let (known, made) = try await self.lock(&applied)
        guard !known.isEmpty else { return applied }
        let changes = try await self.change(known, &applied.counts)
        applied.counts.fitmentsAdded += changes.values.reduce(0) { $0 + $1.added }
        applied.counts.fitmentsRemoved += changes.values.reduce(0) { $0 + $1.removed }
        guard !changes.isEmpty else {
            applied.events = try EventLog.append(made)
            return applied
        }
        let (run, bucket, skus) = (self.run, self.piece.bucket, changes.keys.sorted())
        _ = try await self.transaction.execute([
            PostgresCommand(Self.raising, run.brand, bucket, skus, run.jobID),
            PostgresCommand(Self.sources, run.brand, bucket, skus, run.progress.document),
        ])
        let events = changes.sorted { $0.key < $1.key }.map { sku, change in
            CatalogEvent.fitmentsChanged(
                FitmentsChanged(
                    sku: sku, added: UInt32(clamping: change.added), removed: UInt32(clamping: change.removed),
                    importID: run.jobID.description))
        }
        let recorded = try events.recorded(of: run.brand, at: .ofSystemClock, traceParent: nil)
        applied.events = try EventLog.append(made + recorded)
        return applied
    }

    private func change(_ known: [String], _ counts: inout ImportCounts) async throws -> Changes {
        let (run, bucket, document) = (self.run, self.piece.bucket, self.run.progress.document)
        // Most parts of most files are new. Nobody else adds fitments to parts that are locked here.
        let existing = try await self.transaction.query(Self.existing, run.brand, bucket, known)
        let (hasAny, hasOthers) = try existing.first?.decode(Bool.self, Bool.self) ?? (true, true)
        let insertion = PostgresCommand(
            hasAny ? Self.insertion : Self.newInsertion, run.jobID, run.brand, bucket, known, document)
        var changes: Changes = [:]
        guard hasOthers else {
            for row in try await self.transaction.execute([insertion])[0] {
                let (sku, count) = try row.decode(String.self, Int64.self)
                changes[sku] = (count, 0)
            }
            return changes
        }
        let answers = try await self.transaction.execute([
            PostgresCommand(Self.removal, run.jobID, run.brand, bucket, known, run.progress.isFull, document),
            PostgresCommand(Self.replacement, run.jobID, run.brand, bucket, known, document), insertion,
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
        counts.unchanged += max(0, (try answers[3].first?.decode(Int64.self) ?? 0) - added)
        return changes
    }

    /// Locks the products; those that are not there are made, or their records refused.
    ///
    /// - Returns: The SKUs that there are, ascending, and the events of those that were made.
    private func lock(_ applied: inout ImportRun.AppliedPiece) async throws -> (known: [String], events: [Event]) {
        let rows = try await self.transaction.query(Self.locking, self.run.brand, self.piece.bucket, self.piece.skus)
        let known = try rows.map { row throws(PostgresError) in try row.decode(String.self) }
        let missing = Array(Set(self.piece.skus).subtracting(known)).sorted()
        guard !missing.isEmpty else { return (known, []) }
        if self.run.options.createProducts {
            let events = try await self.run.makeProducts(missing, in: self.transaction)
            applied.counts.productsCreated += Int64(events.count)
            return (self.piece.skus, events)
        }
        let records = try await self.transaction.query(Self.records, self.run.jobID, self.piece.bucket, missing)
        applied.counts.failed += Int64(records.count)
        for (place, row) in records.enumerated() {
            let (line, sku) = try row.decode(Int64.self, String.self)
            let isLast = applied.lines.count >= Self.failedBytes
            let others = isLast ? ", nor those of \(records.count - place - 1) further records" : ""
            try applied.lines.append(
                FailedRecord(
                    line: line, sku: sku, reason: .productNotFound, field: "sku",
                    message: "the brand has no product \(sku)\(others); import it first, or have products made"))
            if isLast { break }
        }
        applied.counts.failedBytes += Int64(applied.lines.count)
        return (known, [])
    }
}

extension FitmentChange {
    private static let locking = PostgresStatement(
        """
        select sku from product where bucket = $2 and brand_id = $1 and sku = any($3) order by sku for update
        """)

    private static let existing = PostgresStatement(
        """
        select exists (select from fitment where brand_id = $1 and bucket = $2 and sku = any($3)),
            exists (select from fitment where brand_id = $1 and bucket = $2 and sku = any($3) and origin <> 1)
        """,
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

    /// As ``insertion``, for parts without any fitments.
    private static let newInsertion = PostgresStatement(joining: [
        latest,
        """
        , new as (
            insert into fitment (bucket, brand_id, sku, fitment_id, origin, import_id, document_name, vehicle_key,
                year_from, year_to, review_key, document)
            select bucket, $2, sku, fitment_id, 3, $1, $5, vehicle_key,
                year_from, year_to, review_key, document
            from latest where not is_deletion
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

    private static let sources = PostgresStatement(
        """
        insert into fitment_source (bucket, brand_id, document_name, sku)
        select $2, $1, $4, sku from unnest($3::text[]) as r (sku) order by sku
        on conflict do nothing
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
