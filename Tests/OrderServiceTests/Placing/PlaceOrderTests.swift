import InventoryMessages
import OrderDomain
import OrderMessages
import PricingMessages
import RPC
import Refusals
import Testing
import WellKnownMessages
import Wire

@testable import OrderService

@Suite("Placing orders")
struct PlaceOrderTests {
    @Test("the document of the seed article is taken in and read back as it is, and holds nothing")
    func article() async throws {
        try await PlacingHarness.withProcess { harness, process in
            let date = ProtoTimestamp(seconds: 1_717_245_900)
            let request = PlaceOrderRequest(
                orderID: "ORD09876", platform: "Amazon", orderDate: date,
                items: [OrderItem(sku: "ABC1234", quantity: 2, price: Decimal(micros: 50_000_000))],
                status: .fulfilled, paymentStatus: .paid, shippingTracking: "TRACK123")
            let answer = try await process.place(request)
            #expect(answer.created)
            let order = try await process.order("ORD09876")
            #expect(order == answer.order)
            #expect(order.orderID == "ORD09876" && order.platform == "Amazon" && order.orderDate == date)
            #expect(order.items.map(\.sku) == ["ABC1234"] && order.items.map(\.quantity) == [2])
            #expect(order.items[0].price == Decimal(micros: 50_000_000))
            #expect(order.status == .fulfilled && order.paymentStatus == .paid)
            #expect(order.shippingTracking == "TRACK123")
            let again = try await process.place(request)
            #expect(!again.created && again.order == order)
            #expect(harness.faults.calls(of: "Reserve") == 0 && harness.faults.calls(of: "GetQuote") == 0)
            #expect(try await process.number("select count(*) from order_placement") == 0)
        }
    }

