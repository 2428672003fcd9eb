internal import InventoryDomain
internal import InventoryMessages
internal import Paging
internal import Postgres
internal import RPC
internal import WellKnownMessages

extension StockReads {
    /// A page of lots, those that expire first in front.
    func listLots(_ request: ListLotsRequest, of brand: PostgresUUID) async throws -> ListLotsResponse {
        let question = PageToken.Question(
            "ListLots",
            [
                brand.description, request.sku, request.locationID,
                request.expiresBefore.map { "\($0.seconds).\($0.nanos)" } ?? "",
            ])
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        var selection = LotListStore.Selection()
        if !request.sku.isEmpty { selection.key = StockKey(brand: brand, sku: try SKU.of(request.sku)) }
        if !request.locationID.isEmpty { selection.location = try LocationID.of(request.locationID) }
        selection.expiresBefore = try Self.moment(request.expiresBefore, field: "expiresBefore")
        if !request.pageToken.isEmpty {
            guard let bytes = PageToken.position(request.pageToken, of: question),
                let position = LotListStore.Position(bytes: bytes)
            else { throw Self.invalidPageToken }
            selection.after = position
        }
        let found = try await LotListStore(pool: self.pool).lots(of: brand, selection, limit: size + 1)
        var response = ListLotsResponse(lots: found.prefix(size).map(\.message))
        if found.count > size, let last = found.prefix(size).last {
            response.nextPageToken = PageToken.text(last.position.bytes, of: question)
        }
        return response
    }
}
