internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// A list as its row has it.
struct StoredPriceList: Sendable {
    let number: Int32
    let version: Int64
    let createdAt: PostgresTimestamp
    let changedAt: PostgresTimestamp
    /// The document, without what only answers have.
    let list: PriceList

    /// The list as it is answered.
    var answer: PriceList { self.list.answer(version: self.version, self.createdAt, self.changedAt) }
}

/// Reads and writes lists.
enum PriceListRows {
    /// The command that reads all lists of a brand, by id.
    static func all(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.every, brand) }

    /// The command that reads one list.
    static func one(_ id: String, of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.single, brand, id) }

    /// The command that reads lists behind an id.
    ///
    /// - Parameter type: Only those; unspecified: all.
    static func page(
        after id: String, type: PriceType, of brand: PostgresUUID, limit: Int
    ) -> PostgresCommand {
        PostgresCommand(Self.page, brand, id, Int16(clamping: type.rawValue), Int64(limit))
    }

    /// The lists of rows of these commands, in their order.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [StoredPriceList] {
        let memory = ArenaMemory()
        return try rows.map { (row) throws(PostgresError) in
            let (number, version, createdAt, changedAt, document) = try row.decode(
                Int32.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, [UInt8].self)
            memory.arena.reset()
            return StoredPriceList(
                number: number, version: version, createdAt: createdAt, changedAt: changedAt,
                list: try PriceList(stored: document, column: "document", in: memory.arena))
        }
    }

    /// The commands that write a list of a locked book.
    ///
    /// - Parameter isNumbered: Whether its number is a new one.
    static func put(
        _ list: StoredPriceList, in book: LockedPriceBook, isNumbered: Bool
    ) throws(EncodingError) -> [PostgresCommand] {
        var commands = [
            PostgresCommand(
                Self.upsert, book.brand, list.list.listID, list.number, list.version,
                Int16(clamping: list.list.type.rawValue), list.list.currency, list.createdAt, list.changedAt,
                try list.list.stored.encodedBytes())
        ]
        if isNumbered { commands.append(PostgresCommand(Self.numbering, book.brand, list.number + 1)) }
        return commands
    }

    /// The command that removes a list.
    static func removal(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.deletion, brand, id)
    }

    /// The command that says whether a list has prices, or held ones that wait: one row.
    static func isUsed(_ number: Int32, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.use, brand, number)
    }

    /// The command that finds SKUs of which a greater quantity may cost more at some instant.
    static func suspectTiers(inList number: Int32, of brand: PostgresUUID, limit: Int) -> PostgresCommand {
        PostgresCommand(Self.suspects, brand, number, Int64(limit))
    }

    private static let every = PostgresStatement(
        """
        select number, version, created_at, changed_at, document from price_list where brand_id = $1 order by list_id
        """,
        readOnly: true)

    private static let single = PostgresStatement(
        """
        select number, version, created_at, changed_at, document from price_list where brand_id = $1 and list_id = $2
        """,
        readOnly: true)

    private static let page = PostgresStatement(
        """
        select number, version, created_at, changed_at, document from price_list
        where brand_id = $1 and list_id > $2 and ($3 = 0 or type = $3) order by list_id limit $4
        """,
        readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into price_list (brand_id, list_id, number, version, type, currency, created_at, changed_at, document)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (brand_id, list_id) do update set number = excluded.number, version = excluded.version,
            type = excluded.type, currency = excluded.currency, changed_at = excluded.changed_at,
            document = excluded.document
        """)

    private static let numbering = PostgresStatement(
        "update price_book set next_list_number = $2 where brand_id = $1")

    private static let deletion = PostgresStatement("delete from price_list where brand_id = $1 and list_id = $2")

    private static let use = PostgresStatement(
        """
        select exists (select from price where brand_id = $1 and list_number = $2),
            exists (select from price_hold where brand_id = $1 and list_number = $2 and state = 1)
        """)

    // Pairs that a price which begins later hides are found, too.
    private static let suspects = PostgresStatement(
        """
        select distinct a.sku
        from price a join price b on b.bucket = a.bucket and b.brand_id = a.brand_id and b.sku = a.sku
            and b.list_number = a.list_number and b.minimum_quantity < a.minimum_quantity and b.amount < a.amount
            and b.valid_from < a.valid_to and a.valid_from < b.valid_to
        where a.brand_id = $1 and a.list_number = $2 limit $3
        """)
}
