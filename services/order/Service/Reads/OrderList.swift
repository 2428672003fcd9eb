internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

/// Reads orders from the last by date on, those that a filter lets through.
struct OrderList: Sendable {
    /// Where a page ended.
    struct Position: Hashable, Sendable {
        let orderedAt: PostgresTimestamp
        let id: PostgresUUID

        /// Before all orders until a moment.
        init(before moment: PostgresTimestamp) {
            self.orderedAt = moment
            self.id = PostgresUUID(high: 0, low: 0)
        }

        /// Behind an order.
        init(orderedAt: PostgresTimestamp, id: PostgresUUID) {
            self.orderedAt = orderedAt
            self.id = id
        }

        /// Behind the order of a page's last row.
        init?(_ bytes: [UInt8]) {
            let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
            guard parts.count == 2, let microseconds = Int64(parts[0]), let id = PostgresUUID(parts[1]) else {
                return nil
            }
            self.init(orderedAt: PostgresTimestamp(microseconds: microseconds), id: id)
        }

        var bytes: [UInt8] { Array("\(self.orderedAt.microseconds) \(self.id)".utf8) }
    }

    /// An order of a page.
    struct Row: Sendable {
        let order: Order
        let position: Position
        /// Of its document.
        let bytes: Int
    }

    let brand: PostgresUUID
    let request: ListOrdersRequest

    /// What selects orders, for a page's token.
    var question: [String] {
        let request = self.request
        return [
            "\(self.brand)", request.status.map { "\($0.rawValue)" }.joined(separator: ","),
            request.paymentStatus.map { "\($0.rawValue)" }.joined(separator: ","), request.platform, request.connection,
            request.orderID, request.sku, request.customerID, request.email, "\(request.shortfall)", request.tag,
            request.from.map { "\($0.seconds).\($0.nanos)" } ?? "",
            request.to.map { "\($0.seconds).\($0.nanos)" } ?? "",
        ]
    }

    /// Before the first order of the list.
    var start: Position {
        Position(before: self.request.to.flatMap { PostgresTimestamp($0) } ?? .infinity)
    }

    /// The command that reads so many orders, for ``read(_:)``.
    func page(after last: Position, limit: Int64) -> PostgresCommand {
        let request = self.request
        let statuses = request.status.map { ($0 == .fulfilled ? OrderStatus.shipped : $0).column }
        return PostgresCommand(
            self.statement, self.brand, last.orderedAt, last.id, limit, Array(Set(statuses)),
            request.paymentStatus.map(\.column), request.platform, request.connection, request.orderID,
            request.customerID, request.email, request.shortfall,
            request.from.flatMap { PostgresTimestamp($0) } ?? .negativeInfinity, request.sku, request.tag)
    }

    /// The orders of rows.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [Row] {
        let arena = ArenaMemory()
        var read: [Row] = []
        read.reserveCapacity(rows.count)
        for row in rows {
            let (orderedAt, id, document) = try row.decode(PostgresTimestamp.self, PostgresUUID.self, [UInt8].self)
            arena.arena.reset()
            read.append(
                Row(
                    order: try Order(stored: document, column: "sales_order.document", in: arena.arena),
                    position: Position(orderedAt: orderedAt, id: id), bytes: document.count))
        }
        return read
    }

    /// By what finds the fewest orders.
    private var statement: PostgresStatement {
        let request = self.request
        if !request.orderID.isEmpty { return Self.byChannelID }
        if !request.sku.isEmpty { return Self.bySKU }
        if !request.customerID.isEmpty { return Self.byCustomer }
        if !request.email.isEmpty { return Self.byEmail }
        if !request.tag.isEmpty { return Self.byTag }
        if request.shortfall { return Self.byShortfall }
        return request.status.isEmpty ? Self.byDate : Self.byStatus
    }
}

// MARK: - Statements

extension OrderList {
    private static let columns: StaticString = "select o.ordered_at, o.order_id, o.document "

    private static let orders: StaticString =
        "from sales_order o where o.bucket >= 0 and o.brand_id = $1 and (o.ordered_at, o.order_id) < ($2, $3) and "

    private static let filters: StaticString =
        """
         and (cardinality($5::smallint[]) = 0 or o.status = any($5))
            and (cardinality($6::smallint[]) = 0 or o.payment_status = any($6))
            and ($7 = '' or lower(o.platform) = lower($7::text collate "C"))
            and ($8 = '' or o.connection = $8) and ($9 = '' or o.channel_order_id = $9)
            and ($10 = '' or o.customer_id = $10) and ($11 = '' or lower(o.email) = lower($11::text collate "C"))
            and (not $12 or o.has_shortfall) and o.ordered_at >= $13
            and ($14 = '' or exists (
                select from order_line l
                where l.bucket = o.bucket and l.brand_id = o.brand_id and l.order_id = o.order_id and l.sku = $14))
            and ($15 = '' or exists (
                select from order_tag t
                where t.bucket = o.bucket and t.brand_id = o.brand_id and t.order_id = o.order_id and t.tag = $15))
        """

    private static let order: StaticString = " order by o.ordered_at desc, o.order_id desc limit $4"

    private static func statement(_ condition: StaticString) -> PostgresStatement {
        PostgresStatement(
            joining: [Self.columns, Self.orders, condition, Self.filters, Self.order], readOnly: true)
    }

    private static let byDate = Self.statement("true")
    private static let byChannelID = Self.statement("o.channel_order_id = $9")
    private static let byCustomer = Self.statement("o.customer_id = $10 and o.customer_id <> ''")
    private static let byEmail = Self.statement("lower(o.email) = lower($11::text collate \"C\") and o.email <> ''")
    private static let byShortfall = Self.statement("o.has_shortfall")

    // Each state is read in the list's order, and the first of all are taken.
    private static let byStatus = PostgresStatement(
        joining: [
            """
            select o.ordered_at, o.order_id, o.document from unnest($5::smallint[]) as s (status)
            cross join lateral (

            """, Self.columns, Self.orders, "o.status = s.status", Self.filters, Self.order, ") o", Self.order,
        ], readOnly: true)

    // An order may have several lines of a part: its first counts.
    private static let bySKU = PostgresStatement(
        joining: [
            Self.columns,
            """
            from order_line k
            join sales_order o on o.bucket = k.bucket and o.brand_id = k.brand_id and o.order_id = k.order_id
            where k.bucket >= 0 and k.brand_id = $1 and k.sku = $14 and (k.ordered_at, k.order_id) < ($2, $3) and k.ordered_at >= $13
                and not exists (
                    select from order_line f
                    where f.bucket = k.bucket and f.brand_id = k.brand_id and f.order_id = k.order_id
                        and f.line < k.line and f.sku = $14)
            """, Self.filters, " order by k.ordered_at desc, k.order_id desc limit $4",
        ], readOnly: true)

    private static let byTag = PostgresStatement(
        joining: [
            Self.columns,
            """
            from order_tag k
            join sales_order o on o.bucket = k.bucket and o.brand_id = k.brand_id and o.order_id = k.order_id
            where k.bucket >= 0 and k.brand_id = $1 and k.tag = $15 and (k.ordered_at, k.order_id) < ($2, $3) and k.ordered_at >= $13
            """, Self.filters, " order by k.ordered_at desc, k.order_id desc limit $4",
        ], readOnly: true)
}
