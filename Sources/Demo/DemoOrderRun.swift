internal import InventoryMessages
internal import OrderAPI
internal import OrderMessages
internal import RPC

/// The life of one order of the demo's day.
struct DemoOrderRun: Sendable {
    private let order: DemoOrder
    private let orders: OrderServiceClient
    private let fulfilment: FulfilmentServiceClient
    private let returns: ReturnServiceClient
    /// What all its commands begin with.
    private let name: String

    init(_ order: DemoOrder, services: DemoServices) {
        self.order = order
        self.orders = OrderServiceClient(services.order)
        self.fulfilment = FulfilmentServiceClient(services.order)
        self.returns = ReturnServiceClient(services.order)
        self.name = order.request.orderID
    }

    /// Lets it happen.
    func run() async throws -> DemoTally {
        var tally = DemoTally()
        guard var placed = try await self.orders.placeOrder(self.order.request).order else {
            throw DemoError("order \(self.name) was placed without an answer")
        }
        tally.orders = 1
        tally.channels[self.order.channel.platform] = 1
        tally.cents = placed.totals?.total?.cents ?? 0
        if placed.shortfall != nil { placed = try await self.decide(placed, &tally) }
        guard placed.status != .cancelled else {
            tally.cancelled = 1
            return tally
        }
        switch self.order.fate {
        case .cancelled: try await self.cancel(placed, &tally)
        case .shipped: _ = try await self.ship(placed, &tally)
        case .delivered: try await self.deliver(try await self.ship(placed, &tally), &tally)
        case .returned(let kind):
            placed = try await self.ship(placed, &tally)
            try await self.deliver(placed, &tally)
            try await self.takeBack(placed, kind, &tally)
        }
        return tally
    }

    private func decide(_ placed: Order, _ tally: inout DemoTally) async throws -> Order {
        tally.shortfalls = 1
        if self.order.isPatient { tally.backordered = 1 }
        return try await self.orders.resolveShortfall(
            ResolveShortfallRequest(
                id: placed.id, commandID: "\(self.name)-shortfall", choice: self.order.isPatient ? .backorder : .cancel)
        )
    }

    private func cancel(_ placed: Order, _ tally: inout DemoTally) async throws {
        _ = try await self.fulfilment.cancelOrder(
            CancelOrderRequest(id: placed.id, commandID: "\(self.name)-cancel", reason: .buyer))
        tally.cancelled = 1
    }

    /// Ships what is there: of a line that is promised beyond what is there, nothing yet.
    private func ship(_ placed: Order, _ tally: inout DemoTally) async throws -> Order {
        let lines = placed.items.filter { $0.backordered == 0 && $0.cancelled < $0.quantity }
            .map { ShipmentLine(lineID: $0.lineID, quantity: $0.quantity - $0.cancelled) }
        let parcels =
            self.order.isSplit && lines.count > 1 ? [Array(lines.prefix(1)), Array(lines.dropFirst())] : [lines]
        var order = placed
        for (place, parcel) in parcels.enumerated() where !parcel.isEmpty {
            order = try await self.fulfilment.shipOrder(
                ShipOrderRequest(
                    id: placed.id, commandID: "\(self.name)-parcel-\(place)", lines: parcel, carrier: "UPS",
                    tracking: "1Z\(self.name)-\(place)"))
            tally.parcels += 1
            tally.units += parcel.reduce(0) { $0 + $1.quantity }
        }
        return order
    }

    private func deliver(_ shipped: Order, _ tally: inout DemoTally) async throws {
        for shipment in shipped.shipments {
            _ = try await self.fulfilment.updateShipment(
                UpdateShipmentRequest(
                    id: shipped.id, shipmentID: shipment.shipmentID,
                    commandID: "\(self.name)-delivered-\(shipment.shipmentID)", deliveredAt: shipment.shippedAt))
        }
        if !shipped.shipments.isEmpty { tally.delivered = 1 }
    }

    /// The first line comes back; what does not fit was opened, and is looked at before it is sold again.
    private func takeBack(_ shipped: Order, _ kind: ReturnKind, _ tally: inout DemoTally) async throws {
        guard let line = shipped.items.first(where: { $0.shipped > 0 }) else { return }
        let location = DemoLocation.all[0].id
        let asked = try await self.returns.requestReturn(
            RequestReturnRequest(
                id: shipped.id, commandID: "\(self.name)-return", kind: kind,
                lines: [ReturnLineRequest(lineID: line.lineID, quantity: line.shipped)], authorize: true))
        let id = asked.goodsReturn?.returnID ?? ""
        _ = try await self.returns.receiveReturn(
            ReceiveReturnRequest(
                returnID: id, commandID: "\(self.name)-received",
                receipts: [ReturnReceipt(lineID: line.lineID, quantity: line.shipped, locationID: location)]))
        let isNew = kind == .unopened
        _ = try await self.returns.gradeReturn(
            GradeReturnRequest(
                returnID: id, commandID: "\(self.name)-graded",
                gradings: [
                    ReturnGrading(
                        lineID: line.lineID, quantity: line.shipped, grade: isNew ? .a : .b,
                        disposition: isNew ? .restock : .quarantine, locationID: location)
                ]))
        let refunded = try await self.returns.refundReturn(
            RefundReturnRequest(returnID: id, commandID: "\(self.name)-refunded", method: "card"))
        tally.returns = 1
        tally.refundedCents = refunded.refunded?.cents ?? 0
        if isNew { tally.restocked = line.shipped }
    }
}
