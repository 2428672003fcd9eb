import ChannelAdapter
import FileFormats
import OrderMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import AmazonAdapter

@Suite("Orders of v0 are asked for with their items, and read as those of the newer version are")
struct OrderV0Tests {
    static let order = """
        {"AmazonOrderId":"114-1","PurchaseDate":"2026-01-01T00:00:00Z","LastUpdateDate":"2026-01-02T00:00:00Z",\
        "OrderStatus":"Unshipped","FulfillmentChannel":"MFN","MarketplaceId":"ATVPDKIKX0DER","IsPrime":true,\
        "IsBusinessOrder":false,"OrderTotal":{"CurrencyCode":"USD","Amount":"52.08"},\
        "BuyerInfo":{"BuyerName":"Ada Example","BuyerEmail":"ada@example.com"},\
        "ShippingAddress":{"Name":"Ada Example","CompanyName":"Garage","AddressLine1":"1 Main St",\
        "AddressLine2":"Rear","AddressLine3":"","City":"Austin","StateOrRegion":"TX","PostalCode":"78701",\
        "CountryCode":"US","Phone":"+1556"}}
        """
    static let items = [
        """
        {"ASIN":"B001","OrderItemId":"i1","SellerSKU":"PAD-1","Title":"Pads","QuantityOrdered":2,"QuantityShipped":0,\
        "ItemPrice":{"CurrencyCode":"USD","Amount":"39.98"},"PromotionDiscount":{"CurrencyCode":"USD","Amount":"4.00"},\
        "ShippingPrice":{"CurrencyCode":"USD","Amount":"7.50"},"ItemTax":{"CurrencyCode":"USD","Amount":"2.60"},\
        "ShippingTax":{"CurrencyCode":"USD","Amount":"0.60"}}
        """,
        """
        {"ASIN":"B002","OrderItemId":"i2","SellerSKU":"CLIP-2","Title":"Clip","QuantityOrdered":1,"QuantityShipped":0,\
        "ItemPrice":{"CurrencyCode":"USD","Amount":"5.40"}}
        """,
    ]
    /// As it is kept.
    static let whole = String(Self.order.dropLast()) + #","OrderItems":[\#(Self.items.joined(separator: ","))]}"#

