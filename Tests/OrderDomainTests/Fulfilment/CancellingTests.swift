import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing

@Suite("Cancelling", .processorBound)
struct CancellingTests {
    private func cancel(_ lines: [(String, Int64)] = []) -> CancelOrderRequest {
        CancelOrderRequest(lines: lines.map { LineQuantity(lineID: $0, quantity: $1) }, reason: .buyer)
    }

    @Test(
        "all of an order gives back all that is held, and its coupons",
        arguments: [OrderStatus.pending, .reserved, .confirmed])
    func whole(_ status: OrderStatus) throws {
        var state = try StandingOrder.state(status) {
            $0.redemptionID = "\($0.id).1"
            $0.heldUntil = StandingOrder.instant(1)
            $0.shortfall = Shortfall(reason: "none there")
        }
        try state.cancel(self.cancel(), at: StandingOrder.moment())
        #expect(state.order.status == .cancelled && state.order.cancelReason == .buyer)
        #expect(state.order.heldUntil == nil && state.order.shortfall == nil && state.order.plan == nil)
        #expect(state.item().cancelled == 2 && state.item().allocations.isEmpty)
        #expect(
            state.effects == [
                .reverseRedemption(id: state.order.redemptionID),
                .releaseReservation(id: state.order.reservationID, []),
            ])
        // What was paid stays on record; giving it back is a refund of its own.
        #expect(state.order.paymentStatus == .paid && state.order.totals?.paid == .units(20))
        #expect(state.order.totals?.total == .units(0))
        try state.recordRefund(
            RecordRefundRequest(amount: .units(20), reason: .cancellation), at: StandingOrder.moment())
        #expect(state.order.paymentStatus == .refunded)
    }

    @Test("naming all units is the same as naming none", arguments: [OrderStatus.pending, .confirmed])
    func named(_ status: OrderStatus) throws {
        var state = try StandingOrder.state(status)
        try state.cancel(self.cancel([("1", 2)]), at: StandingOrder.moment())
        #expect(state.order.status == .cancelled)
        #expect(state.effects == [.releaseReservation(id: state.order.reservationID, [])])
    }

    @Test("what was never paid is not paid when it is cancelled")
    func unpaid() throws {
        var state = try StandingOrder.state(isPaid: false)
        try state.cancel(self.cancel(), at: StandingOrder.moment())
        #expect(state.order.paymentStatus == .pending)
    }

    @Test("a part gives back its portions, those promised last first")
    func part() throws {
        var state = try StandingOrder.state(
            .confirmed, [StandingOrder.line(5, at: ["W1": 2, "W2": 3]), StandingOrder.line(1, id: "2", sku: "B")]
        ) {
            $0.items[0].allocations[1].backordered = 2
            $0.items[0].backordered = 2
        }
        try state.cancel(self.cancel([("1", 4)]), at: StandingOrder.moment())
        #expect(state.order.status == .confirmed && state.order.cancelReason == .unspecified)
        #expect(state.item().cancelled == 4 && state.item().backordered == 0)
        #expect(state.item().allocations == [LineAllocation(sku: "A", locationID: "W1", quantity: 1)])
        #expect(
            state.effects == [
                .releaseReservation(
                    id: state.order.reservationID,
                    [
                        .init(line: 0, sku: "A", locationID: "W2", quantity: 3),
                        .init(line: 0, sku: "A", locationID: "W1", quantity: 1),
                    ])
            ])
        #expect(state.order.totals?.total == .units(20))
        state = OrderState(order: state.order)
        // The rest is named, since an earlier portion may come behind it.
        try state.cancel(self.cancel(), at: StandingOrder.moment())
        #expect(state.order.status == .cancelled)
        #expect(
            state.portions == [
                .init(line: 0, sku: "A", locationID: "W1", quantity: 1),
                .init(line: 1, sku: "B", locationID: "W1", quantity: 1),
            ])
    }

    @Test("a reserved order stays reserved without some of its units")
    func reserved() throws {
        var state = try StandingOrder.state(.reserved, isPaid: false)
        try state.cancel(self.cancel([("1", 1)]), at: StandingOrder.moment())
        #expect(state.order.status == .reserved && state.portions.map(\.quantity) == [1])
        #expect(state.order.totals?.total == .units(10))
        try state.recordPayment(
            RecordPaymentRequest(kind: .payment, amount: .units(10)), at: StandingOrder.moment())
        #expect(state.order.paymentStatus == .paid && state.order.isPaid)
    }

    @Test("the rest of what has shipped in part")
    func rest() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(3)]) { $0.redemptionID = "r" }
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 1)]), at: StandingOrder.moment())
        state = OrderState(order: state.order)
        try state.cancel(self.cancel(), at: StandingOrder.moment())
        #expect(state.order.status == .shipped && state.item().shipped == 1 && state.item().cancelled == 2)
        #expect(
            state.effects == [
                .releaseReservation(
                    id: state.order.reservationID, [.init(line: 0, sku: "A", locationID: "W1", quantity: 2)])
            ])
        try state.updateShipment(
            UpdateShipmentRequest(shipmentID: "s1", deliveredAt: StandingOrder.instant(1)),
            at: StandingOrder.moment())
        #expect(state.order.status == .delivered)
    }

    @Test("where what has shipped has arrived, cancelling the rest delivers the order")
    func arrived() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(3)])
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 1)]), at: StandingOrder.moment())
        try state.updateShipment(
            UpdateShipmentRequest(shipmentID: "s1", deliveredAt: StandingOrder.instant(1)),
            at: StandingOrder.moment())
        #expect(state.order.status == .partiallyShipped)
        try state.cancel(self.cancel(), at: StandingOrder.moment())
        #expect(state.order.status == .delivered)
    }

    @Test("a kit of which a component has left cannot be cancelled any more")
    func kits() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.kit(3)])
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "k", quantity: 1, sku: "P")]), at: StandingOrder.moment())
        state = OrderState(order: state.order)
        let three = self.cancel([("k", 3)])
        #expect(state.refusal { try $0.cancel(three, at: StandingOrder.moment()) }?.reason == .quantityExceeded)
        try state.cancel(self.cancel(), at: StandingOrder.moment())
        #expect(state.item("k").cancelled == 2 && state.order.status == .partiallyShipped)
        let released = state.portions.reduce(into: [String: Int64]()) { $0["\($1.sku) \($1.locationID)"] = $1.quantity }
        #expect(released == ["P W1": 4, "R W2": 1, "R W1": 1])
        #expect(state.refusal { try $0.cancel(self.cancel(), at: StandingOrder.moment()) }?.reason == .stateNotAllowed)
        state = OrderState(order: state.order)
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment())
        #expect(state.order.status == .shipped && state.item("k").shipped == 1)
        #expect(Set(state.portions.map { "\($0.sku) \($0.quantity)" }) == ["P 1", "R 1"])
    }

    @Test("while an order is being placed, all of it or nothing")
    func pending() throws {
        let state = try StandingOrder.state(.pending)
        let refusal = state.refusal { try $0.cancel(self.cancel([("1", 1)]), at: StandingOrder.moment()) }
        #expect(refusal?.reason == .stateNotAllowed && refusal?.faults.map(\.field) == ["lines"])
    }

    @Test("portions name the lines' places among those that were reserved")
    func places() throws {
        var state = try StandingOrder.state(
            .confirmed, (1...4).map { StandingOrder.line(2, id: "\($0)", sku: "S\($0)") }
        ) {
            // It was cancelled before anything was reserved.
            ($0.items[0].cancelled, $0.items[0].allocations) = (2, [])
            $0.reservedLines = [1, 2, 3]
        }
        try state.cancel(self.cancel([("2", 2)]), at: StandingOrder.moment())
        try state.cancel(self.cancel([("3", 1)]), at: StandingOrder.moment())
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment())
        #expect(
            state.portions.map { "\($0.line) \($0.sku) \($0.quantity)" } == ["0 S2 2", "1 S3 1", "1 S3 1", "2 S4 2"])
    }

    static let wrong: [(CancelOrderRequest, RefusalReason, String)] = [
        (CancelOrderRequest(), .invalidValue, "reason"),
        (CancelOrderRequest(reason: .unrecognized(99)), .invalidValue, "reason"),
        (
            CancelOrderRequest(lines: [LineQuantity(lineID: "9", quantity: 1)], reason: .buyer), .unknownLine,
            "lines[0].lineId"
        ),
        (
            CancelOrderRequest(lines: [LineQuantity(lineID: "1", quantity: 3)], reason: .buyer), .quantityExceeded,
            "lines[0].quantity"
        ),
        (
            CancelOrderRequest(lines: [LineQuantity(lineID: "1", quantity: 0)], reason: .buyer), .invalidValue,
            "lines[0].quantity"
        ),
        (
            CancelOrderRequest(
                lines: [LineQuantity(lineID: "1", quantity: 1), LineQuantity(lineID: "1", quantity: 1)],
                reason: .buyer),
            .duplicateEntry, "lines[1].lineId"
        ),
    ]

    @Test("what cannot be cancelled is named", arguments: wrong)
    func refusals(_ request: CancelOrderRequest, _ reason: RefusalReason, _ field: String) throws {
        let refusal = try StandingOrder.state().refusal { try $0.cancel(request, at: StandingOrder.moment()) }
        #expect(refusal?.reason == reason && refusal?.faults.map(\.field) == [field])
    }
}
