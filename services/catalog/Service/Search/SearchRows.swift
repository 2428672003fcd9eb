internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import WellKnownMessages

/// Keeps what products are found by, in the transactions that write them.
struct SearchRows: ProductFollower {
    func refusal(of product: Product) -> CatalogRefusal? { nil }

    func commands(_ changes: [ProductChange], of brand: PostgresUUID) throws -> [PostgresCommand] {
        let buckets = changes.map { brand.bucket(of: $0.sku) }
        let skus = changes.map(\.sku)
        let kept = zip(changes, buckets).compactMap { change, bucket in
            change.current.map { Kept(bucket: bucket, product: $0, document: SearchDocument($0)) }
        }
        var commands = [Self.attributesDeletion, Self.certificationsDeletion]
            .map { PostgresCommand($0, brand, buckets, skus) }
        if kept.count < changes.count {
            let gone = zip(changes, buckets).filter { $0.0.current == nil }
            commands.append(
                PostgresCommand(Self.deletion, brand, gone.map(\.1), gone.map(\.0.sku)))
        }
        guard !kept.isEmpty else { return commands }
        commands.append(Self.write(kept, of: brand))
        if let attributes = Self.attributes(kept, of: brand) { commands.append(attributes) }
        if let certifications = Self.certifications(kept, of: brand) { commands.append(certifications) }
        let words = Set(kept.flatMap(\.document.vocabulary)).sorted()
        if !words.isEmpty { commands.append(PostgresCommand(Self.wordsInsertion, brand, words)) }
        return commands
    }

    private struct Kept {
        let bucket: Int16
        let product: Product
        let document: SearchDocument
    }

    private static func write(_ kept: [Kept], of brand: PostgresUUID) -> PostgresCommand {
        func words(_ place: Int) -> [String] { kept.map { $0.document.words[place].joined(separator: " ") } }
        return PostgresCommand(
            self.insertion, brand, kept.map(\.bucket), kept.map(\.product.sku), kept.map { SortName.of($0.product) },
            kept.map(\.product.category), kept.map(\.product.partType), kept.map(\.product.brandLabel),
            kept.map { Int16(truncatingIfNeeded: $0.product.status.rawValue) }, kept.map(\.product.variantGroup),
            kept.map { Self.moment($0.product) },
            kept.map { Self.lines(Set($0.document.certifications.map(\.key)).sorted()) },
            kept.map { Self.lines(Set($0.document.attributes.map(\.key)).sorted()) }, words(0), words(1), words(2),
            words(3))
    }

    private static func attributes(_ kept: [Kept], of brand: PostgresUUID) -> PostgresCommand? {
        let rows = kept.flatMap { kept in
            kept.document.attributes.enumerated().map {
                (kept: kept, part: Int16(clamping: $0.offset), attribute: $0.element)
            }
        }
        guard !rows.isEmpty else { return nil }
        return PostgresCommand(
            self.attributesInsertion, brand, rows.map(\.kept.bucket), rows.map(\.kept.product.sku), rows.map(\.part),
            rows.map(\.attribute.nameKey), rows.map(\.attribute.value), rows.map(\.attribute.number?.micros),
            rows.map { $0.attribute.number?.dimension.rawValue ?? "" })
    }

    private static func certifications(_ kept: [Kept], of brand: PostgresUUID) -> PostgresCommand? {
        let rows = kept.flatMap { kept in
            kept.document.certifications.enumerated().map {
                (kept: kept, part: Int16(clamping: $0.offset), mark: $0.element)
            }
        }
        guard !rows.isEmpty else { return nil }
        return PostgresCommand(
            self.certificationsInsertion, brand, rows.map(\.kept.bucket), rows.map(\.kept.product.sku),
            rows.map(\.part),
            rows.map(\.mark.key), rows.map(\.mark.mark), rows.map(\.mark.validFrom), rows.map(\.mark.validTo))
    }

    private static func moment(_ product: Product) -> PostgresTimestamp {
        let time = product.changedAt
        return PostgresTimestamp(
            microseconds: (time?.seconds ?? 0) * 1_000_000 + Int64(time?.nanos ?? 0) / 1_000)
    }

    /// Folded texts as one, since an array of arrays cannot be unnested by rows. Folded values hold no line feed.
    private static func lines(_ texts: [String]) -> String {
        texts.map { String($0.map { $0.isNewline ? " " : $0 }) }.joined(separator: "\n")
    }

    private static let deletion = PostgresStatement(
        """
        delete from product_search s using unnest($2::smallint[], $3::text[]) as gone (bucket, sku)
        where s.bucket = gone.bucket and s.brand_id = $1 and s.sku = gone.sku
        """)

    private static let attributesDeletion = PostgresStatement(
        """
        delete from product_attribute a using unnest($2::smallint[], $3::text[]) as gone (bucket, sku)
        where a.bucket = gone.bucket and a.brand_id = $1 and a.sku = gone.sku
        """)

    private static let certificationsDeletion = PostgresStatement(
        """
        delete from product_certification c using unnest($2::smallint[], $3::text[]) as gone (bucket, sku)
        where c.bucket = gone.bucket and c.brand_id = $1 and c.sku = gone.sku
        """)

    private static let insertion = PostgresStatement(
        """
        insert into product_search (bucket, brand_id, sku, name, category, part_type, brand_label, status, variant_group,
            changed_at, certifications, attributes, words)
        select bucket, $1, sku, name, category, part_type, brand_label, status, variant_group, changed_at,
            coalesce(string_to_array(nullif(certifications, ''), E'\\n'), '{}'),
            coalesce(string_to_array(nullif(attributes, ''), E'\\n'), '{}'),
            setweight(to_tsvector('simple', a), 'A') || setweight(to_tsvector('simple', b), 'B')
                || setweight(to_tsvector('simple', c), 'C') || setweight(to_tsvector('simple', d), 'D')
        from unnest($2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[],
            $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
            as r (bucket, sku, name, category, part_type, brand_label, status, variant_group, changed_at, certifications,
                attributes, a, b, c, d)
        on conflict (bucket, brand_id, sku) do update set name = excluded.name, category = excluded.category,
            part_type = excluded.part_type, brand_label = excluded.brand_label, status = excluded.status,
            variant_group = excluded.variant_group, changed_at = excluded.changed_at,
            certifications = excluded.certifications, attributes = excluded.attributes, words = excluded.words
        """)

    private static let attributesInsertion = PostgresStatement(
        """
        insert into product_attribute (bucket, brand_id, sku, part, name_key, value, micros, dimension)
        select bucket, $1, sku, part, name_key, value, micros, dimension
        from unnest($2::smallint[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::bigint[], $8::text[])
            as r (bucket, sku, part, name_key, value, micros, dimension)
        """)

    private static let certificationsInsertion = PostgresStatement(
        """
        insert into product_certification (bucket, brand_id, sku, part, mark_key, mark, valid_from, valid_to)
        select bucket, $1, sku, part, mark_key, mark, valid_from::date, valid_to::date
        from unnest($2::smallint[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[])
            as r (bucket, sku, part, mark_key, mark, valid_from, valid_to)
        """)

    /// Ascending, so that two writers of the same words never wait for each other in a circle.
    private static let wordsInsertion = PostgresStatement(
        """
        insert into search_word (brand_id, word) select $1, word from unnest($2::text[]) as w (word) order by word
        on conflict do nothing
        """)
}

/// The name by which a product is listed.
enum SortName {
    static func of(_ product: Product) -> String {
        product.name.isEmpty ? product.descriptions.first?.text ?? "" : product.name
    }
}
