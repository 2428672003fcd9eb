internal import CatalogAPI
internal import CatalogMessages
internal import Postgres
internal import RPC

/// Knows which SKUs the catalog has.
protocol KnownProducts: Sendable {
    /// Those of SKUs that there are.
    func known(_ skus: [String], of brand: PostgresUUID) async throws -> Set<String>
}

/// Asks the catalog service.
struct CatalogKnownProducts: KnownProducts {
    /// SKUs of one call.
    private static let portion = 500
    private let products: ProductServiceClient

    /// - Parameter client: Of the catalog service; may act for others.
    init(_ client: RPCClient) { self.products = ProductServiceClient(client) }

    func known(_ skus: [String], of brand: PostgresUUID) async throws -> Set<String> {
        var known: Set<String> = []
        var left = skus[...]
        while !left.isEmpty {
            let answer = try await self.products.lookUpProducts(
                LookUpProductsRequest(skus: Array(left.prefix(Self.portion))),
                options: ChannelCaller.options(for: brand, scopes: ["catalog:read"]))
            known.formUnion(answer.products.map(\.sku))
            left = left.dropFirst(Self.portion)
        }
        return known
    }
}
