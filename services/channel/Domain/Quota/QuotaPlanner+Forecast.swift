extension QuotaPlanner {
    /// How many rows wait in a lane.
    public struct Backlog: Hashable, Sendable {
        /// Where.
        public var lane: SyncLane
        /// How many.
        public var rows: Int64

        /// A backlog with both of its parts.
        public init(lane: SyncLane, rows: Int64) {
            self.lane = lane
            self.rows = rows
        }
    }

    /// How long it takes until all rows of each lane are sent, in seconds, by the platform's limits alone: calls and
    /// bulks that are full, answered at once, and that none fails.
    ///
    /// A lane waits for those before it that take from the same bucket.
    public func forecast(_ backlogs: [Backlog], at now: Int64) -> [SyncLane: Double] {
        var forecast: [SyncLane: Double] = [:]
        var costs: [String: Double] = [:]
        let buckets = Dictionary(uniqueKeysWithValues: self.state(at: now).map { ($0.name, $0) })
        for backlog in backlogs.sorted(by: { $0.lane < $1.lane }) {
            guard backlog.rows > 0, let operation = self.operations[backlog.lane.operation],
                let bucket = buckets[operation.bucket]
            else {
                forecast[backlog.lane] = 0
                continue
            }
            let cost = (costs[operation.bucket] ?? 0) + operation.cost(ofRows: backlog.rows)
            costs[operation.bucket] = cost
            let blocked = Double(max(0, (bucket.blockedUntil ?? now) - now)) / 1_000_000
            let gathered = min(bucket.burst, bucket.available + blocked * bucket.ratePerSecond)
            forecast[backlog.lane] = blocked + max(0, cost - gathered) / bucket.ratePerSecond
        }
        return forecast
    }
}
