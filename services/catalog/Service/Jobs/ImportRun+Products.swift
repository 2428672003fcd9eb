internal import CatalogDomain
internal import CatalogFiles
internal import CatalogMessages
internal import Events
internal import Foundation
internal import Jobs
internal import Postgres
internal import ProtobufC

extension ImportRun {
    /// The most products of one transaction: each gives an event, and one more where its fitments change.
    private static let productsPerStep: Int64 = 400

    /// Changes some products.
    ///
    /// - Returns: Whether there are none left.
    mutating func applyProducts() async throws -> Bool {
        let records = try await self.nextProducts()
        if records.isEmpty { return try await self.removeLeftOut() }
        var next = self.progress
        next.number = records.last?.number ?? next.number
        if self.options.dryRun {
            let chunks = try await self.compare(records, &next)
            try await self.stagedStep { _, progress in
                progress = next
                return (chunks, [])
            }
            return false
        }
        let run = self
        try await self.stagedStep { transaction, progress in
            progress = next
            let (lines, commands) = try await run.carryOut(records, &progress, in: transaction)
            return (lines.chunks, commands)
        }
        return false
    }

    /// A record of a file of products.
    private struct ProductRecord {
        var number: Int64
        var line: Int64
        var write: ProductWrite
        /// Why it is not tried.
        var refusal: CatalogRefusal?
    }

    private func nextProducts() async throws -> [ProductRecord] {
        let rows = try await self.imports.pool.query(
            Self.productRecords, self.jobID, self.progress.number, Self.productsPerStep)
        return try rows.map { row in
            let (number, line, action, sku, fields, document, isRepeated) = try row.decode(
                Int64.self, Int64.self, Int16.self, String.self, String?.self, [UInt8].self, Bool.self)
            let product = try Product(decoding: document)
            var record = ProductRecord(
                number: number, line: line, write: ProductWrite(sku: sku, change: .save(product)))
            if action == FileAction.delete.number {
                record.write.change = .delete
            } else if let fields {
                let names = try JSONDecoder().decode([String].self, from: Data(fields.utf8))
                do throws(CatalogRefusal) {
                    record.write.change = .merge(product, try ProductMask(names: names, of: product))
                } catch {
                    record.refusal = error
                }
            }
            if isRepeated { record.refusal = Self.repeated(sku) }
            return record
        }
    }

    /// Where the changes of an import come from.
    private var origin: ProductWriteOrigin {
        ProductWriteOrigin(brand: self.brand, importID: self.jobID, forcesLifeCycle: true)
    }

    private func carryOut(
        _ records: [ProductRecord], _ next: inout ImportProgress, in transaction: PostgresTransaction
    ) async throws -> (ResultLines, [PostgresCommand]) {
        var failed = ResultLines(.failedRecords)
        let taken = try self.taken(records, &next, &failed)
        let answer = try await self.imports.products.write(taken.map(\.write), as: self.origin, in: transaction)
        try self.count(answer.outcomes, of: taken, &next, &failed)
        next.counts.failedBytes += Int64(failed.count)
        let kept = answer.changes.filter { $0.current != nil }.map(\.sku)
        let undo = try Self.undo(answer.changes, of: self.brand, job: self.jobID)
        _ = try await transaction.execute(undo + [self.sources(kept, next.document)])
        return (failed, try EventLog.append(answer.events))
    }

    /// The records that are tried; the others are refused.
    private func taken(
        _ records: [ProductRecord], _ next: inout ImportProgress, _ failed: inout ResultLines
    ) throws -> [ProductRecord] {
        for record in records {
            guard let refusal = record.refusal else { continue }
            try self.refuse(record, refusal, &next, &failed)
        }
        return records.filter { $0.refusal == nil }
    }

    private func refuse(
        _ record: ProductRecord, _ refusal: CatalogRefusal, _ next: inout ImportProgress, _ failed: inout ResultLines
    ) throws {
        next.counts.failed += 1
        guard next.counts.failedBytes < ImportResultFile.maximumBytes else { return }
        try failed.append(refusal.record(line: record.line, sku: record.write.sku))
    }

    private func count(
        _ outcomes: [ProductOutcome], of records: [ProductRecord], _ next: inout ImportProgress,
        _ failed: inout ResultLines
    ) throws {
        for (record, outcome) in zip(records, outcomes) {
            switch outcome {
            case .created: next.counts.productsCreated += 1
            case .changed: next.counts.productsChanged += 1
            case .deleted: next.counts.productsDeleted += 1
            case .unchanged: next.counts.unchanged += 1
            case .refused(let refusal): try self.refuse(record, refusal, &next, &failed)
            }
        }
    }

    private static func repeated(_ sku: String) -> CatalogRefusal {
        CatalogRefusal(
            .invalidProduct, field: "sku", "stands in an earlier record of the file, too: \(sku)",
            expected: "each SKU once; the first record counts")
    }

    private func sources(_ skus: [String], _ document: String) -> PostgresCommand {
        PostgresCommand(
            Self.sourcesInsertion, skus.map { self.brand.bucket(of: $0) }, self.brand, document,
            skus)
    }