    static func page(_ orders: [String], _ more: String = "") -> PlatformResponse {
        .json(#"{"payload":{"Orders":[\#(orders.joined(separator: ","))]\#(more)}}"#)
    }

    static func itemsPage(_ items: [String], next: String? = nil) -> PlatformResponse {
        let next = next.map { #","NextToken":"\#($0)""# } ?? ""
        return .json(
            #"{"payload":{"AmazonOrderId":"114-1","OrderItems":[\#(items.joined(separator: ","))]\#(next)}}"#)
    }

    static let token = PlatformResponse.json(#"{"restrictedDataToken":"Atz.sprdt|one","expiresIn":3600}"#)

    static func answers(_ call: ScriptedAmazon.Call) -> PlatformResponse {
        if call.path.hasSuffix("restrictedDataToken") { return Self.token }
        if call.path.hasSuffix("orderItems") { return Self.itemsPage(Self.items) }
        return call.path.hasSuffix("/orders") ? Self.page([Self.order]) : .json(#"{"payload":\#(Self.order)}"#)
    }

    static func session(_ amazon: ScriptedAmazon) throws -> AmazonSession {
        try amazon.session(["ordersVersion": "v0"])
    }

    private static func fault(_ body: String) -> PlatformFault? {
        do throws(PlatformFault) {
            _ = try OrderTests.request(body)
            return nil
        } catch {
            return error
        }
    }

    @Test("the same order of both versions is the same order of ours")
    func same() throws {
        #expect(try OrderTests.request(Self.whole) == OrderTests.request(OrderTests.example))
    }

    @Test("wrapping, fees and discounts of shipping are of the order's shipping, with their taxes")
    func charges() throws {
        let more = #"""
            "ItemPrice":{"CurrencyCode":"USD","Amount":"5.40"},"ShippingPrice":{"CurrencyCode":"USD","Amount":"3.00"},\#
            "ShippingDiscount":{"CurrencyCode":"USD","Amount":"1.00"},"CODFee":{"CurrencyCode":"USD","Amount":"0.50"},\#
            "ShippingTax":{"CurrencyCode":"USD","Amount":"0.20"},\#
            "ShippingDiscountTax":{"CurrencyCode":"USD","Amount":"0.05"},\#
            "BuyerInfo":{"GiftWrapPrice":{"CurrencyCode":"USD","Amount":"2.00"},\#
            "GiftWrapTax":{"CurrencyCode":"USD","Amount":"0.10"}}
            """#
        let plain = #""ItemPrice":{"CurrencyCode":"USD","Amount":"5.40"}"#
        // 52.08 + 3.00 - 1.00 + 0.50 + 0.20 - 0.05 + 2.00 + 0.10
        let request = try OrderTests.request(
            Self.whole.replacing(plain, with: more).replacing("52.08", with: "56.83"))
        #expect(request.shipping == Decimal(micros: 12_000_000) && request.shippingTax == Decimal(micros: 850_000))
        #expect(request.total == Decimal(micros: 56_830_000) && request.items.map(\.tax?.micros) == [2_600_000, 0])
    }

    @Test("a price that is no multiple of a unit's comes to the same sum, and no fraction is lost")
    func indivisible() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let (units, hundredths) = (
                Int64.random(in: 1...1_000, using: &random), Int64.random(in: 1...900_000, using: &random)
            )
            let price = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
            let item = Self.items[1].replacing(#""QuantityOrdered":1"#, with: #""QuantityOrdered":\#(units)"#)
                .replacing("5.40", with: price)
            // The total first: a price may have its digits.
            let order = Self.order.replacing("52.08", with: price)
            let body = String(order.dropLast()) + #","OrderItems":[\#(item)]}"#
            let line = try #require(try OrderTests.request(body).items.first)
            let (unit, discount) = (line.price?.micros ?? 0, line.discount?.micros ?? 0)
            #expect(unit * units - discount == hundredths * 10_000, "\(units) for \(price)")
            #expect((0..<units).contains(discount))
        }
    }

    @Test("states: what is not paid yet is not placed, and what has ended is taken in as it is")
    func states() throws {
        let with = { (status: String) in Self.whole.replacing("Unshipped", with: status) }
        #expect(try OrderTests.request(with("Shipped")).status == .shipped)
        #expect(try OrderTests.request(with("InvoiceUnconfirmed")).status == .shipped)
        #expect(try OrderTests.request(with("PartiallyShipped")).status == .unspecified)
        // Of one that was cancelled no units are told any more.
        let gone = with("Canceled").replacing(#""QuantityOrdered":2"#, with: #""QuantityOrdered":0"#)
            .replacing(#""QuantityOrdered":1"#, with: #""QuantityOrdered":0"#)
        let cancelled = try OrderTests.request(gone)
        #expect(cancelled.status == .cancelled && cancelled.items.isEmpty && cancelled.orderID == "114-1")
        #expect(try AmazonAdapter().isCancelled(Array(gone.utf8)))
        #expect(try !AmazonAdapter().isCancelled(Array(Self.whole.utf8)))
        for status in ["Pending", "PendingAvailability"] {
            let fault = Self.fault(Self.order.replacing("Unshipped", with: status))
            #expect(fault?.message.contains("OrderStatus") == true && fault?.message.contains("not paid") == true)
        }
        #expect(Self.fault(with("NewOne"))?.message.contains("OrderStatus") == true)
    }

    @Test(
        "a field that is not what it must be is named",
        arguments: [
            (#""PurchaseDate":"2026-01-01T00:00:00Z""#, #""PurchaseDate":"yesterday""#, "PurchaseDate"),
            (#""Amount":"39.98""#, #""Amount":"1e400""#, "OrderItems[0].ItemPrice.Amount"),
            (#""CurrencyCode":"USD","Amount":"39.98""#, #""CurrencyCode":"EUR","Amount":"39.98""#, "CurrencyCode"),
            (#""QuantityOrdered":1"#, #""QuantityOrdered":-1"#, "OrderItems[1].QuantityOrdered"),
            (#""SellerSKU":"CLIP-2""#, #""SellerSKU":"""#, "OrderItems[1].SellerSKU"),
            (#""OrderItems":"#, #""Items":"#, "OrderItems"),
        ])
    func named(text: String, replacement: String, field: String) {
        #expect(Self.whole.contains(text))
        let fault = Self.fault(Self.whole.replacing(text, with: replacement))
        #expect(fault?.code == "not-understood" && fault?.message.contains(field) == true, "\(fault?.message ?? "")")
    }

    @Test("a body that is cut off at any byte, or has any byte changed, is an order or a fault")
    func damaged() {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let bytes = Array(Self.whole.utf8)
        for count in bytes.indices {
            #expect(throws: PlatformFault.self) {
                try AmazonAdapter().order(from: Array(bytes[..<count]), account: .example())
            }
        }
        for _ in 0..<3_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? AmazonAdapter().order(from: damaged, account: .example())
        }
        let great = Self.whole.replacing(#""Amount":"39.98""#, with: #""Amount":"9223372036854.775807""#)
        #expect(Self.fault(great)?.message.contains("too great") == true)
    }

    @Test("orders come page by page with their items, and the first page's time counts for what is told")
    func pages() async throws {
        let amazon = ScriptedAmazon { (call, _) in
            guard call.path.hasSuffix("/orders") else { return Self.answers(call) }
            return call.target.contains("NextToken")
                ? Self.page([Self.order], #","LastUpdatedBefore":"2026-01-09T00:00:00Z""#)
                : Self.page([Self.order], #","NextToken":"n==","LastUpdatedBefore":"2026-01-03T00:00:00Z""#)
        }
        let session = try Self.session(amazon)
        let first = try await session.orders(since: 1_767_225_600_000_000, page: "")
        #expect(first.orders.map(\.id) == ["114-1"] && first.orders[0].changedAt == 1_767_312_000_000_000)
        #expect(first.toldUntil == nil && first.quotas.map(\.bucket) == ["getOrders", "getOrderItems"])
        #expect(try OrderTests.request(String(decoding: first.orders[0].body, as: UTF8.self)).items.count == 2)
        let second = try await session.orders(since: 1_767_225_600_000_000, page: first.next)
        #expect(second.next.isEmpty && second.toldUntil == 1_767_398_400_000_000)
        let query =
            "/orders/v0/orders?MarketplaceIds=ATVPDKIKX0DER&LastUpdatedAfter=2026-01-01T00%3A00%3A00Z"
            + "&FulfillmentChannels=MFN&OrderStatuses=Unshipped,PartiallyShipped,Shipped,InvoiceUnconfirmed,Canceled"
            + "&MaxResultsPerPage=30"
        #expect(
            amazon.calls.map(\.target) == [
                "/tokens/2021-03-01/restrictedDataToken", query, "/orders/v0/orders/114-1/orderItems",
                query + "&NextToken=n%3D%3D", "/orders/v0/orders/114-1/orderItems",
            ])
    }

    @Test("items come page by page, and those of an order that is not paid are not asked for")
    func items() async throws {
        let pending = Self.order.replacing("Unshipped", with: "Pending").replacing("114-1", with: "114-2")
        let amazon = ScriptedAmazon { (call, _) in
            if call.target.hasSuffix("orderItems") { return Self.itemsPage([Self.items[0]], next: "a+/=") }
            if call.path.hasSuffix("orderItems") { return Self.itemsPage([Self.items[1]]) }
            return call.path.hasSuffix("/orders") ? Self.page([Self.order, pending]) : Self.answers(call)
        }
        let page = try await Self.session(amazon).orders(since: 0, page: "")
        #expect(page.orders.map(\.id) == ["114-1", "114-2"])
        #expect(
            try OrderTests.request(String(decoding: page.orders[0].body, as: UTF8.self))
                == OrderTests.request(OrderTests.example))
        #expect(
            amazon.calls.map(\.target).suffix(2) == [
                "/orders/v0/orders/114-1/orderItems", "/orders/v0/orders/114-1/orderItems?NextToken=a%2B%2F%3D",
            ])
        let again = ScriptedAmazon { (call, _) in
            call.path.hasSuffix("orderItems") ? Self.itemsPage([], next: "same") : Self.answers(call)
        }
        let fault = await #expect(throws: PlatformFault.self) {
            try await Self.session(again).orders(since: 0, page: "")
        }
        #expect(fault?.kind == .retry)
    }

    @Test("where there were too many calls for items, they are waited for, and not for ever")
    func paced() async throws {
        let throttled = Counter()
        let amazon = ScriptedAmazon { (call, _) in
            guard call.path.hasSuffix("orderItems"), throttled.count < 3 else { return Self.answers(call) }
            throttled.add()
            return .error(429, "QuotaExceeded")
        }
        let page = try await Self.session(amazon).orders(since: 0, page: "")
        #expect(page.orders.count == 1 && amazon.time.pauses == [2_000, 2_000, 2_000])
        #expect(amazon.calls.count { $0.path.hasSuffix("/orders") } == 1)
        let never = ScriptedAmazon { (call, _) in
            call.path.hasSuffix("orderItems") ? .error(429, "QuotaExceeded") : Self.answers(call)
        }
        let fault = await #expect(throws: PlatformFault.self) {
            try await Self.session(never).orders(since: 0, page: "")
        }
        #expect(fault?.kind == .throttled && never.time.pauses.reduce(0, +) == 300_000)
    }

    @Test("an order whose items are refused holds no other one up, and cannot be read")
    func refusedItems() async throws {
        let other = Self.order.replacing("114-1", with: "114-2")
        let amazon = ScriptedAmazon { (call, _) in
            if call.path.contains("114-2") { return .error(404, "NotFound") }
            return call.path.hasSuffix("/orders") ? Self.page([other, Self.order]) : Self.answers(call)
        }
        let page = try await Self.session(amazon).orders(since: 0, page: "")
        #expect(page.orders.map(\.id) == ["114-2", "114-1"])
        #expect(
            Self.fault(String(decoding: page.orders[0].body, as: UTF8.self))?.message.contains("OrderItems") == true)
        #expect(Self.fault(String(decoding: page.orders[1].body, as: UTF8.self)) == nil)
    }

