internal import Events
internal import Jobs
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import Synchronization

extension ImportRun {
    /// Changes the prices, piece by piece. The next piece is read while one is written.
    mutating func apply() async throws {
        var piece = try await ImportPiece.next(of: self, after: (self.progress.bucket, self.progress.sku))
        while let present = piece {
            let run = self
            async let following = ImportPiece.next(of: run, after: (present.bucket, present.sku))
            self.progress = try await PriceJobs.retrying { try await run.take(present) }
            if !self.progress.isDryRun { self.imports.news.committed() }
            piece = try await following
        }
    }

    /// Takes the step of a piece.
    ///
    /// - Returns: How far the import has come with it.
    private func take(_ piece: ImportPiece) async throws -> ImportProgress {
        var next = self.progress
        (next.bucket, next.sku) = (piece.bucket, piece.sku)
        next.applied += Int64(piece.records.count) + piece.excess
        if next.isDryRun {
            let change = try await self.tried(piece)
            let results = try change.note(in: &next, of: piece)
            let (cursor, progress) = (try next.encoded(), next.jobProgress)
            try await self.context.checkpoint { _ in JobStep(cursor: cursor, progress: progress, results: results) }
            return next
        }
        let run = self
        let before = next
        let kept = Mutex(next)
        try await self.context.checkpoint(
            preparing: { transaction in try await PieceChange(piece, of: run, in: transaction) },
            { change, _, _ in
                var after = before
                let results = try change.note(in: &after, of: piece)
                let undo = change.undo(of: run, from: before.parts)
                after.parts += Int32(undo.count)
                kept.withLock { $0 = after }
                return JobStep(
                    cursor: try after.encoded(), progress: after.jobProgress, results: results,
                    commands: undo + (try EventLog.append(change.events)))
            })
        return kept.withLock { $0 }
    }

    /// Carried out and rolled back.
    private struct Tried: Error {
        let change: PieceChange
    }

    /// What a piece would change: it is done, and undone at once.
    private func tried(_ piece: ImportPiece) async throws -> PieceChange {
        do {
            return try await self.imports.pool.withTransaction { transaction in
                throw Tried(change: try await PieceChange(piece, of: self, in: transaction))
            }
        } catch let tried as Tried {
            return tried.change
        }
    }
}

/// What a piece of an import has changed.
struct PieceChange: Sendable {
    /// A change of a price that the file asks for.
    private struct Asked {
        let write: PriceWrite
        /// 0: the file does not have the price.
        let line: Int64
    }

    /// What became of the changes of some SKUs in a list.
    private struct Part {
        let list: BookList
        let asked: [Asked]
        let result: PriceWriteResult
    }

    private var parts: [Part] = []
    /// Records whose list is gone.
    private var listless: [StagedPrice] = []

    /// Writes the prices of a piece, list by list.
    init(_ piece: ImportPiece, of run: ImportRun, in transaction: PostgresTransaction) async throws {
        let book = try await run.imports.writes.sharedBook(of: run.brand, in: transaction)
        var asked: [Int32: [Asked]] = [:]
        for record in piece.records where record.action != .refused {
            guard book.list(number: record.list) != nil else {
                self.listless.append(record)
                continue
            }
            let change =
                record.action == .put ? .put(record.amount, validTo: record.period.to) : PriceWrite.Change.remove
            asked[record.list, default: []].append(
                Asked(write: PriceWrite(record.identity, change), line: record.line))
        }
        for standing in piece.leftOut {
            asked[standing.list, default: []].append(
                Asked(write: PriceWrite(standing.identity, .remove), line: 0))
        }
        var origin = PriceWriteOrigin(brand: run.brand, principal: run.principal)
        (origin.reason, origin.importID) = (run.options.reason, run.jobID)
        for list in asked.keys.compactMap({ book.list(number: $0) }).sorted(by: PriceListOrder.precedes) {
            for part in Self.parts(of: asked[list.number] ?? []) {
                let result = try await run.imports.writes.write(
                    part.map(\.write), into: list.id, as: origin, in: transaction)
                self.parts.append(Part(list: list, asked: part, result: result))
            }
        }
    }

    /// Changes in parts that can be written at once; those of a SKU are never divided.
    private static func parts(of asked: [Asked]) -> [[Asked]] {
        guard asked.count > PriceWrites.maximumWrites else { return [asked] }
        // Swift sorts stably, so that those of a SKU stay in the order of the file.
        let sorted = asked.sorted { $0.write.identity.sku < $1.write.identity.sku }
        var parts: [[Asked]] = []
        var part: [Asked] = []
        for group in sorted.chunked(on: { $0.write.identity.sku }) {
            if part.count + group.count > PriceWrites.maximumWrites, !part.isEmpty {
                parts.append(part)
                part = []
            }
            part += group
        }
        return parts + [part]
    }

    /// What is told of the change.
    var events: [Event] { self.parts.flatMap(\.result.events) }

