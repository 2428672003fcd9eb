internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Finds out which call of Sell Inventory a request is.
struct InventoryRoutes {
    let state: ShopState
    let request: EbayRequest

    func answer(_ rest: [String]) throws(EbayRefusal) -> EbayAnswer {
        let goods = EbayGoods(self.state)
        let items = EbayItems(goods: goods, request: self.request)
        let offers = EbayOffers(goods: goods, request: self.request)
        let parts = rest.count > 1 ? [rest[0], "*"] + rest.dropFirst(2) : rest
        switch (self.request.method, parts) {
        case ("GET", ["inventory_item"]): return try items.list()
        case ("GET", ["inventory_item", "*"]):
            return EbayAnswer(200, goods.item(try goods.variant(rest[1], missing: 25710)))
        case ("PUT", ["inventory_item", "*"]): return try items.put(rest[1])
        case ("DELETE", ["inventory_item", "*"]): return try items.delete(rest[1])
        case ("GET", ["inventory_item", "*", "product_compatibility"]): return try items.vehicles(rest[1])
        case ("PUT", ["inventory_item", "*", "product_compatibility"]): return try items.putVehicles(rest[1])
        case ("DELETE", ["inventory_item", "*", "product_compatibility"]): return try items.deleteVehicles(rest[1])
        case ("POST", ["bulk_get_inventory_item"]): return try items.bulkGet()
        case ("POST", ["bulk_create_or_replace_inventory_item"]): return try items.bulkPut()
        case ("POST", ["bulk_update_price_quantity"]):
            return try PriceQuantityRows(goods: goods, request: self.request).answer()
        case ("GET", ["offer"]): return try offers.list()
        case ("POST", ["offer"]): return try offers.create()
        case ("GET", ["offer", "*"]): return try offers.get(rest[1])
        case ("PUT", ["offer", "*"]): return try offers.replace(rest[1])
        case ("DELETE", ["offer", "*"]): return try offers.delete(rest[1])
        case ("POST", ["offer", "*", "publish"]): return try offers.publish(rest[1])
        case ("POST", ["offer", "*", "withdraw"]): return try offers.withdraw(rest[1])
        case (_, ["location"]), (_, ["location", "*"]):
            return try EbayLocations(state: self.state).answer(self.request, Array(rest.dropFirst()))
        default: throw EbayRefusal(2002, "\(self.request.method) \(self.request.path.joined(separator: "/"))")
        }
    }
}

/// Places that goods are sent from.
struct EbayLocations {
    let state: ShopState

    /// The keys of all, the oldest first.
    var keys: [String] { self.state.index.locationIDs.compactMap { self.state.locations[$0] }.map { Self.key($0) } }

    /// A location's name, with what no key may have left out.
    private static func key(_ location: Location) -> String {
        let key = String(
            location.name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }.prefix(36))
        return key.isEmpty ? "\(location.id)" : key
    }

    private func json(_ location: Location) -> JSONValue {
        [
            "merchantLocationKey": .string(Self.key(location)), "name": .string(location.name),
            "merchantLocationStatus": location.isActive ? "ENABLED" : "DISABLED", "locationTypes": ["WAREHOUSE"],
            "location": ["address": ["country": "US", "postalCode": "97201"]],
        ]
    }

    func answer(_ request: EbayRequest, _ rest: [String]) throws(EbayRefusal) -> EbayAnswer {
        let all = self.state.index.locationIDs.compactMap { self.state.locations[$0] }
        switch (request.method, rest.first) {
        case ("GET", nil):
            let page = try request.page(usual: 100, maximum: 100) { EbayRefusal(25804, $0) }
            let shown = all.dropFirst(page.offset).prefix(page.limit)
            let end = page.offset + shown.count
            return EbayAnswer(
                200,
                .members([
                    "href": .string(request.address(offset: page.offset, limit: page.limit)),
                    "limit": .number(page.limit), "offset": .number(page.offset), "total": .number(all.count),
                    "next": end < all.count ? .string(request.address(offset: end, limit: page.limit)) : nil,
                    "locations": .array(shown.map { self.json($0) }),
                ]))
        case ("GET", let key?):
            guard let location = all.first(where: { Self.key($0) == key }) else { throw EbayRefusal(25805, key) }
            return EbayAnswer(200, self.json(location))
        case ("POST", let key?):
            guard !self.keys.contains(key), (1...36).contains(key.count) else {
                throw EbayRefusal(25803, "\(key) is taken, or has more than 36 characters")
            }
            self.state.addLocation(key)
            return EbayAnswer(204)
        default: throw EbayRefusal(2002)
        }
    }
}