    @Test("one order, one that is not there, and an answer with another one")
    func single() async throws {
        let amazon = ScriptedAmazon { (call, _) in Self.answers(call) }
        let session = try Self.session(amazon)
        let order = try await session.order(id: "114-1")
        #expect(try OrderTests.request(String(decoding: order.body, as: UTF8.self)).items.count == 2)
        #expect(await #expect(throws: PlatformFault.self) { try await session.order(id: "2") }?.kind == .retry)
        let none = ScriptedAmazon { (call, _) in
            call.method == "POST" ? Self.token : .error(404, "NotFound")
        }
        let fault = await #expect(throws: PlatformFault.self) { try await Self.session(none).order(id: "114-1") }
        #expect(fault?.code == "order-missing")
    }

    @Test(
        "an answer with errors or without a payload is a fault",
        arguments: [
            "{}", #"{"payload":{}}"#, #"{"payload":{"Orders":{}}}"#, #"{"payload":{"Orders":[{"AmazonOrderId":"1"}]}}"#,
            #"{"payload":{"Orders":[]},"errors":[{"code":"InternalFailure","message":"no"}]}"#,
        ])
    func unreadable(body: String) async throws {
        let amazon = ScriptedAmazon { (call, _) in
            call.path.hasSuffix("/orders") ? .json(body) : Self.answers(call)
        }
        await #expect(throws: PlatformFault.self) { try await Self.session(amazon).orders(since: 0, page: "") }
    }

    @Test("polling is limited by what is asked, and settings that are none are told")
    func settings() {
        let operations = AmazonAdapter().operations(with: ["ordersVersion": "v0"])
        #expect(operations.count == AmazonAdapter.description.operations.count)
        let orders = operations.first { $0.name == "orders" }
        #expect(orders?.bucket == "getOrders" && orders?.ratePerSecond == 0.0167 && orders?.burst == 20)
        for version in ["", "2026-01-01"] {
            let usual = AmazonAdapter().operations(with: ["ordersVersion": version]).first { $0.name == "orders" }
            #expect(usual?.bucket == "searchOrders")
        }
        let wrong = PlatformAccount.example(["ordersVersion": "V0"]).settings
        #expect(AmazonAdapter().problems(in: wrong).map(\.field) == ["ordersVersion"])
    }
}
