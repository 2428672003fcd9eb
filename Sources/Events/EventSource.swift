public import Buckets

/// Events of one bucket, and which part of the bucket they are all of that a consumer asked for.
public struct EventSpan: Hashable, Sendable {
    /// Their bucket.
    public var bucket: Bucket
    /// The events behind this sequence. Greater than what the consumer has dealt with: what lies between is not kept any
    /// more.
    public var after: Int64
    /// How far the bucket was looked through: events of types that were not asked for do not come, but count.
    public var through: Int64
    /// Ascending by sequence.
    public var events: [RecordedEvent]

    /// A span with all that it consists of.
    public init(bucket: Bucket, after: Int64, through: Int64, events: [RecordedEvent]) {
        self.bucket = bucket
        self.after = after
        self.through = through
        self.events = events
    }
}

/// What a log keeps of a bucket.
public struct EventEnds: Hashable, Sendable {
    /// The bucket.
    public var bucket: Bucket
    /// The sequence of the first event that is kept; one more than ``newest`` where none is.
    public var oldest: Int64
    /// The sequence of the last event; 0 before the first.
    public var newest: Int64

    /// The ends of a bucket.
    public init(bucket: Bucket, oldest: Int64, newest: Int64) {
        self.bucket = bucket
        self.oldest = oldest
        self.newest = newest
    }
}

/// Where a consumer gets events from: a log in its own database, another service's by RPC, or a bus.
///
/// Whatever it is, it keeps the order of each bucket, leaves none out unless it says so by ``EventSpan/after``, and may
/// give events twice: consumers know by their cursor what they have dealt with.
public protocol EventSource: Sendable {
    /// What follows a cursor, without waiting for more.
    ///
    /// - Parameters:
    ///   - buckets: Only these, ascending.
    ///   - limitPerBucket: How many events of each bucket to look at, at the most; sources may look at fewer.
    /// - Returns: One span for each bucket in which there was anything to look at, or of which something is not kept any
    ///   more.
    /// - Throws: What stands in the way, such as `RPCError`; the same may be asked again.
    func read(
        after cursor: EventCursor, in buckets: [Bucket], limitPerBucket: Int
    ) async throws -> [EventSpan]

    /// Hands over all that follows a cursor, and what comes from then on, until the task is cancelled.
    ///
    /// Spans of a bucket go on where the one before has ended. Nothing further is fetched, beyond what a source has room
    /// for by its own limits, until `take` returns.
    ///
    /// - Parameter take: Gets one or more spans; what it throws ends the following.
    /// - Throws: What broke the following off. Whoever begins again behind the last span has lost nothing.
    func follow(
        after cursor: EventCursor, in buckets: [Bucket], _ take: ([EventSpan]) async throws -> Void
    ) async throws

    /// What is kept of each bucket, ascending.
    ///
    /// - Throws: What stands in the way.
    func ends() async throws -> [EventEnds]
}

/// Events that a consumer has not seen, and that its source does not keep any more.
public struct EventGap: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is missing.
    public var missing: EventRange

    /// A gap.
    public init(missing: EventRange) { self.missing = missing }

    /// For people.
    public var description: String {
        "the events \(self.missing.sequences.lowerBound) to \(self.missing.sequences.upperBound) of bucket "
            + "\(self.missing.bucket.number) are not kept any more; what was built from them is to be built anew"
    }
}

/// A source's log ends before a consumer's cursor: it is another log than the consumer has read, or one that was restored
/// from an older copy.
public struct EventLogBehind: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bucket.
    public var bucket: Bucket
    /// The last event that the consumer has dealt with.
    public var cursor: Int64
    /// The last event of the log.
    public var newest: Int64

    /// What was found.
    public init(bucket: Bucket, cursor: Int64, newest: Int64) {
        self.bucket = bucket
        self.cursor = cursor
        self.newest = newest
    }

    /// For people.
    public var description: String {
        "the log's bucket \(self.bucket.number) ends at \(self.newest), but its consumer has dealt with \(self.cursor); "
            + "the log is another one, or was restored from an older copy"
    }
}
