internal import Buckets
internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// SKUs of one bucket whose prices one transaction changes, with all that the file says of them.
struct ImportPiece: Sendable {
    /// The most records that a piece has.
    static let maximumRecords = 4_000
    /// The most records of one SKU; a file that has more of it has them refused.
    static let maximumRecordsPerSKU = 3_000

    /// A price that a full file may not have.
    struct Standing: Sendable {
        let list: Int32
        let identity: PriceIdentity
    }

    let bucket: Int16
    /// The last of its SKUs.
    let sku: String
    /// By SKU, and in the order of the file.
    var records: [StagedPrice] = []
    /// Of a full file, the prices that there were when it was read, by SKU.
    var standing: [Standing] = []
    /// Records that the file has beyond ``maximumRecordsPerSKU`` of its one SKU.
    var excess: Int64 = 0

    /// The next piece of an import; nil: there is none left.
    static func next(of run: ImportRun, after last: (bucket: Int16, sku: String)) async throws -> ImportPiece? {
        var (bucket, sku) = last
        while bucket < Int16(Bucket.count) {
            if let piece = try await Self.read(run, bucket, behind: sku) { return piece }
            (bucket, sku) = (bucket + 1, "")
        }
        return nil
    }

    private static func read(_ run: ImportRun, _ bucket: Int16, behind sku: String) async throws -> ImportPiece? {
        let pool = run.imports.pool
        let rows = try await pool.query(Self.staged, run.jobID, bucket, sku, Int64(Self.maximumRecords))
        var records = try rows.map { row throws(PostgresError) in try StagedPrice(row) }
        var (bound, excess): (SKU?, Int64) = (nil, 0)
        if records.count == Self.maximumRecords, let last = records.last?.sku {
            // The last one may have more records.
            if records.first?.sku == last {
                records.removeLast(Self.maximumRecords - Self.maximumRecordsPerSKU)
                let counts = try await pool.query(Self.count, run.jobID, bucket, last.description)
                let all = try counts.first?.decode(Int64.self) ?? 0
                excess = max(0, all - Int64(Self.maximumRecordsPerSKU))
                bound = last
            } else {
                records.removeAll { $0.sku == last }
                bound = records.last?.sku
            }
        }
        var standing: [Standing] = []
        if run.options.full { (standing, bound) = try await Self.standing(run, bucket, behind: sku, upTo: bound) }
        if let bound { records.removeAll { bound < $0.sku } }
        let last = [records.last?.sku, standing.last?.identity.sku, bound].compactMap(\.self).max()
        guard let last else { return nil }
        return ImportPiece(
            bucket: bucket, sku: last.description, records: records, standing: standing, excess: excess)
    }

    /// The prices in the lists of a full file, and up to which SKU there are all.
    private static func standing(
        _ run: ImportRun, _ bucket: Int16, behind sku: String, upTo bound: SKU?
    ) async throws -> ([Standing], SKU?) {
        let rows = try await run.imports.pool.query(
            Self.stored, run.brand, bucket, sku, bound?.description, run.progress.lists, Int64(Self.maximumRecords))
        var standing = try rows.map { row throws(PostgresError) in try Standing(row) }
        guard standing.count == Self.maximumRecords, let last = standing.last?.identity.sku else {
            return (standing, bound)
        }
        guard standing.first?.identity.sku == last else {
            standing.removeAll { $0.identity.sku == last }
            return (standing, standing.last?.identity.sku)
        }
        // One SKU alone: there are no more than its lists can have.
        let all = try await run.imports.pool.query(
            Self.storedOfOne, run.brand, bucket, last.description, run.progress.lists)
        return (try all.map { row throws(PostgresError) in try Standing(row) }, last)
    }

    private static let staged = PostgresStatement(
        """
        select number, line, action, sku, list_number, minimum_quantity, valid_from, valid_to, amount
        from import_price where job_id = $1 and bucket = $2 and sku > $3 order by sku, number limit $4
        """,
        readOnly: true)

    private static let count = PostgresStatement(
        "select count(*) from import_price where job_id = $1 and bucket = $2 and sku = $3", readOnly: true)

    private static let stored = PostgresStatement(
        """
        select sku, list_number, minimum_quantity, valid_from from price
        where brand_id = $1 and bucket = $2 and sku > $3 and ($4::text is null or sku <= $4) and list_number = any($5)
        order by sku limit $6
        """,
        readOnly: true)

    private static let storedOfOne = PostgresStatement(
        """
        select sku, list_number, minimum_quantity, valid_from from price
        where brand_id = $1 and bucket = $2 and sku = $3 and list_number = any($4)
        """,
        readOnly: true)
}

extension ImportPiece.Standing {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        let (sku, list, quantity, from) = try row.decode(
            String.self, Int32.self, Int64.self, PostgresTimestamp.self)
        self.init(
            list: list,
            identity: PriceIdentity(sku: SKU(unchecked: sku), minimumQuantity: quantity, validFrom: Instant(from)))
    }
}

extension StagedPrice {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        let (number, line, action, sku, list, quantity, from, to, amount) = try row.decode(
            Int64.self, Int64.self, Int16.self, String.self, Int32.self, Int64.self, PostgresTimestamp.self,
            PostgresTimestamp.self, Int64.self)
        guard let action = Action(rawValue: action),
            let period = try? Period(from: Instant(from), to: Instant(to), field: "validTo")
        else { throw .unexpectedValue(column: "action", reason: "the row is none of an import") }
        self.init(
            number: number, line: line, action: action, sku: SKU(unchecked: sku), list: list, minimumQuantity: quantity,
            period: period, amount: Amount(micros: amount))
    }
}
