internal import CatalogDomain
internal import CatalogMessages
internal import Paging
internal import Postgres
internal import RPC

/// Where a page ended: what its last product was sorted by, and its SKU.
private struct Position {
    var key = ""
    var sku = ""

    init(key: String = "", sku: String) {
        self.key = key
        self.sku = sku
    }

    /// U+0000 is in no text of a product.
    init?(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let key = String(validating: parts[0], as: UTF8.self),
            let sku = String(validating: parts[1], as: UTF8.self)
        else { return nil }
        self.init(key: key, sku: sku)
    }

    var bytes: [UInt8] { Array(self.key.utf8) + [0] + Array(self.sku.utf8) }
}

extension SearchRun {
    /// Adds a page of products.
    func addPage(of filter: SearchFilter, _ text: AskedText?, to response: inout ListProductsResponse) async throws {
        let last = try self.lastPosition()
        // One more tells whether there is a further page.
        let limit = Int64(self.size + 1)
        let rows: PostgresRows
        let isRanked = text != nil && (self.request.sort == .unspecified || self.request.sort == .relevance)
        switch self.request.sort {
        case _ where isRanked:
            let rank = try last.map { try Self.rank($0.key) }
            rows = try await self.pool.query(
                filter.command(SearchStatements.byRelevance, text?.exactQuery ?? "", rank, last?.sku, limit))
            response.isRankingCapped = try rows.first?.decode(Bool.self, column: "is_capped") ?? false
        case .name:
            rows = try await self.pool.query(filter.command(SearchStatements.byName, last?.key, last?.sku, limit))
        case .changed:
            let time = try last.map { try Self.time($0.key) }
            rows = try await self.pool.query(filter.command(SearchStatements.byChange, time, last?.sku, limit))
        default:
            rows = try await self.pool.query(filter.command(SearchStatements.bySKU, last?.sku, limit))
        }
        response.products = try ProductRows.readInOrder(rows).prefix(self.size).map(\.answer)
        if rows.count > self.size, let end = rows.dropFirst(self.size - 1).first {
            let last = try self.position(of: end, isRanked: isRanked)
            response.nextPageToken = PageToken.text(last.bytes, of: self.question)
        }
    }

    private func position(of row: PostgresRow, isRanked: Bool) throws -> Position {
        let sku = try row.decode(String.self, column: "sku")
        switch self.request.sort {
        case _ where isRanked:
            return Position(key: String(try row.decode(Double.self, column: "rank").bitPattern), sku: sku)
        case .name: return Position(key: try row.decode(String.self, column: "sorted_name"), sku: sku)
        case .changed:
            let time = try row.decode(PostgresTimestamp.self, column: "sorted_time")
            return Position(key: String(time.microseconds), sku: sku)
        default: return Position(sku: sku)
        }
    }

    private static let invalidToken = RPCError(
        field: "pageToken", "is none that was given out for these filters",
        expected: "nextPageToken of the page before, with the filters of that page")

    private func lastPosition() throws(RPCError) -> Position? {
        guard !self.request.pageToken.isEmpty else { return nil }
        guard let bytes = PageToken.position(self.request.pageToken, of: self.question), let last = Position(bytes)
        else { throw Self.invalidToken }
        return last
    }

    private static func rank(_ text: String) throws(RPCError) -> Double {
        guard let bits = UInt64(text) else { throw Self.invalidToken }
        return Double(bitPattern: bits)
    }

    private static func time(_ text: String) throws(RPCError) -> PostgresTimestamp {
        guard let microseconds = Int64(text) else { throw Self.invalidToken }
        return PostgresTimestamp(microseconds: microseconds)
    }
}
