internal import CatalogDomain
internal import CatalogMessages
internal import Postgres

/// The commands that write a decided batch: one statement for each table and kind of change, with the rows as arrays.
struct ProductTables {
    private let origin: ProductWriteOrigin
    private let now: PostgresTimestamp
    private let new: [ProductBatch.Draft]
    private let changed: [ProductBatch.Draft]
    private let gone: [ProductBatch.Draft]

    init(_ batch: ProductBatch) {
        self.origin = batch.origin
        self.now = batch.now
        // New rows are locked by being made, so in the same order as those that are there.
        self.new = batch.drafts.filter { $0.stored == nil && $0.product != nil }.sorted { left, right in
            let buckets = [left, right].map { batch.origin.brand.bucket(of: $0.sku.description) }
            return buckets[0] == buckets[1] ? left.sku < right.sku : buckets[0] < buckets[1]
        }
        self.changed = batch.drafts.filter { $0.stored != nil && $0.product != nil }
        self.gone = batch.drafts.filter { $0.product == nil }
    }

    /// The command that makes new products, and how many; it makes fewer where others have made them meanwhile.
    var insertion: (command: PostgresCommand, count: Int)? {
        guard !self.new.isEmpty else { return nil }
        return (self.command(Self.insertion, self.new), self.new.count)
    }

    /// The commands for everything else but GTINs.
    var commands: [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.changed.isEmpty { commands.append(self.command(Self.update, self.changed)) }
        if !self.gone.isEmpty {
            let skus = self.gone.map(\.sku.description)
            let buckets = skus.map { self.origin.brand.bucket(of: $0) }
            commands += [Self.removal, Self.supersessionRemoval].map {
                PostgresCommand($0, buckets, self.origin.brand, skus)
            }
        }
        return commands + self.partNumbers + self.components
    }

    private func command(_ statement: PostgresStatement, _ drafts: [ProductBatch.Draft]) -> PostgresCommand {
        let products = drafts.compactMap(\.product)
        return PostgresCommand(
            statement, drafts.map { self.origin.brand.bucket(of: $0.sku.description) }, self.origin.brand,
            drafts.map(\.sku.description), drafts.map(\.nextVersion),
            products.map { Int16(clamping: $0.status.rawValue) }, products.map(\.variantGroup), products.map(\.name),
            products.map(\.partType), products.map { Int32(clamping: $0.partTypeID) }, self.now, self.origin.importID,
            drafts.map(\.document))
    }

    private var partNumbers: [PostgresCommand] {
        var lost: [(PartNumber, sku: String)] = []
        var gained: [(PartNumber, sku: String)] = []
        for draft in self.new + self.changed + self.gone {
            let before = Set(draft.previous?.partNumbers ?? [])
            let after = Set(draft.product?.partNumbers ?? [])
            lost += before.subtracting(after).map { ($0, sku: draft.sku.description) }
            gained += after.subtracting(before).map { ($0, sku: draft.sku.description) }
        }
        var commands: [PostgresCommand] = []
        if !lost.isEmpty {
            commands.append(
                PostgresCommand(
                    Self.numberRemoval, lost.map { self.origin.brand.bucket(of: $0.0.folded) }, self.origin.brand,
                    lost.map(\.0.folded), lost.map(\.0.kind.rawValue), lost.map(\.sku), lost.map(\.0.part)))
        }
        if !gained.isEmpty {
            commands.append(
                PostgresCommand(
                    Self.numberInsertion, gained.map { self.origin.brand.bucket(of: $0.0.folded) }, self.origin.brand,
                    gained.map(\.0.folded), gained.map(\.0.kind.rawValue), gained.map(\.sku), gained.map(\.0.part),
                    gained.map(\.0.number), gained.map(\.0.brandLabel), gained.map(\.0.brandCode)))
        }
        return commands
    }

