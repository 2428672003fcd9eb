public import Buckets
internal import EventStreamAPI
internal import EventStreamMessages
internal import EventStreamValues
public import Events
public import RPC
internal import RPCMessages
internal import Wire

/// The event log of another service, by RPC.
///
/// The client must show the service token, or be trusted by its certificate: logs belong to all brands, and no API key may
/// read them.
public struct StreamedEventSource: EventSource {
    /// How long one stream goes on before another is opened in its place, so that streams spread over the servers that
    /// there are.
    public static let streamDuration: Duration = .seconds(600)
    /// How long one page may take.
    public static let readTimeout: Duration = .seconds(10)

    private let client: EventLogServiceClient
    private let consumer: String
    private let types: Set<String>

    /// - Parameters:
    ///   - client: Of the service that owns the log.
    ///   - consumer: Who asks, for the log lines of that service: 1 to 128 bytes.
    ///   - types: Only events of these types, at most 64; none: all.
    public init(client: RPCClient, consumer: String, types: Set<String> = []) {
        self.client = EventLogServiceClient(client)
        self.consumer = consumer
        self.types = types
    }

    /// What follows a cursor: one page.
    public func read(
        after cursor: EventCursor, in buckets: [Bucket], limitPerBucket: Int
    ) async throws -> [EventSpan] {
        guard !buckets.isEmpty else { return [] }
        let limit = max(1, min(limitPerBucket, EventLog.maximumEventsPerRead))
        let request = ReadEventsRequest(
            after: cursor.positions(of: buckets), types: self.types.sorted(), limitPerBucket: UInt32(limit))
        let response = try await self.client.readEvents(request, options: CallOptions(timeout: Self.readTimeout))
        return try Self.spans(response.buckets)
    }

    /// Follows the log by a stream, and by further ones when one has lasted its time.
    public func follow(
        after cursor: EventCursor, in buckets: [Bucket], _ take: ([EventSpan]) async throws -> Void
    ) async throws {
        guard !buckets.isEmpty else { return }
        var cursor = cursor
        while true {
            let request = FollowEventsRequest(
                consumer: self.consumer, after: cursor.positions(of: buckets), types: self.types.sorted())
            var responses = try await self.client.followEvents(
                request, options: CallOptions(timeout: Self.streamDuration)
            ).makeAsyncIterator()
            while let spans = try await Self.next(&responses) {
                for span in spans { cursor[span.bucket] = span.through }
                try await take(spans)
            }
        }
    }

    /// The next spans of a stream; nil where it has lasted its time.
    private static func next(
        _ responses: inout ResponseStream<FollowEventsResponse>.Iterator
    ) async throws -> [EventSpan]? {
        do {
            return try await responses.next().map { try Self.spans($0.buckets) }
        } catch let error as RPCError where error.code == .deadlineExceeded {
            return nil
        }
    }

    /// What is kept of each bucket.
    public func ends() async throws -> [EventEnds] {
        let response = try await self.client.getEventEnds(
            GetEventEndsRequest(), options: CallOptions(timeout: Self.readTimeout))
        var all: [EventEnds] = []
        for ends in response.buckets {
            guard let bucket = Int16(exactly: ends.bucket).flatMap({ Bucket(number: $0) }) else {
                throw Self.malformed
            }
            all.append(EventEnds(bucket: bucket, oldest: ends.oldest, newest: ends.newest))
        }
        return all
    }

    private static func spans(_ buckets: [BucketRecords]) throws(RPCError) -> [EventSpan] {
        var spans: [EventSpan] = []
        spans.reserveCapacity(buckets.count)
        for records in buckets {
            guard let span = EventSpan(records) else { throw Self.malformed }
            spans.append(span)
        }
        return spans
    }

    private static let malformed = RPCError(
        .internal, "the log's owner has answered events that are not as they must be", type: "events-malformed",
        reason: .internal)
}
