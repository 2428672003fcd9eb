internal import Postgres

/// The statements of a search. All go by ``SearchFilter/condition``; their own parameters begin at $19.
enum SearchStatements {
    /// The most matches of a text that are ranked: of words that more products have, the first by SKU.
    static let rankedMatches = 1_000
    /// The most matches that are counted for facets and estimated totals.
    static let countedMatches = 10_000
    /// The most values of a facet.
    static let facetValues = 50

    /// The products of a page, each with what it is sorted by.
    private static let products: StaticString = """
        select p.sku, p.version, p.created_at, p.changed_at, p.document, page.*
        from page join product p on p.bucket = page.bucket and p.brand_id = $1 and p.sku = page.sku
        """

    /// The best matches first. $19 a query for the words as they were written, $20 and $21 the rank and SKU behind which
    /// the page begins, $22 its size.
    static let byRelevance = PostgresStatement(
        joining: [
            """
            with matched as materialized (
                select s.bucket, s.sku, s.words from product_search s where
            """, SearchFilter.condition,
            """
                order by s.sku limit 1001
            ), ranked as (
                select m.bucket, m.sku, ts_rank(m.words, to_tsquery('simple', $2))::float8
                    + ts_rank(m.words, to_tsquery('simple', $19))::float8 as rank
                from (select * from matched limit 1000) m
            ), page as materialized (
                select bucket, sku, rank, (select count(*) > 1000 from matched) as is_capped from ranked
                where $20::float8 is null or rank < $20 or (rank = $20 and sku > $21::text)
                order by rank desc, sku limit $22::bigint
            )
            """, "\n", Self.products, " order by page.rank desc, page.sku",
        ], readOnly: true)

    /// By SKU. $19 the SKU behind which the page begins, $20 its size.
    static let bySKU = PostgresStatement(
        joining: [
            "with page as materialized (select s.bucket, s.sku from product_search s where ", SearchFilter.condition,
            " and ($19::text is null or s.sku > $19) order by s.sku limit $20::bigint) ", Self.products,
            " order by page.sku",
        ], readOnly: true)

    /// By name. $19 and $20 the name and SKU behind which the page begins, $21 its size.
    static let byName = PostgresStatement(
        joining: [
            "with page as materialized (select s.bucket, s.sku, s.name as sorted_name from product_search s where ",
            SearchFilter.condition,
            """
             and ($19::text is null or (s.name, s.sku) > ($19, $20::text)) order by s.name, s.sku limit $21::bigint)
            """, "\n", Self.products, " order by page.sorted_name, page.sku",
        ], readOnly: true)

    /// The last changed first. $19 and $20 the time and SKU behind which the page begins, $21 its size.
    static let byChange = PostgresStatement(
        joining: [
            "with page as materialized (select s.bucket, s.sku, s.changed_at as sorted_time from product_search s where ",
            SearchFilter.condition,
            """
             and ($19::timestamptz is null or s.changed_at < $19 or (s.changed_at = $19 and s.sku > $20::text))
                order by s.changed_at desc, s.sku limit $21::bigint)
            """, "\n", Self.products, " order by page.sorted_time desc, page.sku",
        ], readOnly: true)

    /// How many match.
    static let total = PostgresStatement(
        joining: ["select count(*) from product_search s where ", SearchFilter.condition], readOnly: true)

    /// How many match, counted up to a limit, $19.
    static let boundedTotal = PostgresStatement(
        joining: [
            "select count(*) from (select from product_search s where ", SearchFilter.condition,
            " limit $19::bigint) m",
        ], readOnly: true)

    /// What the planner believes how many match; in YAML, since that is answered as text.
    static let plan = PostgresStatement(
        joining: ["explain (format yaml) select from product_search s where ", SearchFilter.condition], readOnly: true)

    /// The values of facets and how many matches have each, the most frequent first. $19 the facets' names, $20 those of
    /// attributes, folded.
    static let facets = PostgresStatement(
        joining: [
            """
            with matched as materialized (
                select s.bucket, s.sku, s.category, s.part_type, s.brand_label, s.status, row_number() over () as number
                from product_search s where
            """, SearchFilter.condition,
            """
                limit 10001
            ), m as (select * from matched limit 10000),
            valued as (
                select 'category' as facet, category as value, count(*) as count from m
                where 'category' = any($19::text[]) group by category
                union all
                select 'partType', part_type, count(*) from m where 'partType' = any($19) group by part_type
                union all
                select 'brandLabel', brand_label, count(*) from m where 'brandLabel' = any($19) group by brand_label
                union all
                select 'status', status::text, count(*) from m where 'status' = any($19) group by status
                union all
                select 'certification', c.mark, count(distinct c.sku) from m
                join product_certification c on c.bucket = m.bucket and c.brand_id = $1 and c.sku = m.sku
                where 'certification' = any($19)
                    and (c.valid_from is null or c.valid_from <= (now() at time zone 'utc')::date)
                    and (c.valid_to is null or c.valid_to >= (now() at time zone 'utc')::date)
                group by c.mark
                union all
                select 'attribute.' || a.name_key, a.value, count(distinct a.sku) from m
                join product_attribute a on a.bucket = m.bucket and a.brand_id = $1 and a.sku = m.sku
                where a.name_key = any($20::text[])
                group by a.name_key, a.value
            ), placed as (
                select *, row_number() over (partition by facet order by count desc, value) as place from valued
                where value <> ''
            )
            select facet, value, count, (select count(*) > 10000 from matched) as is_cut
            from placed where place <= 50 order by facet, place
            """,
        ], readOnly: true)
}