    /// The commands that keep what is needed to undo it.
    ///
    /// - Parameter number: Of the first part.
    func undo(of run: ImportRun, from number: Int32) -> [PostgresCommand] {
        var commands: [PostgresCommand] = []
        for part in self.parts {
            var skus: Set<String> = []
            var holds: [PostgresUUID] = []
            for outcome in part.result.outcomes {
                switch outcome {
                case .created(let price), .changed(let price, _), .removed(let price):
                    skus.insert(price.identity.sku.description)
                case .held(let hold, _): holds.append(hold.id)
                case .unchanged, .absent, .refused: break
                }
            }
            guard !skus.isEmpty || !holds.isEmpty, let first = part.asked.first else { continue }
            commands.append(
                PostgresCommand(
                    Self.undoing, run.brand, run.jobID, number + Int32(commands.count),
                    run.brand.bucket(of: first.write.identity.sku.description), part.list.number,
                    part.result.changeID, skus.sorted(), holds))
        }
        return commands
    }

    /// Counts what became of the records.
    ///
    /// - Returns: What is told of those that were refused, and of a dry run of the others.
    func note(in progress: inout ImportProgress, of piece: ImportPiece) throws -> [[UInt8]] {
        var (failed, differences) = (ResultLines(.failedRecords), ResultLines(.differences))
        let tellsDifferences = progress.isDryRun && progress.differenceBytes < ImportResultFile.maximumBytes
        let tellsFailed = progress.failedBytes < ImportResultFile.maximumBytes
        for part in self.parts {
            for (asked, outcome) in zip(part.asked, part.result.outcomes) {
                if case .refused(let refusal) = outcome, tellsFailed {
                    try failed.append(
                        refusal.failedPrice(
                            line: asked.line, sku: asked.write.identity.sku.description, listID: part.list.id))
                }
                progress.count(outcome)
                guard tellsDifferences,
                    let difference = PriceDifference(outcome, of: asked.write, line: asked.line, in: part.list)
                else { continue }
                try differences.append(difference)
            }
        }
        progress.failed += Int64(self.listless.count) + piece.excess
        if tellsFailed { for failure in self.failures(piece) { try failed.append(failure) } }
        progress.failedBytes += Int64(failed.count)
        progress.differenceBytes += Int64(differences.count)
        return failed.chunks + differences.chunks
    }

    /// Records that were not tried.
    private func failures(_ piece: ImportPiece) -> [FailedPrice] {
        var failures = self.listless.map { record in
            PricingRefusal(
                .listNotFound, field: "listId", "is a list that was removed meanwhile", expected: "one that there is"
            ).failedPrice(line: record.line, sku: record.sku.description, listID: "")
        }
        if piece.excess > 0 {
            failures.append(
                PricingRefusal(
                    .tooMany, field: "sku",
                    "has \(piece.excess) more records in the file than are taken of one SKU; the last are refused",
                    expected: "at most \(ImportPiece.maximumRecordsPerSKU)"
                ).failedPrice(line: 0, sku: piece.sku, listID: ""))
        }
        return failures
    }

    private static let undoing = PostgresStatement(
        """
        insert into undo_price (brand_id, job_id, part, created_at, bucket, list_number, change_id, skus, hold_ids)
        values ($1, $2, $3, now(), $4, $5, $6, $7, $8)
        """)
}

extension ImportPiece {
    /// What a full file does not have of the prices that there were. A price that was refused, or whose record was, is not
    /// left out.
    fileprivate var leftOut: [Standing] {
        guard !self.standing.isEmpty, self.excess == 0 else { return [] }
        var named: [Int32: Set<PriceIdentity>] = [:]
        var kept: Set<KeptSKU> = []
        for record in self.records {
            if record.action == .refused {
                kept.insert(KeptSKU(sku: record.sku, list: record.list))
            } else {
                named[record.list, default: []].insert(record.identity)
            }
        }
        return self.standing.filter { standing in
            let sku = standing.identity.sku
            return named[standing.list]?.contains(standing.identity) != true
                && !kept.contains(KeptSKU(sku: sku, list: standing.list))
                && !kept.contains(KeptSKU(sku: sku, list: StagedPrice.anyList))
        }
    }
}

/// A SKU of a refused record, in a list or in any.
private struct KeptSKU: Hashable {
    let sku: SKU
    let list: Int32
}

extension ImportProgress {
    fileprivate mutating func count(_ outcome: PriceWriteOutcome) {
        switch outcome {
        case .created: self.created += 1
        case .changed: self.changed += 1
        case .removed: self.removed += 1
        case .held: self.held += 1
        case .unchanged, .absent: self.unchanged += 1
        case .refused: self.failed += 1
        }
    }
}

extension Array {
    /// Neighbours of which something is the same, together.
    fileprivate func chunked<Value: Equatable>(on value: (Element) -> Value) -> [ArraySlice<Element>] {
        var chunks: [ArraySlice<Element>] = []
        var start = self.startIndex
        for index in self.indices where index > start && value(self[index]) != value(self[start]) {
            chunks.append(self[start..<index])
            start = index
        }
        if start < self.endIndex { chunks.append(self[start...]) }
        return chunks
    }
}
