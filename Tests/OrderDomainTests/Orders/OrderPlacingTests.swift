import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@Suite("Orders as they are asked for", .processorBound)
struct OrderPlacingTests {
    @Test("the document of the seed article is taken in as it is")
    func article() throws {
        let order = try OrderSamples.order(OrderSamples.article)
        #expect(order.orderID == "ORD09876" && order.platform == "Amazon" && order.connection == "amazon")
        #expect(order.orderDate == OrderSamples.article.orderDate)
        #expect(order.items.map(\.sku) == ["ABC1234"] && order.items.map(\.quantity) == [2])
        #expect(order.items.map(\.price) == [.units(50)])
        #expect(order.status == .fulfilled && order.paymentStatus == .paid)
        #expect(order.shippingTracking == "TRACK123")
        #expect(order.totals?.total == .units(100) && order.totals?.paid == .units(100))
        #expect(order.items[0].shipped == 2 && order.items[0].delivered == 0)
        #expect(order.shipments.map(\.tracking) == ["TRACK123"] && order.currency == "USD")
        #expect(order.plan == nil && order.reservationID.isEmpty)
    }

    @Test("an order that says little gets what is usual")
    func defaults() throws {
        var request = OrderSamples.request(lines: 2)
        request.platform = ""
        request.shippingAddress = Address(region: "CA", country: "US")
        var order = try OrderSamples.order(
            request, settings: OrderSettings(defaultCurrency: "EUR", onShortfall: .backorder, backorderCap: 7))
        #expect(order.platform == "direct" && order.connection == "direct" && order.currency == "EUR")
        #expect(order.orderDate == OrderSamples.now && order.region == "US-CA")
        #expect(order.items.map(\.lineID) == ["1", "2"])
        #expect(order.status == .pending && order.paymentStatus == .pending)
        #expect(order.plan?.onShortfall == .backorder && order.plan?.backorderCap == 7)
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        #expect(order.attempt == 1 && order.reservationID == "\(order.id).1" && order.redemptionID.isEmpty)
    }

    @Test(
        "connections follow from platforms",
        arguments: [("Amazon", "amazon"), ("Amazon US", "amazon-us"), ("_eBay.de", "ebay.de"), ("Ä1", "1")])
    func connections(_ platform: String, _ connection: String) throws {
        var request = OrderSamples.request()
        request.platform = platform
        #expect(try OrderSamples.order(request).connection == connection)
    }

    @Test("lines without ids get numbers that no other line has")
    func lineIDs() throws {
        var request = OrderSamples.request(lines: 4)
        request.items[0].lineID = "2"
        request.items[3].lineID = "x"
        #expect(try OrderSamples.order(request).items.map(\.lineID) == ["2", "3", "4", "x"])
        request.items[3].lineID = "2"
        #expect(OrderSamples.refusal(request)?.faults.map(\.field) == ["items[3].lineId"])
    }

