import DrivelineTesting
import InventoryAPI
import InventoryMessages
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import RPC
import Testing

@testable import OrderService

@Suite("What is done with orders that stand", .timeLimit(.minutes(5)))
struct FulfilmentTests {
    @Test("stock leaves with its parcels, and the order is delivered when they have arrived")
    func shipping() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10, "B": 10])
            let order = try await harness.place(["A", "B"])
            #expect(try await harness.level("A") == .init(onHand: 10, reserved: 2))
            let first = try await harness.fulfilment.shipOrder(
                ShipOrderRequest(
                    id: order.id, commandID: "1", lines: [ShipmentLine(lineID: "1", quantity: 1)], carrier: "UPS",
                    tracking: "T1"))
            #expect(first.status == .partiallyShipped && first.shippingTracking == "T1")
            #expect(first.shipments.first?.lines.first?.locationID == "WHS1")
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 9, reserved: 1))
            // By the channel's id.
            let second = try await harness.fulfilment.shipOrder(ShipOrderRequest(id: order.orderID, commandID: "2"))
            #expect(second.status == .shipped)
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 8))
            #expect(try await harness.level("B") == .init(onHand: 8))
            for shipment in ["s1", "s2"] {
                _ = try await harness.fulfilment.updateShipment(
                    UpdateShipmentRequest(
                        id: order.id, shipmentID: shipment, commandID: shipment,
                        deliveredAt: PostgresTimestamp.ofSystemClock.protobuf))
            }
            let last = try await harness.order(order.id)
            #expect(last.status == .delivered && last.items.allSatisfy { $0.delivered == 2 })
            let kinds = try await harness.log(of: order).map(\.kind).filter { $0 != .effect }
            #expect(kinds == [.placed, .confirmed, .shipped, .shipped, .delivered, .delivered])
            #expect(try await harness.parked() == 0)
        }
    }

    @Test("what is cancelled is free again, in part and whole, and so is the coupon")
    func cancelling() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            try await harness.goods.price(["A": "50"])
            try await harness.goods.coupon("TEN", uses: 1)
            let order = try await harness.place {
                $0.items[0].price = nil
                $0.coupons = ["TEN"]
            }
            #expect(try await harness.goods.openRedemptions().count == 1)
            let part = try await harness.fulfilment.cancelOrder(
                CancelOrderRequest(
                    id: order.id, commandID: "1", lines: [LineQuantity(lineID: "1", quantity: 1)], reason: .buyer))
            #expect(part.status == .confirmed && part.totals?.total == Decimal(micros: 45_000_000))
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 10, reserved: 1))
            #expect(try await harness.goods.openRedemptions().count == 1)
            let whole = try await harness.fulfilment.cancelOrder(
                CancelOrderRequest(id: order.id, commandID: "2", reason: .buyer))
            #expect(whole.status == .cancelled && whole.cancelReason == .buyer)
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 10))
            #expect(try await harness.goods.openRedemptions().isEmpty)
            #expect(try await harness.parked() == 0)
        }
    }

    @Test("an order that was never placed gives back what may come late")
    func pending() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 1])
            let order = try await harness.place()
            #expect(order.status == .pending && order.shortfall != nil)
            let cancelled = try await harness.fulfilment.cancelOrder(
                CancelOrderRequest(id: order.id, commandID: "1", reason: .seller))
            #expect(cancelled.status == .cancelled && cancelled.shortfall == nil)
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 1))
            #expect(try await harness.parked() == 0)
        }
    }

    @Test("a command that comes again answers the same, and does nothing more")
    func repeats() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.place()
            let ship = ShipOrderRequest(
                id: order.id, commandID: "s", lines: [ShipmentLine(lineID: "1", quantity: 1)])
            let answers = try await withThrowingTaskGroup(of: Order.self) { group in
                for _ in 0..<16 { group.addTask { try await harness.fulfilment.shipOrder(ship) } }
                return try await group.reduce(into: [Order]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.shipments.count == 1 && $0.version == answers[0].version })
            // By whatever name the order goes.
            var named = ship
            named.id = order.orderID
            #expect(try await harness.fulfilment.shipOrder(named).shipments.count == 1)
            var other = ship
            other.lines[0].quantity = 2
            let reused = try await harness.problem { _ = try await harness.fulfilment.shipOrder(other) }
            #expect(reused == "command-id-reused")
            let without = try await harness.problem {
                _ = try await harness.fulfilment.closeOrder(CloseOrderRequest(id: order.id))
            }
            #expect(without == "key-required")
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 9, reserved: 1))
        }
    }

    @Test("stock follows though inventory fails twice first")
    func failingEffects() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.place()
            harness.goods.faults.fail("CommitReservation", times: 2)
            harness.goods.faults.fail("ReleaseReservation", times: 2)
            _ = try await harness.fulfilment.shipOrder(
                ShipOrderRequest(id: order.id, commandID: "1", lines: [ShipmentLine(lineID: "1", quantity: 1)]))
            _ = try await harness.fulfilment.cancelOrder(
                CancelOrderRequest(id: order.id, commandID: "2", reason: .buyer))
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 9))
            #expect(try await harness.parked() == 0)
            #expect(try await harness.order(order.id).status == .shipped)
        }
    }

    @Test(
        "a process that is killed behind a parcel leaves nothing undone, and does nothing twice",
        arguments: [FaultPoint.effectSent, .effectDone])
    func killed(_ point: FaultPoint) async throws {
        try await PlacingHarness.with { goods in
            try await goods.stock(["A": 10])
            var id = ""
            try await AftersaleHarness.with(goods, driven: false) { harness in
                id = try await harness.place().id
                _ = try await harness.fulfilment.shipOrder(
                    ShipOrderRequest(id: id, commandID: "1", lines: [ShipmentLine(lineID: "1", quantity: 1)]))
            }
            try await AftersaleHarness.with(
                goods, driven: false,
                reached: { reached in
                    if reached == point { throw OrderProcess.Killed() }
                }
            ) { harness in
                await #expect(throws: OrderProcess.Killed.self) { try await harness.bringAbout() }
            }
            try await AftersaleHarness.with(goods, driven: false) { harness in
                try await harness.bringAbout()
                #expect(try await harness.level("A") == .init(onHand: 9, reserved: 1))
                #expect(try await harness.order(id).items.first?.shipped == 1)
                #expect(try await harness.parked() == 0)
            }
        }
    }

    @Test("a payment of all that an order waits for confirms it")
    func confirming() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.place { $0.confirmOnPayment = true }
            #expect(order.status == .reserved && order.heldUntil != nil)
            func pay(_ units: Int64, _ id: String) async throws -> Order {
                try await harness.fulfilment.recordPayment(
                    RecordPaymentRequest(
                        id: order.id, commandID: id, kind: .payment, amount: Decimal(micros: units * 1_000_000)))
            }
            let part = try await pay(40, "1")
            #expect(part.status == .reserved && part.paymentStatus == .partiallyPaid)
            let all = try await pay(60, "2")
            #expect(all.status == .confirmed && all.paymentStatus == .paid && all.heldUntil == nil)
            #expect(try await pay(60, "2").payments.count == 2)
            #expect(try await harness.goods.reservation(order.reservationID) == .confirmed)
        }
    }

    @Test("where units are cancelled and the rest is paid, the order is confirmed")
    func confirmingTheRest() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.place { $0.confirmOnPayment = true }
            _ = try await harness.fulfilment.recordPayment(
                RecordPaymentRequest(
                    id: order.id, commandID: "1", kind: .payment, amount: Decimal(micros: 50_000_000)))
            let rest = try await harness.fulfilment.cancelOrder(
                CancelOrderRequest(
                    id: order.id, commandID: "2", lines: [LineQuantity(lineID: "1", quantity: 1)], reason: .buyer))
            #expect(rest.status == .confirmed && rest.paymentStatus == .paid)
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 10, reserved: 1))
        }
    }

    @Test("a payment behind the end of the hold stays on record, and the order is cancelled")
    func tooLate() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.place { $0.confirmOnPayment = true }
            // Inventory has let it go, and nobody has told the order yet.
            _ = try await harness.goods.inventory.releaseReservation(
                ReleaseReservationRequest(commandID: "x", reservationID: order.reservationID))
            let paid = try await harness.fulfilment.recordPayment(
                RecordPaymentRequest(
                    id: order.id, commandID: "1", kind: .payment, amount: Decimal(micros: 100_000_000)))
            #expect(paid.status == .cancelled && paid.cancelReason == .unpaid)
            #expect(paid.totals?.paid == Decimal(micros: 100_000_000))
            let refunded = try await harness.fulfilment.recordRefund(
                RecordRefundRequest(
                    id: order.id, commandID: "2", amount: Decimal(micros: 100_000_000), reason: .cancellation))
            #expect(refunded.paymentStatus == .refunded)
        }
    }

    @Test("where inventory cannot be asked, the payment is on record and the order goes on by itself")
    func confirmingLater() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.place { $0.confirmOnPayment = true }
            harness.goods.faults.setDown(true)
            let paid = try await harness.fulfilment.recordPayment(
                RecordPaymentRequest(
                    id: order.id, commandID: "1", kind: .payment, amount: Decimal(micros: 100_000_000)),
                options: CallOptions(timeout: .seconds(4)))
            #expect(paid.status == .reserved && paid.paymentStatus == .paid)
            harness.goods.faults.setDown(false)
            let confirmed = try await harness.placements.confirm(paid, for: harness.placing)
            #expect(confirmed.status == .confirmed)
        }
    }

    @Test("refunds are within payments, and orders are amended and closed")
    func others() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.shipped()
            func refund(_ units: Int64, _ id: String) async throws -> Order {
                try await harness.fulfilment.recordRefund(
                    RecordRefundRequest(
                        id: order.id, commandID: id, amount: Decimal(micros: units * 1_000_000), reason: .goodwill))
            }
            #expect(try await refund(30, "1").paymentStatus == .partiallyRefunded)
            #expect(try await harness.problem { _ = try await refund(71, "2") } == "refund-exceeded")
            let amended = try await harness.fulfilment.amendOrder(
                AmendOrderRequest(id: order.id, commandID: "3", note: "fragile"))
            #expect(amended.note == "fragile")
            let early = try await harness.problem {
                _ = try await harness.fulfilment.closeOrder(CloseOrderRequest(id: order.id, commandID: "4"))
            }
            #expect(early == "state-not-allowed")
            _ = try await harness.fulfilment.updateShipment(
                UpdateShipmentRequest(
                    id: order.id, shipmentID: "s1", commandID: "5",
                    deliveredAt: PostgresTimestamp.ofSystemClock.protobuf))
            let closed = try await harness.fulfilment.closeOrder(CloseOrderRequest(id: order.id, commandID: "4"))
            #expect(closed.status == .closed)
        }
    }

    @Test("another brand finds none of it")
    func strangers() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let (id, other) = (try await harness.place().id, harness.strangers.fulfilment)
            let calls: [() async throws -> Order] = [
                { try await other.shipOrder(ShipOrderRequest(id: id, commandID: "1")) },
                {
                    try await other.updateShipment(
                        UpdateShipmentRequest(id: id, shipmentID: "s1", commandID: "1", tracking: "T"))
                },
                { try await other.cancelOrder(CancelOrderRequest(id: id, commandID: "1", reason: .buyer)) },
                {
                    try await other.recordPayment(
                        RecordPaymentRequest(id: id, commandID: "1", kind: .payment, amount: Decimal(micros: 1)))
                },
                {
                    try await other.recordRefund(
                        RecordRefundRequest(
                            id: id, commandID: "1", amount: Decimal(micros: 10_000), reason: .goodwill))
                },
                { try await other.amendOrder(AmendOrderRequest(id: id, commandID: "1", note: "n")) },
                { try await other.closeOrder(CloseOrderRequest(id: id, commandID: "1")) },
            ]
            for call in calls {
                #expect(try await harness.problem { _ = try await call() } == "order-not-found")
            }
            #expect(try await harness.order(id).version == 2)
        }
    }
}
