import ChannelAdapter
import FileFormats
import Testing

@testable import EbayAdapter

@Suite("Listings are made and changed without losing what the platform has")
struct ContentTests {
    private static let published =
        #"{"offerId":"9001","sku":"EB-1","marketplaceId":"EBAY_MOTORS_US","format":"FIXED_PRICE","status":"PUBLISHED","#
        + #""listing":{"listingId":"1001"},"categoryId":"1","merchantLocationKey":"main","#
        + #""pricingSummary":{"price":{"value":"9.99","currency":"USD"}}}"#

    private static func row(_ values: [(String, String)], sku: String = "EB-1") -> ContentRow {
        ContentRow(
            listing: ListingReference(sku: sku, platformSKU: "", ids: [:]),
            values: values.map { ContentRow.Value(target: $0.0, value: $0.1) })
    }

    @Test("what is not mapped stays: units, weight, other texts; and what is, replaces")
    func merging() async {
        let known =
            #"{"sku":"EB-1","locale":"en_US","condition":"USED_GOOD","packageWeightAndSize":{"weight":{"value":2,"unit":"POUND"}},"#
            + #""availability":{"shipToLocationAvailability":{"quantity":4,"allocationByFormat":{"fixedPrice":4}}},"#
            + #""product":{"title":"old","mpn":"M","aspects":{"Type":["a"],"Brand":["b"]}}}"#
        let platform = ScriptedPlatform([
            .json(known), .json("", status: 204), .json(#"{"offers":[\#(Self.published)]}"#), .json("", status: 204),
        ])
        let answer = await platform.session().pushContent(
            [Self.row([("title", "new"), ("aspects.Type", "x\ny"), ("categoryId", "33563")])], key: "k")
        #expect(
            answer.outcomes == [
                RowOutcome(sku: "EB-1", ids: ["offerId": "9001", "listingId": "1001", "currency": "USD"])
            ])
        #expect(platform.calls.map(\.method) == ["GET", "PUT", "GET", "PUT"])
        #expect(
            platform.calls[1].text
                == #"{"availability":{"shipToLocationAvailability":{"quantity":4}},"condition":"USED_GOOD","#
                + #""packageWeightAndSize":{"weight":{"value":2,"unit":"POUND"}},"#
                + #""product":{"title":"new","mpn":"M","aspects":{"Type":["x","y"],"Brand":["b"]}}}"#)
        #expect(platform.calls[1].header("Content-Language") == "en-US")
        #expect(
            platform.calls[3].text
                == #"{"categoryId":"33563","merchantLocationKey":"main","pricingSummary":{"price":{"value":"9.99","currency":"USD"}}}"#
        )
        #expect(platform.calls[3].path == "/sell/inventory/v1/offer/9001")
    }

    @Test(
        "an offer is put with the units that it has of its own, and without any where units are the item's",
        arguments: ["", "item", "offer", "both"])
    func offerUnits(_ target: String) async {
        let isPut = ["offer", "both"].contains(target)
        let offer = Self.published.replacing(#""categoryId""#, with: #""availableQuantity":7,"categoryId""#)
        let platform = ScriptedPlatform([
            .json(#"{"sku":"EB-1"}"#), .json("", status: 204), .json(#"{"offers":[\#(offer)]}"#),
            .json("", status: 204),
        ])
        let row = Self.row([("title", "t"), ("categoryId", "33563")])
        let outcome = await platform.session(["quantityTarget": target]).pushContent([row], key: "k").outcomes[0]
        #expect(outcome.fault == nil && platform.lines.last == "PUT /sell/inventory/v1/offer/9001")
        #expect(platform.calls.last?.body["availableQuantity"] == (isPut ? .integer(7) : nil))
        var listing = ListingReference.example(1)
        listing.ids["listingId"] = nil
        let draft = offer.replacing(#""PUBLISHED""#, with: #""UNPUBLISHED""#)
        let priced = ScriptedPlatform([.json(draft), .json("", status: 204)])
        let price = PriceRow(listing: listing, micros: 5_000_000, currency: "USD")
        #expect(
            await priced.session(["quantityTarget": target]).pushPrices([price], key: "k").outcomes[0].fault == nil)
        #expect(priced.calls.map(\.method) == ["GET", "PUT"])
        #expect(priced.calls.last?.body["availableQuantity"] == (isPut ? .integer(7) : nil))
    }

    @Test("a listing that the platform does not have gets an item and an offer; a repeat finds the offer")
    func making() async {
        let platform = ScriptedPlatform([
            .errors(25710, status: 404), .json("", status: 201), .errors(25713, status: 404),
            .json(#"{"offerId":"77"}"#, status: 201),
        ])
        let row = Self.row([("title", "t"), ("categoryId", "5")], sku: "A/B 1")
        let answer = await platform.session(["merchantLocation": "main", "returnPolicy": "3"]).pushContent(
            [row], key: "k")
        #expect(answer.outcomes == [RowOutcome(sku: "A/B 1", ids: ["offerId": "77", "madeOfferId": "77"])])
        #expect(platform.calls[1].path == "/sell/inventory/v1/inventory_item/A%2FB%201")
        #expect(platform.calls[1].text == #"{"condition":"NEW","product":{"title":"t"}}"#)
        #expect(
            platform.calls[3].text
                == #"{"sku":"A/B 1","marketplaceId":"EBAY_MOTORS_US","format":"FIXED_PRICE","listingDuration":"GTC","#
                + #""merchantLocationKey":"main","listingPolicies":{"returnPolicyId":"3"},"categoryId":"5"}"#)
        let again = ScriptedPlatform([
            .json(#"{"product":{"title":"t"}}"#), .json("", status: 204),
            .json(#"{"offers":[\#(Self.published.replacing("EB-1", with: "A/B 1"))]}"#),
        ])
        let second = await again.session().pushContent([Self.row([("title", "t")], sku: "A/B 1")], key: "k")
        #expect(second.outcomes[0].ids["offerId"] == "9001" && again.calls.map(\.method) == ["GET", "PUT", "GET"])
    }

    @Test("an item that cannot be read is not put, and its units are not lost")
    func unreadable() async {
        for response in [PlatformResponse.errors(25001, status: 500), .json("x"), .errors(999_999, status: 400)] {
            let platform = ScriptedPlatform([response])
            let outcome = await platform.session().pushContent([Self.row([("title", "t")])], key: "k").outcomes[0]
            #expect(outcome.fault != nil && platform.calls.count == 1)
        }
    }

    @Test("vehicles replace those that are there; none takes the list away; without any it stays")
    func fitment() async {
        let session = { (fitment: String?) -> ScriptedPlatform in
            let platform = ScriptedPlatform { (call, _) in
                call.path.hasPrefix("/sell/inventory/v1/offer")
                    ? .json(#"{"offers":[\#(Self.published)]}"#)
                    : call.method == "DELETE" ? .errors(25710, status: 404) : .json("{}")
            }
            let row = Self.row([("title", "t")] + (fitment.map { [("fitment", $0)] } ?? []))
            let outcome = await platform.session(["fitmentCheck": "off"]).pushContent([row], key: "k").outcomes[0]
            #expect(outcome.fault == nil)
            return platform
        }
        let path = "/sell/inventory/v1/inventory_item/EB-1/product_compatibility"
        let given = await session(
            #"[{"Year":"2020","Make":"Ford","notes":"front"},{"ktype":10232},{"Year":"2020","Make":"Ford","notes":"front"}]"#
        )
        #expect(given.lines[2] == "PUT \(path)")
        #expect(
            given.calls[2].text
                == #"{"compatibleProducts":[{"compatibilityProperties":[{"name":"Year","value":"2020"},{"name":"Make","value":"Ford"}],"notes":"front"},"#
                + #"{"productIdentifier":{"ktype":"10232"}}]}"#)
        #expect(await session("[]").lines[2] == "DELETE \(path)")
        #expect(await session(nil).lines.allSatisfy { !$0.hasSuffix("product_compatibility") })
    }

    @Test(
        "what the platform would refuse is named, and nothing is sent",
        arguments: [
            ("title", ""), ("title", String(repeating: "t", count: 81)), ("imageUrls", "http://i.example/1.jpg"),
            ("imageUrls", String(repeating: "https://i.example/1\n", count: 25)), ("categoryId", "brakes"),
            ("colour", "red"),
            ("fitment", "{}"), ("fitment", "[1]"), ("fitment", #"[{"ktype":"1","Make":"Ford"}]"#),
            ("fitment", #"[{"notes":"n"}]"#),
            ("aspects.", "x"), ("brand", String(repeating: "b", count: 66)),
        ])
    func problems(_ target: String, _ value: String) async {
        let row = Self.row((target == "title" ? [] : [("title", "t")]) + [(target, value)])
        let problems = EbayAdapter().problems(in: row)
        #expect(problems.count == 1 && problems.first?.contains(target.prefix(5)) == true, "\(problems)")
        let platform = ScriptedPlatform([])
        let outcome = await platform.session().pushContent([row], key: "k").outcomes[0]
        #expect(outcome.fault?.code == "content-invalid" && platform.calls.isEmpty)
    }

    @Test("an offer is published when it has its price and its item has units, whichever comes last")
    func publishing() async {
        var listing = ListingReference.example(1)
        listing.ids["listingId"] = nil
        listing.ids["madeOfferId"] = "9001"
        let unpublished = Self.published.replacing(#""PUBLISHED""#, with: #""UNPUBLISHED""#)
        let unpriced = unpublished.replacing(
            #","pricingSummary":{"price":{"value":"9.99","currency":"USD"}}"#, with: "")
        let row = PriceRow(listing: listing, micros: 5_000_000, currency: "USD")
        let priced = ScriptedPlatform([.json(unpriced), .json("", status: 204), .json(#"{"listingId":"1"}"#)])
        #expect(
            await priced.session().pushPrices([row], key: "k").outcomes == [
                RowOutcome(sku: "SKU-1", ids: ["listingId": "1"])
            ])
        #expect(
            priced.calls.map(\.method) == ["GET", "PUT", "POST"] && priced.calls[1].text.contains(#""value":"5.00""#))
        let empty = ScriptedPlatform([.json(unpriced), .json("", status: 204), .errors(25004, status: 400)])
        #expect(await empty.session().pushPrices([row], key: "k").outcomes == [RowOutcome(sku: "SKU-1")])
        let set = PlatformResponse.json(#"{"responses":[{"sku":"EB-1","statusCode":200}]}"#)
        let stock = StockRow(listing: listing, quantity: 2, expected: nil)
        let ready = ScriptedPlatform([set, .json(unpublished), .json(#"{"listingId":"1"}"#)])
        #expect(
            await ready.session().pushStock([stock], key: "k").outcomes == [
                RowOutcome(sku: "SKU-1", ids: ["listingId": "1"])
            ])
        let waiting = ScriptedPlatform([set, .json(unpriced)])
        #expect(await waiting.session().pushStock([stock], key: "k").outcomes == [RowOutcome(sku: "SKU-1")])
        let known = ScriptedPlatform([set, .json(Self.published)])
        #expect(await known.session().pushStock([stock], key: "k").outcomes[0].ids == ["listingId": "1001"])
        let refused = ScriptedPlatform([set, .json(unpublished), .errors(25008, status: 400)])
        #expect(await refused.session().pushStock([stock], key: "k").outcomes[0].fault?.code == "25008")
        let none = ScriptedPlatform([set])
        _ = await none.session().pushStock([StockRow(listing: listing, quantity: 0, expected: nil)], key: "k")
        #expect(none.calls.count == 1)
    }

    @Test(
        "an offer that was not made here, or is no longer the listing's, is not published: the seller withdrew or drafted it"
    )
    func notPublished() async {
        let unpublished = Self.published.replacing(#""PUBLISHED""#, with: #""UNPUBLISHED""#)
        let set = PlatformResponse.json(#"{"responses":[{"sku":"EB-1","statusCode":200}]}"#)
        for made in [nil, "", "9002"] {
            var listing = ListingReference.example(1)
            listing.ids["listingId"] = nil
            listing.ids["madeOfferId"] = made
            let stocked = ScriptedPlatform([set, .json(unpublished), .json(#"{"listingId":"1"}"#)])
            let stock = StockRow(listing: listing, quantity: 2, expected: nil)
            #expect(await stocked.session().pushStock([stock], key: "k").outcomes == [RowOutcome(sku: "SKU-1")])
            #expect(stocked.calls.map(\.method) == ["POST"])
            let priced = ScriptedPlatform([.json(unpublished), .json("", status: 204), .json(#"{"listingId":"1"}"#)])
            let price = PriceRow(listing: listing, micros: 5_000_000, currency: "USD")
            #expect(await priced.session().pushPrices([price], key: "k").outcomes == [RowOutcome(sku: "SKU-1")])
            #expect(priced.calls.map(\.method) == ["GET", "PUT"])
        }
    }

    /// Compared each with each, they would take minutes.
    @Test("many vehicles are read, each once", .timeLimit(.minutes(1)))
    func manyVehicles() {
        let vehicles = (0..<60_000).map { #"{"ktype":"\#($0 % 40_000)"}"# }.joined(separator: ",")
        let row = Self.row([("title", "t"), ("fitment", "[\(vehicles)]")])
        #expect(EbayListing(row).vehicles?.count == 40_000)
    }

    @Test("of prices, those of published offers go in one call, each in its place")
    func mixedPrices() async {
        var open = ListingReference.example(2)
        open.ids["listingId"] = nil
        open.ids["madeOfferId"] = "9002"
        let unpublished = Self.published.replacing(#""PUBLISHED""#, with: #""UNPUBLISHED""#)
        let platform = ScriptedPlatform([
            .json(unpublished), .json("", status: 204), .json(#"{"listingId":"1"}"#),
            .json(
                #"{"responses":[{"offerId":"9001","statusCode":200},{"offerId":"9003","statusCode":400,"errors":[{"errorId":25003}]}]}"#
            ),
        ])
        let rows = [ListingReference.example(1), open, .example(3)].map {
            PriceRow(listing: $0, micros: 5_000_000, currency: "USD")
        }
        let outcomes = await platform.session().pushPrices(rows, key: "k").outcomes
        #expect(outcomes.map(\.sku) == ["SKU-1", "SKU-2", "SKU-3"])
        #expect(outcomes.map { $0.fault?.code } == [nil, nil, "25003"] && outcomes[1].ids == ["listingId": "1"])
    }
}
