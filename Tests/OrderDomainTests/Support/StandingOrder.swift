import OrderDomain
import OrderMessages
import WellKnownMessages

/// Orders that stand, as tests of what is done with them begin with.
enum StandingOrder {
    /// The order's date.
    static let placed = OrderSamples.now
    /// Its id.
    static let id = "01990000-0000-7000-8000-000000000001"

    /// So many days behind the order's date.
    static func moment(_ days: Int64 = 1, settings: OrderSettings = OrderSettings()) -> OrderMoment {
        OrderMoment(now: Self.instant(days), by: "tester", commandID: "c", settings: settings)
    }

    static func instant(_ days: Int64) -> ProtoTimestamp {
        ProtoTimestamp(seconds: Self.placed.seconds + days * 86_400)
    }

    /// A line whose units are held at locations.
    static func line(
        _ quantity: Int64, id: String = "1", sku: String = "A", price: Int64 = 10, at locations: [String: Int64] = [:]
    ) -> OrderItem {
        let placed = locations.isEmpty ? ["W1": quantity] : locations
        return OrderItem(
            lineID: id, sku: sku, quantity: quantity, price: .units(price),
            allocations: placed.sorted { $0.key < $1.key }.map {
                LineAllocation(sku: sku, locationID: $0.key, quantity: $0.value)
            })
    }

    /// A line of kits, each of two P and one R; the R are at two locations.
    static func kit(_ quantity: Int64, id: String = "k", price: Int64 = 100) -> OrderItem {
        OrderItem(
            lineID: id, sku: "KIT", quantity: quantity, price: .units(price),
            allocations: [
                LineAllocation(sku: "P", locationID: "W1", quantity: 2 * quantity),
                LineAllocation(sku: "R", locationID: "W1", quantity: quantity - 1),
                LineAllocation(sku: "R", locationID: "W2", quantity: 1),
            ])
    }

    /// An order with the units of its lines held.
    static func state(
        _ status: OrderStatus = .confirmed, _ items: [OrderItem] = [line(2)], isPaid: Bool = true,
        change: (inout Order) -> Void = { _ in }
    ) throws -> OrderState {
        var order = Order(
            id: Self.id, orderID: "ORD-1", platform: "Shop", connection: "shop", orderDate: Self.placed, items: items,
            status: status, currency: "USD", reservationID: "\(Self.id).1", attempt: 1)
        change(&order)
        try order.recount()
        if isPaid, let total = order.totals?.total {
            order.payments.append(
                Payment(paymentID: "p1", kind: .payment, amount: total, at: Self.placed))
        }
        try order.countPayments()
        return OrderState(order: order)
    }

    /// An order of which all has shipped and arrived, a day and two days behind its date.
    static func delivered(
        _ items: [OrderItem] = [line(2)], change: (inout Order) -> Void = { _ in }
    ) throws
        -> OrderState
    {
        var state = try Self.state(.confirmed, items, change: change)
        try state.ship(ShipOrderRequest(), at: Self.moment(1))
        try state.updateShipment(
            UpdateShipmentRequest(shipmentID: "s1", deliveredAt: Self.instant(2)), at: Self.moment(2))
        return OrderState(order: state.order)
    }
}

extension OrderState {
    /// Why something is refused; nil: it is not. What is refused must leave everything as it was.
    func refusal(_ change: (inout OrderState) throws -> Void) -> OrderRefusal? {
        var changed = self
        do {
            try change(&changed)
            return nil
        } catch {
            let isSame =
                changed.order == self.order && changed.returns == self.returns && changed.claims == self.claims
                && changed.entries == self.entries && changed.effects == self.effects
            return isSame ? error as? OrderRefusal : nil
        }
    }

    /// Units of a line.
    func item(_ line: String = "1") -> OrderItem { self.order.items.first { $0.lineID == line } ?? OrderItem() }

    /// What is asked of other services.
    var portions: [OrderEffect.Portion] {
        self.effects.flatMap { effect -> [OrderEffect.Portion] in
            switch effect {
            case .commitReservation(_, let portions), .releaseReservation(_, let portions): portions
            default: []
            }
        }
    }
}
