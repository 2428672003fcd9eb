import ChannelAdapter
import FileFormats

@testable import EbayAdapter

/// Every operation of a session, against a platform that takes all of it, so that each kind of call goes out.
enum EachOperation {
    /// The calls that were sent, but for those that ask for tokens.
    static func calls() async -> [ScriptedPlatform.Call] {
        let platform = ScriptedPlatform { (call, _) in Self.answer(call) }
        for target in EbaySettings.QuantityTarget.allCases {
            let session = platform.session([
                "quantityTarget": target.rawValue, "merchantLocation": "main", "fulfillmentPolicy": "1",
                "paymentPolicy": "2", "returnPolicy": "3",
            ])
            await Self.callEach(session)
        }
        return platform.calls + (await SubscriptionTests.calls()) + (await QuotaTests.calls())
    }

    private static func callEach(_ session: EbaySession) async {
        var unpublished = ListingReference.example(2)
        unpublished.ids["listingId"] = nil
        unpublished.ids["madeOfferId"] = unpublished.ids["offerId"]
        _ = try? await session.check()
        _ = try? await session.listings(page: "20")
        _ = try? await session.shelves([.example(1)])
        for listing in [ListingReference.example(1), unpublished] {
            _ = await session.pushStock([StockRow(listing: listing, quantity: 3, expected: nil)], key: "k")
            _ = await session.pushPrices([PriceRow(listing: listing, micros: 1_990_000, currency: "USD")], key: "k")
        }
        for (sku, fitment) in [
            ("EB-1", #"[{"Year":"2020","Make":"Ford","notes":"front"},{"ktype":"10232"}]"#), ("NEW-1", "[]"),
        ] {
            let row = ContentRow(
                listing: ListingReference(sku: sku, platformSKU: "", ids: [:]),
                values: Self.values + [
                    .init(target: "fitment", value: fitment)
                ])
            _ = await session.pushContent([row], key: "k")
        }
        _ = await session.withdraw(.example(1))
        _ = try? await session.orders(since: 0, page: "50")
        _ = try? await session.order(id: "12-1")
        let lines = [OrderTaskCall.Line(lineID: "100", sku: "EB-1", quantity: 3, amountMicros: 1_000_000)]
        for mayBeDone in [false, true] {
            _ = await session.carryOut(
                OrderTaskCall(
                    key: "k", kind: .ship, orderID: "12-1", lines: lines, carrier: "UPS", trackingNumber: "1Z",
                    mayBeDone: mayBeDone))
            for lines in [lines, []] {
                _ = await session.carryOut(
                    OrderTaskCall(
                        key: "k", kind: .refund, orderID: "12-1", lines: lines, reason: "return", currency: "USD",
                        amountMicros: 1_000_000, mayBeDone: mayBeDone))
            }
        }
        _ = await session.carryOut(OrderTaskCall(key: "k", kind: .cancel, orderID: "12-1", reason: "buyer"))
        try? await session.fetchKey("9936261a-7d7b", into: EbayPublicKeys(seconds: { 0 }))
    }

    private static let values = [
        ("title", "Pads"), ("subtitle", "s"), ("description", "d"), ("brand", "b"), ("mpn", "m"), ("epid", "1"),
        ("imageUrls", "https://i.example/1.jpg"), ("upc", "012345678905"), ("ean", "4006381333931"), ("isbn", "x"),
        ("condition", "NEW"), ("conditionDescription", "c"), ("categoryId", "33563"), ("listingDescription", "l"),
        ("aspects.Brand", "b"),
    ].map { ContentRow.Value(target: $0.0, value: $0.1) }

    /// What the platform has, with all that only it says of it.
    private static let item =
        #"{"sku":"EB-1","locale":"en_US","groupIds":[],"condition":"NEW","availability":{"shipToLocationAvailability":"#
        + #"{"quantity":4,"allocationByFormat":{"auction":0,"fixedPrice":4}}},"product":{"title":"t","aspects":{"Type":["x"]}}}"#

    private static func offer(_ status: String) -> String {
        #"{"offerId":"9001","sku":"EB-1","marketplaceId":"EBAY_MOTORS_US","format":"FIXED_PRICE","status":"\#(status)","#
            + #""availableQuantity":4,"listingDuration":"GTC","listing":{"listingId":"1001","listingStatus":"ACTIVE"},"#
            + #""pricingSummary":{"price":{"value":"9.99","currency":"USD"}}}"#
    }

    private static func answer(_ call: ScriptedPlatform.Call) -> PlatformResponse {
        let path = call.path.prefix { $0 != "?" }
        if let answer = FitmentPlatform().answer(call) { return answer }
        switch (call.method, path) {
        case ("GET", "/sell/inventory/v1/inventory_item"):
            return .json(#"{"inventoryItems":[\#(Self.item)],"total":1}"#)
        case ("GET", "/sell/inventory/v1/inventory_item/NEW-1"): return .errors(25710, status: 404)
        case ("GET", _) where path.hasPrefix("/sell/inventory/v1/inventory_item/"): return .json(Self.item)
        case ("GET", "/sell/inventory/v1/offer"):
            let isNew = call.path.contains("sku=NEW-1")
            return isNew ? .errors(25713, status: 404) : .json(#"{"offers":[\#(Self.offer("PUBLISHED"))]}"#)
        case ("GET", _) where path.hasPrefix("/sell/inventory/v1/offer/"): return .json(Self.offer("UNPUBLISHED"))
        case ("POST", "/sell/inventory/v1/offer"): return .json(#"{"offerId":"9002"}"#, status: 201)
        case ("POST", _) where path.hasSuffix("/publish"): return .json(#"{"listingId":"1002"}"#)
        case ("POST", "/sell/inventory/v1/bulk_get_inventory_item"):
            return .json(#"{"responses":[{"sku":"EB-1","statusCode":200,"inventoryItem":\#(Self.item)}]}"#)
        case ("POST", "/sell/inventory/v1/bulk_update_price_quantity"):
            let rows = (call.body["requests"]?.elements ?? []).map { request in
                #"{"sku":"\#(request["sku"]?.text ?? "")","statusCode":200}"#
            }
            return .json(#"{"responses":[\#(rows.joined(separator: ","))]}"#)
        case ("GET", "/sell/fulfillment/v1/order"): return .json(#"{"orders":[\#(OrderTests.order())]}"#)
        case ("GET", "/sell/fulfillment/v1/order/12-1"): return .json(OrderTests.order())
        case ("GET", _) where path.hasSuffix("/shipping_fulfillment"): return .json(#"{"fulfillments":[]}"#)
        case ("POST", _) where path.hasSuffix("/issue_refund"): return .json(#"{"refundId":"1"}"#)
        default: return .json("{}")
        }
    }
}
