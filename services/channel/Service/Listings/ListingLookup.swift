internal import Postgres

/// Finds the SKUs that stand behind what platforms name.
struct ListingLookup: Sendable {
    private let pool: PostgresPool

    init(_ pool: PostgresPool) { self.pool = pool }

    /// Our SKUs, by the platform's: those of listings. Of several that have one platform SKU, the first by ours counts.
    func ours(_ platformSKUs: [String], on key: ConnectionKey) async throws(PostgresError) -> [String: String] {
        guard !platformSKUs.isEmpty else { return [:] }
        let rows = try await self.pool.query(Self.selection, key.brand, key.id, Array(Set(platformSKUs)))
        var ours: [String: String] = [:]
        for row in rows {
            let (platform, sku) = try row.decode(String.self, String.self)
            if ours[platform] == nil { ours[platform] = sku }
        }
        return ours
    }

    private static let selection = PostgresStatement(
        """
        select platform_sku, sku from listing
        where brand_id = $1 and connection_id = $2 and platform_sku = any($3) order by platform_sku, sku
        """,
        readOnly: true)
}
