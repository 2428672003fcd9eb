internal import InventoryDomain
internal import InventoryMessages
internal import Paging
internal import Postgres
internal import RPC
internal import WellKnownMessages

extension StockReads {
    /// A page of the writes that lost, the newest first.
    func listConflicts(_ request: ListConflictsRequest, of brand: PostgresUUID) async throws -> ListConflictsResponse {
        let question = PageToken.Question(
            "ListConflicts",
            [
                brand.description, request.sku, request.since.map { "\($0.seconds).\($0.nanos)" } ?? "",
                request.until.map { "\($0.seconds).\($0.nanos)" } ?? "",
            ])
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        var selection = ConflictStore.Selection()
        if !request.sku.isEmpty { selection.key = StockKey(brand: brand, sku: try SKU.of(request.sku)) }
        selection.since = try Self.moment(request.since, field: "since")
        selection.until = try Self.moment(request.until, field: "until")
        if !request.pageToken.isEmpty {
            guard let bytes = PageToken.position(request.pageToken, of: question),
                let position = ConflictStore.Position(bytes: bytes)
            else { throw Self.invalidPageToken }
            selection.behind = position
        }
        let found = try await ConflictStore(pool: self.pool).conflicts(of: brand, selection, limit: size + 1)
        var response = ListConflictsResponse(conflicts: found.prefix(size).map(\.message))
        if found.count > size, let last = found.prefix(size).last {
            response.nextPageToken = PageToken.text(last.position.bytes, of: question)
        }
        return response
    }
}
