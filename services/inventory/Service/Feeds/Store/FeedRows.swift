internal import Buckets
internal import FileFormats
internal import InventoryDomain
internal import Leasing
internal import Postgres

/// The rows of an open run's file, kept until they are imported.
struct FeedRows: Sendable {
    /// Rows that are dealt with in one transaction.
    static let rowsOfStep: Int64 = 50_000
    /// Rows that are read at once.
    private static let rowsOfPage: Int64 = 5_000

    let pool: PostgresPool
    let lease: Lease
    let brand: PostgresUUID
    let feed: String
    let run: PostgresUUID

    /// Forgets what was kept of this run, and of runs that have ended.
    func clear() async throws {
        var isMore = true
        while isMore {
            isMore = try await self.fenced { transaction in
                let rows = try await transaction.query(Self.clearing, self.brand, self.feed, Self.rowsOfStep)
                return Int64(rows.count) == Self.rowsOfStep
            }
        }
    }

    /// Keeps rows.
    ///
    /// - Returns: The numbers of those about a SKU and location that another row is about.
    func keep(_ rows: [FeedReader.Row]) async throws -> [Int64] {
        guard !rows.isEmpty else { return [] }
        let kept = try await self.fenced { transaction in
            let answer = try await transaction.query(
                Self.insertion, self.brand, self.feed, self.run,
                rows.map { self.brand.bucket(of: $0.line.sku.description).number },
                rows.map { $0.line.location?.description ?? "" }, rows.map(\.line.sku.description), rows.map(\.number),
                rows.map { $0.line.units?.units })
            var numbers: Set<Int64> = []
            for row in answer { numbers.insert(try row.decode(Int64.self)) }
            return numbers
        }
        return rows.map(\.number).filter { !kept.contains($0) }
    }

    /// What the feed said in all so far, and what it would say after the run.
    ///
    /// - Parameter isFull: Whether what the file does not name would be none.
    func totals(
        isFull: Bool, in transaction: PostgresTransaction
    ) async throws -> (before: FeedTotals, after: FeedTotals) {
        let rows = try await self.joiningByHash(in: transaction) {
            try await transaction.query(Self.totals, self.brand, self.feed, self.run, isFull)
        }
        guard let row = rows.first else { throw PostgresError(.server, "totals without a row") }
        let (skusBefore, unitsBefore, skusAfter, unitsAfter) = try row.decode(
            Int64.self, Int64.self, Int64.self, Int64.self)
        return (FeedTotals(skus: skusBefore, units: unitsBefore), FeedTotals(skus: skusAfter, units: unitsAfter))
    }

    /// Adds what the feed has told of and the file does not name any more.
    ///
    /// - Returns: How many there are.
    func addAbsent(in transaction: PostgresTransaction) async throws -> Int64 {
        let rows = try await self.joiningByHash(in: transaction) {
            try await transaction.query(Self.absent, self.brand, self.feed, self.run)
        }
        return try rows.first?.decode(Int64.self) ?? 0
    }

    /// Marks the rows that tell of fewer units on hand than are promised: nothing is free any more there.
    func markPromised(in transaction: PostgresTransaction) async throws {
        _ = try await transaction.query(Self.promised, self.brand, self.feed, self.run)
    }

    /// Where a row stands in the file.
    struct Found: Sendable {
        let number: Int64
        /// Whether the file does not name it: then the number is none of the file's.
        let isAbsent: Bool
    }

    /// Makes rows that were refused such as name their SKUs and say no number; may be done again.
    ///
    /// To be done behind the end of the import alone, as it reads these rows.
    ///
    /// - Returns: Where they stand.
    func takeBack(_ refused: [RefusedRow]) async throws -> [RefusedRow.Place: Found] {
        try await self.fenced { transaction in
            let answer = try await self.joiningByHash(in: transaction) {
                try await transaction.query(
                    Self.takingBack, self.brand, self.feed, self.run, refused.map(\.place.location),
                    refused.map(\.place.sku))
            }
            var found: [RefusedRow.Place: Found] = [:]
            for row in answer {
                let (location, sku, number, isAbsent) = try row.decode(
                    String.self, String.self, Int64.self, Bool.self)
                found[RefusedRow.Place(sku: sku, location: location)] = Found(number: number, isAbsent: isAbsent)
            }
            return found
        }
    }