    @Test("an order with prices is confirmed by one call of inventory, and none of pricing")
    func priced() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10, "B": 10, "C": 10])
            let answer = try await process.place(PlacingHarness.request("A", "B", "C"), key: "key-1")
            let order = try #require(answer.order)
            #expect(answer.created && order.status == .confirmed && order.attempt == 1 && order.plan == nil)
            #expect(order.items.map { $0.allocations.map(\.quantity) } == [[2], [2], [2]])
            #expect(try await harness.reservation(order.reservationID) == .confirmed)
            #expect(try await harness.free("A") == 8)
            #expect(order.redemptionID.isEmpty && harness.faults.calls(of: "GetQuote") == 0)
            #expect(harness.faults.calls(of: "Reserve") == 1 && harness.faults.calls(of: "ConfirmReservation") == 0)
            #expect(try await process.number("select count(*) from order_placement") == 0)
        }
    }

    @Test("prices are those of the quote, and its coupon is redeemed")
    func quoted() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10])
            try await harness.price(["A": "50"])
            try await harness.coupon("TEN", uses: 1)
            var request = PlacingHarness.unpriced("A", coupons: ["TEN"])
            request.total = Decimal(micros: 90_000_000)
            let order = try #require(try await process.place(request).order)
            #expect(order.status == .confirmed && order.items[0].price == Decimal(micros: 50_000_000))
            #expect(order.items[0].discount == Decimal(micros: 10_000_000) && order.items[0].priceListID == "retail")
            #expect(order.items[0].priceRuleIDs == ["sale"] && !order.quoteVersion.isEmpty)
            #expect(try await harness.redemption(order.redemptionID) == .redeemed)
            // A repeat is answered though the coupon is used up now.
            let again = try await process.place(request)
            #expect(!again.created && again.order == order)
            let refusal = try await harness.refusal {
                _ = try await process.place(PlacingHarness.unpriced("A", coupons: ["TEN"]))
            }
            #expect(refusal?.reason == .couponRefused && refusal?.faults.map(\.field) == ["coupons[0]"])
            #expect(try await process.number("select count(*) from sales_order") == 1)
        }
    }

    @Test("a price that changed since the quote is told with what it is now, and leaves nothing")
    func priceChanged() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10])
            try await harness.price(["A": "50"])
            let seen = try #require(try await process.place(PlacingHarness.unpriced("A")).order)
            try await harness.price(["A": "51"])
            var request = PlacingHarness.unpriced("A")
            request.quoteVersion = seen.quoteVersion
            let refusal = try #require(try await harness.refusal { _ = try await process.place(request) })
            #expect(refusal.reason == .priceChanged)
            let fields = refusal.faults.map(\.field)
            #expect(fields.contains("quoteVersion") && fields.contains("items[0]"))
            let version = refusal.faults.first { $0.field == "quoteVersion" }?.expected ?? ""
            #expect(refusal.faults.first { $0.field == "items[0]" }?.expected.hasPrefix("102") == true)
            #expect(try await process.number("select count(*) from sales_order") == 1)
            request.quoteVersion = version
            let order = try #require(try await process.place(request).order)
            #expect(order.items[0].price == Decimal(micros: 51_000_000) && order.quoteVersion == version)
        }
    }

    @Test("who repeats a call gets the first order; who uses its ids for another one is refused")
    func repeats() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10])
            let request = PlacingHarness.request("A", id: "ORD-1")
            let order = try #require(try await process.place(request, key: "key-1").order)
            let answers = [
                try await process.place(request, key: "key-1"), try await process.place(request),
                try await process.place(request, key: "key-2"),
            ]
            #expect(answers.allSatisfy { !$0.created && $0.order == order })
            var other = request
            other.items[0].quantity = 3
            let exists = try await harness.refusal { _ = try await process.place(other, key: "key-3") }
            #expect(exists?.reason == .orderExists)
            other.orderID = ""
            let reused = try await harness.refusal { _ = try await process.place(other, key: "key-1") }
            #expect(reused?.reason == .commandIDReused)
            let missing = try await harness.refusal { _ = try await process.place(other) }
            #expect(missing?.reason == .keyRequired)
            #expect(try await harness.free("A") == 8)
        }
    }

    @Test("a SKU that inventory does not know is told; once it is known, the same order can be placed")
    func unknownSKU() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10])
            let request = PlacingHarness.request("A", "NOBODY", id: "ORD-1")
            let refusal = try #require(try await harness.refusal { _ = try await process.place(request) })
            #expect(refusal.reason == .unknownSku && refusal.faults.map(\.field) == ["items[1].sku"])
            let cancelled = try await process.order("ORD-1")
            #expect(cancelled.status == .cancelled && cancelled.cancelReason == .notPlaced)
            try await process.settle()
            #expect(try await harness.openReservations().isEmpty)
            try await harness.stock(["NOBODY": 5])
            let answer = try await process.place(request)
            #expect(answer.created && answer.order?.status == .confirmed && answer.order?.attempt == 2)
            #expect(answer.order?.id == cancelled.id)
            #expect(try await harness.openReservations() == ["\(cancelled.id).2"])
        }
    }

    @Test("where stock is short an order waits, is refused or is promised, as it was asked for")
    func policies() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10, "B": 1])
            var request = PlacingHarness.request("A", "B", id: "HOLD")
            let held = try #require(try await process.place(request).order)
            #expect(held.status == .pending && held.shortfall?.lines.map(\.missing) == [1])
            #expect(held.shortfall?.lines.map(\.lineID) == ["2"])
            let waiting = try await process.place(request)
            #expect(!waiting.created && waiting.order == held)
            request.orderID = "REFUSE"
            request.onShortfall = .refuse
            let refusal = try #require(try await harness.refusal { _ = try await process.place(request) })
            #expect(refusal.reason == .insufficientStock && refusal.faults.count == 1)
            #expect(try await process.order("REFUSE").cancelReason == .outOfStock)
            try await process.settle()
            #expect(try await harness.openReservations().isEmpty)
            request.orderID = "BACKORDER"
            request.onShortfall = .backorder
            try await harness.allowBackorders()
            let promised = try #require(try await process.place(request).order)
            #expect(promised.status == .confirmed && promised.items.map(\.backordered) == [0, 1])
            #expect(try await harness.openReservations() == [promised.reservationID])
        }
    }

    @Test("where others cannot be reached the order is on record, and goes on by itself")
    func unreachable() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10])
            harness.faults.setDown(true)
            let request = PlacingHarness.request("A", id: "ORD-1")
            let refusal = try await harness.refusal {
                _ = try await process.place(request, patience: .milliseconds(100))
            }
            #expect(refusal?.reason == .stillPending)
            #expect(try await process.order("ORD-1").status == .pending)
            harness.faults.setDown(false)
            try await process.settle()
            #expect(try await process.order("ORD-1").status == .confirmed)
            #expect(try await process.place(request).created == false)
            #expect(try await harness.openReservations().count == 1)
        }
    }

    @Test("without pricing an order that needs it leaves nothing, but a repeat is answered")
    func pricingUnreachable() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10])
            try await harness.price(["A": "50"])
            let request = PlacingHarness.unpriced("A")
            let order = try #require(try await process.place(request).order)
            harness.faults.setDown(true)
            let again = try await process.place(request, patience: .milliseconds(100))
            #expect(!again.created && again.order == order)
            let error = await #expect(throws: RPCError.self) {
                try await process.place(PlacingHarness.unpriced("A"), patience: .milliseconds(100))
            }
            #expect(error?.code == .unavailable)
            #expect(try await process.number("select count(*) from sales_order") == 1)
        }
    }

    @Test("an order that another one brings about costs nothing, and is placed once")
    func replacement() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10, "B": 1])
            let parent = try #require(try await process.place(PlacingHarness.request("A", id: "ORD-1")).order)
            let exchange = try parent.replacement([OrderItem(sku: "B", quantity: 1)], named: "r1")
            let order = try await process.placements.place(exchange, commandID: "c.r1", for: process.placing())
            #expect(order.status == .confirmed && order.parentID == parent.id && order.orderID == "ORD-1-r1")
            #expect(order.totals?.total == Decimal() && order.paymentStatus == .paid)
            let again = try await process.placements.place(exchange, commandID: "c.r1", for: process.placing())
            #expect(again == order)
            let more = try parent.replacement([OrderItem(sku: "B", quantity: 1)], named: "r2")
            let refusal = try await harness.refusal {
                _ = try await process.placements.place(more, commandID: "c.r2", for: process.placing())
            }
            #expect(refusal?.reason == .insufficientStock)
        }
    }
}
