import ChannelAdapter
import Foundation
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import EbayAdapter

@Suite(
    "The stand-in's answers are valid by eBay's models",
    .enabled(if: EbayFiles.isPresent, Comment(rawValue: EbayFiles.absence)))
struct SandboxConformanceTests {
    private static let policies = "get_automotive_parts_compatibility_policies"

    @Test("every answer, to the adapter's calls and to others, of success and of refusal")
    func answers() async throws {
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(30))) { shop in
            let token = try await shop.token()
            try await Self.callByAdapter(shop)
            try await Self.callInventory(shop, token)
            try await Self.callFulfillment(shop, token)
            try await Self.callNotification(shop, token)
            try await Self.callCategories(shop, token)
            try await Self.callWithFaults(shop, token)
            // Neither tokens nor cancellations have a published model.
            let all = shop.transport.exchanges
            let modelled = all.filter { !$0.path.hasPrefix("/identity/") && !$0.path.hasPrefix("/post-order/") }
            let problems = try OpenAPIValidation.run(modelled.map(\.line))
            #expect(problems.count == modelled.count)
            for (exchange, problem) in zip(modelled, problems) {
                #expect(problem.isEmpty, "\(exchange.method) \(exchange.path) \(exchange.status): \(problem)")
            }
            // What is made is answered with any object.
            let wrong = modelled.filter { $0.line.contains(#""body":{""#) }.map { exchange in
                exchange.line.replacing(#""body":{"#, with: #""body":{"noSuchMember":1,"#)
            }
            #expect(try OpenAPIValidation.run(wrong).allSatisfy { !$0.isEmpty })
            let errors = modelled.filter { $0.status >= 400 }.count
            #expect(modelled.count > 90 && errors > 30)
            EbayFiles.tell(
                "answers of the stand-in: \(modelled.count) validated, \(errors) of them errors; "
                    + "\(all.count - modelled.count) skipped, as tokens and cancellations have no published model")
        }
    }

    private static func callByAdapter(_ shop: SandboxShop) async throws {
        _ = try await shop.session.check()
        let listings = try await shop.listings()
        let known = listings.values.sorted { $0.sku < $1.sku }
        _ = try await shop.session.shelves(
            Array(known.prefix(3)) + [ListingReference(sku: "x", platformSKU: "x", ids: [:])])
        var rows = known.prefix(5).map { StockRow(listing: $0, quantity: 3, expected: nil) }
        rows[1].listing.platformSKU = "gone"
        _ = await shop.session.pushStock(rows, key: "k")
        _ = await shop.session.pushPrices(
            known.prefix(3).map { PriceRow(listing: $0, micros: 5_000_000, currency: "USD") }, key: "k")
        let values = [
            ("title", "Pads"), ("categoryId", "33563"), ("aspects.Brand", "b"),
            ("fitment", #"[{"ktype":"10232"},{"year":"2020","make":"ford","model":"focus"}]"#),
        ].map { ContentRow.Value(target: $0.0, value: $0.1) }
        var listing = ListingReference(sku: "NEW-1", platformSKU: "", ids: [:])
        listing.ids = await shop.session.pushContent([ContentRow(listing: listing, values: values)], key: "c")
            .outcomes[0].ids
        _ = await shop.session.pushPrices([PriceRow(listing: listing, micros: 1_000_000, currency: "USD")], key: "p")
        _ = await shop.session.pushStock([StockRow(listing: listing, quantity: 2, expected: nil)], key: "s")
    }

    private static func callInventory(_ shop: SandboxShop, _ token: String) async throws {
        let base = "/sell/inventory/v1"
        let offers = try await shop.send("GET", "\(base)/offer?sku=PAD%2F1", token: token).json["offers"]?.array
        let offer = try #require(offers?.first?["offerId"]?.text)
        let item: JSONValue = [
            "condition": "NEW", "product": ["title": "t"],
            "availability": ["shipToLocationAvailability": ["quantity": 3]],
        ]
        let bad: JSONValue = ["condition": "SHINY"]
        let calls: [(String, String, JSONValue?)] = [
            ("GET", "inventory_item?limit=5&offset=5", nil), ("GET", "inventory_item?limit=0", nil),
            ("GET", "inventory_item/none", nil), ("PUT", "inventory_item/X-1", item),
            ("PUT", "inventory_item/X-1", item), ("PUT", "inventory_item/X-1", bad),
            ("DELETE", "inventory_item/X-1", nil),
            ("GET", "inventory_item/NEW-1/product_compatibility", nil),
            ("DELETE", "inventory_item/NEW-1/product_compatibility", nil),
            ("DELETE", "inventory_item/NEW-1/product_compatibility", nil),
            ("PUT", "inventory_item/NEW-1/product_compatibility", ["compatibleProducts": []]),
            ("POST", "bulk_get_inventory_item", ["requests": [["sku": "PAD/1"], ["sku": "none"]]]),
            ("POST", "bulk_get_inventory_item", ["requests": []]),
            (
                "POST", "bulk_create_or_replace_inventory_item",
                ["requests": [item.with("sku", "Y-1"), bad.with("sku", "Y-2")]]
            ),
            ("POST", "bulk_update_price_quantity", ["requests": [["sku": "PAD/1"], ["sku": "PAD/1"]]]),
            (
                "POST", "bulk_update_price_quantity",
                ["requests": [["sku": "PAD/1", "offers": [["offerId": .string(offer), "availableQuantity": 0]]]]]
            ),
            ("GET", "offer/\(offer)", nil), ("GET", "offer/1", nil), ("GET", "offer?sku=none", nil),
            ("POST", "offer", ["sku": "PAD/1", "marketplaceId": "EBAY_MOTORS_US", "format": "FIXED_PRICE"]),
            ("POST", "offer", ["sku": "PAD/1", "marketplaceId": "EBAY_DE", "format": "FIXED_PRICE"]),
            ("PUT", "offer/\(offer)", ["categoryId": "1"]), ("POST", "offer/\(offer)/withdraw", nil),
            ("POST", "offer/\(offer)/withdraw", nil), ("POST", "offer/\(offer)/publish", nil),
            ("DELETE", "offer/\(offer)", nil), ("GET", "location/Warehouse", nil), ("GET", "location/none", nil),
            ("POST", "location/second", ["location": ["address": ["country": "US"]]]), ("GET", "location", nil),
        ]
        for (method, path, body) in calls { _ = try await shop.send(method, "\(base)/\(path)", body, token: token) }
    }

    private static func callFulfillment(_ shop: SandboxShop, _ token: String) async throws {
        let base = "/sell/fulfillment/v1/order"
        for _ in 0..<3 { _ = try await shop.sandbox.placeOrder(SandboxShop.name, ["PAD/5": 1, "PAD/6": 2]) }
        let list = try await shop.send("GET", "\(base)?limit=2", token: token).json
        #expect(list["orders"]?.array?.count == 2 && list["next"]?.text?.contains("offset=2") == true)
        let order = try #require(list["orders"]?.array?.first)
        let id = try #require(order["orderId"]?.text)
        let line = try #require(order["lineItems"]?.array?.first?["lineItemId"])
        let parcel: JSONValue = [
            "lineItems": [["lineItemId": line, "quantity": 1]], "shippingCarrierCode": "UPS", "trackingNumber": "1Z9",
        ]
        let amount: JSONValue = ["currency": "USD", "value": "1.00"]
        let calls: [(String, String, JSONValue?)] = [
            ("GET", "?filter=lastmodifieddate:%5B2099-01-01T00:00:00Z..%5D", nil),
            ("GET", "?filter=lastmodifieddate:%5B2001-01-01T00:00:00Z..%5D", nil),
            ("GET", "?filter=lastmodifieddate:%5Byesterday..%5D", nil), ("GET", "?filter=colour:%7Bred%7D", nil),
            ("GET", "?filter=orderfulfillmentstatus:%7BNOT_STARTED%7CIN_PROGRESS%7D", nil),
            ("GET", "?orderIds=\(id),00-00000-00000", nil), ("GET", "?limit=1000", nil),
            ("GET", "/00-00000-00000", nil), ("POST", "/\(id)/shipping_fulfillment", parcel),
            ("POST", "/\(id)/shipping_fulfillment", parcel),
            ("POST", "/\(id)/shipping_fulfillment", parcel.with("trackingNumber", "1 Z")),
            ("POST", "/\(id)/shipping_fulfillment", ["lineItems": [["lineItemId": "1", "quantity": 1]]]),
            ("GET", "/\(id)/shipping_fulfillment", nil), ("GET", "/\(id)/shipping_fulfillment/1Z9", nil),
            ("GET", "/\(id)/shipping_fulfillment/none", nil),
            (
                "POST", "/\(id)/issue_refund",
                ["reasonForRefund": "BUYER_RETURN", "refundItems": [["lineItemId": line, "refundAmount": amount]]]
            ),
            ("POST", "/\(id)/issue_refund", ["reasonForRefund": "BUYER_RETURN"]),
            ("POST", "/\(id)/issue_refund", ["orderLevelRefundAmount": amount]), ("GET", "/\(id)", nil),
        ]
        for (method, path, body) in calls { _ = try await shop.send(method, base + path, body, token: token) }
        let cancelled = try #require(list["orders"]?.array?.last?["orderId"]?.text)
        _ = await shop.session.carryOut(
            OrderTaskCall(key: "c", kind: .cancel, orderID: cancelled, reason: "out-of-stock"))
        _ = try await shop.send("GET", "\(base)/\(cancelled)", token: token)
        _ = try await shop.session.orders(since: SandboxShopTests.recently(), page: "")
    }

    private static func callNotification(_ shop: SandboxShop, _ token: String) async throws {
        let path = SandboxNotificationTests.path
        let receiver = try await SandboxNotificationTests.receiver(shop)
        let id = try await SandboxNotificationTests.subscribe(receiver.url, shop, token)
        let list = try await shop.send("GET", "\(path)/subscription?limit=10", token: token).json
        let subscription = try #require(list["subscriptions"]?.array?.first?["subscriptionId"]?.text)
        let calls: [(String, String, JSONValue?)] = [
            ("GET", "destination/\(id)", nil), ("GET", "destination/none", nil), ("DELETE", "destination/\(id)", nil),
            ("PUT", "destination/\(id)", SandboxNotificationTests.destination(receiver.url)),
            ("GET", "subscription/\(subscription)", nil), ("POST", "subscription/\(subscription)/disable", nil),
            ("POST", "subscription/\(subscription)/enable", nil), ("POST", "subscription/\(subscription)/test", nil),
            ("GET", "topic/ITEM_AVAILABILITY", nil), ("GET", "topic/none", nil), ("GET", "topic?limit=1", nil),
            ("GET", "public_key/none", nil), ("DELETE", "subscription/\(subscription)", nil),
            ("GET", "subscription/\(subscription)", nil), ("PUT", "config", ["alertEmail": "none"]),
        ]
        for (method, part, body) in calls { _ = try await shop.send(method, "\(path)/\(part)", body, token: token) }
        try await shop.sandbox.editShelf(SandboxShop.name, "PAD/7", available: 5)
        while receiver.taken.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        _ = try await SandboxNotificationTests.content(receiver.taken[0], shop)
        await receiver.stop()
    }

    private static func callCategories(_ shop: SandboxShop, _ token: String) async throws {
        let (metadata, taxonomy) = ("/sell/metadata/v1/marketplace", "/commerce/taxonomy/v1")
        let (names, values) = ("get_compatibility_properties", "get_compatibility_property_values")
        let tree = "\(taxonomy)/category_tree/100"
        for path in [
            "\(metadata)/EBAY_MOTORS_US/\(Self.policies)", "\(metadata)/EBAY_NL/\(Self.policies)",
            "\(metadata)/EBAY_DE/\(Self.policies)?filter=categoryIds:%7B33564%7C1%7D",
            "\(metadata)/EBAY_DE/\(Self.policies)?filter=categoryIds:%7B43990%7D",
            "\(taxonomy)/get_default_category_tree_id?marketplace_id=EBAY_DE",
            "\(taxonomy)/get_default_category_tree_id?marketplace_id=EBAY_NL",
            "\(taxonomy)/get_default_category_tree_id", "\(tree)/\(names)?category_id=33563",
            "\(tree)/\(names)?category_id=66471", "\(tree)/\(names)?category_id=1", "\(tree)/\(names)",
            "\(taxonomy)/category_tree/5/\(names)?category_id=33563",
            "\(tree)/\(values)?category_id=33563&compatibility_property=Trim&filter=Year:2018,Make:Toyota,Model:Camry",
            "\(tree)/\(values)?category_id=33563&compatibility_property=Trim&filter=Make:A%5C,B",
            "\(tree)/\(values)?category_id=33563&compatibility_property=Trim&filter=Colour:red",
            "\(tree)/\(values)?category_id=33563&compatibility_property=Colour", "\(tree)/\(values)?category_id=33563",
        ] { _ = try await shop.send("GET", path, token: token) }
        let found = try #require(shop.transport.exchanges.last { $0.path.contains("Model:Camry") })
        #expect(found.line.contains("LE Sedan 4-Door") && !found.line.contains("Pickup"))
    }

    private static func callWithFaults(_ shop: SandboxShop, _ token: String) async throws {
        let paths = [
            "/sell/inventory/v1/location", "/sell/fulfillment/v1/order", "/commerce/notification/v1/topic",
            "/developer/analytics/v1_beta/rate_limit/", "/sell/metadata/v1/marketplace/EBAY_DE/\(Self.policies)",
            "/commerce/taxonomy/v1/get_default_category_tree_id?marketplace_id=EBAY_DE",
        ]
        let faults: [JSONValue] = [[:], ["throttled": true], ["error500Rate": 1], ["tokenRevoked": true]]
        for fault in faults {
            try await shop.setFaults(fault)
            for path in paths { _ = try await shop.send("GET", path, token: token) }
        }
        try await shop.setFaults()
    }
}

extension JSONValue {
    fileprivate func with(_ name: String, _ value: JSONValue) -> JSONValue {
        var members = self.object ?? [:]
        members[name] = value
        return .object(members)
    }
}
