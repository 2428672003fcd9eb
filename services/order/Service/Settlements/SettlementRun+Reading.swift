internal import Buckets
internal import Jobs
internal import Logging
internal import Money
internal import OrderDomain
internal import OrderFiles
internal import OrderMessages
internal import Postgres

extension SettlementRun {
    /// After how many bytes about rows that cannot be read a step is taken.
    private static let failedBytesPerStep = 1 << 20

    /// The fewest amounts of a file behind which the table's statistics are made.
    private static let analyzedAmounts: Int64 = 20_000

    /// What a step keeps.
    private struct Step {
        var rows = SettlementLineRows.copy
        var failed = ResultLines()
        var progress: SettlementProgress
    }

    /// Reads the file to its end; an interrupted reading begins anew, and passes over the rows that are kept already.
    mutating func read() async throws {
        var passed = self.progress.rows
        var step = Step(progress: self.progress)
        step.progress.bytes = 0
        do {
            var reader = try SettlementFormats.reader(for: self.options)
            for try await chunk in self.context.input() {
                try reader.append(chunk)
                step.progress.bytes += Int64(chunk.count)
                try await self.take(from: &reader, &step, &passed)
            }
            try reader.complete()
            try await self.take(from: &reader, &step, &passed)
            step.progress.take(reader.header)
        } catch let fault as OrderFileFault {
            throw JobFailure(fault)
        }
        try await self.keep(&step)
        try self.check(step.progress)
        await self.analyze(step.progress)
        step.progress.beginMatching(turn: try await self.turn())
        try await self.step(step.progress)
    }

    /// Where statistics cannot be made, the settlement is matched all the same.
    private func analyze(_ progress: SettlementProgress) async {
        guard progress.amounts >= Self.analyzedAmounts else { return }
        do throws(PostgresError) {
            try await self.settlements.pool.runScript(SettlementLineRows.analysis)
        } catch {
            self.settlements.logger.warning(
                "a settlement was read, and its table could not be analyzed", error: error)
        }
    }

    private func take(
        from reader: inout any SettlementFileReader, _ step: inout Step, _ passed: inout Int64
    ) async throws {
        while let row = try reader.next() {
            guard passed == 0 else {
                passed -= 1
                continue
            }
            step.progress.rows += 1
            if let failure = row.failure {
                step.progress.failed += 1
                if step.progress.failedBytes < OrderResultFile.maximumBytes {
                    let before = step.failed.count
                    try step.failed.append(FailedOrder(failure))
                    step.progress.failedBytes += Int64(step.failed.count - before)
                }
            }
            for entry in row.entries { try self.add(entry, to: &step) }
            guard
                step.rows.count >= self.settlements.limits.rowsPerStep || step.failed.count >= Self.failedBytesPerStep
            else { continue }
            try await self.keep(&step)
        }
    }

    private func add(_ entry: SettlementEntry, to step: inout Step) throws {
        step.progress.amounts += 1
        guard step.progress.amounts <= self.settlements.limits.amountsPerSettlement else {
            throw JobFailure(
                code: "too-many-amounts@\(entry.number)",
                message:
                    "the file has more than \(self.settlements.limits.amountsPerSettlement) amounts; settle it in parts"
            )
        }
        let (total, isTooGreat) = step.progress.total.addingReportingOverflow(entry.amount)
        guard !isTooGreat else {
            throw JobFailure(
                code: "total-too-great@\(entry.number)", message: "the amounts come to more than can be kept")
        }
        step.progress.total = total
        SettlementLineRows.append(
            entry, place: step.progress.amounts, settlement: self.id, brand: self.brand,
            bucket: self.brand.bucket(of: "\(self.connection)/\(entry.orderID)"), to: &step.rows)
    }

    private func keep(_ step: inout Step) async throws {
        let kept = step
        let cursor = try kept.progress.encoded()
        try await self.context.checkpoint { transaction in
            if kept.rows.count > 0 { _ = try await transaction.copy(kept.rows) }
            return JobStep(cursor: cursor, progress: kept.progress.jobProgress, results: kept.failed.chunks)
        }
        step.rows = SettlementLineRows.copy
        step.failed = ResultLines()
    }

    /// Whether all rows could be read, and come to what the file states.
    private func check(_ progress: SettlementProgress) throws {
        guard progress.failed == 0 else {
            throw JobFailure(
                code: RefusalReason.recordInvalid.name,
                message:
                    "\(progress.failed) of \(progress.rows) rows cannot be read, so that the report would not add up; "
                    + "the file of failed records names each; nothing was matched")
        }
        guard progress.rows > 0 else {
            throw JobFailure(code: "empty-file", message: "the file has no amounts; nothing was matched")
        }
        guard let stated = progress.statedTotal, stated != progress.total else { return }
        func text(_ micros: Int64) -> String { "\(Amount(micros: micros).text(decimalPlaces: 2)) \(progress.currency)" }
        throw JobFailure(
            code: RefusalReason.totalMismatch.name,
            message:
                "the amounts come to \(text(progress.total)), but the file states \(text(stated)); nothing was matched")
    }
}
