import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import Events
import Leasing
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Synchronization
import Testing
import WellKnownMessages

@testable import ChannelService

@Suite("Dead letters")
struct DeadLetterTests {
    /// Messages and tasks that died, one each second from 1970 on, in turn; the ids of the list.
    private func prepare(_ harness: OrderFlowHarness, count: Int) async throws -> [String] {
        for number in 0..<count {
            if number.isMultiple(of: 2) {
                try await harness.notify("bad\(number) x", event: "e-\(number)", signature: nil)
            } else {
                try await harness.apply([try harness.event("order.confirmed", harness.order("\(number)"))])
            }
        }
        try await harness.process()
        _ = try await harness.pool.query(PostgresStatement("update order_task set status = 4, dead_at = now()"))
        for table in [
            PostgresStatement(
                """
                update inbound i set dead_at = 'epoch'::timestamptz + (r.place * 2) * interval '1 second'
                from (select inbound_id, row_number() over (order by received_at) - 1 as place from inbound) r
                where r.inbound_id = i.inbound_id
                """),
            PostgresStatement(
                """
                update order_task t set dead_at = 'epoch'::timestamptz + (r.place * 2 + 1) * interval '1 second'
                from (select task_id, row_number() over (order by created_at) - 1 as place from order_task) r
                where r.task_id = t.task_id
                """),
        ] { _ = try await harness.pool.query(table) }
        return try await harness.client.listDeadLetters(ListDeadLettersRequest(pageSize: 200)).deadLetters.map(\.id)
    }

    @Test("all places are one list, the last first, page by page")
    func pages() async throws {
        try await OrderFlowHarness.with { harness in
            let all = try await self.prepare(harness, count: 11)
            #expect(all.count == 11)
            #expect(all.map { $0.hasPrefix("task-") } == (0..<11).map { !$0.isMultiple(of: 2) })
            var (paged, token) = ([String](), "")
            repeat {
                let page = try await harness.client.listDeadLetters(
                    ListDeadLettersRequest(pageSize: 3, pageToken: token))
                paged += page.deadLetters.map(\.id)
                token = page.nextPageToken
                try #require(paged.count <= 11)
            } while !token.isEmpty
            #expect(paged == all)
            let tasks = try await harness.client.listDeadLetters(ListDeadLettersRequest(kind: [.orderTask]))
            #expect(tasks.deadLetters.count == 5)
            let error = await #expect(throws: RPCError.self) {
                try await harness.client.listDeadLetters(ListDeadLettersRequest(kind: [.inbound], pageToken: "00"))
            }
            #expect(error?.problem?.type == "invalid-page-token")
            let letter = try await harness.client.getDeadLetter(GetDeadLetterRequest(id: all[1]))
            #expect(letter.kind == .orderTask && letter.topic == "acknowledge" && letter.connection == "shop")
            #expect(try Order(decoding: letter.body).items.count == 2)
        }
    }

    @Test("they are tried again by id, subject, connection and time; twice is once")
    func replay() async throws {
        try await OrderFlowHarness.with { harness in
            let all = try await self.prepare(harness, count: 10)
            func replay(_ request: ReplayDeadLettersRequest) async throws -> UInt64 {
                try await harness.client.replayDeadLetters(request).replayed
            }
            #expect(try await replay(ReplayDeadLettersRequest(ids: [all[0], all[1], "inbound-unknown"])) == 2)
            #expect(try await replay(ReplayDeadLettersRequest(ids: [all[0], all[1]])) == 0)
            #expect(try await replay(ReplayDeadLettersRequest(subject: "1")) == 1)
            // From the second until before the fifth second.
            let times = ReplayDeadLettersRequest(from: ProtoTimestamp(seconds: 2), to: ProtoTimestamp(seconds: 5))
            #expect(try await replay(times) == 3)
            #expect(try await replay(ReplayDeadLettersRequest(connection: "shop")) == 4)
            #expect(try await harness.client.listDeadLetters(ListDeadLettersRequest()).deadLetters.isEmpty)
            for request in [
                ReplayDeadLettersRequest(), ReplayDeadLettersRequest(ids: ["nonsense"]),
                ReplayDeadLettersRequest(from: ProtoTimestamp(seconds: 5), to: ProtoTimestamp(seconds: 5)),
            ] {
                let error = await #expect(throws: RPCError.self) { try await replay(request) }
                #expect(error?.problem?.type == "invalid-value")
            }
            let error = await #expect(throws: RPCError.self) {
                try await replay(ReplayDeadLettersRequest(connection: "none"))
            }
            #expect(error?.problem?.type == "connection-not-found")
        }
    }

    @Test("what was dealt with long ago is dropped, dead letters and what is open are not")
    func retention() async throws {
        try await OrderFlowHarness.with { harness in
            for number in 0..<3 { try await harness.notify("order \(number) A:1:10", event: "e-\(number)") }
            try await harness.notify("nonsense", event: "e-4")
            try await harness.process()
            try await harness.notify("order 9 A:1:10", event: "e-9")
            let retention = InboundRetention(harness.pool, logger: OrderFlowHarness.logger)
            #expect(try await retention.look() == 0)
            _ = try await harness.pool.query(
                PostgresStatement(
                    """
                    update inbound set received_at = now() - interval '31 days', done_at = done_at - interval '31 days',
                        dead_at = dead_at - interval '31 days'
                    """))
            #expect(try await retention.look() == 3)
            #expect(
                try await harness.messages().map(\.status).sorted { $0.rawValue < $1.rawValue } == [.pending, .dead])
        }
    }
}

