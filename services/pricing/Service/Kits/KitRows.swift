internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// A kit as its row has it.
struct StoredKit: Sendable {
    let kit: PriceKit
    let version: Int64
    let document: [UInt8]

    /// The kit as it is answered.
    var answer: PriceKit { self.kit.answer(version: self.version) }
}

/// Reads and writes kits.
enum KitRows {
    /// The command that reads a kit.
    static func one(_ sku: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, sku)
    }

    /// The command that reads so many kits whose SKUs come after one.
    static func page(after sku: String, limit: Int64, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.pageSelection, brand, sku, limit)
    }

    /// The command that reads the kits that hold a SKU, directly or by others, and all that these and some parts are made
    /// of: all that a kit of these parts can be too deep, or in a circle, with.
    static func around(_ sku: SKU, of parts: [SKU], _ brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.surroundings, brand, sku.description, parts.map(\.description))
    }

    /// The kits of the rows of these.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [StoredKit] {
        let memory = ArenaMemory()
        return try rows.map { (row) throws(PostgresError) in
            let (version, document) = try row.decode(Int64.self, [UInt8].self)
            memory.arena.reset()
            return StoredKit(
                kit: try PriceKit(stored: document, column: "document", in: memory.arena), version: version,
                document: document)
        }
    }

    /// The command that counts a brand's kits.
    static func count(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.counting, brand) }

    /// The commands that make or replace a kit.
    static func put(_ kit: BookKit, document: [UInt8], in book: LockedPriceBook) -> [PostgresCommand] {
        let sku = kit.sku.description
        return [
            PostgresCommand(Self.upsert, book.brand, sku, book.revision, document),
            PostgresCommand(Self.componentDeletion, book.brand, sku),
            PostgresCommand(Self.componentInsertion, book.brand, sku, kit.parts.map(\.sku.description)),
        ]
    }

    /// The commands that remove a kit.
    static func removal(_ sku: String, of brand: PostgresUUID) -> [PostgresCommand] {
        [PostgresCommand(Self.deletion, brand, sku), PostgresCommand(Self.componentDeletion, brand, sku)]
    }

    private static let selection = PostgresStatement(
        "select version, document from price_kit where brand_id = $1 and sku = $2", readOnly: true)

    private static let pageSelection = PostgresStatement(
        "select version, document from price_kit where brand_id = $1 and sku > $2 order by sku limit $3",
        readOnly: true)

    private static let surroundings = PostgresStatement(
        """
        with recursive above (sku) as (
            select $2::text collate "C"
            union select c.kit_sku from price_kit_component c join above a on c.brand_id = $1 and c.sku = a.sku),
        within (sku) as (
            select sku from (select sku from above union select unnest($3::text[]) collate "C") as beginning
            union select c.sku from price_kit_component c join within w on c.brand_id = $1 and c.kit_sku = w.sku)
        select k.version, k.document from price_kit k join within w on k.brand_id = $1 and k.sku = w.sku
        """,
        readOnly: true)

    private static let counting = PostgresStatement(
        "select count(*) from price_kit where brand_id = $1", readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into price_kit (brand_id, sku, version, document) values ($1, $2, $3, $4)
        on conflict (brand_id, sku) do update set version = excluded.version, document = excluded.document
        """)

    private static let componentDeletion = PostgresStatement(
        "delete from price_kit_component where brand_id = $1 and kit_sku = $2")

    private static let componentInsertion = PostgresStatement(
        """
        insert into price_kit_component (brand_id, kit_sku, sku) select $1, $2, p.sku from unnest($3::text[]) as p (sku)
        """)

    private static let deletion = PostgresStatement("delete from price_kit where brand_id = $1 and sku = $2")
}
