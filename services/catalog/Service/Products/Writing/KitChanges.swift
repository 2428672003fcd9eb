internal import CatalogDomain
internal import CatalogMessages
internal import Postgres

/// Sees that kits hold neither themselves nor each other too deep, while no other transaction changes the brand's graphs.
enum KitChanges {
    /// Refuses changes of a batch by the kits that they make.
    static func check(_ batch: inout ProductBatch, in transaction: PostgresTransaction) async throws {
        let changed = batch.drafts.filter { $0.parts != ($0.previous?.parts ?? []) }
        let new = changed.flatMap { $0.parts.subtracting($0.previous?.parts ?? []) }
        // What is only taken out of kits closes no circle.
        guard !new.isEmpty else { return }
        let kits = changed.map(\.sku.description)
        let answers = try await transaction.execute([
            BrandGraphs.lock(batch.origin.brand),
            PostgresCommand(
                Self.selection, batch.origin.brand, kits, kits + new.map(\.description),
                Int64(KitGraph.maximumEdges) + 1),
        ])
        var graph = KitGraph()
        for row in answers[1] {
            let (kit, part) = try row.decode(String.self, String.self)
            graph.insert(try SKU.read(part), in: try SKU.read(kit))
        }
        let isCut = answers[1].count > KitGraph.maximumEdges
        batch.revise { (draft) throws(CatalogRefusal) in
            guard draft.parts != (draft.previous?.parts ?? []) else { return }
            guard !isCut else {
                throw CatalogRefusal(
                    .kitInvalid, field: "kitComponents", "leads to more than \(KitGraph.maximumEdges) other components",
                    expected: "kits that share fewer")
            }
            try graph.replace(draft.parts, of: draft.sku)
        }
    }

    private static let selection = PostgresStatement(
        """
        with recursive above (sku) as (
            select unnest($2::text[]) collate "C"
            union select c.kit_sku from kit_component c join above a on c.brand_id = $1 and c.sku = a.sku),
        within (sku) as (
            select unnest($3::text[]) collate "C"
            union select c.sku from kit_component c join within w on c.brand_id = $1 and c.kit_sku = w.sku)
        select c.kit_sku, c.sku from kit_component c
        where c.brand_id = $1 and (c.sku in (select sku from above) or c.kit_sku in (select sku from within))
        limit $4
        """,
        readOnly: true)
}

extension Product {
    /// The brand's own parts in the kit.
    var parts: Set<SKU> { Set(self.ownComponents.keys) }
}

extension ProductBatch.Draft {
    /// The brand's own parts in the kit that it will be.
    var parts: Set<SKU> { self.product?.parts ?? [] }
}