@Suite("Dead letters of events")
struct EventDeadLetterTests {
    @Test("events are listed with the others, of their brand only, and have their effect when they are tried again")
    func events() async throws {
        struct Refused: Error {}
        try await OrderFlowHarness.with { harness in
            let works = Mutex(false)
            let effects = Mutex(0)
            let consumer = EventConsumer(
                .init(name: "tell-orders"), source: LocalEventSource(harness.pool, news: EventNews()),
                pool: harness.pool, leases: Leases(harness.pool, holder: .ofNow()), logger: OrderFlowHarness.logger
            ) { events, _ in
                guard works.withLock({ $0 }) else { throw Refused() }
                effects.withLock { $0 += events.count }
                return []
            }
            let recorded = try harness.event("order.confirmed", harness.order())
            _ = try await harness.pool.query(
                PostgresStatement(
                    """
                    insert into event_dead_letter (consumer, bucket, sequence, brand_id, id, type, subject, occurred_at,
                        payload, tries, reason)
                    values ('tell-orders', $1, 1, $2, $3, 'order.confirmed', $4, now(), $5, 5, 'it failed')
                    """), recorded.event.bucket.number, harness.key.brand, recorded.event.id, recorded.event.subject,
                recorded.event.payload)
            _ = try await harness.pool.query(
                PostgresStatement(
                    "insert into event_cursor (consumer, bucket, sequence) values ('tell-orders', $1, 1)"),
                recorded.event.bucket.number)
            let place = EventLetters(harness.pool)
            place.follow([consumer])
            let brand = harness.key.brand
            let letter = try #require(
                try await place.list(of: brand, connection: "", behind: .start, limit: 10).first)
            #expect(letter.topic == "order.confirmed" && letter.detail == "it failed" && letter.body.isEmpty)
            #expect(try await place.list(of: brand, connection: "", behind: letter.position, limit: 10).isEmpty)
            #expect(try await place.list(of: .ofNow(), connection: "", behind: .start, limit: 10).isEmpty)
            #expect(try await place.letter(letter.id, of: brand)?.body == recorded.event.payload)
            #expect(try await place.letter(letter.id, of: .ofNow())?.id == nil)
            let selection = DeadLetterSelection(ids: [letter.id])
            #expect(try await place.replay(selection, of: brand, limit: 10) == 0)
            works.withLock { $0 = true }
            #expect(try await place.replay(selection, of: .ofNow(), limit: 10) == 0)
            #expect(try await place.replay(selection, of: brand, limit: 10) == 1)
            #expect(effects.withLock { $0 } == 1)
            #expect(try await place.letter(letter.id, of: brand)?.id == nil)
        }
    }
}
