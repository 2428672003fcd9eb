import ChannelAdapter
import FileFormats

@testable import AmazonAdapter

/// A call of each kind that the adapter sends.
enum EachRequest {
    static func calls() async throws -> [ScriptedAmazon.Call] {
        try await Self.listingCalls() + Self.feedCalls() + Self.orderCalls()
            + Self.fulfilledStockCalls() + Self.ordersV0Calls()
    }

    private static func fulfilledStockCalls() async throws -> [ScriptedAmazon.Call] {
        let amazon = ScriptedAmazon { (_, _) in .json(FulfilledStockTests.page([], next: nil)) }
        let session = try amazon.session()
        _ = try await session.fulfilledStock(page: "")
        _ = try await session.fulfilledStock(page: "a+/=")
        return amazon.calls
    }

    private static func listingCalls() async throws -> [ScriptedAmazon.Call] {
        let amazon = ScriptedAmazon { (call, _) in
            if call.method == "GET", call.path.hasSuffix("GOGM") {
                return .json(#"{"numberOfResults":1,"items":[\#(ListingTests.item)],"pagination":{}}"#)
            }
            if call.method == "GET" {
                return call.path.hasSuffix("NEW") ? .error(404, "NOT_FOUND") : .json(ListingTests.item)
            }
            let sku = call.path.hasSuffix("NEW") ? "NEW" : "PAD-1"
            return .json(
                #"{"sku":"\#(sku)","status":"\#(call.target.contains("PREVIEW") ? "VALID" : "ACCEPTED")","submissionId":"1"}"#
            )
        }
        let session = try amazon.session()
        _ = try await session.check()
        _ = try await session.listings(page: "")
        _ = try await session.listings(page: "next+page")
        _ = try await session.shelves([.example("PAD-1"), .example("A/B C&D=#?"), .example("\u{e9}\u{1F600}")])
        _ = try? await session.shelves([.example("A,B")])
        let unmatched = ListingReference(sku: "x", platformSKU: "PAD-1", ids: [:])
        _ = await session.pushStock([.init(listing: unmatched, quantity: 3, expected: nil)], key: "k")
        for patch in ["merge", "replace"] {
            let price = PriceRow(listing: .example("PAD-1"), micros: 19_990_000, currency: "USD")
            _ = try await amazon.session(["pricePatch": patch]).pushPrices([price], key: "k")
        }
        for sku in ["PAD-1", "NEW"] {
            let row = ContentRow(listing: .example(sku), values: Self.values)
            _ = await session.pushContent([row], key: "k")
        }
        return amazon.calls
    }

    static let values: [ContentRow.Value] = [
        .init(target: "item_name", value: "Pads"), .init(target: "bullet_point.lines", value: "one\ntwo"),
        .init(target: "part_number.value", value: "P1"), .init(target: "unit_count.number", value: "2.5"),
        .init(target: "is_fragile.yesno", value: "true"), .init(target: "item_weight.json", value: #"[{"value":1}]"#),
        .init(target: "fitment.ktype", value: "10232,10234"),
    ]

    private static func feedCalls() async throws -> [ScriptedAmazon.Call] {
        var script = FeedTests.Script()
        script.report = FeedTests.report(1)
        let counting = CountingScript(script)
        let amazon = ScriptedAmazon { (call, _) in counting.answer(call) }
        let session = try amazon.session()
        _ = await session.pushStockInBulk([.init(listing: .example("A"), quantity: 1, expected: nil)], key: "k")
        _ = await session.pushPricesInBulk(
            [.init(listing: .example("A"), micros: 1_000_000, currency: "USD")], key: "k")
        _ = await session.pushContentInBulk([.init(listing: .example("A"), values: Self.values)], key: "k")
        return try await amazon.calls + Self.openFeedCalls()
    }

    private static func openFeedCalls() async throws -> [ScriptedAmazon.Call] {
        let amazon = ScriptedAmazon([.json(#"{"feeds":[],"nextToken":"a+/="}"#), .json(#"{"feeds":[]}"#)])
        try await amazon.session().awaitEarlierBulks()
        return amazon.calls
    }

    private static func ordersV0Calls() async throws -> [ScriptedAmazon.Call] {
        let amazon = ScriptedAmazon { (call, _) in
            if call.path.hasSuffix("orderItems"), !call.target.contains("NextToken") {
                return OrderV0Tests.itemsPage(OrderV0Tests.items, next: "a+/=")
            }
            return OrderV0Tests.answers(call)
        }
        let session = try OrderV0Tests.session(amazon)
        _ = try await session.orders(since: 1_767_225_600_000_000, page: "")
        _ = try await session.orders(since: 1_767_225_600_000_000, page: "1 a+/=")
        _ = try await session.order(id: "114-1")
        return amazon.calls
    }

    private static func orderCalls() async throws -> [ScriptedAmazon.Call] {
        let amazon = ScriptedAmazon { (call, _) in
            if call.method == "POST" { return .json("", status: 204) }
            return call.path.hasSuffix("/orders")
                ? .json(#"{"orders":[\#(OrderTests.example)]}"#) : .json(#"{"order":\#(OrderTests.example)}"#)
        }
        let session = try amazon.session()
        _ = try await session.orders(since: 1_767_225_600_000_000, page: "")
        _ = try await session.orders(since: 1_767_225_600_000_000, page: "a+/=")
        _ = try await session.order(id: "114-1")
        for carrier in ["UPS", "Rocket Mail", ""] {
            let parcel = OrderTaskCall(
                key: "k", kind: .ship, orderID: "114-1", lines: [.init(lineID: "i1", sku: "PAD-1", quantity: 2)],
                carrier: carrier, trackingNumber: "1Z", happenedAt: 1_767_225_600_000_000)
            _ = await session.carryOut(parcel)
        }
        return amazon.calls
    }
}
