import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@Suite("Parcels", .processorBound)
struct ShippingTests {
    @Test("all of an order leaves at once, and all of its reservation with it")
    func whole() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(2), StandingOrder.kit(3)])
        try state.ship(
            ShipOrderRequest(carrier: "UPS", service: "Ground", tracking: "T1"), at: StandingOrder.moment())
        #expect(state.order.status == .shipped && state.order.shippingTracking == "T1")
        #expect(state.item("1").shipped == 2 && state.item("k").shipped == 3)
        #expect(state.effects == [.commitReservation(id: state.order.reservationID, [])])
        let shipment = try #require(state.order.shipments.first)
        #expect(shipment.shipmentID == "s1" && shipment.carrier == "UPS" && shipment.service == "Ground")
        #expect(shipment.shippedAt == StandingOrder.instant(1) && shipment.deliveredAt == nil)
        #expect(
            shipment.lines == [
                ShipmentLine(lineID: "1", quantity: 2, locationID: "W1"),
                ShipmentLine(lineID: "k", quantity: 6, locationID: "W1", sku: "P"),
                ShipmentLine(lineID: "k", quantity: 2, locationID: "W1", sku: "R"),
                ShipmentLine(lineID: "k", quantity: 1, locationID: "W2", sku: "R"),
            ])
        #expect(state.entries.map(\.kind) == [.shipped] && state.entries.map(\.subject) == ["s1"])
    }

    @Test("parcels take units from where they are held, in the order of allocations")
    func split() throws {
        var state = try StandingOrder.state(
            .confirmed, [StandingOrder.line(5, at: ["W1": 2, "W2": 3]), StandingOrder.line(1, id: "2", sku: "B")])
        try state.ship(
            ShipOrderRequest(
                lines: [ShipmentLine(lineID: "1", quantity: 3, lotID: "L")], tracking: "T1"),
            at: StandingOrder.moment())
        #expect(state.order.status == .partiallyShipped && state.item().shipped == 3)
        let expected: [OrderEffect.Portion] = [
            .init(line: 0, sku: "A", locationID: "W1", quantity: 2),
            .init(line: 0, sku: "A", locationID: "W2", quantity: 1),
        ]
        #expect(state.effects == [.commitReservation(id: state.order.reservationID, expected)])
        #expect(state.order.shipments[0].lines.map(\.lotID) == ["L", "L"])
        // Nothing is left at the first location.
        let refusal = state.refusal {
            try $0.ship(
                ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 1, locationID: "W1")]),
                at: StandingOrder.moment())
        }
        #expect(refusal?.reason == .quantityExceeded && refusal?.faults.map(\.field) == ["lines[0].quantity"])
        state = OrderState(order: state.order)
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment(2))
        #expect(state.order.status == .shipped && state.order.shippingTracking == "T1")
        // What left before is not asked for again.
        #expect(
            state.portions == [
                .init(line: 0, sku: "A", locationID: "W2", quantity: 2),
                .init(line: 1, sku: "B", locationID: "W1", quantity: 1),
            ])
    }

    @Test("a kit has shipped when all of its components have")
    func components() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.kit(3)])
        func ship(_ sku: String, _ quantity: Int64, from location: String = "") throws {
            try state.ship(
                ShipOrderRequest(
                    lines: [ShipmentLine(lineID: "k", quantity: quantity, locationID: location, sku: sku)]),
                at: StandingOrder.moment())
        }
        try ship("P", 3)
        #expect(state.item("k").shipped == 0 && state.order.status == .partiallyShipped)
        try ship("R", 1, from: "W2")
        #expect(state.item("k").shipped == 1)
        // One kit has left, of another one half of its pads: one kit is whole.
        let two = ShipOrderRequest(lines: [ShipmentLine(lineID: "k", quantity: 2)])
        let refusal = state.refusal { try $0.ship(two, at: StandingOrder.moment()) }
        #expect(refusal?.reason == .quantityExceeded && refusal?.faults.first?.expected == "at most 1")
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "k", quantity: 1)]), at: StandingOrder.moment())
        #expect(state.item("k").shipped == 2)
        try ship("P", 1)
        #expect(state.item("k").shipped == 2 && state.order.status == .partiallyShipped)
        try ship("R", 1)
        #expect(state.item("k").shipped == 3 && state.order.status == .shipped)
        #expect(state.order.shipments.count == 5)
        let shipped = state.portions.reduce(into: [String: Int64]()) { $0[$1.sku, default: 0] += $1.quantity }
        #expect(shipped == ["P": 6, "R": 3])
    }

    static let wrong: [([ShipmentLine], RefusalReason, String)] = [
        ([ShipmentLine(lineID: "9", quantity: 1)], .unknownLine, "lines[0].lineId"),
        ([ShipmentLine(lineID: "1", quantity: 0)], .invalidValue, "lines[0].quantity"),
        ([ShipmentLine(lineID: "1", quantity: -1)], .invalidValue, "lines[0].quantity"),
        ([ShipmentLine(lineID: "1", quantity: .max)], .invalidValue, "lines[0].quantity"),
        ([ShipmentLine(lineID: "1", quantity: 3)], .quantityExceeded, "lines[0].quantity"),
        ([ShipmentLine(lineID: "1", quantity: 1, locationID: "W9")], .quantityExceeded, "lines[0].quantity"),
        ([ShipmentLine(lineID: "1", quantity: 1, sku: "B")], .invalidValue, "lines[0].sku"),
        ([ShipmentLine(lineID: "k", quantity: 1, sku: "B")], .invalidValue, "lines[0].sku"),
        ([ShipmentLine(lineID: "k", quantity: 7, sku: "P")], .quantityExceeded, "lines[0].quantity"),
        ([ShipmentLine(lineID: "k", quantity: 3, locationID: "W1")], .quantityExceeded, "lines[0].quantity"),
        (
            [ShipmentLine(lineID: "1", quantity: 1), ShipmentLine(lineID: "1", quantity: 1)], .duplicateEntry,
            "lines[1].lineId"
        ),
        // Both together are too many.
        (
            [ShipmentLine(lineID: "1", quantity: 2), ShipmentLine(lineID: "1", quantity: 1, locationID: "W1")],
            .quantityExceeded, "lines[1].quantity"
        ),
    ]

    @Test("what cannot leave is named", arguments: wrong)
    func refusals(_ lines: [ShipmentLine], _ reason: RefusalReason, _ field: String) throws {
        let state = try StandingOrder.state(.confirmed, [StandingOrder.line(2), StandingOrder.kit(3)])
        let refusal = state.refusal { try $0.ship(ShipOrderRequest(lines: lines), at: StandingOrder.moment()) }
        #expect(refusal?.reason == reason && refusal?.faults.map(\.field) == [field])
    }

    @Test("a parcel leaves behind the order, and not in the future")
    func dates() throws {
        let state = try StandingOrder.state()
        for days in [-1, 2] as [Int64] {
            let refusal = state.refusal {
                try $0.ship(ShipOrderRequest(shippedAt: StandingOrder.instant(days)), at: StandingOrder.moment(1))
            }
            #expect(refusal?.reason == .dateOutOfRange && refusal?.faults.map(\.field) == ["shippedAt"])
        }
    }

    @Test("a parcel may arrive in the second in which it left")
    func atOnce() throws {
        var state = try StandingOrder.state()
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment())
        let left = StandingOrder.instant(1)
        for (seconds, isRefused) in [(-1, false), (-60, false), (-61, true)] as [(Int64, Bool)] {
            let arrival = ProtoTimestamp(seconds: left.seconds + seconds)
            let refusal = state.refusal {
                try $0.updateShipment(
                    UpdateShipmentRequest(shipmentID: "s1", deliveredAt: arrival), at: StandingOrder.moment())
            }
            #expect((refusal?.reason == .dateOutOfRange) == isRefused)
        }
    }

    @Test("without a reservation nothing is asked of stock")
    func unreserved() throws {
        var state = try StandingOrder.state(.confirmed) {
            $0.reservationID = ""
            $0.items[0].allocations = []
        }
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 1, locationID: "X")]),
            at: StandingOrder.moment())
        #expect(state.effects.isEmpty && state.item().shipped == 1)
        #expect(state.order.shipments[0].lines == [ShipmentLine(lineID: "1", quantity: 1, locationID: "X")])
    }

    @Test("where allocations do not say where units are, inventory chooses")
    func unknownPlaces() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(3)]) { $0.items[0].allocations = [] }
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 2)]), at: StandingOrder.moment())
        #expect(state.portions == [.init(line: 0, sku: "A", locationID: "", quantity: 2)])
        state = OrderState(order: state.order)
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment())
        #expect(state.portions == [.init(line: 0, sku: "A", locationID: "", quantity: 1)])
        #expect(state.order.status == .shipped)
    }

    @Test("a parcel with more portions than one command takes is several commands")
    func manyPortions() throws {
        let locations = Dictionary(uniqueKeysWithValues: (100..<700).map { ("W\($0)", Int64(1)) })
        var state = try StandingOrder.state(
            .confirmed, [StandingOrder.line(600, at: locations), StandingOrder.line(1, id: "2", sku: "B")])
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 600)]), at: StandingOrder.moment())
        #expect(state.effects.count == 3 && state.portions.count == 600)
        #expect(Set(state.portions).count == 600)
    }

    @Test("when all parcels have arrived the order is delivered")
    func delivery() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(2), StandingOrder.kit(1)])
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 2)]), at: StandingOrder.moment(1))
        func arrive(_ id: String, _ days: Int64) throws {
            try state.updateShipment(
                UpdateShipmentRequest(shipmentID: id, deliveredAt: StandingOrder.instant(days)),
                at: StandingOrder.moment(days))
        }
        try arrive("s1", 2)
        #expect(state.order.status == .partiallyShipped && state.item().delivered == 2)
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment(3))
        #expect(state.order.status == .shipped && state.item("k").delivered == 0)
        try arrive("s2", 4)
        #expect(state.order.status == .delivered && state.item("k").delivered == 1)
        #expect(state.entries.map(\.kind) == [.shipped, .delivered, .shipped, .delivered])
    }

    @Test("tracking can be changed, and the last is the order's")
    func tracking() throws {
        var state = try StandingOrder.state()
        try state.ship(
            ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 1)], tracking: "T1"),
            at: StandingOrder.moment())
        try state.ship(ShipOrderRequest(), at: StandingOrder.moment())
        #expect(state.order.shippingTracking == "T1")
        try state.updateShipment(
            UpdateShipmentRequest(shipmentID: "s2", carrier: "DHL", tracking: "T2"), at: StandingOrder.moment())
        #expect(state.order.shippingTracking == "T2" && state.order.shipments[1].carrier == "DHL")
        #expect(state.order.status == .shipped)
        let nothing = UpdateShipmentRequest(shipmentID: "s1")
        #expect(state.refusal { try $0.updateShipment(nothing, at: StandingOrder.moment()) }?.reason == .invalidValue)
        let unknown = UpdateShipmentRequest(shipmentID: "s3", tracking: "T")
        let refusal = state.refusal { try $0.updateShipment(unknown, at: StandingOrder.moment()) }
        #expect(refusal?.reason == .shipmentNotFound)
        for days in [0, 3] as [Int64] {
            let wrong = UpdateShipmentRequest(shipmentID: "s1", deliveredAt: StandingOrder.instant(days))
            let refusal = state.refusal { try $0.updateShipment(wrong, at: StandingOrder.moment(2)) }
            #expect(refusal?.reason == .dateOutOfRange)
        }
    }

    @Test("there are so many parcels, and no more")
    func limit() throws {
        var state = try StandingOrder.state(.confirmed, [StandingOrder.line(200)])
        let one = ShipOrderRequest(lines: [ShipmentLine(lineID: "1", quantity: 1)])
        for _ in 0..<OrderLimits.shipments { try state.ship(one, at: StandingOrder.moment()) }
        #expect(state.refusal { try $0.ship(one, at: StandingOrder.moment()) }?.reason == .tooMany)
    }
}
