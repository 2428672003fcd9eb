import ChannelAdapter
import FileFormats
import OrderMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import EbayAdapter

@Suite("Orders are asked for page by page, and read as ours")
struct OrderTests {
    static func amount(_ value: String, _ currency: String = "USD") -> String {
        #"{"value":"\#(value)","currency":"\#(currency)"}"#
    }

    /// An order of two lines that come to 30.00 and 12.50, of which 2.50 are taken off, with 5.00 of delivery and tax.
    static func order(
        id: String = "12-12345-12345", tax: String = "0.00", collected: String = "3.40", total: String = "48.40",
        payment: String = "PAID", fulfillment: String = "NOT_STARTED", cancelState: String = "NONE_REQUESTED",
        secondSKU: String = "EB-2"
    ) -> String {
        """
        {"orderId":"\(id)","creationDate":"2026-03-01T10:00:00.250Z","lastModifiedDate":"2026-03-02T11:00:00.000Z",\
        "orderPaymentStatus":"\(payment)","orderFulfillmentStatus":"\(fulfillment)",\
        "cancelStatus":{"cancelState":"\(cancelState)","cancelRequests":[]},"buyerCheckoutNotes":"ring twice",\
        "buyer":{"username":"bob"},"pricingSummary":{"priceSubtotal":\(amount("42.50")),"deliveryCost":\(amount("7.00")),\
        "deliveryDiscount":\(amount("-2.00")),"tax":\(amount(tax)),"total":\(amount(total))},\
        "paymentSummary":{"payments":[{"paymentDate":"2026-03-01T10:01:00.000Z","amount":\(amount(total))}],"refunds":[]},\
        "fulfillmentStartInstructions":[{"shippingStep":{"shipTo":{"fullName":"Bob Buyer","email":"bob@x.example",\
        "primaryPhone":{"phoneNumber":"555-0100"},"contactAddress":{"addressLine1":"1 Main St","city":"Springfield",\
        "stateOrProvince":"IL","postalCode":"62701","countryCode":"US"}}}}],"lineItems":[\
        {"lineItemId":"100","sku":"EB-1","title":"Brake pads","quantity":3,"lineItemCost":\(amount("30.00")),\
        "discountedLineItemCost":\(amount("27.50")),"taxes":[],\
        "ebayCollectAndRemitTaxes":[{"taxType":"STATE_SALES_TAX","amount":\(amount(collected))}],"refunds":[]},\
        {"lineItemId":"101","sku":"\(secondSKU)","title":"Filter","quantity":1,"lineItemCost":\(amount("12.50")),\
        "taxes":[],"refunds":[]}]}
        """
    }

    private static func request(_ order: String) throws -> PlaceOrderRequest {
        try EbayOrder(EbayFields.object(Array(order.utf8))).request(connection: "ebay")
    }

    /// What the order comes to by its own parts.
    private static func sum(_ request: PlaceOrderRequest) -> Int64 {
        request.items.reduce((request.shipping?.micros ?? 0) + (request.shippingTax?.micros ?? 0)) { sum, item in
            sum + (item.price?.micros ?? 0) * item.quantity - (item.discount?.micros ?? 0) + (item.tax?.micros ?? 0)
        }
    }

    @Test("an order has its lines, amounts, address and buyer, and comes to its total")
    func reading() throws {
        let request = try Self.request(Self.order())
        #expect(request.orderID == "12-12345-12345" && request.platform == "eBay" && request.connection == "ebay")
        #expect(request.items.map(\.sku) == ["EB-1", "EB-2"] && request.items.map(\.quantity) == [3, 1])
        #expect(request.items.map { $0.price?.micros } == [10_000_000, 12_500_000])
        #expect(request.items.map { $0.discount?.micros } == [2_500_000, 0])
        #expect(request.items.map { $0.tax?.micros } == [3_400_000, 0])
        #expect(request.items.map(\.channelLineID) == ["100", "101"])
        #expect(request.shipping?.micros == 5_000_000 && request.shippingTax?.micros == 0)
        #expect(request.total?.micros == 48_400_000 && Self.sum(request) == 48_400_000)
        #expect(request.status == .unspecified && request.paymentStatus == .paid && request.currency == "USD")
        #expect(request.shippingAddress?.city == "Springfield" && request.buyer?.name == "Bob Buyer")
        #expect(request.note == "ring twice" && request.orderDate?.nanos == 250_000_000)
    }

    @Test("tax that the platform collects counts where its total has it, and not where it has not")
    func collectedTax() throws {
        let without = try Self.request(Self.order(total: "45.00"))
        #expect(without.items.map { $0.tax?.micros } == [0, 0] && Self.sum(without) == 45_000_000)
        let own = try Self.request(Self.order(tax: "1.25", collected: "0.00", total: "46.25"))
        #expect(own.shippingTax?.micros == 1_250_000 && Self.sum(own) == 46_250_000)
        let inSummary = try Self.request(Self.order(tax: "3.40", total: "48.40"))
        #expect(Self.sum(inSummary) == 48_400_000)
    }

    @Test("a total that the parts do not come to, as with fees that are not told, is not passed, nor is tax made of it")
    func otherTotal() throws {
        for total in ["50.00", "44.99", "48.41"] {
            let request = try Self.request(Self.order(total: total))
            #expect(request.total == nil && Self.sum(request) == 45_000_000, "\(total)")
            #expect(request.items.map { $0.tax?.micros } == [0, 0], "\(total)")
        }
        let taxed = try Self.request(Self.order(tax: "1.25", total: "50.00"))
        #expect(taxed.total == nil && taxed.shippingTax?.micros == 1_250_000)
        for (tax, total) in [("0.00", "45.00"), ("0.00", "48.40"), ("3.40", "48.40"), ("4.00", "49.00")] {
            let request = try Self.request(Self.order(tax: tax, total: total))
            #expect(request.total?.micros == Self.sum(request), "\(tax) \(total)")
        }
    }

