internal import Buckets
public import EventStreamAPI
public import EventStreamMessages
internal import EventStreamValues
public import Events
public import Logging
public import Postgres
public import RPC
internal import RPCMessages
internal import Wire

/// A service's event log for the other services of the system: a service of its own beside what the service offers.
///
/// Logs belong to all brands, so only peers that may act for all of them are answered: those with the service token or a
/// trusted certificate. A brand's own caller never is, whatever its scopes are, neither by its key nor through the gateway.
public struct ServedEvents: Sendable {
    /// The connections of the pool that ``ServiceKit/ServiceContext/serveEvents(of:news:)`` opens: reads of the log wait
    /// for each other, and not the service's own calls for them.
    public static let connections = 3
    /// About how many bytes of events one answer has at the most.
    static let maximumBytesPerAnswer = 96 * 1_024

    private let pool: PostgresPool
    private let news: EventNews
    private let logger: Logger

    /// The log of a database.
    ///
    /// - Parameter news: Tells of events that were committed.
    public init(_ pool: PostgresPool, news: EventNews, logger: Logger) {
        self.pool = pool
        self.news = news
        self.logger = logger
    }

    private func requireService(_ context: ServerContext) throws(RPCError) {
        guard context.caller.mayActForOthers else {
            throw RPCError(
                .permissionDenied, "\(context.method.name) is for the system's own services",
                type: "service-only", reason: .scopeMissing)
        }
    }

    private func answering<Answer>(_ context: ServerContext, _ work: () async throws -> Answer) async throws -> Answer {
        do {
            return try await work()
        } catch let error as PostgresError {
            self.logger.error("\(context.method.name) failed", error: error)
            throw RPCError(.unavailable, "the event log cannot be read now", type: "unavailable", reason: .unavailable)
        } catch let error as EventLogBehind {
            throw RPCError(.outOfRange, "\(error)", type: "event-log-behind", reason: .fieldInvalid)
        }
    }
}

extension ServedEvents: EventLogService {
    /// Every event of some buckets from a position on.
    public func followEvents(
        _ request: FollowEventsRequest, responses: ResponseWriter<FollowEventsResponse>, context: ServerContext
    ) async throws {
        try self.requireService(context)
        let (cursor, buckets) = try Self.positions(request.after)
        let source = LocalEventSource(self.pool, news: self.news, types: Set(request.types))
        try await self.answering(context) {
            try await source.follow(after: cursor, in: buckets) { spans in
                for part in Self.parts(of: spans) { try await responses.write(FollowEventsResponse(buckets: part)) }
            }
        }
    }

    /// A page of the log.
    public func readEvents(_ request: ReadEventsRequest, context: ServerContext) async throws -> ReadEventsResponse {
        try self.requireService(context)
        let (cursor, buckets) = try Self.positions(request.after)
        let limit = request.limitPerBucket == 0 ? EventLog.maximumEventsPerRead : Int(request.limitPerBucket)
        return try await self.answering(context) {
            let spans = try await EventReader(self.pool).spans(
                after: cursor, in: buckets, limitPerBucket: limit, types: Set(request.types))
            return ReadEventsResponse(buckets: spans.map { BucketRecords($0) })
        }
    }

    /// The oldest and the newest event of each bucket.
    public func getEventEnds(
        _ request: GetEventEndsRequest, context: ServerContext
    ) async throws -> GetEventEndsResponse {
        try self.requireService(context)
        return try await self.answering(context) {
            GetEventEndsResponse(
                buckets: try await EventReader(self.pool).ends().map {
                    BucketEnds(bucket: UInt32($0.bucket.number), oldest: $0.oldest, newest: $0.newest)
                })
        }
    }

    private static func positions(_ positions: [BucketPosition]) throws(RPCError) -> (EventCursor, [Bucket]) {
        var cursor = EventCursor()
        var buckets: Set<Bucket> = []
        for (index, position) in positions.enumerated() {
            guard let bucket = Int16(exactly: position.bucket).flatMap({ Bucket(number: $0) }),
                buckets.insert(bucket).inserted
            else {
                throw RPCError(field: "after[\(index)].bucket", "is there twice", expected: "each bucket once")
            }
            cursor[bucket] = position.sequence
        }
        return (cursor, buckets.sorted())
    }

    /// Spans in answers that are not too large.
    private static func parts(of spans: [EventSpan]) -> [[BucketRecords]] {
        var parts: [[BucketRecords]] = [[]]
        var bytes = 0
        for span in spans {
            if bytes >= Self.maximumBytesPerAnswer {
                parts.append([])
                bytes = 0
            }
            parts[parts.count - 1].append(BucketRecords(span))
            for recorded in span.events { bytes += recorded.event.payload.count + recorded.event.subject.utf8.count }
        }
        return parts
    }
}
