import ChannelAdapter
import FileFormats
import OrderMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import AmazonAdapter

@Suite("Orders are asked for page by page, and read or refused by the name of a field")
struct OrderTests {
    /// An order with two lines: 2 x 19.99 less 4.00, 5.40, tax 3.20 of which 0.60 on shipping of 7.50.
    static let example = """
        {"orderId":"114-1","createdTime":"2026-01-01T00:00:00Z","lastUpdatedTime":"2026-01-02T00:00:00Z",\
        "programs":["PRIME"],"salesChannel":{"channelName":"AMAZON","marketplaceId":"ATVPDKIKX0DER"},\
        "buyer":{"buyerName":"Ada Example","buyerEmail":"ada@example.com"},\
        "recipient":{"deliveryAddress":{"name":"Ada Example","companyName":"Garage","addressLine1":"1 Main St",\
        "addressLine2":"Rear","addressLine3":"","city":"Austin","stateOrRegion":"TX","postalCode":"78701",\
        "countryCode":"US","phone":"+1556"}},\
        "proceeds":{"grandTotal":{"amount":"52.08","currencyCode":"USD"}},\
        "fulfillment":{"fulfillmentStatus":"UNSHIPPED","fulfilledBy":"MERCHANT"},\
        "orderItems":[{"orderItemId":"i1","quantityOrdered":2,"product":{"sellerSku":"PAD-1","title":"Pads",\
        "price":{"unitPrice":{"amount":"19.99","currencyCode":"USD"}}},"proceeds":{"breakdowns":[\
        {"type":"ITEM","subtotal":{"amount":"39.98","currencyCode":"USD"}},\
        {"type":"DISCOUNT","subtotal":{"amount":"-4.00","currencyCode":"USD"}},\
        {"type":"SHIPPING","subtotal":{"amount":"7.50","currencyCode":"USD"}},\
        {"type":"TAX","subtotal":{"amount":"3.20","currencyCode":"USD"},"detailedBreakdowns":[\
        {"subtype":"SHIPPING","value":{"amount":"0.60","currencyCode":"USD"}}]}]}},\
        {"orderItemId":"i2","quantityOrdered":1,"product":{"sellerSku":"CLIP-2","title":"Clip",\
        "price":{"unitPrice":{"amount":"5.40","currencyCode":"USD"}}}}]}
        """

