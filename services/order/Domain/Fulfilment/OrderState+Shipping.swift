public import OrderMessages
public import Refusals
internal import WellKnownMessages

extension OrderState {
    /// The states in which parcels may leave.
    static let shippable: [OrderStatus] = [.confirmed, .partiallyShipped]

    /// Puts on record that a parcel left, and has its stock leave.
    ///
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed`, `unknownLine`, `duplicateEntry`, `quantityExceeded`,
    ///   `dateOutOfRange`, `invalidValue` or `tooMany`.
    public mutating func ship(_ request: ShipOrderRequest, at moment: OrderMoment) throws(OrderRefusal) {
        guard Self.shippable.contains(self.order.status) else {
            throw self.order.refusal(to: "be shipped", in: Self.shippable.map(\.words))
        }
        guard self.order.shipments.count < OrderLimits.shipments else {
            throw .tooMany("shipments", OrderLimits.shipments)
        }
        let placed = self.order.orderDate.map { (instant: $0, name: "the order's date") }
        let shippedAt = try moment.past(request.shippedAt, field: "shippedAt", behind: placed)
        let plan =
            request.lines.isEmpty
            ? ShippingPlan(allOf: self.order) : try ShippingPlan(request.lines, of: self.order)
        let shipment = Shipment(
            shipmentID: "s\(self.order.shipments.count + 1)", carrier: request.carrier, service: request.service,
            tracking: request.tracking, lines: plan.lines, shippedAt: shippedAt)
        let isWhole = self.order.isReservationWhole
        var order = self.order
        for (place, item) in plan.items { order.items[place] = item }
        order.shipments.append(shipment)
        order.keepTracking()
        let isDone = order.isShipped
        if isDone || order.status != .partiallyShipped { try order.become(isDone ? .shipped : .partiallyShipped) }
        self.order = order
        self.append(.shipped, subject: shipment.shipmentID, shipment.text)
        guard !order.reservationID.isEmpty else { return }
        self.commit(isWhole && isDone ? [] : plan.portions, of: order.reservationID)
    }

    /// Has portions of a reservation leave; none: all of it.
    private mutating func commit(_ portions: [OrderEffect.Portion], of reservation: String) {
        guard !portions.isEmpty else { return self.require(.commitReservation(id: reservation, [])) }
        for effect in OrderEffect.inPortions(portions, { .commitReservation(id: reservation, $0) }) {
            self.require(effect)
        }
    }

    /// Changes a parcel's tracking, or says that it arrived; an order of which all parcels have, and nothing is to be shipped,
    /// is delivered.
    ///
    /// - Throws: ``OrderRefusal`` with `shipmentNotFound`, `dateOutOfRange`, or `invalidValue` where nothing is to change.
    public mutating func updateShipment(
        _ request: UpdateShipmentRequest, at moment: OrderMoment
    ) throws(OrderRefusal) {
        guard let place = self.order.shipments.firstIndex(where: { $0.shipmentID == request.shipmentID }) else {
            throw OrderRefusal(
                .shipmentNotFound, "the order has no shipment \(request.shipmentID.debugDescription)")
        }
        let isTracked = ![request.carrier, request.service, request.tracking].allSatisfy(\.isEmpty)
        guard isTracked || request.deliveredAt != nil else {
            throw OrderRefusal(
                .invalidValue, field: "tracking", "is missing, as everything else",
                expected: "at least one of carrier, service, tracking and deliveredAt")
        }
        var (order, shipment) = (self.order, self.order.shipments[place])
        if !request.carrier.isEmpty { shipment.carrier = request.carrier }
        if !request.service.isEmpty { shipment.service = request.service }
        if !request.tracking.isEmpty { shipment.tracking = request.tracking }
        if let deliveredAt = request.deliveredAt {
            let left = shipment.shippedAt.map { (instant: $0, name: "the parcel left") }
            shipment.deliveredAt = try moment.past(deliveredAt, field: "deliveredAt", behind: left)
        }
        order.shipments[place] = shipment
        order.keepTracking()
        order.countDeliveries()
        try order.becomeDeliveredWhenDone()
        self.order = order
        if request.deliveredAt != nil {
            self.append(.delivered, subject: shipment.shipmentID, "Shipment \(shipment.shipmentID) was delivered")
        } else {
            self.append(.amended, subject: shipment.shipmentID, "Changed: tracking of \(shipment.shipmentID)")
        }
    }
}

extension Order {
    /// Whether all that is not cancelled has shipped.
    var isShipped: Bool { self.items.allSatisfy { LineUnits($0, shipments: self.shipments).isShipped } }

    /// Keeps the tracking number of the last parcel that has one.
    fileprivate mutating func keepTracking() {
        guard let last = self.shipments.last(where: { !$0.tracking.isEmpty }) else { return }
        self.shippingTracking = last.tracking
    }

    /// Counts what of each line has arrived.
    fileprivate mutating func countDeliveries() {
        let delivered = self.shipments.filter { $0.deliveredAt != nil }
        let lines = Set(delivered.lazy.flatMap(\.lines).map(\.lineID))
        for place in self.items.indices where lines.contains(self.items[place].lineID) {
            self.items[place].delivered = self.items[place].delivered(by: delivered)
        }
    }

    /// Moves on where nothing is to be shipped any more and all parcels have arrived.
    mutating func becomeDeliveredWhenDone() throws(OrderRefusal) {
        guard [.shipped, .fulfilled].contains(self.status), !self.shipments.isEmpty,
            self.shipments.allSatisfy({ $0.deliveredAt != nil })
        else { return }
        try self.become(.delivered)
    }
}

extension OrderItem {
    /// Units of the line that some parcels have brought.
    fileprivate func delivered(by shipments: [Shipment]) -> Int64 {
        let units = LineUnits(self, shipments: shipments)
        guard !units.isKit else { return units.shipped }
        let lines = shipments.lazy.flatMap(\.lines).filter { $0.lineID == self.lineID }
        return min(self.shipped, lines.reduce(0) { $0.addingClamped($1.quantity) })
    }
}

extension Shipment {
    /// What happened, for people.
    fileprivate var text: String {
        let by = self.carrier.isEmpty ? "" : " by \(self.carrier)"
        let tracking = self.tracking.isEmpty ? "" : ", tracking \(self.tracking)"
        return "Shipment \(self.shipmentID) left\(by)\(tracking)"
    }
}
