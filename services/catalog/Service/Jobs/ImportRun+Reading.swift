internal import CatalogFiles
internal import CatalogMessages
internal import Jobs
internal import Postgres

extension ImportRun {
    /// After how many records others get their turn: calls of the service share the threads.
    static let recordsPerTurn = 500

    /// Reads the file to its end; an interrupted reading begins anew, and passes over what is kept already.
    mutating func read() async throws {
        var reader = try CatalogFileFormats.reader(for: self.options)
        var steps = ImportReading(of: self)
        var batch = ImportReading.Batch(after: 0)
        var passed = self.progress.kept
        do {
            for try await chunk in self.context.input() {
                try reader.append(chunk)
                batch.end += Int64(chunk.count)
                try await self.take(from: &reader, &batch, &passed, &steps)
            }
            try reader.complete()
            try await self.take(from: &reader, &batch, &passed, &steps)
            let (header, declared, run) = (reader.header, reader.declaredCount, self)
            try await steps.begin(batch) { progress in
                try Self.check(declared, progress)
                progress.phase = .checking
                run.describe(header, in: &progress)
            }
            self.progress = try await steps.finish()
        } catch {
            await steps.settle()
            guard let fault = error as? CatalogFileFault else { throw error }
            throw JobFailure(fault)
        }
    }

    private func take(
        from reader: inout any CatalogFileReader, _ batch: inout ImportReading.Batch, _ passed: inout Int64,
        _ steps: inout ImportReading
    ) async throws {
        while let record = try reader.next() {
            guard passed == 0 else {
                passed -= 1
                continue
            }
            batch.records.append(record)
            guard batch.isFull(self.imports.limits) else {
                if batch.records.count % Self.recordsPerTurn == 0 { await Task.yield() }
                continue
            }
            try await steps.begin(batch)
            batch = ImportReading.Batch(after: batch.end)
        }
    }

    /// Writes a step of the reading.
    ///
    /// - Parameters:
    ///   - before: How far the import will have come, but for what became of the step's records.
    ///   - isFirst: Nothing is kept yet.
    /// - Returns: How far it has come.
    func keep(
        _ staged: StagedRecords, _ before: ImportProgress, isFirst: Bool
    ) async throws -> ImportProgress {
        var progress = before
        let tells = progress.counts.failedBytes < ImportResultFile.maximumBytes
        progress.counts += staged.counts
        let cursor = try progress.encoded()
        try await self.context.checkpoint { transaction in
            if isFirst { try await self.staging.begin(in: transaction) }
            try await self.staging.check(in: transaction)
            try await staged.write(in: transaction)
            return JobStep(
                cursor: cursor, progress: progress.jobProgress, results: tells ? staged.failed.chunks : [])
        }
        return progress
    }

    /// After a crash of the database nothing is kept apart any more: the file is read again. What was counted, told and
    /// applied of it stays so.
    mutating func checkStaged() async throws {
        guard self.progress.kept > 0, self.progress.phase != .clearing else { return }
        guard try await !self.staging.isKept(in: self.imports.pool) else { return }
        var next = self.progress
        next.phase = .reading
        (next.kept, next.bytes) = (0, 0)
        try await self.step(next, commands: self.staging.clearing)
    }

    private static func check(_ declared: Int64?, _ progress: ImportProgress) throws {
        let counted = progress.records - progress.counts.passedOver
        guard let declared, declared != counted else { return }
        throw JobFailure(
            code: "record-count",
            message: "the file says that it has \(declared) records, but it has \(counted); nothing was changed")
    }

    private func describe(_ header: CatalogFileHeader?, in progress: inout ImportProgress) {
        let mode = self.options.mode == .unspecified ? header?.mode ?? .update : self.options.mode
        progress.isFull = mode == .full
        progress.document = self.options.document.isEmpty ? header?.document ?? "" : self.options.document
        if progress.document.isEmpty { progress.document = self.options.format.documentName }
    }
}
