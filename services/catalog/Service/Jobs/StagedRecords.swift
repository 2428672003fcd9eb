internal import CatalogDomain
internal import CatalogFiles
internal import CatalogMessages
internal import Foundation
internal import Postgres
internal import ProtobufC

/// Records of one step of an import, checked and encoded for the tables in which they are kept apart.
struct StagedRecords: Sendable {
    /// After how many bytes about refused records no more records are taken.
    private static let failedBytes = 1 << 20

    private var fitments: PostgresBinaryCopy?
    private var products = PostgresBinaryCopy(Self.productsCopy, columns: 7)
    private(set) var failed = ResultLines(.failedRecords)
    /// What became of the records that were not counted before.
    private(set) var counts = ImportCounts()

    /// How many records they are.
    private(set) var count = 0

    /// Takes the first of some records: all of them, but where very many are refused.
    ///
    /// - Parameter number: Of the first record, from 1 on.
    init(firstOf records: ArraySlice<CatalogRecord>, from number: Int64, of run: ImportRun) async throws {
        let stager = FitmentStager(run.jobID, of: run.brand, run.imports.known)
        var fitments: [StagedFitment] = []
        for (record, number) in zip(records, number...) where self.failed.count < Self.failedBytes {
            let isKnown = number <= run.progress.records
            if let fitment = try self.add(record, number, isKnown: isKnown, stager, job: run.jobID) {
                fitments.append(fitment)
            }
            self.count += 1
            if self.count % ImportRun.recordsPerTurn == 0 { await Task.yield() }
        }
        if !fitments.isEmpty { self.fitments = stager.copy(fitments) }
        self.counts.failedBytes = Int64(self.failed.count)
    }

    /// Copies the records to their tables.
    func write(in transaction: PostgresTransaction) async throws {
        if let fitments { _ = try await transaction.copy(fitments) }
        if self.products.count > 0 { _ = try await transaction.copy(self.products) }
    }

    /// - Parameter isKnown: It was counted, and told of where it was refused, when the file was read before.
    /// - Returns: A fitment that is kept.
    private mutating func add(
        _ record: CatalogRecord, _ number: Int64, isKnown: Bool, _ stager: FitmentStager, job: PostgresUUID
    ) throws -> StagedFitment? {
        switch record.content {
        case .refused(let failed): try self.refuse(failed, isKnown: isKnown)
        case .passedOver: if !isKnown { self.counts.passedOver += 1 }
        case .fitment(let fitment, let action):
            do throws(CatalogRefusal) {
                return try stager.staged(
                    fitment, number: number, line: record.line, isDeletion: action == .delete)
            } catch {
                try self.refuse(error.record(line: record.line, sku: fitment.sku), isKnown: isKnown)
            }
        case .product(let product, let action, let fields):
            try self.append(product, action, fields, number, line: record.line, job: job)
        }
        return nil
    }

    private mutating func refuse(_ record: FailedRecord, isKnown: Bool) throws {
        guard !isKnown else { return }
        self.counts.failed += 1
        try self.failed.append(record)
    }

    private mutating func append(
        _ product: Product, _ action: FileAction, _ fields: [String]?, _ number: Int64, line: Int64, job: PostgresUUID
    ) throws {
        self.products.beginRow()
        self.products.append(job)
        self.products.append(number)
        self.products.append(line)
        self.products.append(action.number)
        self.products.append(product.sku)
        self.products.append(try fields.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) })
        self.products.append(try product.encodedBytes())
    }

    private static let productsCopy = PostgresStatement(
        "copy import_product (job_id, number, line, action, sku, fields, document) from stdin (format binary)")
}
