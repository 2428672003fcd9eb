import ChannelAdapter
import FileFormats
import Testing

@testable import AmazonAdapter

@Suite("Stock, prices and content of single listings")
struct ListingTests {
    static let item =
        #"{"sku":"PAD-1","summaries":[{"marketplaceId":"ATVPDKIKX0DER","asin":"B0","productType":"AUTO_PART","#
        + #""status":["BUYABLE"]}],"offers":[{"marketplaceId":"ATVPDKIKX0DER","offerType":"B2C","price":"#
        + #"{"currencyCode":"USD","amount":"19.99"},"audience":{"value":"ALL"}}],"fulfillmentAvailability":"#
        + #"[{"fulfillmentChannelCode":"DEFAULT","quantity":7}]}"#

    private static func json(_ text: String) throws -> JSONValue { try JSONValue(Array(text.utf8)[...]) }

    @Test("a quantity is one patch that leaves the rest of its entry alone")
    func stock() async throws {
        let amazon = ScriptedAmazon([.accepted("PAD 1/2")])
        let row = StockRow(listing: .example("PAD 1/2"), quantity: 12, expected: 3)
        let answer = try await amazon.session().pushStock([row], key: "k")
        #expect(answer.outcomes.map(\.fault) == [nil] && answer.outcomes[0].sku == "our-PAD 1/2")
        #expect(answer.quotas == [QuotaObservation(bucket: "patchListingsItem", cost: 1)])
        let call = try #require(amazon.calls.first)
        #expect(
            "\(call.method) \(call.target)"
                == "PATCH /listings/2021-08-01/items/A3TH9S8BH6GOGM/PAD%201%2F2?marketplaceIds=ATVPDKIKX0DER"
                + "&includedData=issues&issueLocale=en_US")
        #expect(
            String(decoding: call.request.body, as: UTF8.self)
                == #"{"productType":"AUTO_PART","patches":[{"op":"merge","path":"/attributes/fulfillment_availability","#
                + #""value":[{"fulfillment_channel_code":"DEFAULT","quantity":12}]}]}"#)
    }

    @Test("stock in the platform's warehouses is never set, neither by call nor by feed", arguments: [true, false])
    func fulfilledByPlatform(isKnown: Bool) async throws {
        let item = Self.item.replacing(
            #""fulfillmentChannelCode":"DEFAULT""#, with: #""fulfillmentChannelCode":"AMAZON_NA""#)
        let amazon = ScriptedAmazon { (_, _) in .json(item) }
        var listing = ListingReference.example("PAD-1", channel: "AMAZON_NA")
        if !isKnown { listing.ids = [:] }
        let row = StockRow(listing: listing, quantity: 0, expected: nil)
        let outcome = try await amazon.session().pushStock([row], key: "k").outcomes[0]
        #expect(outcome.fault?.kind == .refused && outcome.fault?.code == "fulfilled-by-amazon")
        #expect(amazon.calls.allSatisfy { $0.method == "GET" } && amazon.calls.count == (isKnown ? 0 : 1))
        let bulk = try await amazon.session().pushStockInBulk([row], key: "k").outcomes[0]
        #expect(bulk.fault?.kind == .refused && amazon.calls.allSatisfy { $0.method == "GET" })
        #expect(
            !AmazonSettings.problems(in: ["fulfillmentChannel": "AMAZON_EU"]).filter {
                $0.field == "fulfillmentChannel"
            }.isEmpty)
    }

    @Test("a listing that is not matched is looked at first, and its ids are kept")
    func lookedAt() async throws {
        let amazon = ScriptedAmazon([.json(Self.item), .accepted("PAD-1")])
        let listing = ListingReference(sku: "ours", platformSKU: "PAD-1", ids: [:])
        let answer = try await amazon.session().pushStock(
            [.init(listing: listing, quantity: 1, expected: nil)], key: "k")
        #expect(answer.outcomes[0].fault == nil)
        #expect(
            answer.outcomes[0].ids == ["productType": "AUTO_PART", "fulfillmentChannel": "DEFAULT", "asin": "B0"])
        #expect(Set(answer.quotas.map(\.bucket)) == ["getListingsItem", "patchListingsItem"])
        let missing = ScriptedAmazon([.error(404, "NOT_FOUND")])
        let gone = try await missing.session().pushStock(
            [.init(listing: listing, quantity: 1, expected: nil)], key: "k")
        #expect(gone.outcomes[0].fault?.code == "listing-missing" && gone.outcomes[0].fault?.kind == .refused)
    }

    @Test("a price is written as a decimal number with the currency's places", arguments: ["merge", "replace"])
    func price(patch: String) async throws {
        let amazon = ScriptedAmazon { (_, _) in .accepted("A") }
        let rows = [
            PriceRow(listing: .example("A"), micros: 1_234_567_010_000, currency: "USD"),
            PriceRow(listing: .example("A"), micros: 1, currency: "EUR"),
            PriceRow(listing: .example("A"), micros: 0, currency: "USD"),
        ]
        let outcomes = try await amazon.session(["pricePatch": patch]).pushPrices(rows, key: "k").outcomes
        #expect(outcomes.map { $0.fault?.code } == [nil, "currency-mismatch", "price-invalid"])
        #expect(
            String(decoding: amazon.calls[0].request.body, as: UTF8.self)
                == #"{"productType":"AUTO_PART","patches":[{"op":"\#(patch)","path":"/attributes/purchasable_offer","value":"#
                + #"[{"marketplace_id":"ATVPDKIKX0DER","currency":"USD","audience":"ALL","our_price":[{"schedule":"#
                + #"[{"value_with_tax":1234567.01}]}]}]}]}"#)
        #expect(amazon.calls.count == 1)
    }

    @Test("rows fail alone where the data are refused, and what would fail with them is not sent where the account is")
    func rows() async throws {
        let rows = ["A", "B", "C"].map { StockRow(listing: .example($0), quantity: 1, expected: nil) }
        let mixed = ScriptedAmazon { (_, count) in
            count == 1
                ? .json(
                    #"{"sku":"B","status":"INVALID","issues":[{"code":"99022","message":"m","severity":"ERROR","categories":[]}]}"#
                )
                : .accepted(count == 0 ? "A" : "C")
        }
        let outcomes = try await mixed.session().pushStock(rows, key: "k").outcomes
        #expect(outcomes.map { $0.fault?.kind } == [nil, .refused, nil])
        let limited = ScriptedAmazon { (_, _) in .error(429, "QuotaExceeded") }
        let waiting = try await limited.session().pushStock(rows, key: "k")
        #expect(waiting.outcomes.allSatisfy { $0.fault?.kind == .throttled } && limited.calls.count == 1)
        #expect(waiting.quotas.first?.available == 0)
        let failed = ScriptedAmazon { (_, _) in .error(500, "InternalFailure") }
        let unknown = try await failed.session().pushStock(rows, key: "k").outcomes
        #expect(unknown.map { $0.fault?.isOutcomeUnknown } == [true, false, false])
    }

    @Test("shelves: searched for together, in the rows' order; a comma in a SKU asks for that one alone")
    func shelves() async throws {
        let fba = Self.item.replacing("PAD-1", with: "FBA").replacing(#""DEFAULT","quantity":7"#, with: #""AMAZON_NA""#)
        let bare = #"{"sku":"BARE","fulfillmentAvailability":[]}"#
        let amazon = ScriptedAmazon { (call, _) in
            call.path.hasSuffix("GOGM")
                ? .json(#"{"numberOfResults":3,"items":[\#(bare),\#(fba),\#(Self.item)]}"#)
                : .json(Self.item.replacing("PAD-1", with: "A,B"))
        }
        let skus = ["PAD-1", "A,B", "FBA", "gone", "BARE"]
        let readings = try await amazon.session().shelves(skus.map { .example($0) })
        #expect(
            readings == [
                ShelfReading(sku: "our-PAD-1", quantity: 7, priceMicros: 19_990_000, currency: "USD"),
                ShelfReading(sku: "our-A,B", quantity: 7, priceMicros: 19_990_000, currency: "USD"),
                ShelfReading(sku: "our-FBA", quantity: nil, priceMicros: 19_990_000, currency: "USD"),
                ShelfReading(sku: "our-gone", exists: false),
                ShelfReading(sku: "our-BARE", quantity: 0),
            ])
        #expect(amazon.targets.count == 2 && amazon.targets[1].hasSuffix("/A%2CB"))
        #expect(amazon.calls[0].target.contains("identifiersType=SKU&identifiers=PAD-1,FBA,gone,BARE&"))
        let tooMany = (0...20).map { ListingReference.example("\($0)") }
        #expect(
            await #expect(throws: PlatformFault.self) { try await amazon.session().shelves(tooMany) }?.kind == .refused)
    }

    @Test("a search that comes in pages is read to its end before a listing counts as missing")
    func searchPages() async throws {
        let amazon = ScriptedAmazon { (_, count) in
            count == 0
                ? .json(#"{"numberOfResults":1,"items":[],"pagination":{"nextToken":"n+1"}}"#)
                : .json(#"{"numberOfResults":1,"items":[\#(Self.item)]}"#)
        }
        let readings = try await amazon.session().shelves([.example("PAD-1")])
        #expect(readings[0].exists && amazon.calls[1].target.hasSuffix("&pageToken=n%2B1"))
        let endless = ScriptedAmazon { (_, _) in
            .json(#"{"numberOfResults":1,"items":[],"pagination":{"nextToken":"n"}}"#)
        }
        let fault = await #expect(throws: PlatformFault.self) {
            try await endless.session().shelves([.example("PAD-1")])
        }
        #expect(fault?.kind == .retry && endless.calls.count == 5)
    }

    @Test("listings come page by page with the ids that pushes need")
    func listings() async throws {
        let amazon = ScriptedAmazon { (_, _) in
            .json(#"{"numberOfResults":2,"items":[\#(Self.item),{"sku":""}],"pagination":{"nextToken":"n"}}"#)
        }
        let page = try await amazon.session().listings(page: "p")
        #expect(page.next == "n" && page.listings.count == 1)
        #expect(
            page.listings[0].ids == [
                "productType": "AUTO_PART", "fulfillmentChannel": "DEFAULT", "asin": "B0", "currency": "USD",
            ])
        #expect(amazon.calls[0].target.hasSuffix("&pageToken=p"))
    }

    @Test("content of a listing that is there is checked, then patched, and leaves quantity and price alone")
    func patched() async throws {
        let amazon = ScriptedAmazon { (call, _) in
            if call.method == "GET" { return .json(Self.item) }
            return .json(
                #"{"sku":"PAD-1","status":"\#(call.target.contains("VALIDATION_PREVIEW") ? "VALID" : "ACCEPTED")"}"#)
        }
        let row = ContentRow(
            listing: .example("PAD-1"),
            values: [
                .init(target: "item_name", value: "Pads"), .init(target: "bullet_point.lines", value: "one\ntwo"),
                .init(target: "part_number.value", value: "P1"), .init(target: "unit_count.number", value: "2"),
                .init(target: "fitment.ktype", value: "10232,10234"), .init(target: "fitment.note", value: "front"),
            ])
        let outcome = try await amazon.session().pushContent([row], key: "k").outcomes[0]
        #expect(outcome.fault == nil && outcome.ids["productType"] == "AUTO_PART")
        #expect(amazon.calls.map(\.method) == ["GET", "PATCH", "PATCH"])
        #expect(amazon.calls[1].target.contains("mode=VALIDATION_PREVIEW") && !amazon.calls[2].target.contains("mode"))
        #expect(amazon.calls[1].body == amazon.calls[2].body)
        let patches = amazon.calls[2].body["patches"]?.elements ?? []
        #expect(
            patches.map { $0["path"]?.text } == [
                "/attributes/item_name", "/attributes/bullet_point", "/attributes/part_number",
                "/attributes/unit_count",
                "/attributes/vehicle_fitment",
            ])
        #expect(
            String(decoding: patches[4]["value"]?.bytes ?? [], as: UTF8.self)
                == #"[{"standard":[{"value":"ktype","language_tag":"en_US"}],"code":[{"value":"10232, 10234","#
                + #""language_tag":"en_US"}],"note":[{"value":"front","language_tag":"en_US"}],"#
                + #""marketplace_id":"ATVPDKIKX0DER"}]"#)
    }

    @Test("content that the platform finds fault with is not sent; one that is not there is put whole")
    func put() async throws {
        let row = ContentRow(listing: .example("NEW"), values: [.init(target: "item_name", value: "Pads")])
        let invalid = ScriptedAmazon { (call, _) in
            call.method == "GET"
                ? .error(404, "NOT_FOUND")
                : .json(
                    #"{"sku":"NEW","status":"INVALID","issues":[{"code":"90220","message":"m","severity":"ERROR","categories":[]}]}"#
                )
        }
        let refused = try await invalid.session().pushContent([row], key: "k").outcomes[0]
        #expect(refused.fault?.kind == .refused && invalid.calls.map(\.method) == ["GET", "PUT"])
        let amazon = ScriptedAmazon { (call, _) in
            call.method == "GET" ? .error(404, "NOT_FOUND") : .accepted("NEW")
        }
        let made = try await amazon.session(["previewContent": "false"]).pushContent([row], key: "k").outcomes[0]
        #expect(made.fault == nil && amazon.calls.map(\.method) == ["GET", "PUT"])
        #expect(amazon.calls[1].body["requirements"]?.text == "LISTING_PRODUCT_ONLY")
        #expect(
            amazon.calls[1].body.at("attributes")
                == (try Self.json(
                    #"{"item_name":[{"value":"Pads","language_tag":"en_US","marketplace_id":"ATVPDKIKX0DER"}]}"#)))
    }

    @Test(
        "content that would take stock or prices back, or is written wrongly, is refused unsent",
        arguments: [
            ("fulfillment_availability.json", "[{}]"), ("purchasable_offer.json", "[{}]"), ("item_name.other", "x"),
            ("weight.number", "1e"), ("flag.yesno", "1"), ("list.json", "{}"), ("Bad Name", "x"),
            ("fitment.ktype", "12,x"), ("requirements", "ALL"),
        ])
    func problems(target: String, value: String) async throws {
        let row = ContentRow(
            listing: .example("A"),
            values: [.init(target: "item_name", value: "Pads"), .init(target: target, value: value)])
        #expect(AmazonAdapter().problems(in: row).count == 1)
        let amazon = ScriptedAmazon { (_, _) in .json(Self.item) }
        let outcome = try await amazon.session().pushContent([row], key: "k").outcomes[0]
        #expect(outcome.fault?.code == "content-invalid" && amazon.calls.isEmpty)
    }

    @Test("settings are checked, and calls with wrong ones go nowhere")
    func settings() async throws {
        #expect(AmazonAdapter().problems(in: PlatformAccount.example().settings).isEmpty)
        let wrong = [
            "sellerId": "a b", "marketplaceId": "", "region": "moon", "endpoint": "ftp://x", "pricePatch": "add",
            "feedSeconds": "1", "orderFeeds": "maybe", "productType": "A B",
        ]
        let fields = AmazonAdapter().problems(in: wrong).map(\.field)
        #expect(Set(fields) == Set(wrong.keys))
        let amazon = ScriptedAmazon { (_, _) in .json("{}") }
        let fault = await #expect(throws: PlatformFault.self) { try await amazon.session(["region": "moon"]).check() }
        #expect(fault?.code == "settings-invalid" && amazon.calls.isEmpty && amazon.tokenCalls.isEmpty)
    }

    @Test("the published limits are those of the engine's operations")
    func operations() throws {
        let operations = AmazonAdapter().platform.operations
        let stock = try #require(operations.first { $0.name == "stock" })
        #expect(stock.ratePerSecond == 5 && stock.burst == 5 && stock.rows == 1)
        let orders = try #require(operations.first { $0.name == "orders" })
        #expect(orders.ratePerSecond == 0.0056 && orders.burst == 20)
        #expect(
            Set(operations.map(\.name))
                == ["stock", "price", "content", "read", "orders", "order-task", "fulfilled-stock"])
        #expect(stock.bulk?.limit?.bucket == "createFeed" && stock.bulk?.maximumRows == 25_000)
    }
}