    @Test("what became of an order elsewhere is what it is taken in as")
    func states() throws {
        #expect(try Self.request(Self.order(cancelState: "CANCELED")).status == .cancelled)
        #expect(try Self.request(Self.order(fulfillment: "FULFILLED")).status == .shipped)
        #expect(try Self.request(Self.order(payment: "PENDING")).paymentStatus == .pending)
        #expect(try Self.request(Self.order(payment: "FULLY_REFUNDED")).paymentStatus == .pending)
        let ended = try Self.request(Self.order(payment: "FULLY_REFUNDED", cancelState: "CANCELED"))
        #expect(ended.paymentStatus == .refunded)
    }

    @Test(
        "what an order lacks is named",
        arguments: [
            (#""orderId":"12-12345-12345""#, #""orderId":"""#, "orderId"),
            (#""sku":"EB-2""#, #""sku":"""#, "lineItems[1].sku"),
            (#""quantity":1"#, #""quantity":0"#, "lineItems[1].quantity"),
            (#""quantity":3"#, #""quantity":7"#, "lineItems[0].lineItemCost"),
            (#""value":"12.50","currency":"USD""#, #""value":"12.50","currency":"EUR""#, "lineItems[1].lineItemCost"),
            (#""value":"27.50""#, #""value":"30.01""#, "lineItems[0].lineItemCost"),
            (#""value":"48.40","currency":"USD"},"deliv"#, "x", ""),
            ("2026-03-01T10:00:00.250Z", "yesterday", "creationDate"), ("-2.00", "-9.00", "pricingSummary"),
            (#""value":"3.40""#, #""value":"99999999999999999999""#, "ebayCollectAndRemitTaxes"),
        ])
    func lacks(_ part: String, _ other: String, _ field: String) throws {
        let order = Self.order()
        guard order.contains(part) else { return #expect(field.isEmpty) }
        let fault = #expect(throws: PlatformFault.self) { try Self.request(order.replacing(part, with: other)) }
        #expect(fault?.code == "not-understood" && fault?.message.contains(field) == true, "\(fault as Any)")
    }

    @Test("an order that is cut off at any byte is a fault, and never anything else")
    func cutOff() {
        let bytes = Array(Self.order().utf8)
        for count in 0..<bytes.count {
            let fault = #expect(throws: PlatformFault.self) {
                try EbayOrder(EbayFields.object(Array(bytes[..<count]))).request(connection: "ebay")
            }
            #expect(fault?.code == "not-understood")
        }
    }

    @Test("a random order comes to the sum of its parts, or names what is wrong")
    func random() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let digits = { (random: inout SeededGenerator) in
            ["0.00", "1.10", "-3.00", "7", "1e3", "999999999999", "0.0000001"].randomElement(using: &random) ?? "0"
        }
        for _ in 0..<500 {
            let order = Self.order(tax: digits(&random), collected: digits(&random), total: digits(&random))
            do throws(PlatformFault) {
                _ = try EbayOrder(EbayFields.object(Array(order.utf8))).request(connection: "ebay")
            } catch {
                #expect(error.code == "not-understood", "seed \(seed)")
            }
        }
    }

    @Test("orders that were changed since then, page by page to the end")
    func pages() async throws {
        let platform = ScriptedPlatform([
            .json(
                #"{"orders":[\#(Self.order()),\#(Self.order(id: "2"))],"next":"https://elsewhere.example/x","total":3}"#
            ),
            .json(#"{"orders":[\#(Self.order(id: "3"))],"total":3}"#),
        ])
        let since = try #require(PlatformTime.microseconds("2026-01-31T08:09:10.75Z"))
        let first = try await platform.session().orders(since: since, page: "")
        #expect(first.orders.map(\.id) == ["12-12345-12345", "2"] && first.next == "2")
        #expect(first.orders[0].changedAt == PlatformTime.microseconds("2026-03-02T11:00:00Z"))
        let last = try await platform.session().orders(since: since, page: first.next)
        #expect(last.orders.map(\.id) == ["3"] && last.next.isEmpty)
        let path =
            "GET /sell/fulfillment/v1/order?filter=lastmodifieddate%3A%5B2026-01-31T08%3A09%3A10Z..%5D&limit=50&offset="
        #expect(platform.lines == ["\(path)0", "\(path)2"])
        for page in ["-1", "x", "99999999999999999999"] {
            let fault = await #expect(throws: PlatformFault.self) {
                try await platform.session().orders(since: since, page: page)
            }
            #expect(fault?.code == "page-invalid")
        }
        let broken = ScriptedPlatform([.json(#"{"total":0}"#)])
        let fault = await #expect(throws: PlatformFault.self) { try await broken.session().orders(since: 0, page: "") }
        #expect(fault?.code == "answer-unreadable")
    }

    @Test("one order by its id; one that the seller does not have is said to be missing")
    func order() async throws {
        let platform = ScriptedPlatform([.json(Self.order()), .errors(32100, status: 400), .json("", status: 404)])
        #expect(try await platform.session().order(id: "12-12345-12345").id == "12-12345-12345")
        for id in ["a/b", "12", "", ".."] {
            let fault = await #expect(throws: PlatformFault.self) { try await platform.session().order(id: id) }
            #expect(fault?.code == "order-missing")
        }
        #expect(
            platform.lines.dropFirst() == ["GET /sell/fulfillment/v1/order/a%2Fb", "GET /sell/fulfillment/v1/order/12"])
    }
}
