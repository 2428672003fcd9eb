import Postgres
import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite struct ExchangeRateTests {
    @Test("Rates are kept, all of them, and the book of an instant has those that were known then")
    func putAndKnow() async throws {
        try await PricingHarness.withLists { harness in
            let first = try await harness.put([.sample("EUR", "USD", "1.0834", at: 1_000)])
            #expect(first.changed == 1)
            let between = try await harness.now()
            let again = try await harness.put([
                .sample("EUR", "USD", "1.08340", at: 1_000), .sample("EUR", "JPY", "160", at: 1_000),
            ])
            #expect(again.changed == 1)
            let corrected = try await harness.put([.sample("EUR", "USD", "1.09", at: 1_000)])
            #expect(corrected.changed == 1)
            let known = try await PriceBookRows.known(at: between, of: harness.brand, in: harness.pool)
            #expect(known.rates.map(\.rate) == [1_083_400_000_000])
            let present = try await PriceBookRows.present(of: harness.brand, in: harness.pool)
            #expect(present.rates.map(\.rate) == [160_000_000_000_000, 1_090_000_000_000])
            #expect(present.revision == 3)
            let events = try await harness.events("pricing.rates.changed", as: ExchangeRatesChanged.self)
            #expect(events.flatMap(\.rates).map(\.rate) == ["1.0834", "160", "1.09"])
        }
    }

    @Test("Rates come by currencies, the last first, by pages")
    func pages() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(
                (1...5).flatMap { instant in
                    [
                        ExchangeRate.sample("EUR", "USD", "1.\(instant)", at: Int64(instant)),
                        .sample("CHF", "USD", "2.\(instant)", at: Int64(instant)),
                    ]
                })
            var (rates, token): ([ExchangeRate], String) = ([], "")
            repeat {
                let page = try await harness.lists.listExchangeRates(
                    ListExchangeRatesRequest(quoteCurrency: "USD", pageSize: 3, pageToken: token))
                rates += page.rates
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(rates.map(\.rate) == [5, 4, 3, 2, 1].map { "2.\($0)" } + [5, 4, 3, 2, 1].map { "1.\($0)" })
            let francs = try await harness.lists.listExchangeRates(ListExchangeRatesRequest(baseCurrency: "CHF"))
            #expect(francs.rates.count == 5)
        }
    }

    @Test(
        "A rate that cannot be is refused with its field",
        arguments: [
            ("0", "USD", "rates[1].rate", "invalid-amount"),
            ("1.1234567890123", "USD", "rates[1].rate", "invalid-amount"),
            ("1", "XYZ", "rates[1].quoteCurrency", "unknown-currency"), ("1", "JPY", "rates[1]", "duplicate-entry"),
            ("1", "EUR", "rates[1].quoteCurrency", "invalid-value"),
        ])
    func invalid(rate: String, quote: String, field: String, type: String) async throws {
        try await PricingHarness.withLists { harness in
            let problem = try await harness.problem {
                try await harness.put([.sample("EUR", "JPY", "160", at: 1), .sample("EUR", quote, rate, at: 1)])
            }
            #expect(problem?.type == type)
            #expect(problem?.fields.map(\.field) == [field])
            let kept = try await harness.number("select count(*) from exchange_rate")
            #expect(kept == 0)
        }
    }
}

extension PricingHarness {
    @discardableResult
    fileprivate func put(_ rates: [ExchangeRate]) async throws -> PutExchangeRatesResponse {
        try await self.lists.putExchangeRates(PutExchangeRatesRequest(rates: rates))
    }
}

extension ExchangeRate {
    fileprivate static func sample(_ base: String, _ quote: String, _ rate: String, at seconds: Int64) -> ExchangeRate {
        ExchangeRate(
            baseCurrency: base, quoteCurrency: quote, at: ProtoTimestamp(seconds: seconds), rate: rate, source: "ECB")
    }
}