    /// Takes over what the rows say as what the feed has said last; may be done again.
    ///
    /// - Returns: The locations that the file names.
    func settle() async throws -> [String] {
        let edges = try await self.pool.query(Self.lastNumber, self.brand, self.feed, self.run)
        let last = try edges.first?.decode(Int64.self) ?? 0
        for start in stride(from: Int64(0), through: last, by: Int64.Stride(Self.rowsOfStep)) {
            try await self.fenced { transaction in
                try await self.joiningByHash(in: transaction) {
                    _ = try await transaction.execute([
                        PostgresCommand(
                            Self.settlement, self.brand, self.feed, self.run, start, start + Self.rowsOfStep),
                        PostgresCommand(Self.removal, self.brand, self.feed, self.run, start, start + Self.rowsOfStep),
                    ])
                }
            }
        }
        let rows = try await self.pool.query(Self.locations, self.brand, self.feed, self.run)
        return try rows.map { (row) throws(PostgresError) in try row.decode(String.self) }
    }

    /// Runs statements that join a file's rows with each other or with what the feed has said.
    ///
    /// No statistics know of rows that have just come. For the few that the planner expects, nested loops look best, which
    /// take a time that grows with their square: longer than a lease is held for some thousands of rows.
    private func joiningByHash<Value>(
        in transaction: PostgresTransaction, _ body: () async throws -> Value
    ) async throws -> Value {
        _ = try await transaction.query(Self.hashJoins)
        let value = try await body()
        _ = try await transaction.query(Self.anyJoins)
        return value
    }

