internal import ChannelDomain
public import ChannelMessages
internal import Paging
internal import Postgres
public import RPC
internal import WellKnownMessages

extension Listings {
    /// What was found on platforms and is not what we thought, the last first.
    public func listDrift(_ request: ListDriftRequest, context: ServerContext) async throws -> ListDriftResponse {
        let brand = try self.brand(of: context.caller)
        let causes = request.cause.map { Int16(truncatingIfNeeded: $0.rawValue) }.sorted()
        let question = PageToken.Question(
            "ListDrift",
            [brand.description, request.connection, "\(request.open)"] + causes.map { "\($0)" })
        return try await self.answering(context) {
            if !request.connection.isEmpty {
                _ = try await self.existing(ConnectionKey(brand: brand, id: request.connection))
            }
            var position = DriftPosition(
                foundAt: .infinity, id: PostgresUUID(high: .max, low: .max))
            if !request.pageToken.isEmpty {
                guard let bytes = PageToken.position(request.pageToken, of: question),
                    let known = DriftPosition(bytes)
                else { throw ChannelRefusal.invalidPageToken }
                position = known
            }
            let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
            let rows = try await self.pool.query(
                Self.drifts, brand, position.foundAt, position.id, Int64(size) + 1, request.connection, causes,
                request.open)
            var response = ListDriftResponse()
            for row in rows.prefix(size) {
                let (drift, place) = try Self.drift(row)
                response.drifts.append(drift)
                position = place
            }
            if rows.count > size { response.nextPageToken = PageToken.text(position.bytes, of: question) }
            return response
        }
    }

    private static func drift(_ row: PostgresRow) throws(PostgresError) -> (Drift, DriftPosition) {
        let (id, connection, sku, kind, cause, expected, found, wanted, foundAt, healedAt) = try row.decode(
            PostgresUUID.self, String.self, String.self, Int16.self, Int16.self, String.self, String.self,
            String.self, PostgresTimestamp.self, PostgresTimestamp?.self)
        let drift = Drift(
            id: id.description, connection: connection, sku: sku, kind: SyncKind(rawValue: Int32(kind)),
            cause: DriftCause(rawValue: Int32(cause)), expected: expected, found: found, wanted: wanted,
            foundAt: foundAt.protobuf, healedAt: healedAt?.protobuf)
        return (drift, DriftPosition(foundAt: foundAt, id: id))
    }

    private static let drifts = PostgresStatement(
        """
        select drift_id, connection_id, sku, kind, cause, expected, found, wanted, found_at, healed_at from drift
        where brand_id = $1 and (found_at, drift_id) < ($2, $3) and ($5 = '' or connection_id = $5)
            and (cardinality($6::smallint[]) = 0 or cause = any($6)) and (not $7 or healed_at is null)
        order by found_at desc, drift_id desc limit $4
        """,
        readOnly: true)
}

/// Where a page of drift ended.
struct DriftPosition: Hashable, Sendable {
    var foundAt: PostgresTimestamp
    var id: PostgresUUID

    init(foundAt: PostgresTimestamp, id: PostgresUUID) {
        self.foundAt = foundAt
        self.id = id
    }

    init?(_ bytes: [UInt8]) {
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = PostgresUUID(parts[1]) else { return nil }
        self.init(foundAt: PostgresTimestamp(microseconds: microseconds), id: id)
    }

    var bytes: [UInt8] { Array("\(self.foundAt.microseconds) \(self.id)".utf8) }
}
