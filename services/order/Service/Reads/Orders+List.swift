internal import OrderDomain
public import OrderMessages
internal import Paging
internal import Postgres
public import RPC

extension Orders {
    /// Lists orders, the last by order date first.
    public func listOrders(_ request: ListOrdersRequest, context: ServerContext) async throws -> ListOrdersResponse {
        let brand = try self.brand(of: context.caller)
        let list = OrderList(brand: brand, request: request)
        let question = PageToken.Question("listOrders", list.question)
        var last = list.start
        if !request.pageToken.isEmpty {
            guard let bytes = PageToken.position(request.pageToken, of: question),
                let position = OrderList.Position(bytes)
            else { throw RPCError.invalidPageToken }
            last = position
        }
        let size = Self.pageSize(request.pageSize)
        return try await self.answering(context) {
            // One more tells whether there is a further page.
            let rows = try OrderList.read(
                try await self.pool.query(list.page(after: last, limit: Int64(size) + 1)))
            var (page, bytes): ([OrderList.Row], Int) = ([], 0)
            for row in rows.prefix(size) {
                bytes += row.bytes
                guard page.isEmpty || bytes <= Self.maximumPageBytes else { break }
                page.append(row)
            }
            let next = rows.count > page.count ? page.last?.position : nil
            return ListOrdersResponse(
                orders: page.map(\.order),
                nextPageToken: next.map { PageToken.text($0.bytes, of: question) } ?? "")
        }
    }
}