    /// What a dry run would change: what is done is undone at once.
    private func compare(_ records: [ProductRecord], _ next: inout ImportProgress) async throws -> [[UInt8]] {
        var (differences, failed) = (ResultLines(.differences), ResultLines(.failedRecords))
        let taken = try self.taken(records, &next, &failed)
        let answer = try await self.tried(taken.map(\.write))
        try self.count(answer.outcomes, of: taken, &next, &failed)
        for change in answer.changes { try differences.append(ProductDifference(change)) }
        defer {
            next.counts.differenceBytes += Int64(differences.count)
            next.counts.failedBytes += Int64(failed.count)
        }
        return (next.counts.differenceBytes < ImportResultFile.maximumBytes ? differences.chunks : [])
            + (next.counts.failedBytes < ImportResultFile.maximumBytes ? failed.chunks : [])
    }

    /// Carried out and rolled back.
    private struct Tried: Error {
        let result: ProductWriteResult
    }

    private func tried(_ writes: [ProductWrite]) async throws -> ProductWriteResult {
        do {
            return try await self.imports.pool.withTransaction { transaction in
                throw Tried(result: try await self.imports.products.write(writes, as: self.origin, in: transaction))
            }
        } catch let tried as Tried {
            return tried.result
        }
    }

    /// Of a full file: removes the products that earlier imports of the same document brought and this one leaves out.
    ///
    /// - Returns: Whether there are none left.
    private mutating func removeLeftOut() async throws -> Bool {
        guard self.progress.isFull else { return true }
        let rows = try await self.imports.pool.query(
            Self.leftOut, self.brand, self.progress.document, self.jobID, self.progress.sku, Self.productsPerStep)
        let skus = try rows.map { row throws(PostgresError) in try row.decode(String.self) }
        guard let last = skus.last else { return true }
        var next = self.progress
        next.sku = last
        guard !self.options.dryRun else {
            var lines = ResultLines(.differences)
            for sku in skus { try lines.append(ProductDifference(sku: sku, change: "deleted")) }
            next.counts.productsDeleted += Int64(skus.count)
            let (after, chunks) = (next, lines.chunks)
            try await self.stagedStep { _, progress in
                progress = after
                return (chunks, [])
            }
            return false
        }
        let writes = skus.map { ProductWrite(sku: $0, change: .delete) }
        let run = self
        try await self.stagedStep { transaction, progress in
            progress.sku = last
            let answer = try await run.imports.products.write(writes, as: run.origin, in: transaction)
            progress.counts.productsDeleted += Int64(answer.changes.count)
            _ = try await transaction.execute(
                try Self.undo(answer.changes, of: run.brand, job: run.jobID) + [
                    PostgresCommand(Self.sourcesDeletion, run.brand, progress.document, skus)
                ])
            return ([], try EventLog.append(answer.events))
        }
        return false
    }

    /// Makes products with nothing but their number.
    ///
    /// - Returns: The events of those that were made.
    func makeProducts(_ skus: [String], in transaction: PostgresTransaction) async throws -> [Event] {
        let writes = skus.map { ProductWrite(sku: $0, change: .save(Product(sku: $0, name: $0))) }
        return try await self.imports.products.write(writes, as: self.origin, in: transaction).events
    }

    /// Keeps what products were.
    private static func undo(
        _ changes: [ProductChange], of brand: PostgresUUID, job: PostgresUUID
    ) throws -> [PostgresCommand] {
        guard !changes.isEmpty else { return [] }
        return [
            PostgresCommand(
                Self.undoInsertion, changes.map { brand.bucket(of: $0.sku) }, brand, job, changes.map(\.sku),
                changes.map { Int64(clamping: $0.current?.version ?? 0) },
                try changes.map { try $0.previous?.encodedBytes() })
        ]
    }

    private static let undoInsertion = PostgresStatement(
        """
        insert into undo_product (bucket, brand_id, job_id, sku, created_at, version, previous)
        select bucket, $2, $3, sku, now(), version, previous
        from unnest($1::smallint[], $4::text[], $5::bigint[], $6::bytea[]) as r (bucket, sku, version, previous)
        """)

    private static let productRecords = PostgresStatement(
        """
        select r.number, r.line, r.action, r.sku, r.fields, r.document, exists (
            select from import_product e where e.job_id = r.job_id and e.sku = r.sku and e.number < r.number)
        from import_product r where r.job_id = $1 and r.number > $2 order by r.number limit $3
        """,
        readOnly: true)

    private static let leftOut = PostgresStatement(
        """
        select s.sku from product_source s
        where s.brand_id = $1 and s.document_name = $2 and s.sku > $4
            and not exists (select from import_product r where r.job_id = $3 and r.sku = s.sku)
        order by s.sku limit $5
        """,
        readOnly: true)

    private static let sourcesInsertion = PostgresStatement(
        """
        insert into product_source (bucket, brand_id, document_name, sku)
        select bucket, $2, $3, sku from unnest($1::smallint[], $4::text[]) as r (bucket, sku) order by bucket, sku
        on conflict do nothing
        """)

    private static let sourcesDeletion = PostgresStatement(
        "delete from product_source where brand_id = $1 and document_name = $2 and sku = any($3)")
}

/// A line of a dry run's differences.
private struct ProductDifference: Encodable {
    let sku: String
    let change: String
    var fields: [String]?

    init(sku: String, change: String) {
        self.sku = sku
        self.change = change
    }

    init(_ change: ProductChange) {
        self.init(
            sku: change.sku,
            change: change.previous == nil ? "created" : change.current == nil ? "deleted" : "changed")
        guard let previous = change.previous, let current = change.current else { return }
        self.fields = ProductMask.names(ofDifferencesBetween: previous, and: current)
    }
}

extension FileAction {
    /// As it is kept apart.
    var number: Int16 {
        switch self {
        case .add: 1
        case .change: 2
        case .delete: 3
        }
    }
}
