import Buckets
import DrivelineTesting
import EventServing
import EventStreamAPI
import EventStreamMessages
import EventStreamValues
import EventStreams
import Events
import Postgres
import RPC
import Testing
import Wire

@Suite(.timeLimit(.minutes(5))) struct ServedEventsTests {
    private static let positions = [BucketPosition(bucket: 1, sequence: 0)]
    private let one = Bucket.all[1]
    private let two = Bucket.all[2]

    private func withLog(
        _ body: (PostgresPool, EventNews, InProcessServer) async throws -> Void
    ) async throws {
        try await withEventsDatabase { (pool: PostgresPool) async throws in
            let news = EventNews()
            let server = try await InProcessServer([ServedEvents(pool, news: news, logger: quiet)])
            do {
                try await body(pool, news, server)
                await server.stop()
            } catch {
                await server.stop()
                throw error
            }
        }
    }

    /// The codes that the three methods answer.
    private func codes(_ client: RPCClient, _ options: CallOptions = CallOptions()) async -> [StatusCode?] {
        let log = EventLogServiceClient(client)
        let follow = await self.code {
            let request = FollowEventsRequest(consumer: "test", after: Self.positions)
            var answers = try await log.followEvents(request, options: options).makeAsyncIterator()
            _ = try await answers.next()
        }
        let read = await self.code {
            _ = try await log.readEvents(ReadEventsRequest(after: Self.positions), options: options)
        }
        let ends = await self.code { _ = try await log.getEventEnds(GetEventEndsRequest(), options: options) }
        return [follow, read, ends]
    }

    private func code(_ call: () async throws -> Void) async -> StatusCode? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? RPCError)?.code
        }
    }

    @Test("no key of a brand reads the log, whatever its scopes are, neither by itself nor through the gateway")
    func brandsAreRefused() async throws {
        try await self.withLog { pool, _, server in
            try await append([testEvent(1, bucket: self.one)], pool)
            let refused: [StatusCode?] = [.permissionDenied, .permissionDenied, .permissionDenied]
            let scopes = "inventory:read inventory:admin identity:write events:read"
            let brand = try server.client(credential: "brand/key \(scopes)")
            defer { brand.shutDown() }
            #expect(await self.codes(brand) == refused)
            let gateway = try server.client(credential: "gateway")
            defer { gateway.shutDown() }
            let caller = CallerIdentity(
                brand: "brand", principal: "key", scopes: Set(scopes.split(separator: " ").map(String.init)),
                mayActForOthers: true)
            #expect(await self.codes(gateway, CallOptions(caller: caller)) == refused)
            let nobody = try server.client(credential: "")
            defer { nobody.shutDown() }
            #expect(await self.codes(nobody) == [.unauthenticated, .unauthenticated, .unauthenticated])
            #expect(await self.codes(gateway) == [nil, nil, nil])
        }
    }

    @Test("a stream brings events whole, of the types that are asked for, and tells how far it has looked")
    func follow() async throws {
        try await self.withLog { pool, news, server in
            let events = [
                testEvent(1, bucket: self.one), testEvent(2, bucket: self.one, type: "test.else"),
                testEvent(3, bucket: self.one, brand: 2),
            ]
            try await append(events, pool)
            let client = try server.client(credential: "gateway")
            defer { client.shutDown() }
            let source = StreamedEventSource(client: client, consumer: "test", types: ["test.happened"])
            var cursor = EventCursor()
            cursor[self.two] = 0
            struct Enough: Error {}
            var spans: [EventSpan] = []
            await #expect(throws: Enough.self) {
                try await source.follow(after: cursor, in: [self.one, self.two]) { taken in
                    if spans.isEmpty {
                        try await append(
                            [testEvent(4, bucket: self.two, type: "test.else"), testEvent(5, bucket: self.one)], pool,
                            news)
                    }
                    spans += taken
                    if spans.reduce(0, { $0 + $1.through - $1.after }) == 5 { throw Enough() }
                }
            }
            let first = EventSpan(
                bucket: self.one, after: 0, through: 3,
                events: [
                    RecordedEvent(sequence: 1, event: events[0]), RecordedEvent(sequence: 3, event: events[2]),
                ])
            #expect(spans.first == first)
            #expect(spans.contains(EventSpan(bucket: self.two, after: 0, through: 1, events: [])))
            #expect(spans.last { $0.bucket == self.one }?.events.map(\.event) == [testEvent(5, bucket: self.one)])
        }
    }

    @Test("pages are searched by brand, subject and id, and tell how far they have looked")
    func read() async throws {
        try await self.withLog { pool, _, server in
            try await append(
                [
                    testEvent(1, bucket: self.one, subject: "A"), testEvent(2, bucket: self.one, subject: "B"),
                    testEvent(3, bucket: self.one, subject: "A", brand: 2),
                    testEvent(4, bucket: self.two, subject: "A"),
                ], pool)
            let client = try server.client(credential: "gateway")
            defer { client.shutDown() }
            let log = EventLogServiceClient(client)
            let after = EventCursor().positions(of: [self.one, self.two])
            let brand = PostgresUUID(high: 1, low: 1).bytes
            let found = try await log.readEvents(ReadEventsRequest(after: after, brand: brand, subject: "A"))
            #expect(found.buckets.map(\.through) == [3, 1])
            #expect(found.buckets.map { $0.records.map(\.sequence) } == [[1], [1]])
            let id = PostgresUUID(high: 0, low: 2).bytes
            let one = try await log.readEvents(ReadEventsRequest(after: after, id: id, limitPerBucket: 2))
            #expect(one.buckets.map(\.through) == [2, 1])
            #expect(one.buckets.map { $0.records.map(\.subject) } == [["B"], []])
            #expect(
                await self.code { _ = try await log.readEvents(ReadEventsRequest(after: after, id: [1])) }
                    == .invalidArgument)
            let twice = ReadEventsRequest(after: Self.positions + Self.positions)
            #expect(await self.code { _ = try await log.readEvents(twice) } == .invalidArgument)
            let none = ReadEventsRequest(after: [BucketPosition(bucket: 64, sequence: 0)])
            #expect(await self.code { _ = try await log.readEvents(none) } == .invalidArgument)
            let source = StreamedEventSource(client: client, consumer: "test")
            let spans = try await source.read(after: EventCursor(), in: [self.one], limitPerBucket: 2)
            #expect(spans.map { $0.events.map(\.sequence) } == [[1, 2]])
        }
    }

    @Test("the ends of buckets, and a consumer that is behind or before them")
    func ends() async throws {
        try await self.withLog { pool, _, server in
            for number in 1...5 { try await append([testEvent(number, bucket: self.one)], pool) }
            try await pool.runScript("delete from event_run where last_sequence < 3")
            let client = try server.client(credential: "gateway")
            defer { client.shutDown() }
            let source = StreamedEventSource(client: client, consumer: "test")
            let ends = try await source.ends()
            #expect(ends.count == 64)
            #expect(ends[1] == EventEnds(bucket: self.one, oldest: 3, newest: 5))
            #expect(ends[2] == EventEnds(bucket: self.two, oldest: 1, newest: 0))
            struct Enough: Error {}
            await #expect(throws: Enough.self) {
                try await source.follow(after: EventCursor(), in: [self.one]) { spans in
                    #expect(spans == [EventSpan(bucket: self.one, after: 2, through: 2, events: [])])
                    throw Enough()
                }
            }
            var cursor = EventCursor()
            cursor[self.one] = 6
            let code = await self.code { try await source.follow(after: cursor, in: [self.one]) { _ in } }
            #expect(code == .outOfRange)
        }
    }

    @Test("a consumer that takes nothing is sent no more than its stream has room for")
    func backPressure() async throws {
        try await self.withLog { pool, news, server in
            var large = testEvent(1, bucket: self.one)
            large.payload = [UInt8](repeating: 1, count: 20_000)
            for _ in 0..<20 { try await append(Array(repeating: large, count: 20), pool, news) }
            let proxy = try await FaultProxy(to: server)
            defer { proxy.stop() }
            let client = try server.client(credential: "gateway", through: proxy)
            defer { client.shutDown() }
            let source = StreamedEventSource(client: client, consumer: "test")
            struct Enough: Error {}
            await #expect(throws: Enough.self) {
                try await source.follow(after: EventCursor(), in: [self.one]) { _ in
                    var last = -1
                    // Until nothing more comes.
                    while last != proxy.passedBytes(.toClient) {
                        last = proxy.passedBytes(.toClient)
                        try await Task.sleep(for: .milliseconds(200))
                    }
                    throw Enough()
                }
            }
            #expect(proxy.passedBytes(.toClient) < 2_000_000)
        }
    }
}
