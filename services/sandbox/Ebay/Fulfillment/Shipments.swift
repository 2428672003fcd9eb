internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// The parcels of an order.
struct Shipments {
    let state: ShopState
    let request: EbayRequest
    let order: Order

    private var orderID: String { EbayOrderID.text(self.order, self.state.settings) }

    /// A parcel's id: the number that it is looked up by, where it has one.
    private static func id(of fulfilment: Order.Fulfilment) -> String {
        fulfilment.tracking.first?.number ?? "\(fulfilment.id)"
    }

    static func address(of fulfilment: Order.Fulfilment, _ orderID: String, _ base: String) -> String {
        "\(base)/sell/fulfillment/v1/order/\(orderID)/shipping_fulfillment/\(Self.id(of: fulfilment))"
    }

    func list() -> EbayAnswer {
        EbayAnswer(
            200,
            [
                "fulfillments": .array(self.order.fulfilments.map { self.json($0) }),
                "total": .number(self.order.fulfilments.count),
            ])
    }

    func get(_ id: String) throws(EbayRefusal) -> EbayAnswer {
        guard let fulfilment = self.order.fulfilments.first(where: { Self.id(of: $0) == id }) else {
            throw EbayRefusal(32110, id)
        }
        return EbayAnswer(200, self.json(fulfilment))
    }

    private func json(_ fulfilment: Order.Fulfilment) -> JSONValue {
        let tracking = fulfilment.tracking.first
        return .members([
            "fulfillmentId": .string(Self.id(of: fulfilment)),
            "shipmentTrackingNumber": tracking?.number.map { .string($0) },
            "shippingCarrierCode": tracking?.company.map { .string($0) },
            "shippedDate": self.state.value("shipment", "\(fulfilment.id)")
                ?? .string(EbayTime.text(fulfilment.createdAt)),
            "lineItems": .array(
                fulfilment.lines.map {
                    ["lineItemId": .string("\($0.lineID)"), "quantity": .number($0.quantity)]
                }),
        ])
    }

    /// Notes that a parcel was sent.
    func create(_ body: JSONValue) throws(EbayRefusal) -> EbayAnswer {
        guard self.order.cancelledAt == nil else { throw EbayRefusal(32600, "the order is cancelled") }
        let tracking = try self.tracking(body)
        let shippedAt = try Self.shippedAt(body)
        let quantities = try self.quantities(body["lineItems"]?.array ?? [])
        let (_, fulfilment) = self.state.fulfil(quantities, of: self.order, tracking: tracking, notifies: true)
        self.state.keep(.string(EbayTime.text(shippedAt)), "shipment", "\(fulfilment.id)")
        return EbayAnswer(201, [:], location: Self.address(of: fulfilment, self.orderID, self.request.base))
    }

    private func tracking(_ body: JSONValue) throws(EbayRefusal) -> [Order.Fulfilment.Tracking] {
        let number = body["trackingNumber"]?.text ?? ""
        let carrier = body["shippingCarrierCode"]?.text ?? ""
        let isPlain = number.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard number.isEmpty == carrier.isEmpty, isPlain else { throw EbayRefusal(32300) }
        guard !number.isEmpty else { return [] }
        guard !self.order.fulfilments.contains(where: { $0.tracking.first?.number == number }) else {
            throw EbayRefusal(34500, number)
        }
        return [Order.Fulfilment.Tracking(number: number, url: nil, company: carrier)]
    }

    private static func shippedAt(_ body: JSONValue) throws(EbayRefusal) -> Moment {
        guard let text = body["shippedDate"]?.text else { return .now() }
        guard let moment = Moment(text: text) else { throw EbayRefusal(32500, text) }
        return moment
    }

    /// What is taken of each line that is planned to be sent.
    private func quantities(_ items: [JSONValue]) throws(EbayRefusal) -> [Int64: Int] {
        var wanted: [Int64: Int] = [:]
        for item in items {
            let text = item["lineItemId"]?.text ?? ""
            guard let line = self.order.lines.first(where: { "\($0.id)" == text }) else {
                throw EbayRefusal(32200, text)
            }
            let quantity = item["quantity"]?.count ?? line.fulfillable
            guard (1...max(1, line.fulfillable)).contains(quantity), line.fulfillable > 0 else {
                throw EbayRefusal(32600, "\(line.fulfillable) of the line \(text) are to be sent")
            }
            guard wanted.updateValue(quantity, forKey: line.id) == nil else { throw EbayRefusal(32210, text) }
        }
        if items.isEmpty {
            for line in self.order.lines where line.fulfillable > 0 { wanted[line.id] = line.fulfillable }
        }
        guard !wanted.isEmpty else { throw EbayRefusal(32600, "nothing is left to be sent") }
        var quantities: [Int64: Int] = [:]
        for planned in self.order.fulfilmentOrders.flatMap(\.lines) {
            let count = min(planned.remaining, wanted[planned.lineID] ?? 0)
            guard count > 0 else { continue }
            quantities[planned.id] = count
            wanted[planned.lineID, default: 0] -= count
        }
        return quantities
    }
}