    /// The components of a kit that has others now are written anew.
    private var components: [PostgresCommand] {
        let kits = (self.new + self.changed + self.gone).filter {
            ($0.product?.ownComponents ?? [:]) != ($0.previous?.ownComponents ?? [:])
        }
        guard !kits.isEmpty else { return [] }
        let skus = kits.map(\.sku.description)
        let rows = kits.flatMap { kit in
            (kit.product?.ownComponents ?? [:]).map { (kit: kit.sku.description, part: $0.key, quantity: $0.value) }
        }
        return [
            PostgresCommand(
                Self.componentRemoval, skus.map { self.origin.brand.bucket(of: $0) }, self.origin.brand, skus),
            PostgresCommand(
                Self.componentInsertion, rows.map { self.origin.brand.bucket(of: $0.kit) }, self.origin.brand,
                rows.map(\.kit), rows.map(\.part.description), rows.map(\.quantity)),
        ]
    }
}

extension ProductTables {
    private static let insertion = PostgresStatement(
        """
        insert into product (bucket, brand_id, sku, version, status, variant_group, name, part_type, part_type_id,
            created_at, changed_at, import_id, document)
        select r.bucket, $2, r.sku, r.version, r.status, r.variant_group, r.name, r.part_type, r.part_type_id,
            $10::timestamptz, $10::timestamptz, $11, r.document
        from unnest($1::smallint[], $3::text[], $4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[],
                $9::integer[], $12::bytea[])
            as r (bucket, sku, version, status, variant_group, name, part_type, part_type_id, document)
        on conflict (bucket, brand_id, sku) do nothing
        """)

    private static let update = PostgresStatement(
        """
        update product p set version = r.version, status = r.status, variant_group = r.variant_group, name = r.name,
            part_type = r.part_type, part_type_id = r.part_type_id, changed_at = $10::timestamptz, import_id = $11,
            document = r.document
        from unnest($1::smallint[], $3::text[], $4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[],
                $9::integer[], $12::bytea[])
            as r (bucket, sku, version, status, variant_group, name, part_type, part_type_id, document)
        where p.bucket = r.bucket and p.brand_id = $2 and p.sku = r.sku
        """)

    private static let removal = PostgresStatement(
        """
        delete from product p using unnest($1::smallint[], $3::text[]) as r (bucket, sku)
        where p.bucket = r.bucket and p.brand_id = $2 and p.sku = r.sku
        """)

    private static let supersessionRemoval = PostgresStatement(
        """
        delete from supersession s using unnest($1::smallint[], $3::text[]) as r (bucket, sku)
        where s.brand_id = $2 and (s.bucket = r.bucket and s.old_sku = r.sku or s.new_sku = r.sku)
        """)

    private static let numberRemoval = PostgresStatement(
        """
        delete from part_number n
        using unnest($1::smallint[], $3::text[], $4::smallint[], $5::text[], $6::smallint[])
            as r (bucket, folded, kind, sku, part)
        where n.bucket = r.bucket and n.brand_id = $2 and n.folded = r.folded and n.kind = r.kind and n.sku = r.sku
            and n.part = r.part
        """)

    private static let numberInsertion = PostgresStatement(
        """
        insert into part_number (bucket, brand_id, folded, kind, sku, part, number, brand_label, brand_code)
        select r.bucket, $2, r.folded, r.kind, r.sku, r.part, r.number, r.brand_label, r.brand_code
        from unnest($1::smallint[], $3::text[], $4::smallint[], $5::text[], $6::smallint[], $7::text[], $8::text[],
                $9::text[])
            as r (bucket, folded, kind, sku, part, number, brand_label, brand_code)
        """)

    private static let componentRemoval = PostgresStatement(
        """
        delete from kit_component c using unnest($1::smallint[], $3::text[]) as r (bucket, sku)
        where c.bucket = r.bucket and c.brand_id = $2 and c.kit_sku = r.sku
        """)

    private static let componentInsertion = PostgresStatement(
        """
        insert into kit_component (bucket, brand_id, kit_sku, sku, quantity)
        select r.bucket, $2, r.kit_sku, r.sku, r.quantity
        from unnest($1::smallint[], $3::text[], $4::text[], $5::bigint[]) as r (bucket, kit_sku, sku, quantity)
        """)
}
