internal import CatalogMessages
internal import Postgres

/// The parts whose fitments one transaction changes: of one bucket, ascending.
struct FitmentPiece: Equatable {
    /// How large one may be.
    struct Limits: Sendable {
        /// The most parts: each gives an event, and one that has to be made gives another.
        var parts = 400
        /// Where it takes no more records; those of one part are never divided.
        var records = 40_000
        /// As ``records``, where each record may be refused, and then is told of by a line of its own.
        static let refusableRecords = 8_000
    }

    let bucket: Int16
    let skus: [String]

    /// A part, and how many records or fitments it has at least.
    struct Part: Equatable {
        var sku: String
        var count: Int
    }

    /// The next piece of an import: of the parts that its file has, and of a full file those that it leaves out.
    ///
    /// - Parameter last: The last part before it; empty: there is none.
    static func next(in bucket: Int16, behind last: String, of run: ImportRun) async throws -> FitmentPiece? {
        let pool = run.imports.pool
        var limits = run.imports.limits.piece
        if !run.options.createProducts { limits.records = min(limits.records, Limits.refusableRecords) }
        let named = try Self.parts(
            await pool.query(Self.named, run.jobID, bucket, last, Int64(limits.records)))
        var left: [Part] = []
        if run.progress.isFull {
            left = try Self.parts(
                await pool.query(
                    Self.left, run.jobID, run.brand, bucket, last, run.progress.document, Int64(limits.parts)))
        }
        let isNamedCut = named.reduce(0) { $0 + $1.count } >= limits.records
        let skus = Self.first(of: named, isCut: isNamedCut, and: left, isCut: left.count >= limits.parts, limits)
        return skus.isEmpty ? nil : FitmentPiece(bucket: bucket, skus: skus)
    }

    /// The parts of the first piece of two ascending lists without a part in common; of one that is cut, nothing is known
    /// behind its last part.
    static func first(
        of named: [Part], isCut isNamedCut: Bool, and left: [Part], isCut isLeftCut: Bool,
        _ limits: Limits
    ) -> [String] {
        let isBefore: (String, String) -> Bool = { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let bounds = [isNamedCut ? named.last : nil, isLeftCut ? left.last : nil].compactMap(\.?.sku)
        let bound = bounds.min(by: isBefore)
        var skus: [String] = []
        var count = 0
        for part in (named + left).sorted(by: { isBefore($0.sku, $1.sku) }) {
            if let bound, isBefore(bound, part.sku) { break }
            if skus.count >= limits.parts || !skus.isEmpty && count + part.count > limits.records { break }
            skus.append(part.sku)
            count += part.count
        }
        return skus
    }

    private static func parts(_ rows: PostgresRows) throws -> [Part] {
        try rows.map { row in
            let (sku, count) = try row.decode(String.self, Int64.self)
            return Part(sku: sku, count: Int(count))
        }
    }

    private static let named = PostgresStatement(
        """
        select sku, count(*) from (
            select sku from import_fitment where job_id = $1 and bucket = $2 and sku > $3
            order by sku limit $4
        ) r group by sku order by sku
        """,
        readOnly: true)

    private static let left = PostgresStatement(
        """
        select s.sku, f.count from fitment_source s
        cross join lateral (
            select count(*) from fitment f
            where f.bucket = s.bucket and f.brand_id = s.brand_id and f.sku = s.sku and f.origin = 3
                and f.document_name = s.document_name) f
        where s.bucket = $3 and s.brand_id = $2 and s.document_name = $5 and s.sku > $4 and f.count > 0
            and not exists (
                select from import_fitment r where r.job_id = $1 and r.bucket = $3 and r.sku = s.sku)
        order by s.sku limit $6
        """,
        readOnly: true)
}
