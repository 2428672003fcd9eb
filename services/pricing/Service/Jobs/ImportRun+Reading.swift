internal import Jobs
internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingFiles
internal import PricingMessages

extension ImportRun {
    /// How many records are kept apart with one step.
    static let recordsPerStep = 20_000
    /// When a step is taken for what it says of refused records, in bytes.
    private static let resultBytesPerStep = 1 << 20

    /// Records of a step, encoded for the database.
    private struct Step {
        var rows = PostgresBinaryCopy(ImportRun.copying, columns: 11)
        var failed = ResultLines(.failedRecords)
        var progress: ImportProgress
        var count = 0
    }

    /// Reads the file to its end; an interrupted reading begins anew, and passes over what is kept already.
    mutating func read() async throws {
        try await self.checkStaged()
        let content = try await PriceBookRows.present(of: self.brand, in: self.imports.pool)
        let book = try PriceBook(content)
        var reader = try self.reader(content)
        var passed = self.progress.records
        var step = Step(progress: self.progress)
        step.progress.isDryRun = self.options.dryRun
        // Read again from the beginning.
        step.progress.bytes = 0
        var underWay: Task<Void, any Error>?
        do {
            for try await chunk in self.context.input() {
                try reader.append(chunk)
                step.progress.bytes += Int64(chunk.count)
                try await self.take(from: &reader, &step, book, &passed, &underWay)
            }
            try reader.complete()
            try await self.take(from: &reader, &step, book, &passed, &underWay)
            try await underWay?.value
        } catch {
            _ = await underWay?.result
            guard let fault = error as? PriceFileFault else { throw error }
            throw JobFailure(fault)
        }
        step.progress.phase = .checking
        if reader.header?.isTest == true { step.progress.isDryRun = true }
        try await self.keep(step)
        self.progress = step.progress
    }

    private func reader(_ content: PriceBookContent) throws -> any PriceFileReader {
        var choices = self.options.sheets.map {
            PIESListChoice(tradeCode: $0.tradeCode, sheetNumber: $0.sheetNumber, listID: $0.listID)
        }
        if choices.isEmpty {
            // Lists take their own prices; those that name their sheet before those that do not.
            choices = content.lists.map(\.list).filter { !$0.tradeCode.isEmpty }.map {
                PIESListChoice(
                    tradeCode: $0.tradeCode, sheetNumber: $0.sheetNumber, currency: $0.currency, listID: $0.listID)
            }
            choices = choices.filter { !$0.sheetNumber.isEmpty } + choices.filter(\.sheetNumber.isEmpty)
        }
        do throws(PriceFileFault) {
            return try PriceFileFormats.reader(for: self.options, choices: choices)
        } catch {
            throw JobFailure(error)
        }
    }

    private func take(
        from reader: inout any PriceFileReader, _ step: inout Step, _ book: PriceBook, _ passed: inout Int64,
        _ underWay: inout Task<Void, any Error>?
    ) async throws {
        while let record = try reader.next() {
            guard passed == 0 else {
                passed -= 1
                continue
            }
            try self.add(record, to: &step, book)
            guard step.count >= self.imports.recordsPerStep || step.failed.count >= Self.resultBytesPerStep else {
                continue
            }
            // One step is written while the next one is read.
            try await underWay?.value
            let full = step
            let run = self
            underWay = Task { try await run.keep(full) }
            step = Step(progress: full.progress)
        }
    }

    private func add(_ record: PriceRecord, to step: inout Step, _ book: PriceBook) throws {
        step.progress.records += 1
        step.count += 1
        switch record.content {
        case .passedOver: step.progress.passedOver += 1
        case .refused(let failed): try self.refuse(failed, to: &step, book)
        case .price(let price):
            guard let list = book.list(id: price.listID) else {
                let refusal = PricingRefusal(
                    .listNotFound, field: "listId", "is \(price.listID.debugDescription), which is none of the brand's",
                    expected: "a price list that there is")
                return try self.refuse(refusal, record.line, price, to: &step, book)
            }
            guard price.currency.isEmpty || price.currency == list.currency.code else {
                let refusal = PricingRefusal(
                    .invalidValue, field: "currency", "is \(price.currency)",
                    expected: "\(list.currency), as in the list \(list.id)")
                return try self.refuse(refusal, record.line, price, to: &step, book)
            }
            self.stage(price, record.line, list, in: &step)
        }
    }

