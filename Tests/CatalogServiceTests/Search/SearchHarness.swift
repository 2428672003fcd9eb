import CatalogDomain
import CatalogMessages
import Logging
import Postgres
import RPC

@testable import CatalogService

/// A catalog and its search.
struct SearchHarness {
    let catalog: CatalogHarness
    let search: ProductSearch

    init(_ catalog: CatalogHarness) {
        self.catalog = catalog
        self.search = ProductSearch(
            catalog.pool, products: catalog.products, known: nil,
            logger: Logger(label: "search") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs with some products.
    static func with(_ products: [Product], _ body: (SearchHarness) async throws -> Void) async throws {
        try await CatalogHarness.with(followers: [SearchRows()]) { catalog in
            for product in products { try await catalog.save(product) }
            try await body(SearchHarness(catalog))
        }
    }

    func found(
        _ request: ListProductsRequest, by brand: PostgresUUID? = nil
    ) async throws -> ListProductsResponse {
        try await SearchRun(request, of: brand ?? self.catalog.brand, in: self.search).answer()
    }

    func skus(_ request: ListProductsRequest, by brand: PostgresUUID? = nil) async throws -> [String] {
        try await self.found(request, by: brand).products.map(\.sku)
    }

    /// Makes copies of a product's rows, which all hold the product's document.
    func copy(_ sku: String, _ count: Int64) async throws {
        for statement in [Self.productCopies, Self.searchCopies] {
            _ = try await self.catalog.pool.query(statement, self.catalog.brand, sku, count)
        }
    }

    private static let productCopies = PostgresStatement(
        """
        insert into product (bucket, brand_id, sku, version, status, variant_group, name, part_type, part_type_id,
            created_at, changed_at, document)
        select bucket, brand_id, sku || '-' || number, version, status, variant_group, name, part_type, part_type_id,
            created_at, changed_at, document
        from product, generate_series(1, $3::bigint) as number where brand_id = $1 and sku = $2
        """)

    private static let searchCopies = PostgresStatement(
        """
        insert into product_search (bucket, brand_id, sku, name, category, part_type, brand_label, status,
            variant_group, changed_at, certifications, attributes, words)
        select bucket, brand_id, sku || '-' || number, name, category, part_type, brand_label, status, variant_group,
            changed_at, certifications, attributes, words
        from product_search, generate_series(1, $3::bigint) as number where brand_id = $1 and sku = $2
        """)
}
