internal import CatalogDomain
internal import CatalogMessages
internal import Postgres

/// Sees that every GTIN is one product's only, whichever transactions claim it at the same time.
enum GTINClaims {
    /// Claims the GTINs that a batch's products get, and refuses those whose GTIN is another's.
    ///
    /// A claim takes the GTIN's row, or finds whose it is; either way nobody else takes it before the transaction ends.
    /// Within the batch, a GTIN that one product gives up is free for those after it.
    ///
    /// - Returns: The commands that leave each GTIN with whom it belongs to.
    static func settle(
        _ batch: inout ProductBatch, in transaction: PostgresTransaction
    ) async throws -> [PostgresCommand] {
        let brand = batch.origin.brand
        var wanted: [GTIN: SKU] = [:]
        for draft in batch.drafts {
            for gtin in draft.gainedGTINs where wanted[gtin] == nil { wanted[gtin] = draft.sku }
        }
        let held = try await Self.claim(wanted, of: brand, in: transaction)
        // A row that bears the name of who wants it was made just now: who has a GTIN already does not gain it.
        var owners = held.filter { wanted[$0.key] != $0.value }
        let rows = held.merging(batch.drafts.flatMap { draft in draft.lostGTINs.map { ($0, draft.sku) } }) { row, _ in
            row
        }
        for (gtin, sku) in rows where wanted[gtin] == nil { owners[gtin] = sku }
        batch.revise { (draft) throws(CatalogRefusal) in
            for gtin in draft.gainedGTINs {
                if let owner = owners[gtin] { throw Self.refusal(gtin, owner, draft.product) }
            }
            for gtin in draft.gainedGTINs { owners[gtin] = draft.sku }
            for gtin in draft.lostGTINs { owners[gtin] = nil }
        }
        return Self.commands(from: rows, to: owners, of: brand)
    }

    private static func claim(
        _ wanted: [GTIN: SKU], of brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws -> [GTIN: SKU] {
        guard !wanted.isEmpty else { return [:] }
        let claims = Self.ordered(Array(wanted.keys), of: brand)
        let answers = try await transaction.execute([
            PostgresCommand(
                Self.claiming, claims.map(\.bucket), brand, claims.map(\.gtin.description),
                claims.map { wanted[$0.gtin]?.description ?? "" })
        ])
        var held: [GTIN: SKU] = [:]
        for row in answers[0] {
            let (text, sku) = try row.decode(String.self, String.self)
            guard let gtin = try? GTIN(text) else { throw PostgresError.unexpectedValue(column: "gtin", reason: text) }
            held[gtin] = try SKU.read(sku)
        }
        return held
    }

    private static func commands(
        from rows: [GTIN: SKU], to owners: [GTIN: SKU], of brand: PostgresUUID
    ) -> [PostgresCommand] {
        let gone = Self.ordered(rows.keys.filter { owners[$0] == nil }, of: brand)
        let moved = Self.ordered(rows.keys.filter { owners[$0] != nil && owners[$0] != rows[$0] }, of: brand)
        var commands: [PostgresCommand] = []
        if !gone.isEmpty {
            commands.append(
                PostgresCommand(Self.removal, gone.map(\.bucket), brand, gone.map(\.gtin.description)))
        }
        if !moved.isEmpty {
            commands.append(
                PostgresCommand(
                    Self.move, moved.map(\.bucket), brand, moved.map(\.gtin.description),
                    moved.map { owners[$0.gtin]?.description ?? "" }))
        }
        return commands
    }

    /// The order in which rows are locked.
    private static func ordered(_ gtins: [GTIN], of brand: PostgresUUID) -> [(bucket: Int16, gtin: GTIN)] {
        gtins.map { (bucket: brand.bucket(of: $0.description), gtin: $0) }.sorted {
            ($0.bucket, $0.gtin.description) < ($1.bucket, $1.gtin.description)
        }
    }

    private static func refusal(_ gtin: GTIN, _ owner: SKU, _ product: Product?) -> CatalogRefusal {
        let package = product?.packages.firstIndex { (try? GTIN($0.gtin)) == gtin }
        let isOfItem = product.map { (try? GTIN($0.gtin)) == gtin } ?? true
        let field = isOfItem ? "gtin" : package.map { "packages[\($0)].gtin" } ?? "gtin"
        return CatalogRefusal(
            .gtinTaken, field: field, "is \(gtin), which \(owner.description.debugDescription) has",
            expected: "a number that no other product has")
    }

    private static let claiming = PostgresStatement(
        """
        insert into gtin (bucket, brand_id, gtin, sku)
        select c.bucket, $2, c.gtin, c.sku
        from unnest($1::smallint[], $3::text[], $4::text[]) as c (bucket, gtin, sku)
        on conflict (bucket, brand_id, gtin) do update set sku = gtin.sku
        returning gtin, sku
        """)

    private static let removal = PostgresStatement(
        """
        delete from gtin g using unnest($1::smallint[], $3::text[]) as c (bucket, gtin)
        where g.bucket = c.bucket and g.brand_id = $2 and g.gtin = c.gtin
        """)

    private static let move = PostgresStatement(
        """
        update gtin g set sku = c.sku
        from unnest($1::smallint[], $3::text[], $4::text[]) as c (bucket, gtin, sku)
        where g.bucket = c.bucket and g.brand_id = $2 and g.gtin = c.gtin
        """)
}

extension ProductBatch.Draft {
    /// The GTINs that the product does not have yet.
    fileprivate var gainedGTINs: [GTIN] {
        (self.product?.gtins ?? []).subtracting(self.previous?.gtins ?? []).sorted { $0.description < $1.description }
    }

    /// The GTINs that the product will not have any more.
    fileprivate var lostGTINs: Set<GTIN> { (self.previous?.gtins ?? []).subtracting(self.product?.gtins ?? []) }
}
