internal import Money
internal import Postgres
internal import PricingDomain

/// Reads and writes rates between currencies. All that were told are kept.
enum ExchangeRateRows {
    /// The most rates that are kept of a brand: books have all of them at hand.
    static let maximumRates: Int64 = 100_000

    /// What a rate is of.
    struct Key: Hashable {
        let base: String
        let quote: String
        let at: Int64

        init(_ rate: CurrencyRate) {
            (self.base, self.quote, self.at) = (rate.base.code, rate.quote.code, rate.at.microseconds)
        }

        init(_ rate: PriceBookContent.Rate) {
            (self.base, self.quote, self.at) = (rate.baseCurrency, rate.quoteCurrency, rate.at.microseconds)
        }
    }

    /// Where a rate stands among all.
    struct Position {
        let base: String
        let quote: String
        let at: PostgresTimestamp
        let recordedAt: PostgresTimestamp

        init(_ rate: PriceBookContent.Rate) {
            (self.base, self.quote) = (rate.baseCurrency, rate.quoteCurrency)
            (self.at, self.recordedAt) = (rate.at, rate.recordedAt)
        }

        /// The position of a token; nil: there is none.
        init?(token: [UInt8]) {
            let values = Array(token.prefix(16)).int64s
            let codes = token.dropFirst(16)
            guard values.count == 2, codes.count == 6,
                let base = String(validating: codes.prefix(3), as: UTF8.self),
                let quote = String(validating: codes.suffix(3), as: UTF8.self)
            else { return nil }
            (self.base, self.quote) = (base, quote)
            self.at = PostgresTimestamp(microseconds: values[0])
            self.recordedAt = PostgresTimestamp(microseconds: values[1])
        }

        /// As a token carries it.
        var token: [UInt8] {
            Array(int64s: [self.at.microseconds, self.recordedAt.microseconds]) + Array((self.base + self.quote).utf8)
        }
    }

    /// The command that reads what was told last of the same currencies and instants.
    static func last(of rates: [CurrencyRate], _ brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.lastTold, brand, rates.map(\.base.code), rates.map(\.quote.code),
            rates.map { PostgresTimestamp($0.at) })
    }

    /// The rates of the rows of ``last(of:_:)``.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [Key: PriceBookContent.Rate] {
        var rates: [Key: PriceBookContent.Rate] = [:]
        for row in rows {
            let rate = try PriceBookContent.Rate(row)
            rates[Key(rate)] = rate
        }
        return rates
    }

    /// The command that counts a brand's rates.
    static func count(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.count, brand) }

    /// The command that adds rates.
    static func insertion(
        _ rates: [CurrencyRate], at now: PostgresTimestamp, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, brand, rates.map(\.base.code), rates.map(\.quote.code),
            rates.map { PostgresTimestamp($0.at) }, now, rates.map(\.picos), rates.map(\.source))
    }

    /// The command that reads rates by currencies, the last first.
    ///
    /// - Parameters:
    ///   - base: Only of that currency; empty: of all.
    ///   - quote: Only in that currency; empty: in all.
    static func page(
        base: String, quote: String, of brand: PostgresUUID, after last: Position?, limit: Int
    ) -> PostgresCommand {
        PostgresCommand(
            Self.selection, brand, base, quote, last?.base ?? "", last?.quote ?? "", last?.at ?? .infinity,
            last?.recordedAt ?? .infinity, Int64(limit))
    }

    private static let lastTold = PostgresStatement(
        """
        select distinct on (r.base_currency, r.quote_currency, r.at) r.base_currency, r.quote_currency, r.at, r.recorded_at,
            r.rate, r.source
        from unnest($2::text[], $3::text[], $4::timestamptz[]) as k (base_currency, quote_currency, at)
        join exchange_rate r on r.brand_id = $1 and r.base_currency = k.base_currency
            and r.quote_currency = k.quote_currency and r.at = k.at
        order by r.base_currency, r.quote_currency, r.at, r.recorded_at desc
        """)

    private static let count = PostgresStatement(
        "select count(*) from exchange_rate where brand_id = $1", readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into exchange_rate (brand_id, base_currency, quote_currency, at, recorded_at, rate, source)
        select $1, r.base_currency, r.quote_currency, r.at, $5, r.rate, r.source
        from unnest($2::text[], $3::text[], $4::timestamptz[], $6::bigint[], $7::text[])
            as r (base_currency, quote_currency, at, rate, source)
        """)

    private static let selection = PostgresStatement(
        """
        select base_currency, quote_currency, at, recorded_at, rate, source from exchange_rate
        where brand_id = $1 and ($2 = '' or base_currency = $2) and ($3 = '' or quote_currency = $3)
            and ((base_currency, quote_currency) > ($4::text collate "C", $5::text collate "C")
                or base_currency = $4 and quote_currency = $5 and (at, recorded_at) < ($6, $7))
        order by base_currency, quote_currency, at desc, recorded_at desc limit $8
        """,
        readOnly: true)
}
