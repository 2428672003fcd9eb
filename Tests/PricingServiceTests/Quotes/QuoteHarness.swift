import Events
import Money
import Postgres
import PricingAPI
import PricingDomain
import PricingMessages
import ProtobufC
import Testing
import WellKnownMessages

@testable import PricingService

/// The quote service, on lists and prices that are written as the other services write them.
struct QuoteHarness {
    let pricing: PricingHarness
    let client: QuoteServiceClient

    static func with(_ body: (QuoteHarness) async throws -> Void) async throws {
        try await PricingHarness.with(
            { [Quotes($0, news: $1, logger: PricingHarness.logger)] },
            { try await body(QuoteHarness(pricing: $0, client: QuoteServiceClient($0.rpc))) })
    }

    /// Puts a list into the book, and answers its number.
    @discardableResult
    func put(_ list: PriceList, of brand: PostgresUUID? = nil) async throws -> Int32 {
        let brand = brand ?? self.pricing.brand
        return try await self.pricing.pool.withTransaction { transaction in
            let book = try await PriceBookWrites.lock(brand, in: transaction)
            let found = try await transaction.query(
                PostgresStatement("select number from price_list where brand_id = $1 and list_id = $2"), brand,
                list.listID)
            let number = try found.first?.decode(Int32.self) ?? book.nextListNumber
            let record = try PriceBookWrites.record(
                [PriceBookChange(.list(list, number: number))], in: book, by: "tester")
            _ = try await transaction.commit(
                with: record.commands + [
                    PostgresCommand(
                        Self.listing, brand, list.listID, number, book.revision, Int16(list.type.rawValue),
                        list.currency,
                        book.now, try list.encodedBytes()),
                    PostgresCommand(
                        PostgresStatement(
                            "update price_book set next_list_number = greatest(next_list_number, $2 + 1) where brand_id = $1"
                        ),
                        brand, number),
                ] + (try EventLog.append(record.events.recorded(of: brand, at: book.now, traceParent: nil))))
            return number
        }
    }

    /// Puts a rule into the book.
    func put(_ rule: PriceRule) async throws {
        try await self.pricing.pool.withTransaction { transaction in
            let book = try await PriceBookWrites.lock(self.pricing.brand, in: transaction)
            let record = try PriceBookWrites.record([PriceBookChange(.rule(rule))], in: book, by: "tester")
            _ = try await transaction.commit(
                with: record.commands + [
                    PostgresCommand(
                        Self.ruling, self.pricing.brand, rule.ruleID, book.revision, book.now, try rule.encodedBytes())
                ])
        }
    }

    /// Puts a price; what stood before goes into the history.
    func put(
        _ sku: String, _ amount: String, in list: Int32, from quantity: Int64 = 1, of brand: PostgresUUID? = nil
    ) async throws {
        let brand = brand ?? self.pricing.brand
        _ = try await self.pricing.pool.query(
            Self.pricingNow, brand.bucket(of: sku), brand, sku, list, quantity,
            try Amount(amount, field: "amount").micros)
    }

    /// What the lines cost.
    func quote(
        _ lines: [(String, Int64)], channel: String = "", region: String = "US", currency: String = "USD",
        at: ProtoTimestamp? = nil, change: (inout QuoteRequest) -> Void = { _ in }
    ) async throws -> Quote {
        var request = QuoteRequest(
            channel: channel, region: region, currency: currency, at: at,
            lines: lines.enumerated().map { QuoteLineRequest(lineID: "\($0)", sku: $1.0, quantity: $1.1) })
        change(&request)
        return try await self.client.getQuote(request)
    }

    /// The database's time.
    func now() async throws -> ProtoTimestamp {
        let rows = try await self.pricing.pool.query(PostgresStatement("select clock_timestamp()"))
        return try #require(try rows.first?.decode(PostgresTimestamp.self).protobuf)
    }

    private static let listing = PostgresStatement(
        """
        insert into price_list (brand_id, list_id, number, version, type, currency, created_at, changed_at, document)
        values ($1, $2, $3, $4, $5, $6, $7, $7, $8)
        on conflict (brand_id, list_id) do update
        set version = excluded.version, changed_at = excluded.changed_at, document = excluded.document
        """)

    private static let ruling = PostgresStatement(
        """
        insert into price_rule (brand_id, rule_id, version, created_at, changed_at, document)
        values ($1, $2, $3, $4, $4, $5)
        on conflict (brand_id, rule_id) do update set version = excluded.version, document = excluded.document
        """)

    private static let pricingNow = PostgresStatement(
        """
        with moment as (select clock_timestamp() as now), past as (
            insert into price_history
            select p.*, m.now, gen_random_uuid() from price p, moment m
            where p.bucket = $1 and p.brand_id = $2 and p.sku = $3 and p.list_number = $4 and p.minimum_quantity = $5
        )
        insert into price (bucket, brand_id, sku, list_number, minimum_quantity, valid_from, valid_to, amount, recorded_at,
            change_id)
        select $1, $2, $3, $4, $5, '-infinity', 'infinity', $6, m.now, gen_random_uuid() from moment m
        on conflict (bucket, brand_id, sku, list_number, minimum_quantity, valid_from) do update
        set amount = excluded.amount, recorded_at = excluded.recorded_at
        """)
}
