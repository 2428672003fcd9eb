import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@Suite("Orders of which something is missing", .processorBound)
struct ShortfallTests {
    private static let moment = OrderMoment(now: OrderSamples.now, by: "test")

    /// An order of three units for 10.00 with 1.00 off and of two for 50.00, of which units are missing.
    private static func state(missing: [Int64]) throws -> OrderState {
        var request = OrderSamples.request(lines: 2)
        request.items[0].quantity = 3
        request.items[0].price = .units(10)
        request.items[0].discount = .units(1)
        request.items[0].tax = .units(2)
        request.shipping = .units(5)
        var order = try OrderSamples.order(request)
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var state = OrderState(order: order)
        let lines = zip(order.items, missing).filter { $0.1 > 0 }
            .map { ShortfallLine(lineID: $0.lineID, sku: $0.sku, missing: $1) }
        try state.conclude(.short(lines), attempt: 1, at: Self.moment)
        return OrderState(order: state.order)
    }

    @Test("it says what is missing and what can be done")
    func told() throws {
        let order = try Self.state(missing: [1, 0]).order
        #expect(order.status == .pending && order.reservationID.isEmpty)
        #expect(order.shortfall?.lines == [ShortfallLine(lineID: "1", sku: "PART-0", missing: 1)])
        #expect(order.shortfall?.choices.contains(.split) == true)
        let all = try Self.state(missing: [3, 2]).order
        #expect(all.shortfall?.choices.contains(.split) == false)
    }

    @Test("trying again, and promising, are another attempt")
    func again() throws {
        var state = try Self.state(missing: [1, 0])
        try state.resolve(.backorder, at: Self.moment)
        #expect(state.order.attempt == 2 && state.order.shortfall == nil && state.effects.isEmpty)
        #expect(
            state.order.plan?.onShortfall == .backorder && state.order.plan?.backorderCap == OrderLimits.backorderCap)
        let refusal = #expect(throws: OrderRefusal.self) { try state.resolve(.retry, at: Self.moment) }
        #expect(refusal?.reason == .stateNotAllowed)
    }

    @Test("another part takes a line's place at its price")
    func substitute() throws {
        var state = try Self.state(missing: [1, 0])
        try state.resolve(.substitute(["1": "NEW"]), at: Self.moment)
        #expect(state.order.items[0].sku == "NEW" && state.order.items[0].substituteFor == "PART-0")
        #expect(state.order.items[0].price == .units(10))
        var other = try Self.state(missing: [1, 0])
        let refusal = #expect(throws: OrderRefusal.self) {
            try other.resolve(.substitute(["9": "NEW"]), at: Self.moment)
        }
        #expect(refusal?.reason == .unknownLine && other.order.shortfall != nil)
    }

    @Test("what is missing is cancelled, and the order where all is")
    func cancel() throws {
        var state = try Self.state(missing: [1, 0])
        try state.resolve(.cancel, at: Self.moment)
        #expect(state.order.items[0].cancelled == 1 && state.order.status == .pending && state.order.attempt == 2)
        var all = try Self.state(missing: [3, 2])
        try all.resolve(.cancel, at: Self.moment)
        #expect(all.order.status == .cancelled && all.order.cancelReason == .outOfStock && !all.order.mayBePlacedAnew)
        #expect(all.order.totals?.total == Decimal())
    }

    @Test("what is split off is another order, and the two come to what the one did")
    func split() throws {
        var state = try Self.state(missing: [1, 2])
        let total = try #require(state.order.totals?.total?.micros)
        let childID = OrderID(high: 0x7000, low: 1 << 63 | 5)
        try state.resolve(.split(missing: ["1": 1, "2": 2]), at: Self.moment)
        #expect(Placement(of: state.order).step == .separate)
        var child = try state.order.orderForSplitItems()
        child.name(childID)
        for _ in 0..<2 { state.order.adopt(childID) }
        #expect(state.order.childIDs == [childID.description])
        #expect(try state.order.orderForSplitItems().orderID == child.orderID)
        #expect(child.orderID == "ORD-1-2" && child.parentID == state.order.id && child.shortfall != nil)
        #expect(child.items.map(\.quantity) == [1, 2] && child.items.map(\.lineID) == ["1", "2"])
        #expect((state.order.totals?.total?.micros ?? 0) + (child.totals?.total?.micros ?? 0) == total)
        #expect(child.totals?.discount == .units(0, cents: 33) && child.totals?.tax == .units(0, cents: 67))
        // It is decided about as any other.
        var waiting = OrderState(order: child)
        try waiting.resolve(.retry, at: Self.moment)
        #expect(waiting.order.attempt == 2 && waiting.order.reservationID == "\(childID).2")
        var all = try Self.state(missing: [3, 2])
        let refusal = #expect(throws: OrderRefusal.self) {
            try all.resolve(.split(missing: ["1": 3, "2": 2]), at: Self.moment)
        }
        #expect(refusal?.reason == .insufficientStock)
    }

    @Test("what replaces a part costs nothing and goes where the order went")
    func replacement() throws {
        var request = OrderSamples.request()
        request.shippingAddress = Address(country: "US")
        var order = try OrderSamples.order(request)
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var child = try order.replacement([OrderItem(sku: "B", quantity: 1, price: .units(9))], named: "r1")
        #expect(child.orderID == "ORD-1-r1" && child.totals?.total == Decimal() && child.parentID == order.id)
        #expect(child.shippingAddress == order.shippingAddress && child.plan?.onShortfall == .refuse)
        child.name(OrderID(high: 0x7000, low: 1 << 63 | 1))
        #expect(child.attempt == 1 && Placement(of: child).step == .reserve)
        let refusal = #expect(throws: OrderRefusal.self) { try order.replacement([], named: "r2") }
        #expect(refusal?.reason == .invalidValue)
    }

    @Test("kits count as backordered by their scarcest component")
    func backorders() throws {
        var order = try OrderSamples.order(OrderSamples.request())
        order.name(OrderID(high: 0x7000, low: 1 << 63))
        var state = OrderState(order: order)
        let units = [
            HeldUnits(line: 0, sku: "A", locationID: "W", quantity: 4, backordered: 1),
            HeldUnits(line: 0, sku: "B", locationID: "W", quantity: 1),
            HeldUnits(line: 0, sku: "B", locationID: "W", quantity: 1),
        ]
        try state.conclude(.confirmed(units), attempt: 1, at: Self.moment)
        #expect(state.order.items[0].backordered == 1)
        #expect(state.order.items[0].allocations.map(\.quantity) == [4, 2])
    }
}
