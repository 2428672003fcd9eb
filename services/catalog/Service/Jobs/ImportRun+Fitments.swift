internal import Buckets
internal import CatalogMessages
internal import Events
internal import Jobs
internal import Postgres
internal import Synchronization

extension ImportRun {
    /// How many pieces are changed at once, each of another bucket and on a connection of its own.
    ///
    /// They are committed in any order: the job keeps for each bucket how far it has come. A piece locks the job's row
    /// behind all else that it locks, so that whatever two of them wait for is seen by the database.
    static let piecesAtOnce = 2

    /// The import stands elsewhere in a bucket than where a piece begins.
    struct OutOfOrder: Error {}

    /// The buckets that nobody has taken yet.
    private final class OpenBuckets: Sendable {
        private let rest = Mutex(Bucket.all[...])
        func next() -> Bucket? { self.rest.withLock { $0.popFirst() } }
    }

    /// What a piece leaves behind with its effect.
    struct AppliedPiece: Sendable {
        var counts = ImportCounts()
        var lines: ResultLines
        var events: [PostgresCommand] = []
    }

    /// Changes the fitments of all parts.
    mutating func applyFitments() async throws {
        let (run, open) = (self, OpenBuckets())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.piecesAtOnce {
                group.addTask {
                    while let bucket = open.next() { try await run.applyFitments(in: bucket.number) }
                }
            }
            // One that fails ends the others.
            while try await group.next() != nil {}
        }
        self.progress = try ImportProgress(self.context.job)
    }

    private func applyFitments(in bucket: Int16) async throws {
        let place = Int(bucket)
        var last = self.progress.parts[place]
        while let piece = try await FitmentPiece.next(in: bucket, behind: last, of: self) {
            try Task.checkCancellation()
            let (before, behind) = (last, piece.skus.last ?? last)
            try await self.context.checkpoint { transaction in
                try await self.staging.check(in: transaction)
                return self.options.dryRun
                    ? try await self.compare(piece, in: transaction)
                    : try await FitmentChange(self, piece, in: transaction).carryOut()
            } _: { applied, job, _ in
                var next = try ImportProgress(job)
                guard next.parts[place] == before else { throw OutOfOrder() }
                next.parts[place] = behind
                let results = next.chunks(of: applied.lines)
                next.counts += applied.counts
                return JobStep(
                    cursor: try next.encoded(), progress: next.jobProgress, results: results, commands: applied.events)
            }
            last = behind
        }
    }

    /// What a dry run would change.
    private func compare(_ piece: FitmentPiece, in transaction: PostgresTransaction) async throws -> AppliedPiece {
        var applied = AppliedPiece(lines: ResultLines(.differences))
        let rows = try await transaction.query(
            FitmentChange.differences, self.jobID, self.brand, piece.bucket, piece.skus, self.progress.isFull,
            self.progress.document)
        for row in rows {
            let (sku, added, removed, unchanged) = try row.decode(String.self, Int64.self, Int64.self, Int64.self)
            applied.counts.fitmentsAdded += added
            applied.counts.fitmentsRemoved += removed
            applied.counts.unchanged += unchanged
            if added + removed > 0 {
                try applied.lines.append(
                    FitmentDifference(sku: sku, fitmentsAdded: added, fitmentsRemoved: removed))
            }
        }
        applied.counts.differenceBytes = Int64(applied.lines.count)
        return applied
    }
}

extension ImportProgress {
    /// The chunks of further lines; none once there are as many as are kept.
    fileprivate func chunks(of lines: ResultLines) -> [[UInt8]] {
        let before = lines.file == .differences ? self.counts.differenceBytes : self.counts.failedBytes
        return before < ImportResultFile.maximumBytes ? lines.chunks : []
    }
}

/// A line of a dry run's differences.
private struct FitmentDifference: Encodable {
    let sku: String
    let fitmentsAdded: Int64
    let fitmentsRemoved: Int64
}
