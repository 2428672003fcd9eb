internal import Buckets
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// Reads warranty claims, and lists of them from the newest on.
struct ClaimList: Sendable {
    let brand: PostgresUUID
    /// nil: of all orders.
    let order: OrderID?
    /// Empty: in all states.
    let states: [ClaimStatus]
    /// Empty: of all parts.
    let sku: String
    /// Empty: of all lots.
    let lot: String

    /// The command that reads one claim, for ``read(_:)``.
    static func one(_ number: ReturnNumber, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.oneSelection, number.order.bucket.number, brand, PostgresUUID(number.order), number.number)
    }

    /// The command that reads a page, for ``read(_:)``.
    func command(_ page: ReturnPage) -> PostgresCommand {
        let statement =
            if self.order != nil {
                Self.ofOrder
            } else if !self.lot.isEmpty {
                Self.ofLot
            } else if !self.sku.isEmpty {
                Self.ofPart
            } else {
                Self.all
            }
        return PostgresCommand(
            statement, self.brand, page.last.createdAt, page.last.order, page.last.number, page.limit,
            self.states.map(\.column), self.sku, self.lot, self.order.map { PostgresUUID($0) },
            self.order?.bucket.number)
    }

    /// The claims of rows, with their positions.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [(ReturnPage.Position, WarrantyClaim)] {
        try rows.children(column: "order_claim.document")
    }

    private static let columns: StaticString =
        "select c.created_at, c.order_id, c.number, c.document from order_claim c"

    private static let oneSelection = PostgresStatement(
        joining: [
            Self.columns, " where c.bucket = $1 and c.brand_id = $2 and c.order_id = $3 and c.number = $4",
        ], readOnly: true)

    private static let all = Self.statement(" where c.bucket >= 0 and c.brand_id = $1")
    private static let ofOrder = Self.statement(" where c.bucket = $10 and c.brand_id = $1 and c.order_id = $9")
    private static let ofPart = Self.statement(" where c.bucket >= 0 and c.brand_id = $1 and c.sku = $7")
    private static let ofLot = Self.statement(" where c.brand_id = $1 and c.lot_id = $8 and c.lot_id <> ''")

    private static func statement(_ selection: StaticString) -> PostgresStatement {
        PostgresStatement(
            joining: [
                Self.columns, selection,
                """
                 and (c.created_at, c.order_id, c.number) < ($2, $3, $4)
                and (cardinality($6::smallint[]) = 0 or c.status = any($6)) and ($7 = '' or c.sku = $7)
                and ($8 = '' or c.lot_id = $8)
                and ($9::uuid is null or c.order_id = $9) and ($10::smallint is null or c.bucket = $10)
                order by c.created_at desc, c.order_id desc, c.number desc limit $5
                """,
            ], readOnly: true)
    }
}
