public import Buckets
public import Postgres
internal import Waking

/// The event log of the service's own database.
public struct LocalEventSource: EventSource {
    /// How the log is followed.
    public struct Configuration: Sendable {
        /// The most events of one read, over all buckets: 64 to ``EventLog/maximumEventsPerRead``.
        public var eventsPerRead = 2_048
        /// After how long to look without having been woken, in milliseconds.
        public var pollMilliseconds: Int64 = 1_000
        /// How long to wait between two reads that were not full, in milliseconds, so that many small commits cost few
        /// reads.
        public var paceMilliseconds: Int64 = 25

        /// The defaults.
        public init() {}
    }

    private let reader: EventReader
    private let news: EventNews
    private let types: Set<String>
    private let configuration: Configuration

    /// - Parameters:
    ///   - pool: On the log's database.
    ///   - news: What wakes those who follow.
    ///   - types: Only events of these types; none: all.
    public init(
        _ pool: PostgresPool, news: EventNews, types: Set<String> = [], configuration: Configuration = Configuration()
    ) {
        self.reader = EventReader(pool)
        self.news = news
        self.types = types
        self.configuration = configuration
    }

    /// What follows a cursor.
    public func read(
        after cursor: EventCursor, in buckets: [Bucket], limitPerBucket: Int
    ) async throws -> [EventSpan] {
        try await self.reader.spans(after: cursor, in: buckets, limitPerBucket: limitPerBucket, types: self.types)
    }

    /// Follows the log.
    public func follow(
        after cursor: EventCursor, in buckets: [Bucket], _ take: ([EventSpan]) async throws -> Void
    ) async throws {
        guard !buckets.isEmpty else { return }
        var cursor = cursor
        let lost = try await self.reader.lost(after: cursor, in: buckets)
        if !lost.isEmpty {
            for span in lost { cursor[span.bucket] = span.through }
            try await take(lost)
        }
        let limit = max(1, self.configuration.eventsPerRead / buckets.count)
        while !Task.isCancelled {
            // Read before the log is, so that what is committed in between ends the wait at once.
            let count = self.news.count
            let spans = try await self.read(after: cursor, in: buckets, limitPerBucket: limit)
            for span in spans { cursor[span.bucket] = span.through }
            if !spans.isEmpty { try await take(spans) }
            if spans.isEmpty {
                await self.news.wait(past: count, milliseconds: self.configuration.pollMilliseconds)
            } else if !spans.contains(where: { $0.through - $0.after >= Int64(limit) }) {
                try await Task.sleep(for: .milliseconds(self.configuration.paceMilliseconds))
            }
        }
        throw CancellationError()
    }

    /// What is kept of each bucket.
    public func ends() async throws -> [EventEnds] { try await self.reader.ends() }
}
