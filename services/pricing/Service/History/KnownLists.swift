internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// All lists that a brand ever had, by the numbers that stand for them in prices and in the history.
struct KnownLists: Sendable {
    /// A list as it was last. Its type and currency never were others: with them a list gets another number.
    struct KnownList: Sendable {
        let list: PriceList
        let currency: Currency
        /// nil: it still is.
        let removedAt: PostgresTimestamp?
    }

    private let lists: [Int32: KnownList]

    /// The command that reads them.
    static func reading(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.selection, brand) }

    /// The lists of the rows of ``reading(of:)``.
    init(_ rows: PostgresRows) throws(PostgresError) {
        let memory = ArenaMemory()
        var lists: [Int32: KnownList] = [:]
        for row in rows {
            let (number, isRemoved, recordedAt, document) = try row.decode(
                Int32.self, Bool.self, PostgresTimestamp.self, [UInt8].self)
            memory.arena.reset()
            let list = try PriceList(stored: document, column: "document", in: memory.arena)
            guard let currency = Currency(code: list.currency) else {
                throw .unexpectedValue(column: "document", reason: "\(list.currency) is no currency")
            }
            lists[number] = KnownList(list: list, currency: currency, removedAt: isRemoved ? recordedAt : nil)
        }
        self.lists = lists
    }

    /// The list that a row is of.
    subscript(number: Int32) -> KnownList {
        get throws(PostgresError) {
            guard let list = self.lists[number] else {
                throw .unexpectedValue(column: "list_number", reason: "\(number) stands for no list")
            }
            return list
        }
    }

    /// The numbers of the lists that are looked at, ascending.
    ///
    /// - Parameters:
    ///   - id: Only of that one; empty: all.
    ///   - showsCost: Whether lists of costs are, too.
    func numbers(id: String, showsCost: Bool) -> [Int32] {
        self.lists.filter { _, known in
            (id.isEmpty || known.list.listID.utf8.elementsEqual(id.utf8)) && (showsCost || known.list.type != .cost)
        }.keys.sorted()
    }

    /// The lists that are no more, and since when.
    var removed: [(number: Int32, at: PostgresTimestamp)] {
        self.lists.compactMap { number, known in known.removedAt.map { (number: number, at: $0) } }
    }

    private static let selection = PostgresStatement(
        """
        select distinct on (list_number) list_number, is_removed, recorded_at, document from price_book_history
        where brand_id = $1 and kind = 1 order by list_number, revision desc, part desc
        """,
        readOnly: true)
}
