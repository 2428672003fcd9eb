internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// Reads and writes kits.
enum KitRecord {
    /// The most kits of a brand: as many are held in memory by each copy of the service that carries out its commands.
    static let maximumCount = 20_000

    /// The command that adds a kit or raises its version, and forgets its components.
    static func begin(_ sku: SKU, of brand: PostgresUUID) -> [PostgresCommand] {
        [
            PostgresCommand(Self.upsert, brand, sku.description),
            PostgresCommand(Self.clearing, brand, sku.description),
        ]
    }

    /// The command that adds a kit's components.
    static func components(_ kit: InventoryDomain.Kit, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, brand, kit.sku.description, kit.components.indices.map { Int16(truncatingIfNeeded: $0) },
            kit.components.map(\.sku.description), kit.components.map(\.quantity.units),
            kit.components.map(\.position))
    }

    /// The command that removes a kit with its components.
    static func removing(_ sku: SKU, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.removal, brand, sku.description)
    }

    /// The command that reads a kit, one row for each component.
    static func one(_ sku: SKU, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, sku.description)
    }

    /// The kit of the rows of ``one(_:of:)``; nil: there is none.
    static func read(_ rows: PostgresRows, _ sku: SKU) throws(PostgresError) -> InventoryMessages.Kit? {
        guard !rows.isEmpty else { return nil }
        var kit = InventoryMessages.Kit(sku: sku.description)
        for row in rows {
            let (version, component, quantity, position) = try row.decode(
                Int64.self, String.self, Int64.self, String.self)
            kit.version = UInt64(clamping: version)
            kit.components.append(
                InventoryMessages.KitComponent(sku: component, quantity: quantity, position: position))
        }
        return kit
    }

    private static let upsert = PostgresStatement(
        """
        insert into kit (brand_id, sku, version) values ($1, $2, 1)
        on conflict (brand_id, sku) do update set version = kit.version + 1 returning version
        """)

    private static let clearing = PostgresStatement("delete from kit_component where brand_id = $1 and kit_sku = $2")

    private static let insertion = PostgresStatement(
        """
        insert into kit_component (brand_id, kit_sku, part, sku, quantity, position)
        select $1, $2, c.part, c.sku, c.quantity, c.position
        from unnest($3::smallint[], $4::text[], $5::bigint[], $6::text[]) as c (part, sku, quantity, position)
        """)

    private static let removal = PostgresStatement("delete from kit where brand_id = $1 and sku = $2 returning version")

    private static let selection = PostgresStatement(
        """
        select k.version, c.sku, c.quantity, c.position
        from kit k join kit_component c on c.brand_id = k.brand_id and c.kit_sku = k.sku
        where k.brand_id = $1 and k.sku = $2 order by c.part
        """,
        readOnly: true)
}
