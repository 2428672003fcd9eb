internal import Money
internal import Postgres
internal import PricingDomain

/// Reads the prices of a quote, all in one query.
enum QuotePrices {
    /// The prices that stand now, and the revision of the book that they belong to.
    static func current(of skus: [SKU], in lists: [Int32], of brand: PostgresUUID) -> PostgresCommand {
        let texts = skus.map(\.description)
        return PostgresCommand(Self.current, brand, texts.map { brand.bucket(of: $0) }, texts, lists)
    }

    /// The prices as they were known at an instant.
    static func known(
        at instant: Instant, of skus: [SKU], in lists: [Int32], of brand: PostgresUUID
    ) -> PostgresCommand {
        let texts = skus.map(\.description)
        return PostgresCommand(
            Self.known, brand, texts.map { brand.bucket(of: $0) }, texts, lists, PostgresTimestamp(instant))
    }

    /// The rows of ``current(of:in:of:)`` or ``known(at:of:in:of:)``: the revision, 0 of a past, and the prices.
    static func read(_ rows: PostgresRows, skuCount: Int) throws(PostgresError) -> (revision: Int64, prices: PriceRows)
    {
        var prices: [PriceRow] = []
        prices.reserveCapacity(rows.count)
        var revision: Int64 = 0
        for row in rows {
            let (number, list, quantity, from, to, amount) = try row.decode(
                Int64.self, Int64.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, Int64.self)
            guard number > 0 else {
                revision = list
                continue
            }
            prices.append(
                PriceRow(
                    sku: Int32(truncatingIfNeeded: number - 1), list: Int32(truncatingIfNeeded: list),
                    minimumQuantity: quantity, validFrom: Instant(from), validTo: Instant(to),
                    amount: Amount(micros: amount)))
        }
        return (revision, PriceRows(prices, skuCount: skuCount))
    }

    // The sum keeps the planner from looking up each list by itself.
    private static let current = PostgresStatement(
        """
        select 0::bigint, coalesce((select b.revision from price_book b where b.brand_id = $1), 0), 0::bigint,
            '-infinity'::timestamptz, 'infinity'::timestamptz, 0::bigint
        union all
        select k.number, p.list_number::bigint, p.minimum_quantity, p.valid_from, p.valid_to, p.amount
        from unnest($2::smallint[], $3::text[]) with ordinality as k (bucket, sku, number)
        join price p on p.bucket = k.bucket and p.brand_id = $1 and p.sku = k.sku
        where p.list_number + 0 = any($4::integer[])
        """, readOnly: true)

    private static let known = PostgresStatement(
        """
        select k.number, p.list_number::bigint, p.minimum_quantity, p.valid_from, p.valid_to, p.amount
        from unnest($2::smallint[], $3::text[]) with ordinality as k (bucket, sku, number)
        join price p on p.bucket = k.bucket and p.brand_id = $1 and p.sku = k.sku
        where p.list_number + 0 = any($4::integer[]) and p.recorded_at <= $5
        union all
        select k.number, p.list_number::bigint, p.minimum_quantity, p.valid_from, p.valid_to, p.amount
        from unnest($2::smallint[], $3::text[]) with ordinality as k (bucket, sku, number)
        join price_history p on p.bucket = k.bucket and p.brand_id = $1 and p.sku = k.sku
        where p.list_number + 0 = any($4::integer[]) and p.recorded_at <= $5 and p.replaced_at > $5
        """, readOnly: true)
}
