internal import Jobs
internal import OrderDomain
internal import OrderFiles
internal import OrderMessages
internal import Postgres
internal import ProtobufC

extension ImportRun {
    /// After how many bytes about refused records a step takes no more of them.
    private static let failedBytesPerStep = 1 << 20
    /// After how many records other tasks get their turn.
    private static let recordsPerTurn = 256

    /// Records of a step, as they were read.
    private struct Batch: Sendable {
        var records: [OrderRecord] = []
        /// The place of the first of them in the file, from 1 on.
        var number: Int64
        /// Bytes of the file that were read by the end of the step before, and by now.
        let begin: Int64
        var end: Int64
    }

    /// Reads the file to its end; an interrupted reading begins anew, and passes over what is kept already. While the
    /// orders of one step are made and kept, those of the next are read.
    mutating func read() async throws {
        let origin = try await self.origin()
        let limits = self.imports.limits
        var (passed, number) = (self.progress.kept, self.progress.kept + 1)
        var underWay: Task<ImportProgress, any Error>?
        do {
            var reader = try OrderFileFormats.reader(for: self.options, self.imports.json)
            var batch = Batch(number: number, begin: 0, end: 0)
            func take() async throws {
                while let record = try reader.next() {
                    guard passed == 0 else {
                        passed -= 1
                        continue
                    }
                    batch.records.append(record)
                    number += 1
                    if batch.records.count % Self.recordsPerTurn == 0 { await Task.yield() }
                    guard batch.records.count >= limits.recordsPerStep || batch.end - batch.begin >= limits.bytesPerStep
                    else { continue }
                    underWay = try await self.keep(batch, origin, behind: underWay)
                    batch = Batch(number: number, begin: batch.end, end: batch.end)
                }
            }
            for try await chunk in self.context.input() {
                try reader.append(chunk)
                batch.end += Int64(chunk.count)
                try await take()
            }
            try reader.complete()
            try await take()
            underWay = try await self.keep(batch, origin, behind: underWay)
            if let progress = try await underWay?.value { self.progress = progress }
        } catch {
            _ = await underWay?.result
            guard let fault = error as? OrderFileFault else { throw error }
            throw JobFailure(fault)
        }
        var next = self.progress
        next.phase = .applying
        try await self.step(next)
    }

    private func origin() async throws -> ImportedOrder.Origin {
        let now = try await DatabaseClock.now(in: self.imports.pool)
        let rows = try await self.imports.pool.query(SettingsRows.reading([self.brand]))
        let settings = try SettingsRows.read(rows, in: ArenaMemory())[self.brand] ?? OrderSettings()
        return ImportedOrder.Origin(brand: self.brand, settings: settings, principal: self.principal, now: now)
    }

    /// Keeps a step's records, once the step before is kept.
    private func keep(
        _ batch: Batch, _ origin: ImportedOrder.Origin, behind previous: Task<ImportProgress, any Error>?
    ) async throws -> Task<ImportProgress, any Error> {
        let before = try await previous?.value ?? self.progress
        try Task.checkCancellation()
        let run = self
        return Task {
            var (progress, rest) = (before, batch.records[...])
            repeat {
                try Task.checkCancellation()
                let part = try await run.staged(rest, from: progress.kept + 1, before: progress, origin)
                rest = rest.dropFirst(part.count)
                var next = part.progress
                // A step that is kept in parts has read its bytes with the last of them.
                if rest.isEmpty { next.bytes = batch.end }
                try await run.keep(part, next, isFirst: progress.kept == 0)
                progress = next
            } while !rest.isEmpty
            return progress
        }
    }

    /// Records that are kept with one transaction.
    private struct Part: Sendable {
        var orders = StagedOrders()
        var failed = ResultLines()
        var count = 0
        var progress: ImportProgress
    }

    /// Makes orders of the first of some records: of all of them, but where very many are refused.
    private func staged(
        _ records: ArraySlice<OrderRecord>, from first: Int64, before: ImportProgress,
        _ origin: ImportedOrder.Origin
    ) async throws -> Part {
        let arena = ArenaMemory()
        var part = Part(progress: before)
        for (record, number) in zip(records, first...) where part.failed.count < Self.failedBytesPerStep {
            part.count += 1
            if part.count % Self.recordsPerTurn == 0 { await Task.yield() }
            var refused: FailedOrder?
            switch record.content {
            case .refused(let failed): refused = failed
            case .order(let request):
                do {
                    let order = try ImportedOrder(request, from: origin, in: arena)
                    part.orders.append(order, number: number, line: record.line, job: self.jobID)
                    part.progress.staged += 1
                } catch let refusal as OrderRefusal {
                    refused = refusal.failedOrder(line: record.line, orderID: request.orderID)
                }
            }
            // It was counted, and told of, when the file was read before.
            guard let refused, number > before.records else { continue }
            part.progress.failed += 1
            guard part.progress.failedBytes < OrderResultFile.maximumBytes else { continue }
            let length = part.failed.count
            try part.failed.append(refused)
            part.progress.failedBytes += Int64(part.failed.count - length)
        }
        part.progress.kept += Int64(part.count)
        part.progress.records = max(part.progress.records, part.progress.kept)
        return part
    }

    private func keep(_ part: Part, _ progress: ImportProgress, isFirst: Bool) async throws {
        let cursor = try progress.encoded()
        try await self.context.checkpoint { transaction in
            if isFirst { try await self.staging.begin(in: transaction) }
            try await self.staging.check(in: transaction)
            if part.orders.rows.count > 0 { _ = try await transaction.copy(part.orders.rows) }
            return JobStep(cursor: cursor, progress: progress.jobProgress, results: part.failed.chunks)
        }
    }
}