    private func refuse(
        _ refusal: PricingRefusal, _ line: Int64, _ price: FilePrice, to step: inout Step, _ book: PriceBook
    ) throws {
        try self.refuse(
            refusal.failedPrice(line: line, sku: price.sku, listID: price.listID), to: &step, book)
    }

    private func refuse(_ failed: FailedPrice, to step: inout Step, _ book: PriceBook) throws {
        step.progress.failed += 1
        if step.progress.failedBytes < ImportResultFile.maximumBytes {
            let before = step.failed.count
            try step.failed.append(failed)
            step.progress.failedBytes += Int64(step.failed.count - before)
        }
        guard self.options.full else { return }
        guard let sku = try? SKU(failed.sku, field: "sku") else {
            step.progress.nameless += 1
            return
        }
        // What stands of it must not be taken for what the file does not have.
        let list = book.list(id: failed.listID)
        self.append(
            StagedPrice(
                number: step.progress.records, line: failed.line, action: .refused, sku: sku,
                list: list?.number ?? StagedPrice.anyList, minimumQuantity: 1, period: .always, amount: .zero),
            to: &step)
    }

    private func stage(_ price: FilePrice, _ line: Int64, _ list: BookList, in step: inout Step) {
        self.append(
            StagedPrice(
                number: step.progress.records, line: line, action: price.action == .put ? .put : .remove,
                sku: SKU(unchecked: price.sku), list: list.number, minimumQuantity: price.minimumQuantity,
                period: price.period, amount: price.amount), to: &step)
    }

    private func append(_ price: StagedPrice, to step: inout Step) {
        step.progress.staged += 1
        if price.list != StagedPrice.anyList, !step.progress.lists.contains(price.list) {
            step.progress.lists = (step.progress.lists + [price.list]).sorted()
        }
        let sku = price.sku.description
        step.rows.beginRow()
        step.rows.append(self.jobID)
        step.rows.append(price.number)
        step.rows.append(price.line)
        step.rows.append(price.action.rawValue)
        step.rows.append(self.brand.bucket(of: sku))
        step.rows.append(sku)
        step.rows.append(price.list)
        step.rows.append(price.minimumQuantity)
        step.rows.append(PostgresTimestamp(price.period.from))
        step.rows.append(PostgresTimestamp(price.period.to))
        step.rows.append(price.amount.micros)
    }

    private func keep(_ step: Step) async throws {
        let cursor = try step.progress.encoded()
        try await self.context.checkpoint { transaction in
            if step.rows.count > 0 { _ = try await transaction.copy(step.rows) }
            return JobStep(cursor: cursor, progress: step.progress.jobProgress, results: step.failed.chunks)
        }
    }

    /// After a crash of the database nothing is kept apart any more.
    private mutating func checkStaged() async throws {
        guard self.progress.staged > 0 else { return }
        let rows = try await self.imports.pool.query(Self.stagedCount, self.jobID)
        guard try rows.first?.decode(Int64.self) != self.progress.staged else { return }
        try await self.clear()
        try await self.step(ImportProgress())
    }

    private static let stagedCount = PostgresStatement(
        "select count(*) from import_price where job_id = $1", readOnly: true)

    private static let copying = PostgresStatement(
        """
        copy import_price (job_id, number, line, action, bucket, sku, list_number, minimum_quantity, valid_from, valid_to,
            amount)
        from stdin (format binary)
        """)
}

/// A record of a file before anything of it is done.
struct StagedPrice: Sendable {
    enum Action: Int16, Sendable {
        case put = 1
        case remove = 2
        case refused = 3
    }

    /// The list of a refused record that names none.
    static let anyList: Int32 = 0

    /// The record's place in its file.
    let number: Int64
    let line: Int64
    let action: Action
    let sku: SKU
    let list: Int32
    let minimumQuantity: Int64
    let period: Period
    let amount: Amount

    var identity: PriceIdentity {
        PriceIdentity(sku: self.sku, minimumQuantity: self.minimumQuantity, validFrom: self.period.from)
    }
}
