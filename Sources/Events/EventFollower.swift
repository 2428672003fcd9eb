public import Buckets
public import Postgres
internal import Waking

/// The event log from a cursor on, without end: each element is what has come since the one before.
///
/// It reads only when it is asked for the next element, and holds one read at a time, so a slow consumer costs no memory.
/// Where nothing has come it waits for ``EventNews``, and looks by itself after a while. Elements hold events of several
/// buckets, ascending, and within a bucket in the order of their sequence.
///
/// A failure of the database is thrown; the same iterator may be asked again and has lost nothing.
public struct EventFollower: AsyncSequence, Sendable {
    /// How a log is followed.
    public struct Configuration: Sendable {
        /// Only events of these buckets, ascending.
        public var buckets = Bucket.all
        /// The most events of one bucket in one element: 1 to 64.
        public var limitPerBucket = 64
        /// After how long to look without having been woken, in milliseconds.
        public var pollMilliseconds: Int64 = 1_000

        /// The defaults.
        public init() {}
    }

    let reader: EventReader
    let cursor: EventCursor
    let news: EventNews
    let configuration: Configuration

    /// - Parameters:
    ///   - reader: The log.
    ///   - cursor: What the consumer has dealt with already.
    ///   - news: What wakes it.
    public init(
        _ reader: EventReader, after cursor: EventCursor, news: EventNews,
        configuration: Configuration = Configuration()
    ) {
        self.reader = reader
        self.cursor = cursor
        self.news = news
        self.configuration = configuration
    }

    /// Begins behind the cursor.
    public func makeAsyncIterator() -> Iterator { Iterator(follower: self, cursor: self.cursor) }

    /// Follows the log for one consumer.
    public struct Iterator: AsyncIteratorProtocol {
        let follower: EventFollower
        /// Behind the last element that was given.
        public private(set) var cursor: EventCursor

        /// What has come: at least one event, or nil once the task is cancelled.
        public mutating func next() async throws(PostgresError) -> [RecordedEvent]? {
            let configuration = self.follower.configuration
            while !Task.isCancelled {
                // Read before the log is, so that what is committed in between ends the wait at once.
                let count = self.follower.news.all.count
                let events = try await self.follower.reader.events(
                    after: self.cursor, in: configuration.buckets, limitPerBucket: configuration.limitPerBucket)
                guard events.isEmpty else {
                    for recorded in events { self.cursor[recorded.event.bucket] = recorded.sequence }
                    return events
                }
                await self.follower.news.all.wait(past: count, milliseconds: configuration.pollMilliseconds)
            }
            return nil
        }
    }
}
