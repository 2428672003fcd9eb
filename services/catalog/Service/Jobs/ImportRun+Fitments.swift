internal import Buckets
internal import CatalogMessages
internal import Events
internal import Jobs
internal import Postgres

extension ImportRun {
    /// The most parts whose fitments are changed in one transaction: each gives an event, and one that has to be made
    /// gives another.
    static let partsPerStep = 400
    /// Where a transaction takes no more records; those of one part are never divided.
    static let fitmentsPerStep = 40_000

    /// Changes the fitments of some parts.
    ///
    /// - Returns: Whether there are none left.
    mutating func applyFitments() async throws -> Bool {
        guard let piece = try await FitmentPiece.next(of: self) else { return true }
        var next = self.progress
        next.bucket = piece.bucket
        next.sku = piece.skus.last ?? next.sku
        if self.options.dryRun {
            let differences = try await self.compare(piece, &next)
            try await self.step(next, results: differences)
            return false
        }
        try await self.context.checkpoint { transaction in
            let change = FitmentChange(self, piece, in: transaction)
            let (lines, commands) = try await change.carryOut(&next)
            return JobStep(
                cursor: try next.encoded(), progress: next.jobProgress, results: lines.chunks, commands: commands)
        }
        self.progress = next
        return false
    }

    /// What a dry run would change.
    private func compare(_ piece: FitmentPiece, _ next: inout ImportProgress) async throws -> [[UInt8]] {
        var lines = ResultLines(.differences)
        let rows = try await self.imports.pool.query(
            FitmentChange.differences, self.jobID, self.brand, piece.bucket, piece.skus, next.isFull, next.document)
        for row in rows {
            let (sku, added, removed, unchanged) = try row.decode(String.self, Int64.self, Int64.self, Int64.self)
            next.fitmentsAdded += added
            next.fitmentsRemoved += removed
            next.unchanged += unchanged
            if added + removed > 0 {
                try lines.append(FitmentDifference(sku: sku, fitmentsAdded: added, fitmentsRemoved: removed))
            }
        }
        defer { next.differenceBytes += Int64(lines.count) }
        return next.differenceBytes < ImportResultFile.maximumBytes ? lines.chunks : []
    }
}

/// A line of a dry run's differences.
private struct FitmentDifference: Encodable {
    let sku: String
    let fitmentsAdded: Int64
    let fitmentsRemoved: Int64
}

/// The parts whose fitments one transaction changes: of one bucket, ascending.
struct FitmentPiece: Equatable {
    var bucket: Int16
    var skus: [String]

    /// A part, and how many records it has at least.
    struct Part: Equatable {
        var bucket: Int16
        var sku: String
        var count: Int

        static func isBefore(_ left: Part, _ right: Part) -> Bool {
            left.bucket == right.bucket
                ? left.sku.utf8.lexicographicallyPrecedes(right.sku.utf8) : left.bucket < right.bucket
        }
    }

    /// The next piece of an import: the parts that its file has, and of a full file those that it leaves out.
    static func next(of run: ImportRun) async throws -> FitmentPiece? {
        let (isFull, document) = (run.progress.isFull, run.progress.document)
        let buckets = try await run.imports.pool.query(
            self.nextBucket, run.jobID, run.brand, max(run.progress.bucket, 0), run.progress.sku, isFull, document)
        guard let bucket = try buckets.first?.decode(Int16?.self) else { return nil }
        let sku = bucket == run.progress.bucket ? run.progress.sku : ""
        let named = try await Self.parts(
            run.imports.pool.query(self.named, run.jobID, bucket, sku, Int64(ImportRun.fitmentsPerStep)))
        var left: [Part] = []
        if isFull {
            left = try await Self.parts(
                run.imports.pool.query(
                    self.left, run.brand, bucket, sku, document, Int64(ImportRun.partsPerStep)))
        }
        let isNamedCut = named.reduce(0) { $0 + $1.count } >= ImportRun.fitmentsPerStep
        return Self.first(
            of: named, isCut: isNamedCut, and: left, isCut: left.count >= ImportRun.partsPerStep,
            parts: ImportRun.partsPerStep, records: ImportRun.fitmentsPerStep)
    }

    /// The first piece of two ascending lists; of one that is cut, nothing is known behind its last part.
    static func first(
        of named: [Part], isCut isNamedCut: Bool, and left: [Part], isCut isLeftCut: Bool, parts: Int, records: Int
    ) -> FitmentPiece? {
        let bounds = [isNamedCut ? named.last : nil, isLeftCut ? left.last : nil].compactMap(\.self)
        let bound = bounds.min(by: Part.isBefore)
        var merged: [Part] = []
        for part in (named + left).sorted(by: Part.isBefore) {
            if let bound, Part.isBefore(bound, part) { break }
            if merged.last?.bucket == part.bucket, merged.last?.sku == part.sku { continue }
            merged.append(part)
        }
        guard let first = merged.first else { return nil }
        var piece = FitmentPiece(bucket: first.bucket, skus: [])
        var count = 0
        for part in merged {
            let isFull = piece.skus.count >= parts || count + part.count > records
            if part.bucket != first.bucket || (isFull && !piece.skus.isEmpty) { break }
            piece.skus.append(part.sku)
            count += part.count
        }
        return piece
    }

    private static func parts(_ rows: PostgresRows) throws -> [Part] {
        try rows.map { row in
            let (bucket, sku, count) = try row.decode(Int16.self, String.self, Int64.self)
            return Part(bucket: bucket, sku: sku, count: Int(count))
        }
    }

    /// The bucket of the next part.
    private static let nextBucket = PostgresStatement(
        """
        select least(
            (select bucket from import_fitment where job_id = $1 and (bucket, sku) > ($3, $4)
                order by bucket, sku limit 1),
            (select min(bucket) from fitment
                where $5 and brand_id = $2 and bucket >= $3 and (bucket, sku) > ($3, $4) and document_name = $6
                    and origin = 3))
        """,
        readOnly: true)

    private static let named = PostgresStatement(
        """
        select bucket, sku, count(*) from (
            select bucket, sku from import_fitment where job_id = $1 and bucket = $2 and sku > $3
            order by sku limit $4
        ) r group by bucket, sku order by bucket, sku
        """,
        readOnly: true)

    private static let left = PostgresStatement(
        """
        select bucket, sku, count(*) from fitment
        where brand_id = $1 and bucket = $2 and sku > $3 and document_name = $4 and origin = 3
        group by bucket, sku order by bucket, sku limit $5
        """,
        readOnly: true)
}
