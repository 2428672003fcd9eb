internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// The call that sets quantities and prices of many rows, each of which is answered on its own.
struct PriceQuantityRows {
    private static let maximumRows = 25
    private static let maximumOffers = 25

    /// A row that can be done.
    private struct Plan {
        let variant: Variant
        let quantity: Int?
        let price: Price?
    }

    let goods: EbayGoods
    let request: EbayRequest

    func answer() throws(EbayRefusal) -> EbayAnswer {
        let rows = try self.request.object()["requests"]?.array ?? []
        guard (1...Self.maximumRows).contains(rows.count) else {
            throw EbayRefusal(25709, "requests: 1 to \(Self.maximumRows) are valid")
        }
        guard Set(rows.map { $0["sku"]?.text }).count == rows.count else {
            throw EbayRefusal(25709, "a SKU stands in two rows")
        }
        let interval = self.goods.state.faults.refusedRowInterval
        var responses: [JSONValue] = []
        for (place, row) in rows.enumerated() {
            let isFault = interval > 0 && (place + 1).isMultiple(of: interval)
            responses += self.responses(to: row, isFault: isFault)
        }
        return EbayItems.bulk(responses)
    }

    /// One answer for each offer of a row, or one for its item.
    private func responses(to row: JSONValue, isFault: Bool) -> [JSONValue] {
        let sku = row["sku"]?.text ?? ""
        let offers = row["offers"]?.array?.compactMap { $0["offerId"]?.text } ?? []
        do throws(EbayRefusal) {
            if isFault { throw EbayRefusal(25001, "a fault is switched on", status: 500) }
            self.perform(try self.plan(row, sku))
            guard !offers.isEmpty else { return [["sku": .string(sku), "statusCode": 200]] }
            return offers.map { ["sku": .string(sku), "offerId": .string($0), "statusCode": 200] }
        } catch {
            let response = EbayItems.response(sku, error)
            guard !offers.isEmpty else { return [response] }
            return offers.map { response.setting("offerId", to: .string($0)) }
        }
    }

    private func plan(_ row: JSONValue, _ sku: String) throws(EbayRefusal) -> Plan {
        let variant = try self.goods.variant(sku)
        var quantity = try Self.quantity(
            row["shipToLocationAvailability"]?["quantity"], in: 0...ShopState.maximumQuantity)
        var price: Price?
        let offers = row["offers"]?.array ?? []
        guard offers.count <= Self.maximumOffers else { throw EbayRefusal(25709, "offers") }
        for entry in offers {
            let (offer, owner) = try self.goods.offer(entry["offerId"]?.text ?? "")
            guard owner.id == variant.id, offer.listingID != nil else {
                throw EbayRefusal(25713, "\(offer.id) is no published offer of \(sku)")
            }
            // Zero is taken of items alone.
            let given = try Self.quantity(entry["availableQuantity"], in: 1...ShopState.maximumQuantity)
            quantity = quantity ?? given
            if let json = entry["price"] { price = try self.goods.readPrice(json) }
        }
        guard quantity != nil || price != nil else { throw EbayRefusal(25709, "neither quantity nor price is given") }
        if let offer = self.goods.offer(of: variant) { try self.goods.checkRevisions(offer) }
        return Plan(variant: variant, quantity: quantity, price: price)
    }

    private static func quantity(_ json: JSONValue?, in range: ClosedRange<Int>) throws(EbayRefusal) -> Int? {
        guard let json else { return nil }
        guard let quantity = json.count, range.contains(quantity) else {
            throw EbayRefusal(25004, "\(range.lowerBound) to \(range.upperBound) are valid")
        }
        return quantity
    }

    private func perform(_ plan: Plan) {
        if let quantity = plan.quantity { self.goods.setQuantity(quantity, of: plan.variant) }
        if let price = plan.price {
            self.goods.state.setPrice(price, compareAt: plan.variant.compareAtPrice, of: plan.variant)
        }
        self.goods.countRevision(of: plan.variant)
    }
}
