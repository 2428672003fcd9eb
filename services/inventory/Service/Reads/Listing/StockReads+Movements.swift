internal import InventoryDomain
internal import InventoryMessages
internal import Paging
internal import Postgres
internal import RPC
internal import WellKnownMessages

extension StockReads {
    /// A page of the movements of a SKU, the newest first.
    func listMovements(_ request: ListMovementsRequest, of brand: PostgresUUID) async throws -> ListMovementsResponse {
        let key = StockKey(brand: brand, sku: try SKU.of(request.sku))
        let question = PageToken.Question("ListMovements", Self.parts(of: request, brand))
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        let selection = MovementStore.Selection(
            location: request.locationID.isEmpty ? nil : try LocationID.of(request.locationID),
            since: try Self.moment(request.since, field: "since"),
            until: try Self.moment(request.until, field: "until"),
            before: try Self.position(request.pageToken, of: question))
        let found = try await MovementStore(pool: self.pool).movements(of: key, selection, limit: size + 1)
        let page = found.prefix(size)
        var response = ListMovementsResponse(movements: page.map(\.message))
        if found.count > size, let last = page.last {
            response.nextPageToken = PageToken.text(Self.bytes(last.position), of: question)
        }
        return response
    }

    private static func parts(of request: ListMovementsRequest, _ brand: PostgresUUID) -> [String] {
        [
            brand.description, request.sku, request.locationID,
            request.since.map { "\($0.seconds).\($0.nanos)" } ?? "",
            request.until.map { "\($0.seconds).\($0.nanos)" } ?? "",
        ]
    }

    private static func bytes(_ position: MovementStore.Position) -> [UInt8] {
        withUnsafeBytes(of: position.version.bigEndian) { Array($0) }
            + withUnsafeBytes(of: position.part.bigEndian) { Array($0) }
    }

    private static func position(
        _ token: String, of question: PageToken.Question
    ) throws(RPCError) -> MovementStore.Position {
        guard !token.isEmpty else { return .newest }
        guard let bytes = PageToken.position(token, of: question), bytes.count == 10 else {
            throw Self.invalidPageToken
        }
        let version = bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let part = bytes[8...].reduce(Int16(0)) { $0 << 8 | Int16($1) }
        return MovementStore.Position(version: version, part: part)
    }
}
