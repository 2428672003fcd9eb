internal import Buckets
internal import CatalogDomain
internal import CatalogMessages
internal import Postgres

/// The conditions of a search in the form in which its statements take them: the parameters from $1 on.
struct SearchFilter: Sendable {
    /// The most parts that a number or vehicle may lead to, as a condition among others.
    static let maximumNumbered = 1_000

    let brand: PostgresUUID
    /// A text search query under the configuration `simple`; nil: no text was asked for.
    var query: String?
    var skuRange: (low: String, high: String)?
    var categories: [String]?
    var partTypes: [String]?
    var brandLabels: [String]?
    var statuses: [Int16]?
    var certifications: [String]?
    var attributes: [String]?
    var numbers: [NumberCondition] = []
    var variantGroup: String?
    /// Only these.
    var skus: [String]?
    var vehicle: VehicleCondition?

    /// A range of an attribute's numbers.
    struct NumberCondition: Sendable {
        var name: String
        var dimension: String
        /// In millionths of the base unit.
        var low = Int64.min
        var high = Int64.max
    }

    /// A vehicle that the products fit.
    struct VehicleCondition: Sendable {
        /// The keys under which fitments may name it.
        var keys: [String]
        /// Its model year; nil where the keys say it.
        var year: Int16?
    }

    /// A command whose first parameters are the filter's.
    func command<each Value: PostgresEncodable>(
        _ statement: PostgresStatement, _ values: repeat each Value
    ) -> PostgresCommand {
        PostgresCommand(
            statement, self.brand, self.query, self.skuRange?.low, self.skuRange?.high, self.categories, self.partTypes,
            self.brandLabels, self.statuses, self.certifications, self.attributes,
            self.numbers.isEmpty ? nil : self.numbers.map(\.name), self.numbers.map(\.dimension),
            self.numbers.map(\.low), self.numbers.map(\.high), self.variantGroup, self.skus, self.vehicle?.keys,
            self.vehicle?.year, repeat each values)
    }

    /// Of how many parameters ``condition`` makes use: a statement's own begin behind them.
    static let parameterCount = 18

    /// The condition on a row `s` of product_search.
    ///
    /// Statements are planned for the values they have, so a filter that is not there costs nothing; and what leads to few
    /// products is read first, as an array that the index of SKUs is asked with.
    static let condition: StaticString = """
         s.brand_id = $1
        and ($2::text is null or s.words @@ to_tsquery('simple', $2))
        and ($3::text is null or (s.sku >= $3 and s.sku < $4::text))
        and ($5::text[] is null or s.category = any($5))
        and ($6::text[] is null or s.part_type = any($6))
        and ($7::text[] is null or s.brand_label = any($7))
        and ($8::smallint[] is null or s.status = any($8))
        and ($9::text[] is null or (s.certifications @> $9 and not exists (
            select from unnest($9) as asked (mark_key) where not exists (
                select from product_certification c
                where c.bucket = s.bucket and c.brand_id = s.brand_id and c.sku = s.sku and c.mark_key = asked.mark_key
                    and (c.valid_from is null or c.valid_from <= (now() at time zone 'utc')::date)
                    and (c.valid_to is null or c.valid_to >= (now() at time zone 'utc')::date)))))
        and ($10::text[] is null or s.attributes @> $10)
        and ($11::text[] is null or not exists (
            select from unnest($11, $12::text[], $13::bigint[], $14::bigint[]) as asked (name_key, dimension, low, high)
            where not exists (
                select from product_attribute a
                where a.bucket = s.bucket and a.brand_id = s.brand_id and a.sku = s.sku and a.name_key = asked.name_key
                    and a.dimension = asked.dimension and a.micros between asked.low and asked.high)))
        and ($15::text is null or s.variant_group = $15)
        and ($16::text[] is null or s.sku = any($16))
        and ($17::text[] is null or s.sku = any(array(
            select f.sku from fitment f
            where f.brand_id = $1 and f.vehicle_key = any($17)
                and ($18::smallint is null or $18 between f.year_from and f.year_to))))
        """
}
