import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import Testing

@testable import PricingService

@Suite("What channels show")
struct ChannelPriceTests {
    private static let retail = PriceList(listID: "retail", type: .selling, currency: "USD", priority: 10)

    @Test("a SKU is shown with its tiers, list price, floor and deposit, in the currency that it is sold in")
    func shows() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            let list = try await harness.put(PriceList(listID: "list", type: .list, currency: "USD"))
            let map = try await harness.put(PriceList(listID: "map", type: .minimumAdvertised, currency: "USD"))
            let core = try await harness.put(PriceList(listID: "core", type: .core, currency: "USD"))
            try await harness.put("PAD", "50", in: retail)
            try await harness.put("PAD", "45", in: retail, from: 10)
            try await harness.put("PAD", "65", in: list)
            try await harness.put("PAD", "44", in: map)
            try await harness.put("PAD", "5", in: core)
            try await harness.put(
                PriceRule(ruleID: "sale", effect: .percentOff(PercentOff(percent: "10"))))
            let prices = try await harness.client.listPrices(ListPricesRequest(sku: ["PAD", "NONE"])).prices
            let price = try #require(prices.first)
            #expect(prices.count == 1 && price.currency == "USD")
            #expect(price.price == "45.00" && price.basePrice == "50.00" && price.listPrice == "65.00")
            #expect(price.minimumAdvertisedPrice == "44.00" && price.coreCharge == "5.00")
            #expect(price.tiers.map(\.minimumQuantity) == [1, 10] && price.tiers.map(\.price) == ["45.00", "44.00"])
            #expect(price.listID == "retail" && price.ruleIDs == ["sale"])
        }
    }

    @Test("pages have every SKU in scope once, whatever lists it is in", arguments: [1, 3, 100] as [UInt32])
    func pages(size: UInt32) async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            var special = Self.retail
            (special.listID, special.priority, special.scope) = ("amazon", 20, PriceScope(channel: "amazon"))
            let amazon = try await harness.put(special)
            for number in 0..<10 {
                try await harness.put("SKU-\(number)", "\(number + 1)", in: retail)
                try await harness.put("SKU-\(number)", "\(number + 1)", in: retail, from: 5)
                if number % 3 == 0 { try await harness.put("SKU-\(number)", "99", in: amazon) }
            }
            try await harness.put("ONLY", "7", in: amazon)
            for (channel, expected) in [
                ("", (0..<10).map { "SKU-\($0)" }), ("amazon", ["ONLY"] + (0..<10).map { "SKU-\($0)" }),
            ] {
                var (found, token): ([ChannelPrice], String) = ([], "")
                repeat {
                    let page = try await harness.client.listPrices(
                        ListPricesRequest(channel: channel, pageSize: size, pageToken: token))
                    found += page.prices
                    token = page.nextPageToken
                } while !token.isEmpty
                #expect(found.map(\.sku) == expected)
            }
        }
    }

    @Test("where nothing is sold, nothing is shown; a token of another list is refused")
    func nothing() async throws {
        try await QuoteHarness.with { harness in
            #expect(try await harness.client.listPrices(ListPricesRequest()).prices.isEmpty)
            try await harness.put(Self.retail)
            #expect(try await harness.client.listPrices(ListPricesRequest(currency: "EUR")).prices.isEmpty)
            let problem = try await harness.pricing.problem {
                _ = try await harness.client.listPrices(ListPricesRequest(pageToken: "AAAA"))
            }
            #expect(problem?.fields.map(\.field) == ["pageToken"])
        }
    }
}
