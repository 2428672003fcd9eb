internal import Buckets
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// Reads returns, and lists of them from the newest on.
struct ReturnList: Sendable {
    let brand: PostgresUUID
    /// nil: of all orders.
    let order: OrderID?
    /// Empty: in all states.
    let states: [ReturnStatus]
    /// Unspecified: of all kinds.
    let kind: ReturnKind
    /// Empty: of all parts.
    let sku: String
    /// Against which they speak; empty: whatever.
    let fitment: String

    /// The command that reads one return, for ``read(_:)``.
    static func one(_ number: ReturnNumber, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.oneSelection, number.order.bucket.number, brand, PostgresUUID(number.order), number.number)
    }

    /// The command that reads a page, for ``read(_:)``.
    func command(_ page: ReturnPage) -> PostgresCommand {
        // Only what does not fit speaks against a fitment.
        let kind = self.fitment.isEmpty ? self.kind : .doesNotFit
        let statement =
            if self.order != nil {
                Self.ofOrder
            } else if !self.fitment.isEmpty {
                Self.ofFitment
            } else if !self.sku.isEmpty {
                Self.ofPart
            } else {
                Self.all
            }
        return PostgresCommand(
            statement, self.brand, page.last.createdAt, page.last.order, page.last.number, page.limit,
            self.states.map(\.column), kind.column, self.sku, self.fitment,
            self.order.map { PostgresUUID($0) }, self.order?.bucket.number)
    }

    /// Whether nothing can be found: what is asked for contradicts itself.
    var isEmpty: Bool { !self.fitment.isEmpty && ![.unspecified, .doesNotFit].contains(self.kind) }

    /// The returns of rows, with their positions.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [(ReturnPage.Position, Return)] {
        try rows.children(column: "order_return.document")
    }

    private static let columns: StaticString = "select r.created_at, r.order_id, r.number, r.document"

    private static let oneSelection = PostgresStatement(
        joining: [
            Self.columns,
            " from order_return r where r.bucket = $1 and r.brand_id = $2 and r.order_id = $3 and r.number = $4",
        ], readOnly: true)

    private static let filters: StaticString =
        """
         and (cardinality($6::smallint[]) = 0 or r.status = any($6)) and ($7 = 0 or r.kind = $7)
        and ($8 = '' or exists (
            select from order_return_line s where s.bucket = r.bucket and s.brand_id = r.brand_id
                and s.order_id = r.order_id and s.number = r.number and s.sku = $8))
        and ($9 = '' or exists (
            select from order_return_line s where s.bucket = r.bucket and s.brand_id = r.brand_id
                and s.order_id = r.order_id and s.number = r.number and s.fitment_id = $9))
        and ($10::uuid is null or r.order_id = $10) and ($11::smallint is null or r.bucket = $11)
        """

    private static let order: StaticString = " order by r.created_at desc, r.order_id desc, r.number desc limit $5"

    private static let all = Self.statement(
        """
         from order_return r where r.bucket >= 0 and r.brand_id = $1 and (r.created_at, r.order_id, r.number) < ($2, $3, $4)
        """)

    private static let ofOrder = Self.statement(
        """
         from order_return r
        where r.bucket = $11 and r.brand_id = $1 and r.order_id = $10
            and (r.created_at, r.order_id, r.number) < ($2, $3, $4)
        """)

    // A return may have several lines with the part, or the fitment: the first one stands for it.
    private static let ofPart = Self.statement(
        """
         from order_return_line l
        join order_return r on r.bucket = l.bucket and r.brand_id = l.brand_id and r.order_id = l.order_id
            and r.number = l.number
        where l.bucket >= 0 and l.brand_id = $1 and l.sku = $8 and (l.created_at, l.order_id, l.number) < ($2, $3, $4)
            and not exists (
                select from order_return_line f where f.bucket = l.bucket and f.brand_id = l.brand_id
                    and f.order_id = l.order_id and f.number = l.number and f.sku = l.sku and f.line < l.line)
        """, byLine: true)

    private static let ofFitment = Self.statement(
        """
         from order_return_line l
        join order_return r on r.bucket = l.bucket and r.brand_id = l.brand_id and r.order_id = l.order_id
            and r.number = l.number
        where l.brand_id = $1 and l.fitment_id = $9 and l.fitment_id <> ''
            and (l.created_at, l.order_id, l.number) < ($2, $3, $4)
            and not exists (
                select from order_return_line f where f.bucket = l.bucket and f.brand_id = l.brand_id
                    and f.order_id = l.order_id and f.number = l.number and f.fitment_id = l.fitment_id
                    and f.line < l.line)
        """, byLine: true)

    private static func statement(_ selection: StaticString, byLine: Bool = false) -> PostgresStatement {
        // By the columns of the index that is read, which are the same.
        let order: StaticString = " order by l.created_at desc, l.order_id desc, l.number desc limit $5"
        return PostgresStatement(
            joining: [Self.columns, selection, Self.filters, byLine ? order : Self.order], readOnly: true)
    }
}

extension PostgresRows {
    /// Returns or claims of rows, with their positions.
    func children<Child: Message>(
        column: String
    ) throws(PostgresError) -> [(ReturnPage.Position, Child)] {
        var read: [(ReturnPage.Position, Child)] = []
        read.reserveCapacity(self.count)
        let memory = ArenaMemory()
        for row in self {
            let (createdAt, order, number, document) = try row.decode(
                PostgresTimestamp.self, PostgresUUID.self, Int32.self, [UInt8].self)
            memory.arena.reset()
            read.append(
                (
                    ReturnPage.Position(createdAt: createdAt, order: order, number: number),
                    try Child(stored: document, column: column, in: memory.arena)
                ))
        }
        return read
    }
}
