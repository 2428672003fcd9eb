internal import NIOHTTP1
internal import OrderedCollections
internal import SandboxAmazon
internal import SandboxJSON
internal import SandboxShop

extension ControlRoutes {
    /// What lies in the platform's own warehouses, which only some platforms have.
    func warehouse(_ method: HTTPMethod, _ parts: [String], _ body: [UInt8], of shop: Shop) throws -> Response {
        guard shop.platform == .amazon else {
            throw ControlRefusal.notFound("\(shop.platform.rawValue) has no warehouses of its own here")
        }
        switch (method, parts.count) {
        case (.GET, 0):
            let all = shop.read { WarehouseStock.all($0) }
            var entries: JSONValue.JSONObject = [:]
            for (sku, stock) in all { entries[sku] = stock.json }
            return .json(.object(entries))
        case (.PUT, 1):
            let edit = try WarehouseEdit(try Self.json(body))
            let stock = try shop.change { state in
                state.variant(sku: parts[0]).map { _ in edit.apply(to: parts[0], state) }
            }
            guard let stock else { throw ControlRefusal.notFound("there is no product with the SKU \(parts[0])") }
            return .json(stock.json)
        default: throw Self.notAllowed
        }
    }
}

/// What the platform counts anew; what is left out stays.
private struct WarehouseEdit {
    private var units: [String: Int] = [:]

    init(_ body: JSONValue) throws(ControlRefusal) {
        let input = try InputObject(body, "a warehouse's entry", known: Set(WarehouseStock.names))
        for name in WarehouseStock.names {
            self.units[name] = try input.number(name, in: 0...ShopState.maximumQuantity)
        }
    }

    func apply(to sku: String, _ state: ShopState) -> WarehouseStock {
        var stock = WarehouseStock.of(sku, state) ?? WarehouseStock()
        stock.units.merge(self.units) { $1 }
        stock.keep(as: sku, state)
        return stock
    }
}
