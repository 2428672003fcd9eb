internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres

/// How often one listing of a connection may be changed, and what its kinds of calls take of that.
struct RevisionLimits: Sendable {
    private static let code = "revisions-used-up"

    private let limit: RevisionBudget.Limit
    private let costs: [String: Double]

    /// Nil: the platform limits calls alone.
    init?(_ platform: PlatformDescription) {
        guard let revisions = platform.revisions else { return nil }
        self.limit = RevisionBudget.Limit(
            perDay: revisions.perDay, burst: revisions.burst, keptForZero: revisions.keptForZero)
        self.costs = Dictionary(platform.operations.map { ($0.name, $0.revisions) }) { $1 }
    }

    /// Takes what rows cost from what their listings have, which are locked.
    ///
    /// - Returns: The rows that may be sent; and the commands that write down what is left of these, and until when the
    ///   others wait.
    func spend(
        _ works: [DueWork], _ kind: SyncKind, of key: ConnectionKey, at now: Int64
    ) -> ([DueWork], [PostgresCommand]) {
        let cost = self.costs[kind.operation] ?? 1
        var (sent, left, waiting): ([DueWork], [Double], [(DueWork, Int64)]) = ([], [], [])
        for work in works {
            var budget = work.revisions ?? RevisionBudget(full: self.limit, at: now)
            if let until = budget.take(cost, lane: work.row.lane, of: self.limit, at: now) {
                waiting.append((work, until))
            } else {
                sent.append(work)
                left.append(budget.available)
            }
        }
        var commands: [PostgresCommand] = []
        if !sent.isEmpty {
            let keys = sent.map { SKUKey(brand: key.brand, sku: $0.row.sku) }.columns
            commands.append(
                PostgresCommand(
                    Self.spending, key.brand, key.id, keys.buckets, keys.skus, left,
                    PostgresTimestamp(microseconds: now)))
        }
        if !waiting.isEmpty {
            let keys = waiting.map { SKUKey(brand: key.brand, sku: $0.0.row.sku) }.columns
            commands.append(
                PostgresCommand(
                    Self.waiting, key.brand, key.id, keys.buckets, keys.skus, Outcomes.number(kind),
                    waiting.map { PostgresTimestamp(microseconds: $0.1) }, Self.code,
                    "the platform lets a listing be changed \(Int(self.limit.perDay)) times a day"))
        }
        return (sent, commands)
    }

    private static let spending = PostgresStatement(
        """
        update listing l set revisions = k.available, revisions_at = $6
        from unnest($3::smallint[], $4::text[], $5::double precision[]) as k (bucket, sku, available)
        where l.bucket = k.bucket and l.brand_id = $1 and l.sku = k.sku and l.connection_id = $2
        """)

    private static let waiting = PostgresStatement(
        """
        update sync_work w set due_at = k.until, error_code = $7, error = $8
        from unnest($3::smallint[], $4::text[], $6::timestamptz[]) as k (bucket, sku, until)
        where w.bucket = k.bucket and w.brand_id = $1 and w.sku = k.sku and w.connection_id = $2 and w.kind = $5
        """)
}
