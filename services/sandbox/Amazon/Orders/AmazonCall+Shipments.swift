internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

extension AmazonCall {
    /// `confirmShipment`: sends what a parcel has. The same reference again edits the parcel and sends nothing twice.
    func confirmShipment() throws -> AmazonAnswer {
        try self.checkQuery([], needsMarketplace: false)
        let shipment = try Shipment(try self.body(), self.account)
        let id = self.request.path[3]
        let result = try self.shop.change { state in
            Result { () throws(AmazonRefusal) -> Void in
                guard let number = AmazonOrderID.number(id), let order = state.orders[number] else {
                    throw .notFound("Order \(id) not found.")
                }
                try shipment.confirm(order, state)
            }
        }
        try result.get()
        return AmazonAnswer(status: 204)
    }
}

/// A parcel that the seller sends.
private struct Shipment {
    let reference: String
    let tracking: Order.Fulfilment.Tracking
    /// By line.
    let quantities: [Int64: Int]

    init(_ body: JSONValue, _ account: AmazonAccount) throws(AmazonRefusal) {
        guard body["marketplaceId"]?.text == account.marketplaceID else {
            throw .invalid("marketplaceId must be \(account.marketplaceID).")
        }
        let detail = body["packageDetail"] ?? [:]
        let reference = detail["packageReferenceId"]?.text ?? ""
        guard (1...18).contains(reference.utf8.count), Int64(reference).map({ $0 > 0 }) == true else {
            throw .invalid("packageReferenceId must be a positive number as a text.")
        }
        let (carrier, number) = (detail["carrierCode"]?.text ?? "", detail["trackingNumber"]?.text ?? "")
        guard !carrier.isEmpty, !number.isEmpty else { throw .invalid("carrierCode and trackingNumber are required.") }
        let name = detail["carrierName"]?.text ?? ""
        guard carrier != "Other" || !name.isEmpty else {
            throw .invalid("carrierName is required with the carrier Other.")
        }
        guard Moment(text: detail["shipDate"]?.text ?? "") != nil else {
            throw .invalid("shipDate must be a time of ISO 8601.")
        }
        self.reference = reference
        self.tracking = .init(number: number, url: nil, company: name.isEmpty ? carrier : name)
        self.quantities = try Self.quantities(detail["orderItems"])
    }

    private static func quantities(_ items: JSONValue?) throws(AmazonRefusal) -> [Int64: Int] {
        guard let items = items?.array, !items.isEmpty else {
            throw .invalid("orderItems must have at least one entry.")
        }
        var quantities: [Int64: Int] = [:]
        for item in items {
            guard let id = item["orderItemId"]?.text.flatMap({ Int64($0) }),
                let quantity = item["quantity"]?.integer, (1...Int64(ShopState.maximumLineQuantity)).contains(quantity),
                quantities.updateValue(Int(quantity), forKey: id) == nil
            else { throw .invalid("An entry of orderItems needs an orderItemId of its own and a quantity above 0.") }
        }
        return quantities
    }

    func confirm(_ order: Order, _ state: ShopState) throws(AmazonRefusal) {
        guard order.cancelledAt == nil else { throw .invalid("The order is cancelled.") }
        if let place = order.fulfilments.firstIndex(where: { $0.reference == self.reference }) {
            return try self.edit(place, of: order, state)
        }
        var planned: [Int64: Int] = [:]
        for (lineID, quantity) in self.quantities {
            guard let line = order.lines.first(where: { $0.id == lineID }) else {
                throw .invalid("The order has no item \(lineID).")
            }
            guard quantity <= line.fulfillable else {
                throw .invalid("Of the item \(lineID) \(line.fulfillable) are to be sent, and \(quantity) are given.")
            }
            var rest = quantity
            for part in order.fulfilmentOrders.flatMap(\.lines) where part.lineID == lineID && rest > 0 {
                let count = min(rest, part.remaining)
                if count > 0 { planned[part.id] = count }
                rest -= count
            }
        }
        var (sent, fulfilment) = state.fulfil(planned, of: order, tracking: [self.tracking], notifies: true)
        fulfilment.reference = self.reference
        sent.fulfilments[sent.fulfilments.count - 1] = fulfilment
        state.update(sent)
    }

    /// A parcel that is known takes another carrier and number; what is in it stays.
    private func edit(_ place: Int, of order: Order, _ state: ShopState) throws(AmazonRefusal) {
        var order = order
        let known = Dictionary(
            order.fulfilments[place].lines.map { ($0.lineID, $0.quantity) }, uniquingKeysWith: +)
        guard known == self.quantities else {
            throw .invalid("The package \(self.reference) is known with other items.")
        }
        guard order.fulfilments[place].tracking != [self.tracking] else { return }
        order.fulfilments[place].tracking = [self.tracking]
        order.fulfilments[place].updatedAt = .now()
        state.update(order)
    }
}
