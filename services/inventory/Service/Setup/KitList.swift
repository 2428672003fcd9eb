internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// The kits in the database, to be shown.
struct KitList: Sendable {
    let pool: PostgresPool

    /// A brand's kits, ascending.
    ///
    /// - Parameters:
    ///   - prefix: What their SKUs begin with.
    ///   - component: A part of theirs; nil: any.
    ///   - after: The SKU behind which they begin.
    func kits(
        of brand: PostgresUUID, prefix: String, component: SKU?, after: String, limit: Int
    ) async throws(PostgresError) -> [InventoryMessages.Kit] {
        let rows = try await self.pool.query(
            Self.page, brand, prefix, component?.description, after, Int64(limit))
        var kits: [InventoryMessages.Kit] = []
        for row in rows {
            let (sku, version, component, quantity, position) = try row.decode(
                String.self, Int64.self, String.self, Int64.self, String.self)
            if kits.last?.sku.utf8.elementsEqual(sku.utf8) != true {
                kits.append(InventoryMessages.Kit(sku: sku, version: UInt64(clamping: version)))
            }
            kits[kits.count - 1].components.append(
                InventoryMessages.KitComponent(sku: component, quantity: quantity, position: position))
        }
        return kits
    }

    private static let page = PostgresStatement(
        """
        select k.sku, k.version, c.sku, c.quantity, c.position
        from (
            select k.brand_id, k.sku, k.version from kit k
            where k.brand_id = $1 and k.sku >= $2 and starts_with(k.sku, $2) and k.sku > $4 and ($3::text is null
                or exists (select from kit_component h where h.brand_id = $1 and h.kit_sku = k.sku and h.sku = $3))
            order by k.sku limit $5) k
        join kit_component c on c.brand_id = k.brand_id and c.kit_sku = k.sku
        order by k.sku, c.part
        """,
        readOnly: true)
}
