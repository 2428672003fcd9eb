internal import ChannelMessages
internal import Postgres
internal import WellKnownMessages

/// Says what waits on a connection, by counting it.
struct SyncCounts: SyncReporting {
    private static let lanes = ["stock-to-zero", "stock", "price", "content"]

    let pool: PostgresPool

    func sync(of connection: ConnectionKey) async throws -> ConnectionSync {
        let lanes = try await self.pool.query(Self.waiting, connection.brand, connection.id)
        let totals = try await self.pool.query(Self.totals, connection.brand, connection.id)
        let (listings, inStep) = try totals.first?.decode(Int64.self, Int64.self) ?? (0 as Int64, 0 as Int64)
        var answer = ConnectionSync(
            connection: connection.id, listings: UInt64(clamping: listings), inStep: UInt64(clamping: inStep),
            lanes: Self.lanes.map { LaneBacklog(lane: $0) })
        for row in lanes {
            let (lane, pending, retrying, refused, oldest) = try row.decode(
                Int16.self, Int64.self, Int64.self, Int64.self, PostgresTimestamp?.self)
            guard answer.lanes.indices.contains(Int(lane)) else { continue }
            answer.lanes[Int(lane)].pending = UInt64(clamping: pending)
            answer.lanes[Int(lane)].retrying = UInt64(clamping: retrying)
            answer.lanes[Int(lane)].refused = UInt64(clamping: refused)
            answer.lanes[Int(lane)].oldest = oldest?.protobuf
        }
        return answer
    }

    private static let waiting = PostgresStatement(
        """
        select lane, count(*) filter (where status = 2), count(*) filter (where status = 3),
            count(*) filter (where status = 4), min(since) filter (where status in (2, 3))
        from sync_work where brand_id = $1 and connection_id = $2 group by lane
        """,
        readOnly: true)

    private static let totals = PostgresStatement(
        """
        select count(*), count(*) filter (where not exists (
            select from sync_work w where w.bucket = l.bucket and w.brand_id = l.brand_id and w.sku = l.sku
                and w.connection_id = l.connection_id and w.status in (2, 3, 4)))
        from listing l where l.brand_id = $1 and l.connection_id = $2
        """,
        readOnly: true)
}
