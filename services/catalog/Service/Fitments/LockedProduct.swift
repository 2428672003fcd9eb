internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Postgres

/// A product whose fitments change: its row is locked first, and its version rises with them.
struct LockedProduct: Sendable {
    let sku: String
    let brand: PostgresUUID

    /// The command that locks its row, and answers its version and the time.
    var locking: PostgresCommand {
        PostgresCommand(Self.lock, self.brand.bucket(of: self.sku), self.brand, self.sku)
    }

    /// The version that the row has.
    ///
    /// - Parameters:
    ///   - rows: The answer to ``locking``.
    ///   - expected: The version that it must have.
    func version(_ rows: PostgresRows, expected: UInt64?) throws -> UInt64 {
        guard let row = rows.first else {
            guard let expected, expected != 0 else { throw CatalogRefusal.productNotFound(self.sku) }
            throw CatalogRefusal.versionConflict(expected: expected, current: 0)
        }
        let version = UInt64(clamping: try row.decode(Int64.self, PostgresTimestamp.self).0)
        if let expected, expected != version {
            throw CatalogRefusal.versionConflict(expected: expected, current: version)
        }
        return version
    }

    /// When the transaction began.
    ///
    /// - Parameter rows: The answer to ``locking``.
    func now(_ rows: PostgresRows) throws -> PostgresTimestamp {
        guard let row = rows.first else { throw CatalogRefusal.productNotFound(self.sku) }
        return try row.decode(Int64.self, PostgresTimestamp.self).1
    }

    /// Raises the version, appends the event, and commits.
    func commit(
        added: Int, removed: Int, _ now: PostgresTimestamp, _ traceParent: String?,
        with commands: [PostgresCommand] = [],
        in transaction: PostgresTransaction
    ) async throws {
        let message = FitmentsChanged(
            sku: self.sku, added: UInt32(clamping: added), removed: UInt32(clamping: removed))
        let events = try [CatalogEvent.fitmentsChanged(message)].recorded(
            of: self.brand, at: now, traceParent: traceParent)
        let advance = PostgresCommand(Self.advance, self.brand.bucket(of: self.sku), self.brand, self.sku)
        _ = try await transaction.commit(with: commands + [advance] + EventLog.append(events))
    }

    private static let lock = PostgresStatement(
        "select version, now() from product where bucket = $1 and brand_id = $2 and sku = $3 for update")

    private static let advance = PostgresStatement(
        """
        update product set version = version + 1, changed_at = now(), import_id = null
        where bucket = $1 and brand_id = $2 and sku = $3
        """)
}

/// Adds fitments to one product, in a transaction.
struct FitmentAddition: Sendable {
    let sku: String
    let brand: PostgresUUID
    /// None twice.
    let rows: [FitmentRow]
    let expectedVersion: UInt64?
    let traceParent: String?

    /// - Returns: How many were not there before, and of those that were what is there now where it is not what is said.
    func run(in transaction: PostgresTransaction) async throws -> (added: Int, kept: [FitmentID: FitmentRows.Stored]) {
        let product = LockedProduct(sku: self.sku, brand: self.brand)
        let answers = try await transaction.execute([
            product.locking, FitmentRows.selecting(self.rows.map(\.id), of: self.sku, self.brand),
            FitmentRows.counting(self.sku, self.brand),
        ])
        _ = try product.version(answers[0], expected: self.expectedVersion)
        let stored = try FitmentRows.stored(answers[1])
        let count = try answers[2].first?.decode(Int64.self) ?? 0
        let written = self.rows.filter { row in
            guard let there = stored[row.id] else { return true }
            return there.origin != .product && there.document != row.document
        }
        let added = written.count { stored[$0.id] == nil }
        guard Int(count) + added <= Fitments.maximumPerProduct else {
            throw CatalogRefusal(
                .tooMany,
                "the product has \(count) fitments, and \(added) more would be over \(Fitments.maximumPerProduct)")
        }
        var kept = stored
        for row in written { kept[row.id] = nil }
        guard !written.isEmpty else {
            _ = try await transaction.commit()
            return (0, kept)
        }
        try await product.commit(
            added: written.count, removed: written.count - added, try product.now(answers[0]), self.traceParent,
            with: FitmentRows.upserting(written), in: transaction)
        return (added, kept)
    }
}
