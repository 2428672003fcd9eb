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
    /// How many bytes of events an answer of a stream has at the most, unless one event has more: less than a fragment,
    /// since the fragments of a message that is not whole are not held back.
    static let streamedBytes = 48 * 1_024
    /// How many bytes of events a page has at the most, unless one bucket has more.
    static let pageBytes = 2 * 1_024 * 1_024

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
        self.logger.debug("the event log is followed", metadata: ["consumer": "\(request.consumer)"])
        try await self.answering(context) {
            try await source.follow(after: cursor, in: buckets) { spans in
                for part in Self.parts(of: spans.flatMap { Self.pieces(of: $0) }, bytes: Self.streamedBytes) {
                    try await responses.write(FollowEventsResponse(buckets: part))
                }
            }
        }
    }

    /// A page of the log.
    public func readEvents(_ request: ReadEventsRequest, context: ServerContext) async throws -> ReadEventsResponse {
        try self.requireService(context)
        let (cursor, buckets) = try Self.positions(request.after)
        let limit = request.limitPerBucket == 0 ? EventLog.maximumEventsPerRead : Int(request.limitPerBucket)
        let search = try EventSearch(request)
        return try await self.answering(context) {
            let spans = try await EventReader(self.pool).spans(
                after: cursor, in: buckets, limitPerBucket: limit, types: Set(request.types))
            return ReadEventsResponse(
                buckets: Self.parts(of: spans.map { search.found(in: $0) }, bytes: Self.pageBytes).first ?? [])
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

    /// A span in pieces of about ``streamedBytes``.
    private static func pieces(of span: EventSpan) -> [EventSpan] {
        var pieces: [EventSpan] = []
        var rest = EventSpan(bucket: span.bucket, after: span.after, through: span.through, events: [])
        var bytes = 0
        for recorded in span.events {
            let next = Self.bytes(recorded.event)
            if bytes > 0, bytes + next > Self.streamedBytes {
                rest.through = recorded.sequence - 1
                pieces.append(rest)
                rest = EventSpan(bucket: span.bucket, after: rest.through, through: span.through, events: [])
                bytes = 0
            }
            rest.events.append(recorded)
            bytes += next
        }
        return pieces + [rest]
    }

    /// Spans in answers that are not too large; none is empty.
    private static func parts(of spans: [EventSpan], bytes limit: Int) -> [[BucketRecords]] {
        var parts: [[BucketRecords]] = []
        var bytes = 0
        for span in spans {
            let next = span.events.reduce(0) { $0 + Self.bytes($1.event) }
            if parts.isEmpty || bytes + next > limit {
                parts.append([])
                bytes = 0
            }
            parts[parts.count - 1].append(BucketRecords(span))
            bytes += next
        }
        return parts
    }

    /// About what an event takes.
    private static func bytes(_ event: Event) -> Int {
        event.payload.count + event.subject.utf8.count + event.type.utf8.count + 64
    }
}