    /// Does something under the lease.
    private func fenced<Value: Sendable>(
        _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try await self.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            return try await body(transaction)
        }
    }

    /// The rows that are to be imported, as CSV with the import's own names.
    func importFile(isOnHand: Bool) -> FeedImportFile { FeedImportFile(rows: self, isOnHand: isOnHand) }

    /// The next rows behind a number, and their last number; nil: there are none.
    fileprivate func page(after number: Int64, isOnHand: Bool) async throws -> (bytes: [UInt8], last: Int64)? {
        let rows = try await self.pool.query(
            Self.page, self.brand, self.feed, self.run, number, Self.rowsOfPage)
        var text = CSVText()
        var last: Int64?
        for row in rows {
            let (number, location, sku, units, isNoneFree) = try row.decode(
                Int64.self, String.self, String.self, Int64.self, Bool.self)
            text.field(sku)
            text.field(location)
            text.field(isOnHand && !isNoneFree ? units : nil)
            text.field(isNoneFree ? 0 : isOnHand ? nil : units)
            text.endRow()
            last = number
        }
        return last.map { (text.bytes, $0) }
    }

    // Where nothing but a nested loop is possible, as with a table of one row, the planner takes it at a price that would
    // have the statement compiled, which takes seconds.
    private static let hashJoins = PostgresStatement(
        "select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)")

    private static let anyJoins = PostgresStatement("select set_config('enable_nestloop', 'on', true)")

    private static let clearing = PostgresStatement(
        """
        delete from feed_row where ctid = any(array(
            select ctid from feed_row where brand_id = $1 and feed_id = $2 limit $3)) returning 1
        """)

    private static let insertion = PostgresStatement(
        """
        insert into feed_row (brand_id, feed_id, run_id, bucket, location_id, sku, number, units)
        select $1, $2, $3, * from unnest($4::smallint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
        on conflict do nothing returning number
        """)

    private static let takingBack = PostgresStatement(
        """
        update feed_row r set units = null
        from (select distinct * from unnest($4::text[], $5::text[])) as u (location_id, sku)
        where r.brand_id = $1 and r.feed_id = $2 and r.run_id = $3
            and r.location_id = u.location_id and r.sku = u.sku
        returning r.location_id, r.sku, r.number, r.is_absent
        """)

    // A row whose number cannot be used leaves what was said before; one without a location leaves it at all of them.
    private static let totals = PostgresStatement(
        """
        with said as (
            select coalesce(r.units, l.units, 0) as units, coalesce(l.units, 0) as old
            from feed_row r left join feed_level l using (brand_id, feed_id, location_id, sku)
            where r.brand_id = $1 and r.feed_id = $2 and r.run_id = $3
        ), named as (
            select count(*) filter (where units > 0) as skus, coalesce(sum(units), 0) as units,
                count(*) filter (where old > 0) as old_skus, coalesce(sum(old), 0) as old_units
            from said
        ), left_alone as (
            select count(*) filter (where l.units > 0) as skus, coalesce(sum(l.units), 0) as units
            from feed_row s join feed_level l using (brand_id, feed_id, sku)
            where s.brand_id = $1 and s.feed_id = $2 and s.run_id = $3 and s.location_id = '' and not exists (
                select 1 from feed_row r
                where r.brand_id = $1 and r.feed_id = $2 and r.run_id = $3 and r.location_id = l.location_id
                    and r.sku = l.sku)
        ), total as (
            select count(*) filter (where units > 0) as skus, coalesce(sum(units), 0) as units
            from feed_level where brand_id = $1 and feed_id = $2
        )
        select t.skus, least(t.units, 9223372036854775807)::bigint,
            case when $4 then n.skus + a.skus else t.skus - n.old_skus + n.skus end,
            least(
                case when $4 then n.units + a.units else t.units - n.old_units + n.units end,
                9223372036854775807)::bigint
        from named n, left_alone a, total t
        """)

    private static let absent = PostgresStatement(
        """
        with last as (
            select coalesce(max(number), 0) as number from feed_row where brand_id = $1 and feed_id = $2 and run_id = $3
        ), added as (
            insert into feed_row (bucket, brand_id, feed_id, run_id, location_id, sku, number, units, is_none_free,
                is_absent)
            select l.bucket, l.brand_id, l.feed_id, $3, l.location_id, l.sku,
                last.number + row_number() over (order by l.location_id, l.sku), 0, true, true
            from feed_level l cross join last
            where l.brand_id = $1 and l.feed_id = $2 and not exists (
                select 1 from feed_row r
                where r.brand_id = $1 and r.feed_id = $2 and r.run_id = $3 and r.location_id = l.location_id
                    and r.sku = l.sku)
                and not exists (
                    select 1 from feed_row r
                    where r.brand_id = $1 and r.feed_id = $2 and r.run_id = $3 and r.location_id = '' and r.sku = l.sku)
            returning 1
        )
        select count(*) from added
        """)

    private static let promised = PostgresStatement(
        """
        update feed_row r set is_none_free = true from level l
        where r.brand_id = $1 and r.feed_id = $2 and r.run_id = $3
            and l.bucket = r.bucket and l.brand_id = r.brand_id and l.sku = r.sku and l.location_id = r.location_id
            and l.reserved > r.units
        """)

    private static let page = PostgresStatement(
        """
        select number, location_id, sku, units, is_none_free from feed_row
        where brand_id = $1 and feed_id = $2 and run_id = $3 and number > $4 and units is not null
        order by number limit $5
        """,
        readOnly: true)

    private static let lastNumber = PostgresStatement(
        "select coalesce(max(number), 0) from feed_row where brand_id = $1 and feed_id = $2 and run_id = $3",
        readOnly: true)

    private static let settlement = PostgresStatement(
        """
        insert into feed_level (bucket, brand_id, feed_id, location_id, sku, units)
        select bucket, brand_id, feed_id, location_id, sku, units from feed_row
        where brand_id = $1 and feed_id = $2 and run_id = $3 and number > $4 and number <= $5
            and units is not null and not is_absent
        on conflict (brand_id, feed_id, location_id, sku) do update set units = excluded.units
            where feed_level.units <> excluded.units
        """)

    // Set to none once; from then on it is not the feed's any more. Where that was refused it still is.
    private static let removal = PostgresStatement(
        """
        delete from feed_level l using feed_row r
        where r.brand_id = $1 and r.feed_id = $2 and r.run_id = $3 and r.number > $4 and r.number <= $5 and r.is_absent
            and r.units is not null and l.brand_id = r.brand_id and l.feed_id = r.feed_id and l.location_id = r.location_id and l.sku = r.sku
        """)

    private static let locations = PostgresStatement(
        """
        select distinct location_id from feed_row
        where brand_id = $1 and feed_id = $2 and run_id = $3 and units is not null and not is_absent
        order by location_id
        """,
        readOnly: true)
}

/// Rows as the file of an import, read page by page. The same bytes each time that it is read.
struct FeedImportFile: AsyncSequence, Sendable {
    let rows: FeedRows
    let isOnHand: Bool

    func makeAsyncIterator() -> Iterator { Iterator(file: self) }

    struct Iterator: AsyncIteratorProtocol {
        let file: FeedImportFile
        /// The last row that was given; nil: not even the names.
        private var last: Int64?

        init(file: FeedImportFile) { self.file = file }

        mutating func next() async throws -> [UInt8]? {
            guard let last else {
                self.last = 0
                return Array("sku,locationId,onHand,stockAvailable\r\n".utf8)
            }
            guard let page = try await self.file.rows.page(after: last, isOnHand: self.file.isOnHand) else {
                return nil
            }
            self.last = page.last
            return page.bytes
        }
    }
}
