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

    /// How long it takes until all rows of each lane are sent, in seconds: by the platform's limits, and by how long its
    /// bulks take, one after the other; calls and bulks that are full, ordinary calls that are answered at once, and that
    /// none fails.
    ///
    /// A lane waits for those before it that take from the same bucket, or go in the same bulks.
    public func forecast(_ backlogs: [Backlog], at now: Int64) -> [SyncLane: Double] {
        var forecast: [SyncLane: Double] = [:]
        var rows: [String: Int64] = [:]
        for backlog in backlogs.sorted(by: { $0.lane < $1.lane }) {
            let name = backlog.lane.operation
            guard backlog.rows > 0, self.operations[name] != nil else {
                forecast[backlog.lane] = 0
                continue
            }
            rows[name, default: 0] += backlog.rows
            forecast[backlog.lane] = self.seconds(of: rows, for: name, at: now)
        }
        return forecast
    }

    /// How long an operation's rows take behind those of others.
    private func seconds(of rows: [String: Int64], for name: String, at now: Int64) -> Double {
        var costs: [String: Double] = [:]
        for (name, count) in rows {
            guard let operation = self.operations[name] else { continue }
            let calls = operation.calls(ofRows: count)
            costs[operation.bucket, default: 0] += calls.ordinary * operation.cost
            costs[operation.bulkBucket, default: 0] += Double(calls.bulks.count) * (operation.bulk?.cost ?? 0)
        }
        guard let operation = self.operations[name] else { return 0 }
        let calls = operation.calls(ofRows: rows[name] ?? 0)
        var seconds = calls.ordinary > 0 ? self.wait(for: costs, of: operation.bucket, at: now) : 0
        if let bulk = operation.bulk, let last = calls.bulks.last {
            let begun = self.wait(for: costs, of: operation.bulkBucket, at: now)
            let all = calls.bulks.reduce(0) { $0 + bulk.pace.seconds(ofRows: $1) }
            seconds = max(seconds, all, begun + bulk.pace.seconds(ofRows: last))
        }
        return seconds
    }

    /// When a bucket has had all of its costs, in seconds.
    private func wait(for costs: [String: Double], of name: String, at now: Int64) -> Double {
        guard let bucket = self.bucket(name, at: now), let cost = costs[name] else { return 0 }
        let blocked = Double(max(0, (bucket.blockedUntil ?? now) - now)) / 1_000_000
        let gathered = min(bucket.burst, bucket.available + blocked * bucket.ratePerSecond)
        return blocked + max(0, cost - gathered) / bucket.ratePerSecond
    }
}
