internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import WellKnownMessages

/// Says what waits on a connection, and how long it will take by the platform's limits.
struct SyncReports: SyncReporting {
    private static let lanes: [SyncLane] = [.stockToZero, .stock, .price, .content]

    let pool: PostgresPool
    let connections: any SyncConnections

    func sync(of connection: ConnectionKey) async throws -> ConnectionSync {
        let totals = try await self.pool.query(Self.totals, connection.brand, connection.id)
        let (listings, inStep): (Int64, Int64) = try totals.first?.decode(Int64.self, Int64.self) ?? (0, 0)
        var report = ConnectionSync(
            connection: connection.id, listings: UInt64(clamping: listings), inStep: UInt64(clamping: inStep),
            lanes: Self.lanes.map { LaneBacklog(lane: $0.name) })
        var backlogs: [QuotaPlanner.Backlog] = []
        for row in try await self.pool.query(Self.waiting, connection.brand, connection.id) {
            let (lane, pending, retrying, refused, oldest) = try row.decode(
                Int16.self, Int64.self, Int64.self, Int64.self, PostgresTimestamp?.self)
            guard report.lanes.indices.contains(Int(lane)), let known = SyncLane(rawValue: lane) else { continue }
            report.lanes[Int(lane)].pending = UInt64(clamping: pending)
            report.lanes[Int(lane)].retrying = UInt64(clamping: retrying)
            report.lanes[Int(lane)].refused = UInt64(clamping: refused)
            report.lanes[Int(lane)].oldest = oldest?.protobuf
            backlogs.append(QuotaPlanner.Backlog(lane: known, rows: pending + retrying))
        }
        guard let known = try await self.connections.connection(connection) else { return report }
        try await self.forecast(backlogs, of: known, in: &report)
        if let location = known.fulfilmentLocation, known.fulfilledStock != nil {
            report.fulfilledStock = try await FulfilledPollRows.state(connection, from: self.pool)
            report.fulfilledStock?.location = location
        }
        return report
    }

    private func forecast(
        _ backlogs: [QuotaPlanner.Backlog], of connection: SyncConnection, in report: inout ConnectionSync
    ) async throws {
        let key = connection.key
        let now = MicrosecondClock.now
        let planner = QuotaPlanner(
            connection.adapter.operations(with: connection.account.settings).map(QuotaOperation.init),
            known: try await SyncHealthRows.quotas(key, from: self.pool),
            paces: try await BulkRows.paces(key, from: self.pool), at: now)
        for (lane, seconds) in planner.forecast(backlogs, at: now) {
            report.lanes[Int(lane.rawValue)].forecastSeconds = seconds
        }
        report.quotas = planner.state(at: now).map { bucket in
            QuotaState(
                operation: bucket.name, available: bucket.available, ratePerSecond: bucket.ratePerSecond,
                burst: bucket.burst,
                blockedUntil: bucket.blockedUntil.map { PostgresTimestamp(microseconds: $0).protobuf })
        }
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
                and w.connection_id = l.connection_id))
        from listing l where l.brand_id = $1 and l.connection_id = $2
        """,
        readOnly: true)
}
