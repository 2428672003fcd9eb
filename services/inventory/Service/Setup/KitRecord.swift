internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// Reads and writes kits.
enum KitRecord {
    /// The most kits of a brand: as many are held in memory by each copy of the service that carries out its commands.
    static let maximumCount = 50_000
    /// The most kits that one kit is part of, however deep: each of them is looked at when it changes.
    static let maximumEnclosing = 1_000

    /// The commands that add a kit or raise its version, and forget its components.
    ///
    /// - Parameter isCatalogs: Whether catalog said what it consists of.
    static func begin(
        _ sku: SKU, of brand: PostgresUUID, setupVersion: Int64, isCatalogs: Bool
    ) -> [PostgresCommand] {
        [
            PostgresCommand(Self.upsert, brand, sku.description, setupVersion, isCatalogs),
            PostgresCommand(Self.clearing, brand, sku.description),
            PostgresCommand(Self.remembering, brand, sku.description),
        ]
    }

    /// The command that counts a brand's other kits.
    static func count(besides sku: SKU, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.counting, brand, sku.description)
    }

    /// The command that finds the kits that a SKU is part of, however deep; one more than there may be at the most.
    static func enclosing(_ sku: SKU, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.enclosingSelection, brand, sku.description, Int64(Self.maximumEnclosing) + 1)
    }

    /// The command that reads kits and all kits within them, by the rows of their components.
    static func within(_ skus: [String], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.withinSelection, brand, skus)
    }

    /// The command that adds a kit's components.
    static func components(_ kit: InventoryDomain.Kit, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, brand, kit.sku.description, kit.components.indices.map { Int16(truncatingIfNeeded: $0) },
            kit.components.map(\.sku.description), kit.components.map(\.quantity.units),
            kit.components.map(\.position))
    }

    /// The command that removes a kit with its components. It is answered with a row if there was one.
    static func removing(_ sku: SKU, of brand: PostgresUUID, setupVersion: Int64) -> PostgresCommand {
        PostgresCommand(Self.removal, brand, sku.description, setupVersion)
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
        insert into kit (brand_id, sku, version, setup_version, is_catalogs) values ($1, $2, 1, $3, $4)
        on conflict (brand_id, sku) do update
            set version = kit.version + 1, setup_version = excluded.setup_version, is_catalogs = excluded.is_catalogs
        """)

    private static let remembering = PostgresStatement("delete from removed_kit where brand_id = $1 and sku = $2")

    private static let counting = PostgresStatement(
        "select count(*) from kit where brand_id = $1 and sku <> $2", readOnly: true)

    private static let enclosingSelection = PostgresStatement(
        """
        with recursive enclosing (sku) as (
            select kit_sku from kit_component where brand_id = $1 and sku = $2
            union select c.kit_sku from kit_component c join enclosing e on c.sku = e.sku where c.brand_id = $1)
        select sku from enclosing limit $3
        """,
        readOnly: true)

    private static let withinSelection = PostgresStatement(
        """
        with recursive within (sku) as (
            select unnest($2::text[]) collate "C"
            union select c.sku from kit_component c join within w on c.kit_sku = w.sku where c.brand_id = $1)
        select c.kit_sku, c.sku, c.quantity, c.position
        from within w join kit_component c on c.brand_id = $1 and c.kit_sku = w.sku order by c.kit_sku, c.part
        """,
        readOnly: true)

    private static let clearing = PostgresStatement("delete from kit_component where brand_id = $1 and kit_sku = $2")

    private static let insertion = PostgresStatement(
        """
        insert into kit_component (brand_id, kit_sku, part, sku, quantity, position)
        select $1, $2, c.part, c.sku, c.quantity, c.position
        from unnest($3::smallint[], $4::text[], $5::bigint[], $6::text[]) as c (part, sku, quantity, position)
        """)

    private static let removal = PostgresStatement(
        """
        with gone as (delete from kit where brand_id = $1 and sku = $2 returning sku)
        insert into removed_kit (brand_id, sku, setup_version) select $1, sku, $3 from gone
        on conflict (brand_id, sku) do update set setup_version = excluded.setup_version returning sku
        """)

    private static let selection = PostgresStatement(
        """
        select k.version, c.sku, c.quantity, c.position
        from kit k join kit_component c on c.brand_id = k.brand_id and c.kit_sku = k.sku
        where k.brand_id = $1 and k.sku = $2 order by c.part
        """,
        readOnly: true)
}
