public import CatalogAPI
internal import CatalogDomain
public import CatalogMessages
internal import Logging
internal import Paging
internal import Postgres
public import RPC

/// Finds products by words, numbers, attributes, certifications and vehicles.
public struct ProductSearch: CatalogCalls {
    /// Products of a page where the request names no number.
    public static let defaultPageSize = 50
    /// The connections of its pool.
    static let connections = 4
    /// The most words of a text.
    public static let maximumWords = 32
    /// What its connections set.
    ///
    /// Plans are made for the values of each question, since the filters that it leaves out cost nothing then. Costs are
    /// those of memory, as measured: with those of a disk, PostgreSQL reads a brand's products one by one in their order
    /// where finding the matches by the index of words first takes half the time.
    public static let sessionSettings = [
        "plan_cache_mode": "force_custom_plan", "jit": "off", "seq_page_cost": "0.02", "random_page_cost": "0.02",
        "cpu_index_tuple_cost": "0.02",
    ]

    let pool: PostgresPool
    let products: Products
    let known: KnownVehicles?
    let logger: Logger

    /// - Parameters:
    ///   - pool: Connections with ``sessionSettings``.
    ///   - products: On the same database; knows what numbers mean.
    ///   - known: The vehicles whose spelling is known; as that of fitments.
    init(_ pool: PostgresPool, products: Products, known: KnownVehicles?, logger: Logger) {
        self.pool = pool
        self.products = products
        self.known = known
        self.logger = logger
    }
}

extension ProductSearch: ProductSearchService {
    /// Answers a page of the products that match, with facets and the total where they are asked for.
    public func listProducts(
        _ request: ListProductsRequest, context: ServerContext
    ) async throws -> ListProductsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await SearchRun(request, of: brand, in: self).answer()
        }
    }
}
