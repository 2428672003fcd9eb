import ChannelAdapter
import FileFormats
import TestSupport
import Testing

@testable import ShopifyAdapter

@Suite("Quantities are set by compare-and-set, and each row has its own outcome")
struct StockTests {
    private static func rows(_ count: Int) -> [StockRow] {
        (0..<count).map { StockRow(listing: .example($0), quantity: Int64($0 * 2), expected: Int64($0)) }
    }

    private static let done = #"{"inventorySetQuantities":{"userErrors":[]}}"#

    private static func refused(_ errors: [(code: String, place: Int?)]) -> String {
        let list = errors.map { code, place in
            let field = place.map { #"["input","quantities","\#($0)","quantity"]"# } ?? #"["input"]"#
            return #"{"code":"\#(code)","field":\#(field),"message":"no"}"#
        }
        return #"{"inventorySetQuantities":{"userErrors":[\#(list.joined(separator: ","))]}}"#
    }

    @Test("a call names each item and location with what is to be there and what is believed to be there")
    func request() async throws {
        let shop = ScriptedShop { (_, _) in .data(Self.done, available: 640) }
        let rows = [
            StockRow(listing: .example(1), quantity: 5, expected: 9),
            StockRow(listing: .example(2), quantity: 0, expected: nil),
        ]
        let answer = await shop.session().pushStock(rows, key: "k1")
        #expect(answer.outcomes == [RowOutcome(sku: "SKU-1"), RowOutcome(sku: "SKU-2")])
        #expect(
            answer.quotas == [
                QuotaObservation(bucket: "points", available: 640, ratePerSecond: 50, burst: 1000, cost: 10)
            ])
        let call = try #require(shop.calls.first)
        let key = try #require(call.variables["key"]?.text)
        #expect(key.count == 32)
        let expected = """
            {"input":{"reason":"correction","name":"available","quantities":[\
            {"inventoryItemId":"gid://shopify/InventoryItem/3001","locationId":"gid://shopify/Location/7",\
            "quantity":5,"changeFromQuantity":9},\
            {"inventoryItemId":"gid://shopify/InventoryItem/3002","locationId":"gid://shopify/Location/7",\
            "quantity":0,"changeFromQuantity":null}],\
            "referenceDocumentUri":"driveline://stock/\(key)"},"key":"\(key)"}
            """
        #expect(String(decoding: call.variables.bytes, as: UTF8.self) == expected)
        #expect(call.request.url == "https://brake-parts.myshopify.com/admin/api/2026-04/graphql.json")
        #expect(call.request.headers.contains(PlatformHeader("X-Shopify-Access-Token", "shpat_example")))
    }

    @Test("the same rows under the same key have the same idempotency key, and other rows another one")
    func keys() async {
        let shop = ScriptedShop { (_, _) in .data(Self.done) }
        let rows = Self.rows(3)
        _ = await shop.session().pushStock(rows, key: "k")
        _ = await shop.session().pushStock(rows, key: "k")
        _ = await shop.session().pushStock(Array(rows.dropLast()), key: "k")
        var other = rows
        other[0].expected = 77
        _ = await shop.session().pushStock(other, key: "k")
        _ = await shop.session().pushStock(rows, key: "k2")
        let keys = shop.calls.compactMap { $0.variables["key"]?.text }
        #expect(keys.count == 5 && keys[0] == keys[1] && Set(keys).count == 4)
    }

    @Test("a row that is named has its fault, and the others are sent again without it")
    func namedRow() async {
        let shop = ScriptedShop { (_, count) in
            .data(
                count == 0
                    ? Self.refused([("INVALID_INVENTORY_ITEM", 1), ("CHANGE_FROM_QUANTITY_STALE", 2)]) : Self.done)
        }
        let answer = await shop.session().pushStock(Self.rows(4), key: "k")
        #expect(answer.outcomes.map(\.fault?.kind) == [nil, .refused, .stale, nil])
        #expect(answer.outcomes[1].fault?.code == "INVALID_INVENTORY_ITEM")
        #expect(shop.calls.count == 2)
        #expect(shop.calls[1].variables.at("input", "quantities")?.elements.count == 2)
        #expect(shop.calls[0].variables["key"] != shop.calls[1].variables["key"])
    }

