internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// The page that shows shelves and orders.
struct PageRoutes {
    /// The products and the orders of a shop that the page shows.
    private static let maximumProducts = 60
    private static let maximumOrders = 20

    let sandbox: SandboxParts

    func page(_ request: HTTPRequest) -> Response {
        var response = Response(status: .ok)
        response.headers.add(name: "Content-Type", value: "text/html; charset=utf-8")
        response.headers.add(
            name: "Content-Security-Policy",
            value: "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'")
        response.body = ByteBuffer(bytes: PackageResources.page_html)
        return response
    }

    /// What the page shows, without secrets.
    func state() -> Response {
        let shops = self.sandbox.shops.all.map { shop in shop.read { self.json($0) } }
        return .json(["shops": .array(shops), "at": .integer(Moment.now().milliseconds)])
    }

    private func json(_ state: ShopState) -> JSONValue {
        // What changed last is what somebody who watches wants to see.
        let variants = state.index.variantIDs.prefix(5_000).compactMap { state.variants[$0] }
        let entries = variants.map { variant -> (Variant, JSONValue) in (variant, ShopJSON.entry(variant, state)) }
        let changed = entries.sorted { left, right in
            (left.1["changedAt"]?.integer ?? 0) > (right.1["changedAt"]?.integer ?? 0)
        }.prefix(Self.maximumProducts)
        let orders = state.index.orderIDs.suffix(Self.maximumOrders).reversed().compactMap { state.orders[$0] }
        return [
            "name": .string(state.settings.name), "platform": .string(state.settings.platform.rawValue),
            "domain": .string(state.settings.domain), "currency": .string(state.settings.currency),
            "products": .number(state.variants.count), "orderCount": .number(state.orders.count),
            "waiting": .number(state.deliveries.count),
            "shelf": .array(
                changed.sorted { $0.0.sku < $1.0.sku }.map { variant, entry in
                    var members = entry.object ?? [:]
                    members["sku"] = .string(variant.sku)
                    return .object(members)
                }),
            "orders": .array(orders.map { ShopJSON.order($0, state) }),
        ]
    }
}
