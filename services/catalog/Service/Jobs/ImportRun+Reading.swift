internal import Buckets
internal import CatalogDomain
internal import CatalogFiles
internal import CatalogMessages
internal import Foundation
internal import Jobs
internal import Postgres
internal import ProtobufC

extension ImportRun {
    /// Records that one step keeps apart.
    private static let recordsPerStep = 10_000
    /// Bytes of refused records that one step keeps.
    static let resultBytesPerStep = 1 << 20

    /// Records of a step, encoded for the database.
    private struct Staged {
        var fitments: [StagedFitment] = []
        var products = PostgresBinaryCopy(ImportRun.productsCopy, columns: 7)
        var failed = ResultLines(.failedRecords)
        var progress: ImportProgress
        var count = 0
    }

    /// Reads the file to its end; an interrupted reading begins anew, and passes over what is kept already.
    mutating func read() async throws {
        try await self.checkStaged()
        var reader = try CatalogFileFormats.reader(for: self.options)
        let stager = FitmentStager(self.jobID, of: self.brand, self.imports.known)
        var passed = self.progress.records
        var staged = Staged(progress: self.progress)
        var underWay: Task<Void, any Error>?
        do {
            for try await chunk in self.context.input() {
                try reader.append(chunk)
                staged.progress.bytes += Int64(chunk.count)
                try await self.take(from: &reader, &staged, stager, &passed, &underWay)
            }
            try reader.complete()
            try await self.take(from: &reader, &staged, stager, &passed, &underWay)
            try await underWay?.value
        } catch {
            _ = await underWay?.result
            guard let fault = error as? CatalogFileFault else { throw error }
            throw JobFailure(fault)
        }
        try self.checkCount(reader, staged.progress)
        staged.progress.phase = .checking
        self.describe(reader.header, in: &staged.progress)
        try await self.keep(staged, staged.fitments.isEmpty ? nil : stager.copy(staged.fitments))
        self.progress = staged.progress
    }

    private func take(
        from reader: inout any CatalogFileReader, _ staged: inout Staged, _ stager: FitmentStager,
        _ passed: inout Int64, _ underWay: inout Task<Void, any Error>?
    ) async throws {
        while let record = try reader.next() {
            guard passed == 0 else {
                passed -= 1
                continue
            }
            try self.add(record, to: &staged, stager)
            guard staged.count >= Self.recordsPerStep || staged.failed.count >= Self.resultBytesPerStep else {
                continue
            }
            // One step is written while the next one is read.
            try await underWay?.value
            let full = staged
            let run = self
            let fitments = full.fitments.isEmpty ? nil : stager.copy(full.fitments)
            underWay = Task { try await run.keep(full, fitments) }
            staged = Staged(progress: full.progress)
        }
    }

    private func add(_ record: CatalogRecord, to staged: inout Staged, _ stager: FitmentStager) throws {
        staged.progress.records += 1
        staged.count += 1
        switch record.content {
        case .refused(let failed):
            staged.progress.failed += 1
            try staged.failed.append(failed)
        case .passedOver: staged.progress.passedOver += 1
        case .fitment(let fitment, let action):
            do throws(CatalogRefusal) {
                staged.fitments.append(
                    try stager.staged(
                        fitment, number: staged.progress.records, line: record.line, isDeletion: action == .delete))
                staged.progress.staged += 1
            } catch {
                staged.progress.failed += 1
                try staged.failed.append(error.record(line: record.line, sku: fitment.sku))
            }
        case .product(let product, let action, let fields):
            staged.progress.staged += 1
            try self.append(product, action, fields, line: record.line, to: &staged)
        }
    }

    private func append(
        _ product: Product, _ action: FileAction, _ fields: [String]?, line: Int64, to staged: inout Staged
    ) throws {
        staged.products.beginRow()
        staged.products.append(self.jobID)
        staged.products.append(staged.progress.records)
        staged.products.append(line)
        staged.products.append(action.number)
        staged.products.append(product.sku)
        staged.products.append(try fields.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) })
        staged.products.append(try product.encodedBytes())
    }

    private func keep(_ staged: Staged, _ fitments: PostgresBinaryCopy?) async throws {
        let cursor = try staged.progress.encoded()
        try await self.context.checkpoint { transaction in
            if let fitments { _ = try await transaction.copy(fitments) }
            if staged.products.count > 0 { _ = try await transaction.copy(staged.products) }
            return JobStep(
                cursor: cursor, progress: staged.progress.jobProgress, results: staged.failed.chunks)
        }
    }

    /// After a crash of the database nothing is kept apart any more.
    private mutating func checkStaged() async throws {
        guard self.progress.staged > 0 else { return }
        let rows = try await self.imports.pool.query(Self.stagedCount, self.jobID)
        guard try rows.first?.decode(Int64.self) != self.progress.staged else { return }
        try await self.step(
            ImportProgress(),
            commands: [Self.fitmentsClearing, Self.productsClearing].map { PostgresCommand($0, self.jobID) })
    }

    private func checkCount(_ reader: any CatalogFileReader, _ progress: ImportProgress) throws {
        let counted = progress.records - progress.passedOver
        guard let declared = reader.declaredCount, declared != counted else { return }
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

    private static let stagedCount = PostgresStatement(
        """
        select (select count(*) from import_fitment where job_id = $1)
            + (select count(*) from import_product where job_id = $1)
        """,
        readOnly: true)

    private static let productsCopy = PostgresStatement(
        "copy import_product (job_id, number, line, action, sku, fields, document) from stdin (format binary)")
}