    @Test("every value that is wrong is told at once")
    func faults() throws {
        var request = OrderSamples.request(lines: 5)
        request.orderID = "a\nb"
        request.connection = "Amazon"
        request.orderDate = ProtoTimestamp(seconds: OrderSamples.now.seconds + 3600)
        request.items[0].quantity = 0
        request.items[1].quantity = -1
        request.items[2].price = Decimal(micros: 1_234_567)
        request.items[3].price = Decimal(micros: -1)
        request.items[4].discount = .units(100, cents: 1)
        request.status = .confirmed
        request.paymentStatus = .partiallyPaid
        request.holdFor = ProtoDuration(seconds: 3601)
        request.coupons = ["A", "A"]
        let refusal = try #require(OrderSamples.refusal(request))
        #expect(
            Set(refusal.faults.map(\.field)) == [
                "orderId", "connection", "orderDate", "items[0].quantity", "items[1].quantity", "items[2].price",
                "items[3].price", "items[4].discount", "status", "paymentStatus", "holdFor", "coupons[1]",
            ])
        #expect(refusal.faults.allSatisfy { !$0.expected.isEmpty && !$0.reason.isEmpty })
    }

    /// A request that is wrong in one value.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let reason: RefusalReason
        let field: String
        let change: @Sendable (inout PlaceOrderRequest) -> Void

        init(
            _ reason: RefusalReason, _ field: String, _ change: @escaping @Sendable (inout PlaceOrderRequest) -> Void
        ) {
            self.reason = reason
            self.field = field
            self.change = change
        }

        var testDescription: String { "\(self.reason) \(self.field)" }

        static let all: [Wrong] = [
            Wrong(.invalidValue, "items") { $0.items = [] },
            Wrong(.tooMany, "items") { $0.items = Array(repeating: $0.items[0], count: 251) },
            Wrong(.invalidValue, "items[0].sku") { $0.items[0].sku = "" },
            Wrong(.invalidValue, "items[0].quantity") { $0.items[0].quantity = 1_000_000_001 },
            Wrong(.unknownCurrency, "currency") { $0.currency = "XXQ" },
            Wrong(.invalidAmount, "items[0].price") {
                $0.currency = "JPY"
                $0.items[0].price = .units(1, cents: 50)
            },
            Wrong(.invalidAmount, "items[0].price") { $0.items[0].price = Decimal(micros: .max) },
            Wrong(.invalidAmount, "items[0].price") { $0.items[0].quantity = 1_000_000_000 },
            Wrong(.invalidAmount, "shipping") { $0.shipping = Decimal(micros: -1) },
            Wrong(.dateOutOfRange, "orderDate") { $0.orderDate = ProtoTimestamp(seconds: -1) },
            Wrong(.totalMismatch, "total") { $0.total = .units(99, cents: 99) },
            Wrong(.invalidValue, "shippingTracking") { $0.shippingTracking = "T" },
            Wrong(.invalidValue, "items[0].price") {
                $0.status = .shipped
                $0.items[0].price = nil
            },
            Wrong(.invalidValue, "items[1].price") { $0.items.append(OrderItem(sku: "X", quantity: 1)) },
            Wrong(.invalidValue, "items[0].discount") {
                $0.items[0].price = nil
                $0.items[0].discount = .units(1)
            },
        ]
    }

    @Test("a value that is wrong has its reason", arguments: Wrong.all)
    func reasons(_ wrong: Wrong) throws {
        var request = OrderSamples.request()
        wrong.change(&request)
        let refusal = try #require(OrderSamples.refusal(request))
        #expect(refusal.reason == wrong.reason)
        #expect(refusal.faults.map(\.field) == [wrong.field])
    }

    @Test("an order without prices is complete when pricing has said them")
    func quoted() throws {
        var request = OrderSamples.request(lines: 2)
        request.items[0].price = nil
        request.items[1].price = nil
        request.total = .units(131)
        var order = try OrderSamples.order(request)
        #expect(order.needsQuote && order.totals == nil)
        let prices = try AgreedPrices(
            version: "v1",
            lines: [
                AgreedPrices.Line(
                    unitPrice: 50_000_000, net: 90_000_000, quantity: 2, coreCharge: 8_000_000, listID: "l",
                    ruleIDs: ["r"], field: "items[0]"),
                // A floor raised it to a sum that two units cannot share evenly.
                AgreedPrices.Line(
                    unitPrice: 10_000_000, net: 25_000_001, quantity: 2, coreCharge: 0, listID: "l", ruleIDs: [],
                    field: "items[1]"),
            ], uses: [PromisedUse(ruleID: "r", amount: .units(10))])
        #expect(throws: OrderRefusal.self) { try order.agree(to: prices, by: request) }
        request.total = Decimal(micros: 131_000_001)
        try order.agree(to: prices, by: request)
        #expect(order.items[1].price == Decimal(micros: 12_500_001) && order.items[1].discount == Decimal(micros: 1))
        #expect(order.totals?.core == .units(16) && order.totals?.discount == Decimal(micros: 10_000_001))
        #expect(order.quoteVersion == "v1" && order.plan?.uses.count == 1)
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        #expect(order.redemptionID == "\(order.id).1")
    }

    @Test(
        "what is paid from the start, and what came finished, is on record",
        arguments: [
            (.authorized, .pending, [.authorization]), (.paid, .delivered, [.payment]),
            (.refunded, .cancelled, [.payment]), (.failed, .cancelled, [.failure]),
            (.voided, .closed, [.authorization, .void]), (.pending, .shipped, []),
        ] as [(PaymentStatus, OrderStatus, [PaymentKind])])
    func records(_ payment: PaymentStatus, _ status: OrderStatus, _ kinds: [PaymentKind]) throws {
        var request = OrderSamples.request()
        request.status = status
        request.paymentStatus = payment
        let order = try OrderSamples.order(request)
        #expect(order.payments.map(\.kind) == kinds && order.paymentStatus == payment)
        #expect(order.payments.allSatisfy { $0.amount == .units(100) })
        #expect(order.refunds.count == (payment == .refunded ? 1 : 0))
        #expect(order.items[0].cancelled == (status == .cancelled ? 2 : 0))
        #expect(order.items[0].shipped == (status.hasShippedAll ? 2 : 0))
        #expect(order.totals?.total == (status == .cancelled ? Decimal() : .units(100)))
    }
}

extension OrderSamples {
    /// Why a request is refused; nil: it is not.
    static func refusal(_ request: PlaceOrderRequest) -> OrderRefusal? {
        do {
            _ = try Self.order(request)
            return nil
        } catch { return error }
    }
}