    @Test("a call that is refused without a row's name is halved until the row is found")
    func halving() async {
        let bad = "gid://shopify/InventoryItem/3005"
        let shop = ScriptedShop { (call, _) in
            let items = call.variables.at("input", "quantities")?.elements.compactMap { $0["inventoryItemId"]?.text }
            return .data(items?.contains(bad) == true ? Self.refused([("NON_MUTABLE_INVENTORY_ITEM", nil)]) : Self.done)
        }
        let answer = await shop.session().pushStock(Self.rows(8), key: "k")
        #expect(answer.outcomes.map { $0.fault?.code } == (0..<8).map { $0 == 5 ? "NON_MUTABLE_INVENTORY_ITEM" : nil })
        #expect(shop.calls.count == 7)
    }

    @Test("whatever rows are bad, each of them and no other is refused, in a bounded number of calls")
    func anyBadRows() async {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            let count = Int.random(in: 1...250, using: &random)
            let bad = Set(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0..<count, using: &random) })
            let isNamed = Bool.random(using: &random)
            let shop = ScriptedShop { (call, _) in
                let items = call.variables.at("input", "quantities")?.elements ?? []
                let places = items.indices.filter { place in
                    bad.contains { items[place]["inventoryItemId"]?.text == "gid://shopify/InventoryItem/\($0 + 3000)" }
                }
                guard !places.isEmpty else { return .data(Self.done) }
                return .data(
                    Self.refused(
                        isNamed ? places.map { ("INVALID_INVENTORY_ITEM", $0) } : [("INVALID_INVENTORY_ITEM", nil)]))
            }
            let answer = await shop.session().pushStock(Self.rows(count), key: "k")
            #expect(shop.calls.count <= ShopifyLimits.stockCalls, "seed \(seed)")
            for (place, outcome) in answer.outcomes.enumerated() {
                if bad.contains(place) {
                    // Of several that are not named, the calls may not do to find all.
                    #expect(outcome.fault != nil, "seed \(seed): row \(place) of \(count), bad \(bad)")
                } else {
                    let isRetried = outcome.fault?.code == "refused-with-others" && !isNamed
                    #expect(outcome.fault == nil || isRetried, "seed \(seed): row \(place) of \(count), bad \(bad)")
                }
            }
            if isNamed { #expect(shop.calls.count <= 2) }
        }
    }

    @Test("an item that is not known at the location is made known there, and then set from zero")
    func activation() async {
        let shop = ScriptedShop { (call, count) in
            switch (call.operation, count) {
            case ("ActivateInventory", _):
                .data(#"{"inventoryActivate":{"inventoryLevel":{"id":"x"},"userErrors":[]}}"#)
            case (_, 0): .data(Self.refused([("ITEM_NOT_STOCKED_AT_LOCATION", 0)]))
            default: .data(Self.done)
            }
        }
        let answer = await shop.session().pushStock(Self.rows(2), key: "k")
        #expect(answer.outcomes.allSatisfy { $0.fault == nil })
        #expect(shop.operations == ["SetQuantities", "SetQuantities", "ActivateInventory", "SetQuantities"])
        let last = shop.calls[3].variables.at("input", "quantities")?.elements.first
        #expect(last?["changeFromQuantity"]?.integer == 0)
    }

    @Test("an item that cannot be made known, or stays unknown, is refused")
    func failedActivation() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "ActivateInventory"
                ? .data(#"{"inventoryActivate":{"inventoryLevel":null,"userErrors":[]}}"#)
                : .data(Self.refused([("ITEM_NOT_STOCKED_AT_LOCATION", 0)]))
        }
        let answer = await shop.session().pushStock(Self.rows(1), key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == ["ITEM_NOT_STOCKED_AT_LOCATION"])
    }

    @Test("a fault of the call is that of all its rows, and what was not sent has no unknown outcome")
    func wholeCall() async {
        let shop = ScriptedShop { (_, count) in
            count == 0 ? .data(Self.refused([("INVALID_REASON", nil)])) : .data(Self.done)
        }
        let refused = await shop.session().pushStock(Self.rows(5), key: "k")
        #expect(refused.outcomes.allSatisfy { $0.fault?.code == "INVALID_REASON" } && shop.calls.count == 1)
        let silent = ScriptedShop { (_, count) throws(PlatformFault) in
            guard count == 1 else { return .data(Self.refused([("GENERIC_ERROR", nil)])) }
            throw PlatformFault(.retry, code: "no-answer", "no answer", isOutcomeUnknown: true)
        }
        let answer = await silent.session().pushStock(Self.rows(4), key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == Array(repeating: "no-answer", count: 4))
        #expect(answer.outcomes.map(\.fault?.isOutcomeUnknown) == [true, true, false, false])
    }

    @Test("a key whose earlier try failed gives way to another one, and a try under way is waited for")
    func idempotencyCodes() async {
        let failed = ScriptedShop { (_, count) in
            .data(count == 0 ? Self.refused([("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", nil)]) : Self.done)
        }
        let answer = await failed.session().pushStock(Self.rows(3), key: "k")
        #expect(answer.outcomes.allSatisfy { $0.fault == nil } && failed.calls.count == 2)
        #expect(failed.calls[0].variables["key"] != failed.calls[1].variables["key"])
        let busy = ScriptedShop { (_, _) in .data(Self.refused([("IDEMPOTENCY_CONCURRENT_REQUEST", nil)])) }
        let waiting = await busy.session().pushStock(Self.rows(3), key: "k")
        #expect(waiting.outcomes.allSatisfy { $0.fault?.kind == .retry } && busy.calls.count == 1)
    }

    @Test("rows that cannot be sent are refused without a call: no item, twice the same, out of range")
    func unsendable() async {
        let shop = ScriptedShop { (_, _) in .data(Self.done) }
        var rows = Self.rows(2) + Self.rows(2)
        rows[0].listing.ids["inventoryItemId"] = "item"
        rows[1].quantity = -1
        rows[3].quantity = 2_000_000_000
        let answer = await shop.session().pushStock(
            rows + [StockRow(listing: .example(0), quantity: 1, expected: 1)], key: "k")
        #expect(
            answer.outcomes.map(\.fault?.code) == [
                "id-missing", "quantity-out-of-range", nil, "quantity-out-of-range", "duplicate-listing",
            ])
        #expect(shop.calls.count == 1)
        let many = await shop.session().pushStock(Self.rows(251), key: "k")
        #expect(many.outcomes.count == 251 && many.outcomes.allSatisfy { $0.fault?.code == "too-many-rows" })
    }

    @Test("without a location of the listing or the settings, the shop's own is asked for once and kept")
    func ownLocation() async {
        let shop = ScriptedShop { (call, _) in
            call.operation == "Location" ? .data(#"{"location":{"id":"gid://shopify/Location/42"}}"#) : .data(Self.done)
        }
        var rows = Self.rows(2)
        rows[1].listing.ids["locationId"] = nil
        let answer = await shop.session(["locationId": ""]).pushStock(rows, key: "k")
        #expect(shop.operations == ["Location", "SetQuantities"])
        #expect(answer.outcomes.map(\.ids) == [[:], ["locationId": "gid://shopify/Location/42"]])
        #expect(answer.quotas.map(\.cost) == [20])
    }

    @Test("a row that no answer spoke of is not a success")
    func answerWithoutErrors() async {
        let shop = ScriptedShop { (_, _) in .data(#"{"inventorySetQuantities":{}}"#) }
        let answer = await shop.session().pushStock(Self.rows(2), key: "k")
        #expect(
            answer.outcomes.allSatisfy { $0.fault?.code == "answer-unreadable" && $0.fault?.isOutcomeUnknown == true })
    }
}
