internal import CatalogDomain
internal import CatalogMessages
internal import Postgres

/// Carries out changes of products, within a transaction of the caller's: the only way in which products change, for
/// single calls and for files.
///
/// Locks, everywhere in this order: the products' rows, ascending by bucket and SKU; the brand's row, only where a kit gets
/// a new component; GTINs, ascending; new products, ascending; the event log's buckets. So ordinary changes of one brand
/// run beside each other, and no two wait for each other in a circle.
struct ProductWrites: Sendable {
    /// The most changes of one transaction: as many as it may have events.
    static let maximumWrites = 1_000

    let followers: [any ProductFollower]

    /// Decides and writes changes of one brand's products. The caller appends the events of the result as the last thing in
    /// the transaction, and commits.
    ///
    /// - Parameter writes: At most ``maximumWrites``, each product once.
    /// - Throws: What undoes all: `PostgresError`, with `retry` `.safe` where a product was made by another transaction
    ///   meanwhile. What is wrong with one change stands in its outcome.
    func write(
        _ writes: [ProductWrite], as origin: ProductWriteOrigin, in transaction: PostgresTransaction
    ) async throws -> ProductWriteResult {
        precondition(writes.count <= Self.maximumWrites, "\(writes.count) changes of products in one transaction")
        var batch = ProductBatch(writes, as: origin)
        guard !batch.drafts.isEmpty else { return try batch.result() }
        let answers = try await transaction.execute([
            ProductRows.locking(batch.skus, of: origin.brand), PostgresCommand(Self.clock),
        ])
        guard let now = try answers[1].first?.decode(PostgresTimestamp.self) else {
            throw PostgresError(.server, "a clock without an answer")
        }
        batch.decide(try ProductRows.read(answers[0]), at: now)
        self.askFollowers(&batch)
        try await KitChanges.check(&batch, in: transaction)
        let claims = try await GTINClaims.settle(&batch, in: transaction)
        let result = try batch.result()
        try await self.store(batch, claims, result.changes, in: transaction)
        return result
    }

    private func askFollowers(_ batch: inout ProductBatch) {
        batch.revise { (draft) throws(CatalogRefusal) in
            guard let product = draft.product else { return }
            for follower in self.followers {
                if let refusal = follower.refusal(of: product) { throw refusal }
            }
        }
    }

    private func store(
        _ batch: ProductBatch, _ claims: [PostgresCommand], _ changes: [ProductChange],
        in transaction: PostgresTransaction
    ) async throws {
        let tables = ProductTables(batch)
        var commands = claims + tables.commands
        for follower in self.followers where !changes.isEmpty {
            commands += try follower.commands(changes, of: batch.origin.brand)
        }
        // Apart from the rest: where it makes fewer, nothing else may be written.
        if let insertion = tables.insertion {
            let made = try await transaction.execute([insertion.command])
            guard made[0].affected == insertion.count else {
                throw PostgresError(.server, "a product was made by another transaction meanwhile", retry: .safe)
            }
        }
        _ = try await transaction.execute(commands)
    }

    private static let clock = PostgresStatement("select now()", readOnly: true)
}
