import ChannelAdapter
import FileFormats
import Testing

@testable import ShopifyAdapter

@Suite("Prices are set product by product, and only what the answer has was set")
struct PriceTests {
    private static func row(_ number: Int, product: Int, micros: Int64 = 19_990_000) -> PriceRow {
        PriceRow(listing: .example(number, product: product), micros: micros, currency: "USD")
    }

    private static func answer(_ call: ScriptedShop.Call, without: Set<String> = [], errors: String = "") -> String {
        let variants = call.variables["variants"]?.elements ?? []
        let changed = variants.compactMap { $0["id"]?.text }.filter { !without.contains($0) }
            .map { #"{"id":"\#($0)","price":"1.00"}"# }.joined(separator: ",")
        return #"{"productVariantsBulkUpdate":{"productVariants":[\#(changed)],"userErrors":[\#(errors)]}}"#
    }

    @Test("rows of one product are one call, with prices as decimal text of the currency")
    func request() async {
        let shop = ScriptedShop { (call, _) in .data(Self.answer(call)) }
        let rows = [
            Self.row(1, product: 5), Self.row(2, product: 6, micros: 5_000_000), Self.row(3, product: 5, micros: 0),
        ]
        let answer = await shop.session().pushPrices(rows, key: "k")
        #expect(answer.outcomes == ["SKU-1", "SKU-2", "SKU-3"].map { RowOutcome(sku: $0) })
        #expect(
            shop.calls.map { String(decoding: $0.variables.bytes, as: UTF8.self) } == [
                #"{"product":"gid://shopify/Product/5","variants":[{"id":"gid://shopify/ProductVariant/2001","price":"19.99"},"#
                    + #"{"id":"gid://shopify/ProductVariant/2003","price":"0.00"}]}"#,
                #"{"product":"gid://shopify/Product/6","variants":[{"id":"gid://shopify/ProductVariant/2002","price":"5.00"}]}"#,
            ])
        #expect(answer.quotas.map(\.cost) == [20])
    }

    @Test("a variant that is refused has its fault, and one that the answer does not have is no success")
    func refused() async {
        let error = #"{"code":"NEGATIVE_PRICE_VALUE","field":["variants","0","price"],"message":"no"}"#
        let shop = ScriptedShop { (call, _) in
            .data(
                Self.answer(
                    call, without: ["gid://shopify/ProductVariant/2001", "gid://shopify/ProductVariant/2003"],
                    errors: error)
            )
        }
        let answer = await shop.session().pushPrices((1...3).map { Self.row($0, product: 5) }, key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == ["NEGATIVE_PRICE_VALUE", nil, "refused-with-others"])
        let silent = ScriptedShop { (call, _) in
            .data(Self.answer(call, without: ["gid://shopify/ProductVariant/2001"]))
        }
        let outcomes = await silent.session().pushPrices([Self.row(1, product: 5)], key: "k").outcomes
        #expect(outcomes.map(\.fault?.code) == ["not-answered"])
    }

    @Test("an error about a product is all its rows', and no other product's")
    func product() async {
        let error = #"{"code":"PRODUCT_DOES_NOT_EXIST","field":["productId"],"message":"no"}"#
        let shop = ScriptedShop { (call, count) in
            count == 0
                ? .data(#"{"productVariantsBulkUpdate":{"productVariants":null,"userErrors":[\#(error)]}}"#)
                : .data(Self.answer(call))
        }
        let rows = [Self.row(1, product: 5), Self.row(2, product: 6), Self.row(3, product: 5)]
        let answer = await shop.session().pushPrices(rows, key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == ["PRODUCT_DOES_NOT_EXIST", nil, "PRODUCT_DOES_NOT_EXIST"])
    }

    @Test("once the platform throttles, what is left waits without being sent")
    func throttled() async {
        let shop = ScriptedShop { (call, count) in
            count == 0
                ? .data(Self.answer(call)) : .json(#"{"errors":[{"message":"x","extensions":{"code":"THROTTLED"}}]}"#)
        }
        let answer = await shop.session().pushPrices((1...4).map { Self.row($0, product: $0) }, key: "k")
        #expect(answer.outcomes.map(\.fault?.kind) == [nil, .throttled, .throttled, .throttled])
        #expect(shop.calls.count == 2)
    }

    @Test("a price in another currency than the shop's is refused; where it is not known it is asked for")
    func currency() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "Currency" ? .data(#"{"shop":{"currencyCode":"CAD"}}"#) : .data(Self.answer(call))
        }
        var rows = [Self.row(1, product: 5), Self.row(2, product: 6), Self.row(3, product: 7)]
        rows[0].currency = "EUR"
        rows[1].listing.ids["currency"] = nil
        rows[2].listing.ids["currency"] = nil
        rows[2].currency = "CAD"
        let answer = await shop.session().pushPrices(rows, key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == ["currency-mismatch", "currency-mismatch", nil])
        #expect(answer.outcomes[2].ids == ["currency": "CAD"])
        #expect(shop.operations == ["Currency", "UpdateVariants"])
    }

    @Test("rows without ids, below zero or too many are refused without a call")
    func unsendable() async {
        let shop = ScriptedShop([])
        var rows = [Self.row(1, product: 5), Self.row(2, product: 5), Self.row(3, product: 5, micros: -1)]
        rows[0].listing.ids["variantId"] = nil
        rows[1].listing.ids["productId"] = "x"
        let answer = await shop.session().pushPrices(rows, key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == ["id-missing", "id-missing", "price-invalid"])
        let many = await shop.session().pushPrices(
            (0...ShopifyLimits.priceRows).map { Self.row($0, product: 1) }, key: "k")
        #expect(many.outcomes.allSatisfy { $0.fault?.code == "too-many-rows" } && shop.calls.isEmpty)
    }
}
