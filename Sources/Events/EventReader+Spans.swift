public import Buckets
public import Postgres

extension EventReader {
    /// What follows a cursor, one span for each bucket that has anything.
    ///
    /// - Parameters:
    ///   - limitPerBucket: How many events of each bucket to look at, at the most.
    ///   - types: Only events of these; none: all.
    public func spans(
        after cursor: EventCursor, in buckets: [Bucket], limitPerBucket: Int, types: Set<String> = []
    ) async throws(PostgresError) -> [EventSpan] {
        let events = try await self.events(after: cursor, in: buckets, limitPerBucket: limitPerBucket)
        var spans: [EventSpan] = []
        var rest = events[...]
        while let first = rest.first {
            let bucket = first.event.bucket
            let all = rest.prefix { $0.event.bucket == bucket }
            rest = rest.dropFirst(all.count)
            spans.append(
                EventSpan(
                    bucket: bucket, after: first.sequence - 1, through: all.last?.sequence ?? first.sequence,
                    events: types.isEmpty ? Array(all) : all.filter { types.contains($0.event.type) }))
        }
        return spans
    }

    /// The buckets of which something behind a cursor is not kept any more, as spans without events that end where the log
    /// goes on.
    ///
    /// - Throws: ``EventLogBehind`` where a bucket ends before the cursor.
    public func lost(after cursor: EventCursor, in buckets: [Bucket]) async throws -> [EventSpan] {
        let wanted = Set(buckets)
        var spans: [EventSpan] = []
        for ends in try await self.ends() where wanted.contains(ends.bucket) {
            let position = cursor[ends.bucket]
            guard position <= ends.newest else {
                throw EventLogBehind(bucket: ends.bucket, cursor: position, newest: ends.newest)
            }
            guard ends.oldest > position + 1 else { continue }
            spans.append(
                EventSpan(bucket: ends.bucket, after: ends.oldest - 1, through: ends.oldest - 1, events: []))
        }
        return spans
    }

    /// What is kept of each bucket, ascending.
    public func ends() async throws(PostgresError) -> [EventEnds] {
        var all: [EventEnds] = []
        for row in try await self.pool.query(Self.endsSelection) {
            let (number, newest, oldest) = try row.decode(Int16.self, Int64.self, Int64?.self)
            guard let bucket = Bucket(number: number) else { continue }
            all.append(EventEnds(bucket: bucket, oldest: oldest ?? newest + 1, newest: newest))
        }
        return all
    }

    private static let endsSelection = PostgresStatement(
        """
        select b.bucket, b.next_sequence - 1, (
                select r.last_sequence - r.count + 1 from event_run r
                where r.bucket = b.bucket order by r.last_sequence limit 1
            )
        from event_bucket b order by b.bucket
        """,
        readOnly: true)
}
