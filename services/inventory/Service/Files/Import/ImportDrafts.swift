internal import Buckets
internal import InventoryDomain
internal import Jobs
internal import Postgres

/// What a step of a dry run would have left of an item.
struct ImportDraft: Sendable {
    let key: Keyed<SKU>
    let item: StockItem
    /// Whether a step before has left a draft of it.
    let isKnown: Bool
}

/// What the steps of a dry run would have left so far, in the database: a file may be about millions of SKUs.
///
/// Each step reads the drafts of its SKUs in the place of what the tables of stock have, and keeps its own in the
/// transaction that notes how far it has come. So a dry run goes on with the same drafts, whoever takes it up after a kill.
struct ImportDrafts: Sendable {
    private let job: PostgresUUID
    private let brand: PostgresUUID

    /// Those of a job.
    init(of job: Job) {
        self.job = job.id.uuid
        self.brand = job.brand
    }

    /// The command that reads the drafts of SKUs; all keys are of the job's brand.
    func reading(_ keys: [Keyed<SKU>]) -> PostgresCommand {
        let columns = keys.columns()
        return PostgresCommand(Self.selection, columns.buckets, columns.names, self.brand, self.job)
    }

    /// The drafts that there are, by the position of their keys.
    ///
    /// - Parameter rows: The answer to ``reading(_:)``.
    static func read(_ rows: PostgresRows, _ keys: [Keyed<SKU>]) throws(PostgresError) -> [Int: StockItem] {
        var drafts: [Int: StockItem] = [:]
        for row in rows {
            let index = Int(try row.decode(Int64.self)) - 1
            guard keys.indices.contains(index) else {
                throw .unexpectedValue(column: "position", reason: "\(index + 1) was not asked for")
            }
            drafts[index] = try ImportDraftRow.item(row, of: keys[index].name)
        }
        return drafts
    }

    /// Keeps what a step would have left, in its transaction.
    ///
    /// - Parameter drafts: Each item once.
    func keep(_ drafts: [ImportDraft], in transaction: PostgresTransaction) async throws {
        guard !drafts.isEmpty else { return }
        let replaced = drafts.filter(\.isKnown).map(\.key).columns()
        var commands = [PostgresCommand(Self.beginning, self.job, self.brand)]
        if !replaced.buckets.isEmpty {
            commands.append(
                PostgresCommand(Self.replacing, replaced.buckets, replaced.names, self.brand, self.job))
        }
        _ = try await transaction.execute(commands)
        try await transaction.copy(ImportDraftRow.copy(drafts, job: self.job))
    }

    /// Removes all drafts of the job.
    ///
    /// To be done once no step can follow: behind the end of the file, or of the job.
    func clear(in pool: PostgresPool) async throws(PostgresError) {
        try await Self.clear(self.job, of: self.brand, in: pool)
    }

    /// Removes what dry runs have left that ended otherwise than at the end of their file, or are forgotten.
    ///
    /// - Returns: How many had left some.
    static func sweep(_ pool: PostgresPool) async throws(PostgresError) -> Int {
        let rows = try await pool.query(Self.leftovers)
        for row in rows {
            let (job, brand) = try row.decode(PostgresUUID.self, PostgresUUID.self)
            try await Self.clear(job, of: brand, in: pool)
        }
        return rows.count
    }

    /// Bucket by bucket: all at once may take longer than a statement may.
    private static func clear(
        _ job: PostgresUUID, of brand: PostgresUUID, in pool: PostgresPool
    ) async throws(PostgresError) {
        for bucket in Bucket.all { _ = try await pool.query(Self.clearing, bucket.number, brand, job) }
        _ = try await pool.query(Self.end, job)
    }

    // Each key by itself, whatever the planner thinks of the others: while the table has no statistics, or none but those of
    // another dry run, reading all drafts of the job and comparing them with the keys seems cheap.
    private static let selection = PostgresStatement(
        """
        select k.position, d.version, d.reorder_threshold, d.reorder_quantity, d.safety_buffer, d.is_drop_ship, d.channels,
            d.channel_buffers, d.reorder_source, d.reorder_written_at, d.buffers_source, d.buffers_written_at,
            d.drop_ship_source, d.drop_ship_written_at, d.location_ids, d.available, d.reserved, d.quarantined,
            d.in_transit, d.incoming, d.level_versions, d.written_sources, d.written_at, d.lot_location_ids, d.lot_ids,
            d.lot_expires_at, d.lot_available, d.lot_reserved, d.lot_quarantined
        from unnest($1::smallint[], $2::text[]) with ordinality as k (bucket, sku, position)
        cross join lateral (
            select * from import_draft d
            where d.bucket = k.bucket and d.brand_id = $3 and d.job_id = $4 and d.sku = k.sku offset 0) d
        """,
        readOnly: true)

    private static let beginning = PostgresStatement(
        "insert into import_draft_job (job_id, brand_id) values ($1, $2) on conflict do nothing")

    private static let replacing = PostgresStatement(
        """
        delete from import_draft where ctid = any(array(
            select d.place from unnest($1::smallint[], $2::text[]) as k (bucket, sku)
            cross join lateral (
                select d.ctid as place from import_draft d
                where d.bucket = k.bucket and d.brand_id = $3 and d.job_id = $4 and d.sku = k.sku offset 0) d))
        """)

    private static let clearing = PostgresStatement(
        "delete from import_draft where bucket = $1 and brand_id = $2 and job_id = $3")

    private static let end = PostgresStatement("delete from import_draft_job where job_id = $1")

    private static let leftovers = PostgresStatement(
        """
        select d.job_id, d.brand_id from import_draft_job d
        left join job j on j.brand_id = d.brand_id and j.id = d.job_id
        where j.id is null or j.state in ('succeeded', 'failed', 'cancelled')
        """,
        readOnly: true)
}