    static func request(_ body: String) throws(PlatformFault) -> PlaceOrderRequest {
        try AmazonAdapter().order(from: Array(body.utf8), account: .example())
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
        let request = try Self.request(Self.example)
        #expect(request.orderID == "114-1" && request.connection == "amazon" && request.platform == "Amazon")
        #expect(request.currency == "USD" && !request.taxIncluded && request.total == Decimal(micros: 52_080_000))
        #expect(request.shipping == Decimal(micros: 7_500_000) && request.shippingTax == Decimal(micros: 600_000))
        #expect(request.status == .unspecified && request.paymentStatus == .paid && request.tags == ["PRIME"])
        #expect(request.orderDate?.seconds == 1_767_225_600)
        #expect(request.buyer == Buyer(name: "Ada Example", email: "ada@example.com", phone: "+1556"))
        #expect(
            request.shippingAddress
                == Address(
                    name: "Ada Example", company: "Garage", lines: ["1 Main St", "Rear"], city: "Austin", region: "TX",
                    postalCode: "78701", country: "US", phone: "+1556"))
        #expect(
            request.items == [
                OrderItem(
                    sku: "PAD-1", quantity: 2, price: Decimal(micros: 19_990_000), discount: Decimal(micros: 4_000_000),
                    tax: Decimal(micros: 2_600_000), title: "Pads", channelLineID: "i1"),
                OrderItem(
                    sku: "CLIP-2", quantity: 1, price: Decimal(micros: 5_400_000), discount: Decimal(micros: 0),
                    tax: Decimal(micros: 0), title: "Clip", channelLineID: "i2"),
            ])
    }

    @Test("a total that the parts do not come to is not checked; one with the tax in the prices is")
    func totals() throws {
        let other = Self.example.replacing(#""amount":"52.08""#, with: #""amount":"52.09""#)
        #expect(try Self.request(other).total == nil)
        let included = try Self.request(Self.example.replacing(#""amount":"52.08""#, with: #""amount":"48.88""#))
        #expect(included.taxIncluded && included.total == Decimal(micros: 48_880_000))
    }

    @Test("tax on shipping that is told in several parts is their sum")
    func shippingTax() throws {
        let parts = #"{"subtype":"SHIPPING","value":{"amount":"0.60","currencyCode":"USD"}}"#
        let split = ["0.40", "0.20"].map { parts.replacing("0.60", with: $0) }.joined(separator: ",")
        #expect(try Self.request(Self.example.replacing(parts, with: split)) == Self.request(Self.example))
        let breakdown =
            #"{"type":"TAX","subtotal":{"amount":"3.20","currencyCode":"USD"},"detailedBreakdowns":[\#(parts)]}"#
        let several = [("2.90", "0.40"), ("0.30", "0.20")].map { sum, part in
            breakdown.replacing("3.20", with: sum).replacing("0.60", with: part)
        }.joined(separator: ",")
        #expect(Self.example.contains(breakdown))
        #expect(try Self.request(Self.example.replacing(breakdown, with: several)) == Self.request(Self.example))
    }

    @Test("states: what is not paid yet is not placed, and what has ended is taken in as it is")
    func states() throws {
        let with = { (status: String) in Self.example.replacing("UNSHIPPED", with: status) }
        #expect(try Self.request(with("SHIPPED")).status == .shipped)
        let cancelled = try Self.request(with("CANCELLED"))
        #expect(cancelled.status == .cancelled && cancelled.paymentStatus == .pending)
        #expect(try AmazonAdapter().isCancelled(Array(with("CANCELLED").utf8)))
        #expect(try !AmazonAdapter().isCancelled(Array(Self.example.utf8)))
        #expect(try Self.request(with("PARTIALLY_SHIPPED")).status == .unspecified)
        #expect(Self.fault(with("PENDING"))?.message.contains("fulfillmentStatus") == true)
        #expect(Self.fault(with("NEW_ONE"))?.code == "not-understood")
    }

    @Test("of an order that was partly cancelled before it was seen, what is left is placed")
    func edited() throws {
        let body = Self.example.replacing(
            #""quantityOrdered":2,"#,
            with: #""quantityOrdered":2,"fulfillment":{"quantityFulfilled":0,"quantityUnfulfilled":1},"#)
        let request = try Self.request(body)
        #expect(request.items.map(\.quantity) == [1, 1] && request.total == nil)
        #expect(request.items[0].discount == Decimal(micros: 2_000_000))
    }

    @Test(
        "a field that is not what it must be is named",
        arguments: [
            (#""orderId":"114-1""#, #""orderId":7"#, "orderId"),
            (#""2026-01-01T00:00:00Z""#, #""yesterday""#, "createdTime"),
            (#""amount":"19.99""#, #""amount":"1e400""#, "orderItems[0].product.price.unitPrice.amount"),
            (#""amount":"19.99","currencyCode":"USD""#, #""amount":"19.99","currencyCode":"EUR""#, "currencyCode"),
            (#""quantityOrdered":1"#, #""quantityOrdered":-1"#, "orderItems[1].quantityOrdered"),
            (#""sellerSku":"CLIP-2""#, #""sellerSku":"""#, "orderItems[1].product.sellerSku"),
            (#""fulfillment":{"fulfillmentStatus":"UNSHIPPED","fulfilledBy":"MERCHANT"}"#, #""x":1"#, "fulfillment"),
        ])
    func named(text: String, replacement: String, field: String) {
        let fault = Self.fault(Self.example.replacing(text, with: replacement))
        #expect(fault?.code == "not-understood" && fault?.kind == .refused)
        #expect(fault?.message.contains(field) == true, "\(fault?.message ?? "")")
    }

    @Test("a body that is cut off at any byte, or has any byte changed, is an order or a fault")
    func damaged() {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let bytes = Array(Self.example.utf8)
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
    }

    @Test("sums that are too great are a fault")
    func great() {
        let great = Self.example.replacing(#""quantityOrdered":2"#, with: #""quantityOrdered":999999999"#)
            .replacing(#""amount":"19.99""#, with: #""amount":"8999999999.99""#)
        #expect(Self.fault(great)?.message.contains("too great") == true)
    }

    @Test("orders come page by page, those of the platform's warehouses and those that are not paid left out")
    func pages() async throws {
        let amazon = ScriptedAmazon { (_, count) in
            .json(
                #"{"orders":[\#(Self.example)],"pagination":\#(count == 0 ? #"{"nextToken":"n=="}"# : "{}")}"#,
                headers: [PlatformHeader("x-amzn-RateLimit-Limit", "0.01")])
        }
        let since: Int64 = 1_767_225_600_000_000
        let first = try await amazon.session().orders(since: since, page: "")
        #expect(first.next == "n==" && first.orders.map(\.id) == ["114-1"])
        #expect(first.orders[0].changedAt == 1_767_312_000_000_000)
        #expect(first.quotas == [QuotaObservation(bucket: "searchOrders", ratePerSecond: 0.01, cost: 1)])
        let second = try await amazon.session().orders(since: since, page: first.next)
        #expect(second.next.isEmpty)
        #expect(
            amazon.calls[0].target
                == "/orders/2026-01-01/orders?marketplaceIds=ATVPDKIKX0DER&lastUpdatedAfter=2026-01-01T00%3A00%3A00Z"
                + "&fulfilledBy=MERCHANT&fulfillmentStatuses=UNSHIPPED,PARTIALLY_SHIPPED,SHIPPED,CANCELLED"
                + "&includedData=BUYER,RECIPIENT,PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES&maxResultsPerPage=100")
        #expect(amazon.calls[1].target == amazon.calls[0].target + "&paginationToken=n%3D%3D")
    }

    @Test("one order, one that is not there, and an answer with another one")
    func single() async throws {
        let amazon = ScriptedAmazon { (_, _) in .json(#"{"order":\#(Self.example)}"#) }
        #expect(try await amazon.session().order(id: "114-1").id == "114-1")
        #expect(await #expect(throws: PlatformFault.self) { try await amazon.session().order(id: "2") }?.kind == .retry)
        let none = ScriptedAmazon { (_, _) in .error(404, "NotFound") }
        let fault = await #expect(throws: PlatformFault.self) { try await none.session().order(id: "114-1") }
        #expect(fault?.code == "order-missing")
    }
}
