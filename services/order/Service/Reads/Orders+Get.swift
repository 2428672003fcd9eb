internal import Buckets
internal import OrderDomain
public import OrderMessages
internal import Paging
internal import Postgres
internal import ProtobufC
public import RPC

extension Orders {
    /// Answers an order, by our id or the channel's.
    public func getOrder(_ request: GetOrderRequest, context: ServerContext) async throws -> Order {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.lookup.order(brand, request.id, connection: request.connection)
        }
    }

    /// Lists what happened to an order, as it happened.
    public func listOrderEntries(
        _ request: ListOrderEntriesRequest, context: ServerContext
    ) async throws -> ListOrderEntriesResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let order = try await self.lookup.find(brand, request.id)
            let question = PageToken.Question("listOrderEntries", ["\(brand)", "\(order)"])
            let last = try Self.number(request.pageToken, question)
            let size = Self.pageSize(request.pageSize)
            // One more tells whether there is a further page.
            let rows = try await self.pool.query(
                OrderEntryRows.page(of: OrderKey(brand: brand, id: order), after: last, limit: Int64(size) + 1))
            let entries = try OrderEntryRows.read(rows.prefix(size))
            let next = rows.count > size ? entries.last?.number : nil
            return ListOrderEntriesResponse(
                entries: entries, nextPageToken: next.map { PageToken.text(Array("\($0)".utf8), of: question) } ?? "")
        }
    }

    private static func number(_ token: String, _ question: PageToken.Question) throws(RPCError) -> Int64 {
        guard !token.isEmpty else { return 0 }
        guard let bytes = PageToken.position(token, of: question),
            let number = Int64(String(decoding: bytes, as: UTF8.self))
        else { throw .invalidPageToken }
        return number
    }
}

extension OrderEntryRows {
    /// The command that reads a page of an order's log, for ``read(_:)``.
    static func page(of order: OrderKey, after number: Int64, limit: Int64) -> PostgresCommand {
        PostgresCommand(
            Self.pageSelection, order.id.bucket.number, order.brand, PostgresUUID(order.id), number, limit)
    }

    /// The entries of rows.
    static func read(_ rows: some Sequence<PostgresRow>) throws(PostgresError) -> [OrderEntry] {
        let arena = ArenaMemory()
        var entries: [OrderEntry] = []
        for row in rows {
            arena.arena.reset()
            entries.append(
                try OrderEntry(
                    stored: try row.decode([UInt8].self), column: "order_entry.document", in: arena.arena))
        }
        return entries
    }

    private static let pageSelection = PostgresStatement(
        """
        select document from order_entry
        where bucket = $1 and brand_id = $2 and order_id = $3 and number > $4 order by number limit $5
        """,
        readOnly: true)
}
