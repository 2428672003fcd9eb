internal import CatalogDomain
internal import CatalogMessages
internal import Postgres

/// Reads and writes supersessions.
enum SupersessionRows {
    /// The command that reads what leads on from some parts, and what leads to others, directly or by others; with it
    /// what leads directly from the latter, and to the former.
    ///
    /// - Parameter limit: The most rows; one more comes where there are more.
    static func reach(
        from onward: [SKU], to back: [SKU], of brand: PostgresUUID, limit: Int
    ) -> PostgresCommand {
        PostgresCommand(
            Self.selection, brand, onward.map(\.description), back.map(\.description), Int64(limit) + 1)
    }

    /// The supersessions of the rows of ``reach(from:to:of:limit:)``.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [Supersession] {
        var found: [Supersession] = []
        for row in rows {
            let (old, new, from, to, isPartial, usesUp, quantity, note) = try row.decode(
                String.self, String.self, String.self, String.self, Bool.self, Bool.self, Int32.self, String.self)
            found.append(
                Supersession(
                    oldSku: old, newSku: new, effectiveFrom: from, effectiveTo: to, isPartial: isPartial,
                    useUpOldStock: usesUp, quantity: UInt32(clamping: quantity), note: note))
        }
        return found
    }

    /// The edge of a row, which was valid when it was written.
    static func edge(_ supersession: Supersession) throws(PostgresError) -> SupersessionEdge {
        do throws(CatalogRefusal) {
            return try SupersessionEdge(supersession)
        } catch {
            throw .unexpectedValue(column: "supersession", reason: "\(error)")
        }
    }

    /// The command that adds or replaces one.
    static func put(_ supersession: Supersession, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.upsert, brand.bucket(of: supersession.oldSku), brand, supersession.oldSku, supersession.newSku,
            supersession.effectiveFrom, supersession.effectiveTo, supersession.isPartial, supersession.useUpOldStock,
            Int32(clamping: supersession.quantity), supersession.note)
    }

    /// The command that removes one, and answers it as ``read(_:)`` takes it.
    static func removal(_ old: String, _ new: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.deletion, brand.bucket(of: old), brand, old, new)
    }

    private static let columns: StaticString =
        """
        s.old_sku, s.new_sku, to_char(s.effective_from, 'YYYY-MM-DD'), coalesce(to_char(s.effective_to, 'YYYY-MM-DD'), ''),
            s.is_partial, s.use_up_old_stock, s.quantity, s.note
        """

    private static let selection = PostgresStatement(
        joining: [
            """
            with recursive onward (sku) as (
                select unnest($2::text[]) collate "C"
                union select s.new_sku from supersession s join onward o on s.brand_id = $1 and s.old_sku = o.sku),
            back (sku) as (
                select unnest($3::text[]) collate "C"
                union select s.old_sku from supersession s join back b on s.brand_id = $1 and s.new_sku = b.sku)
            select
            """, " ", Self.columns,
            """
             from supersession s
            where s.brand_id = $1 and (s.old_sku in (select sku from onward) or s.new_sku in (select sku from back)
                or s.old_sku = any($3::text[]) or s.new_sku = any($2::text[]))
            limit $4
            """,
        ], readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into supersession (bucket, brand_id, old_sku, new_sku, effective_from, effective_to, is_partial,
            use_up_old_stock, quantity, note)
        values ($1, $2, $3, $4, $5::text::date, nullif($6::text, '')::date, $7, $8, $9, $10)
        on conflict (bucket, brand_id, old_sku, new_sku) do update set effective_from = excluded.effective_from,
            effective_to = excluded.effective_to, is_partial = excluded.is_partial,
            use_up_old_stock = excluded.use_up_old_stock, quantity = excluded.quantity, note = excluded.note
        """)

    private static let deletion = PostgresStatement(
        joining: [
            """
            delete from supersession s
            where s.bucket = $1 and s.brand_id = $2 and s.old_sku = $3 and s.new_sku = $4
            returning
            """, " ", Self.columns,
        ])
}
