internal import Buckets
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Refusals

/// Finds orders by our id or the channel's.
struct OrderLookup: Sendable {
    /// The most connections that are named where an id is not enough.
    static let maximumNamedConnections = 10

    private let pool: PostgresPool

    /// - Parameter pool: Any pool on the service's database.
    init(_ pool: PostgresPool) { self.pool = pool }

    /// Which order an id stands for: ours, or else the channel's.
    ///
    /// - Parameters:
    ///   - id: As the caller said it.
    ///   - connection: Where the channel's id is to be looked for; empty: on all.
    /// - Throws: `OrderRefusal`: `order-not-found`, or `order-ambiguous` with the connections; `PostgresError`.
    func find(_ brand: PostgresUUID, _ id: String, connection: String = "") async throws -> OrderID {
        OrderID(
            try await self.row(brand, id, connection, Self.idsByOurs, Self.idsByTheirs)
                .decode(PostgresUUID.self))
    }

    /// The order that an id stands for, as it stands.
    ///
    /// - Throws: As ``find(_:_:connection:)``.
    func order(_ brand: PostgresUUID, _ id: String, connection: String = "") async throws -> Order {
        let row = try await self.row(brand, id, connection, Self.ordersByOurs, Self.ordersByTheirs)
        let (_, _, document) = try row.decode(PostgresUUID.self, String.self, [UInt8].self)
        return try ArenaMemory.with { (arena) throws(PostgresError) in
            try Order(stored: document, column: "sales_order.document", in: arena)
        }
    }

    private func row(
        _ brand: PostgresUUID, _ id: String, _ connection: String, _ byOurs: PostgresStatement,
        _ byTheirs: PostgresStatement
    ) async throws -> PostgresRow {
        if let order = OrderID(id) {
            let rows = try await self.pool.query(byOurs, order.bucket.number, brand, PostgresUUID(order))
            if let row = rows.first { return row }
        }
        let limit = Int64(Self.maximumNamedConnections) + 1
        let rows = try await self.pool.query(byTheirs, brand, id, connection, limit)
        guard let first = rows.first else { throw OrderRefusal.orderNotFound(id) }
        guard rows.count == 1 else {
            throw OrderRefusal.orderAmbiguous(
                id,
                connections: try rows.prefix(Self.maximumNamedConnections).map { row in
                    try row.decode(PostgresUUID.self, String.self).1
                })
        }
        return first
    }

    private static let ours: StaticString = " from sales_order where bucket = $1 and brand_id = $2 and order_id = $3"
    private static let theirs: StaticString =
        """
         from sales_order where bucket >= 0 and brand_id = $1 and channel_order_id = $2 and ($3 = '' or connection = $3)
        order by connection limit $4
        """
    private static let identity: StaticString = "select order_id, connection"
    private static let content: StaticString = "select order_id, connection, document"

    private static let idsByOurs = PostgresStatement(joining: [Self.identity, Self.ours], readOnly: true)
    private static let idsByTheirs = PostgresStatement(joining: [Self.identity, Self.theirs], readOnly: true)
    private static let ordersByOurs = PostgresStatement(joining: [Self.content, Self.ours], readOnly: true)
    private static let ordersByTheirs = PostgresStatement(joining: [Self.content, Self.theirs], readOnly: true)
}

extension Refusal where Reason == RefusalReason {
    fileprivate static func orderAmbiguous(_ id: String, connections: [String]) -> OrderRefusal {
        OrderRefusal(
            .orderAmbiguous, field: "id", "\"\(id)\" is an order on several connections",
            expected: "the connection as well (\(connections.joined(separator: ", "))), or our id of the order")
    }
}
