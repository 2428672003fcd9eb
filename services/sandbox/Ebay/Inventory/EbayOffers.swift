internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Offers of items on the shop's marketplace.
struct EbayOffers {
    let goods: EbayGoods
    let request: EbayRequest

    private var state: ShopState { self.goods.state }

    func list() throws(EbayRefusal) -> EbayAnswer {
        guard let sku = self.request.field("sku") else { throw EbayRefusal(25709, "sku") }
        let page = try self.request.page(usual: 25, maximum: 100) { EbayRefusal(25706, $0) }
        let variant = try self.goods.variant(sku, missing: 25713)
        let isAsked =
            (self.request.field("marketplace_id") ?? self.goods.marketplace) == self.goods.marketplace
            && (self.request.field("format") ?? "FIXED_PRICE") == "FIXED_PRICE"
        guard isAsked, let offer = self.goods.offer(of: variant) else { throw EbayRefusal(25713, sku) }
        let shown = page.offset == 0 ? [self.goods.shown(offer, variant)] : []
        return EbayAnswer(
            200,
            [
                "href": .string(self.request.address(offset: page.offset, limit: page.limit)),
                "limit": .number(page.limit), "size": .number(shown.count), "total": 1, "offers": .array(shown),
            ])
    }

    func get(_ id: String) throws(EbayRefusal) -> EbayAnswer {
        let (offer, variant) = try self.goods.offer(id)
        return EbayAnswer(200, self.goods.shown(offer, variant))
    }

    func create() throws(EbayRefusal) -> EbayAnswer {
        let body = try self.request.object()
        let variant = try self.goods.variant(body["sku"]?.text ?? "")
        guard body["marketplaceId"]?.text == self.goods.marketplace else {
            throw EbayRefusal(25709, "marketplaceId must be \(self.goods.marketplace), the only one of this shop")
        }
        guard body["format"]?.text == "FIXED_PRICE" else { throw EbayRefusal(25709, "format must be FIXED_PRICE") }
        guard self.goods.offer(of: variant) == nil else {
            throw EbayRefusal(25002, "the offer \(variant.id) exists already for the SKU")
        }
        try self.check(body)
        self.goods.keep(EbayOffer(id: variant.id, sku: variant.sku, body: Self.kept(body)))
        try self.take(body, variant)
        return EbayAnswer(201, ["offerId": .string("\(variant.id)")])
    }

    /// Puts an offer in the place of all that it was.
    func replace(_ id: String) throws(EbayRefusal) -> EbayAnswer {
        let (known, variant) = try self.goods.offer(id)
        var offer = known
        let body = try self.request.object()
        try self.check(body)
        try self.goods.checkRevisions(offer)
        offer.body = Self.kept(body)
        if offer.listingID != nil { try self.checkComplete(offer.body, variant, needsUnits: false) }
        self.goods.keep(offer)
        try self.take(body, variant)
        self.goods.countRevision(of: variant)
        return EbayAnswer(204)
    }

    private func check(_ body: JSONValue) throws(EbayRefusal) {
        guard self.request.headers["content-language"]?.isEmpty == false else {
            throw EbayRefusal(25709, "the header Content-Language is missing")
        }
        if let price = body.at("pricingSummary", "price") { _ = try self.goods.readPrice(price) }
        if let quantity = body["availableQuantity"] {
            guard let count = quantity.count, (0...ShopState.maximumQuantity).contains(count) else {
                throw EbayRefusal(25004)
            }
        }
    }

    private static func kept(_ body: JSONValue) -> JSONValue {
        ["sku", "marketplaceId", "format", "availableQuantity"].reduce(body) { $0.setting($1, to: nil) }
    }

    /// Takes a price and a quantity to the shelf.
    private func take(_ body: JSONValue, _ variant: Variant) throws(EbayRefusal) {
        if let price = body.at("pricingSummary", "price") {
            self.state.setPrice(
                try self.goods.readPrice(price), compareAt: variant.compareAtPrice, of: variant)
        }
        if let quantity = body["availableQuantity"]?.count { self.goods.setQuantity(quantity, of: variant) }
    }

    /// Whether an offer has all that a listing needs.
    private func checkComplete(_ body: JSONValue, _ variant: Variant, needsUnits: Bool) throws(EbayRefusal) {
        let locations = EbayLocations(state: self.state).keys
        guard locations.contains(body["merchantLocationKey"]?.text ?? "") else {
            throw EbayRefusal(25012, "merchantLocationKey is one of \(locations.joined(separator: ", "))")
        }
        guard body["categoryId"]?.text?.isEmpty == false else { throw EbayRefusal(25005) }
        for (name, code) in [("fulfillmentPolicyId", 25007), ("paymentPolicyId", 25008), ("returnPolicyId", 25009)]
        where body.at("listingPolicies", name)?.text?.isEmpty != false { throw EbayRefusal(code, name) }
        guard body.at("pricingSummary", "price") != nil else { throw EbayRefusal(25003, "there is none") }
        guard !needsUnits || self.goods.available(variant) > 0 else { throw EbayRefusal(25004, "there are none") }
    }

    func publish(_ id: String) throws(EbayRefusal) -> EbayAnswer {
        let (known, variant) = try self.goods.offer(id)
        var offer = known
        if let listingID = offer.listingID { return EbayAnswer(200, ["listingId": .string(listingID)]) }
        try self.checkComplete(offer.body, variant, needsUnits: true)
        let listingID = "\(self.state.nextID())"
        offer.publish(as: listingID)
        self.goods.keep(offer)
        return EbayAnswer(200, ["listingId": .string(listingID)])
    }

    func withdraw(_ id: String) throws(EbayRefusal) -> EbayAnswer {
        var offer = try self.goods.offer(id).0
        guard let listingID = offer.listingID else { throw EbayRefusal(25713, "\(id) is not published") }
        offer.withdraw()
        self.goods.keep(offer)
        return EbayAnswer(200, ["listingId": .string(listingID)])
    }

    func delete(_ id: String) throws(EbayRefusal) -> EbayAnswer {
        let (offer, _) = try self.goods.offer(id)
        self.state.forget("offer", "\(offer.id)")
        return EbayAnswer(204)
    }
}
