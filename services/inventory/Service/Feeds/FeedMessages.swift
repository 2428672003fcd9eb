internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import WellKnownMessages

extension Feed {
    /// A feed as callers get it.
    ///
    /// - Parameter locations: Where it brings figures to, with their age.
    init(_ record: FeedRecord, locations: [FeedLocation]) {
        self = record.feed
        self.feedID = record.id
        self.version = UInt64(clamping: record.version)
        self.status = FeedStatus(
            nextDueAt: record.dueAt?.protobuf, lookedAt: record.lookedAt?.protobuf,
            finding: FeedFinding(rawValue: Int32(record.finding)), failures: UInt32(clamping: record.failures),
            problem: record.problem, locations: locations)
    }
}

extension FeedLocation {
    /// The command that reads where feeds of a brand bring figures to.
    ///
    /// - Parameter feed: nil: of all feeds.
    static func of(_ feed: String?, brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, feed)
    }

    /// The rows of that command, by feed.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [String: [FeedLocation]] {
        var found: [String: [FeedLocation]] = [:]
        for row in rows {
            let (feed, location, fedAt, age, isStale) = try row.decode(
                String.self, String.self, PostgresTimestamp?.self, Int64?.self, Bool.self)
            found[feed, default: []].append(
                FeedLocation(
                    locationID: location, fedAt: fedAt?.protobuf, age: age.map { ProtoDuration(seconds: $0, nanos: 0) },
                    stale: isStale))
        }
        return found
    }

    private static let selection = PostgresStatement(
        """
        select f.feed_id, f.location_id, f.fed_at,
            case when f.fed_at is not null
                then least(greatest(extract(epoch from now() - f.fed_at), 0), 315576000000)::bigint end,
            coalesce(extract(epoch from now() - l.fed_at) >= l.stale_after_seconds, false)
        from feed_location f left join location l using (brand_id, location_id)
        where f.brand_id = $1 and ($2::text is null or f.feed_id = $2) order by f.feed_id, f.location_id
        """,
        readOnly: true)
}

extension FeedRun {
    /// A run as callers get it.
    init(_ run: FeedRunRecord) {
        self.init(
            runID: run.id.description, state: FeedRunState(rawValue: Int32(run.progress.state.rawValue)),
            byHand: run.isByHand, startedAt: run.startedAt.protobuf, endedAt: run.endedAt?.protobuf,
            figuresAt: run.figuresAt?.protobuf, file: run.file, bytes: run.content.bytes, rows: run.content.rows,
            rowsChanged: run.counts.changed, rowsUnchanged: run.counts.unchanged,
            rowsSuperseded: run.counts.superseded, rowsFailed: run.counts.failed, rowsAbsent: run.counts.absent,
            importID: run.importID ?? "", problem: run.problem,
            faults: run.content.faults.map { FeedRowFault(row: $0.row, message: $0.message) })
    }
}
