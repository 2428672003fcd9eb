import ChannelAdapter
import FileFormats
import OrderMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import ShopifyAdapter

@Suite("An order means the same in both of the platform's shapes")
struct OrderReadingTests {
    static func request(_ body: String) throws(PlatformFault) -> PlaceOrderRequest {
        try ShopifyAdapter().order(from: Array(body.utf8), account: .example())
    }

    private static func fault(_ body: String) -> PlatformFault? {
        do throws(PlatformFault) {
            _ = try Self.request(body)
            return nil
        } catch {
            return error
        }
    }

    @Test("an order is read whole: lines, amounts, addresses, buyer, state")
    func whole() throws {
        let order = RandomOrder.example
        for body in [order.graphQL, order.rest] {
            let request = try Self.request(body)
            #expect(request.orderID == "9007199254740993" && request.connection == "shopify")
            #expect(request.platform == "Shopify" && request.currency == "USD" && !request.taxIncluded)
            #expect(request.orderDate?.seconds == 1_767_225_600 && request.paymentStatus == .paid)
            #expect(request.status == .unspecified && request.total == Decimal(micros: 52_360_000))
            #expect(request.shipping == Decimal(micros: 7_500_000) && request.shippingTax == Decimal(micros: 600_000))
            #expect(request.note == "ring twice" && request.tags == ["b2b", "first"])
            #expect(request.buyer == Buyer(name: "Ada Example", email: "ada@example.com", phone: "+1555"))
            #expect(
                request.shippingAddress
                    == Address(
                        name: "Ada Example", company: "Garage", lines: ["1 Main St", "Rear"], city: "Austin",
                        region: "TX", postalCode: "78701", country: "US", phone: "+1556"))
            #expect(request.billingAddress == nil)
            #expect(
                request.items == [
                    OrderItem(
                        sku: "PAD-1", quantity: 2, price: Decimal(micros: 19_990_000),
                        discount: Decimal(micros: 4_000_000), tax: Decimal(micros: 2_880_000), title: "Pads",
                        channelLineID: "9007199254740995"),
                    OrderItem(
                        sku: "CLIP-2", quantity: 1, price: Decimal(micros: 5_400_000), discount: Decimal(micros: 0),
                        tax: Decimal(micros: 0), title: "Clip", channelLineID: "9007199254740997"),
                ])
        }
    }

    @Test("ids above 2^53 keep each digit, also where the number was damaged on the way")
    func greatIDs() throws {
        let body = RandomOrder.example.rest.replacing(
            #""id":9007199254740993,"#, with: #""id":9007199254740992,"#)
        #expect(try Self.request(body).orderID == "9007199254740993")
        let bare = RandomOrder.example.rest.replacing(
            #""admin_graphql_api_id":"gid://shopify/Order/9007199254740993","#, with: "")
        #expect(try Self.request(bare).orderID == "9007199254740993")
    }

    @Test("an amount that a binary fraction cannot hold is exact")
    func exactAmounts() throws {
        let body = RandomOrder.example.graphQL.replacing(#""amount":"19.99""#, with: #""amount":"1234567.010001""#)
        #expect(try Self.request(body).items[0].price == Decimal(micros: 1_234_567_010_001))
    }

    @Test("random orders mean the same in both shapes, and their sums are those of the platform")
    func bothShapes() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let order = RandomOrder(using: &random)
            let asked = try Self.request(order.graphQL)
            #expect(asked == (try Self.request(order.rest)), "seed \(seed)")
            guard let total = asked.total else {
                #expect(order.isEdited && asked.status == .unspecified, "seed \(seed)")
                continue
            }
            var sum = (asked.shipping?.micros ?? 0) + (asked.taxIncluded ? 0 : asked.shippingTax?.micros ?? 0)
            for item in asked.items {
                sum += (item.price?.micros ?? 0) * item.quantity - (item.discount?.micros ?? 0)
                if !asked.taxIncluded { sum += item.tax?.micros ?? 0 }
            }
            #expect(sum == total.micros, "seed \(seed)")
        }
    }

    @Test("of an order that was edited, what is left is placed, and one with nothing left is taken as cancelled")
    func edited() throws {
        var order = RandomOrder.example
        order.lines[0].currentQuantity = 1
        order.lines[1].currentQuantity = 0
        let request = try Self.request(order.graphQL)
        #expect(request.items.map(\.quantity) == [1] && request.items[0].discount == Decimal(micros: 2_000_000))
        #expect(request.total == nil && request.status == .unspecified)
        order.lines[0].currentQuantity = 0
        let emptied = try Self.request(order.rest)
        #expect(emptied.status == .cancelled && emptied.items.map(\.quantity) == [2, 1] && emptied.total != nil)
    }

    @Test("cancelled and shipped orders are taken in as they are; others are placed")
    func states() throws {
        var order = RandomOrder.example
        order.cancelledAt = "2026-01-02T00:00:00Z"
        order.financialStatus = "VOIDED"
        for body in [order.graphQL, order.rest] {
            #expect(try Self.request(body).status == .cancelled && Self.request(body).paymentStatus == .voided)
            #expect(try ShopifyAdapter().isCancelled(Array(body.utf8)))
        }
        order = RandomOrder.example
        #expect(try !ShopifyAdapter().isCancelled(Array(order.rest.utf8)))
        order.fulfillmentStatus = "FULFILLED"
        #expect(try Self.request(order.rest).status == .shipped)
        #expect(try Self.request(order.graphQL).shippingTracking == "TRACK-1")
        order.fulfillmentStatus = "PARTIALLY_FULFILLED"
        order.financialStatus = "PARTIALLY_PAID"
        #expect(try Self.request(order.rest).status == .unspecified)
        #expect(try Self.request(order.graphQL).paymentStatus == .pending)
    }

    @Test("what is not what the platform promises is refused by the name of its field")
    func notUnderstood() {
        let graphQL = RandomOrder.example.graphQL
        let rest = RandomOrder.example.rest
        let cases: [(String, String)] = [
            ("[]", "the body"), ("{", "the body"), ("{}", "admin_graphql_api_id"),
            (graphQL.replacing("gid://shopify/Order/", with: "gid://shopify/Draft/"), "id"),
            (graphQL.replacing(#""currencyCode":"USD""#, with: #""currencyCode":"USX""#), "currencyCode"),
            (graphQL.replacing(#""amount":"19.99""#, with: #""amount":"-1""#), "lineItems[0].originalUnitPriceSet"),
            (graphQL.replacing(#""amount":"19.99""#, with: #""amount":"1e3""#), "lineItems[0].originalUnitPriceSet"),
            (graphQL.replacing(#""quantity":2"#, with: #""quantity":2.5"#), "lineItems[0].quantity"),
            (graphQL.replacing(#""sku":"CLIP-2""#, with: #""sku":null"#), "lines[1].sku"),
            (graphQL.replacing(#""hasNextPage":false"#, with: #""hasNextPage":true"#), "lineItems"),
            (graphQL.replacing("2026-01-01T00:00:00Z", with: "2026-13-01T00:00:00Z"), "createdAt"),
            (rest.replacing(#""price":"19.99""#, with: #""price":"nineteen""#), "line_items[0].price"),
            (rest.replacing(#""total_price":"52.36""#, with: #""total_price":null"#), "total_price"),
            (rest.replacing(#""line_items""#, with: #""lines""#), "line_items"),
        ]
        for (body, field) in cases {
            let fault = Self.fault(body)
            #expect(fault?.kind == .refused && fault?.code == "not-understood", "\(field)")
            #expect(fault?.message.hasPrefix("\(field) ") == true, "\(field): \(fault?.message ?? "taken")")
        }
    }

    @Test("an order cut off at any byte is refused, and nothing traps")
    func truncation() {
        for body in [RandomOrder.example.graphQL, RandomOrder.example.rest] {
            let bytes = Array(body.utf8)
            for end in bytes.indices {
                #expect(Self.fault(String(decoding: bytes[..<end], as: UTF8.self)) != nil)
            }
        }
    }

    @Test("orders with a byte changed at random are read or refused, and nothing traps")
    func mutation() {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            var bytes = Array(
                (Bool.random(using: &random) ? RandomOrder.example.graphQL : RandomOrder.example.rest).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do throws(PlatformFault) {
                _ = try ShopifyAdapter().order(from: bytes, account: .example())
            } catch {
                #expect(error.kind == .refused && error.code == "not-understood", "seed \(seed)")
            }
        }
    }
}
