import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Events
import OrderMessages
import Postgres
import ProtobufC
import RPCMessages
import Synchronization
import TestSupport
import Testing
import WellKnownMessages

@testable import ChannelService

@Suite("Asking platforms for orders")
struct OrderPollingTests {
    /// Two thousand seconds after 1970, when the connections of tests are older.
    static let start: Int64 = 2_000_000_000

    @Test("all pages are taken, the next question begins shortly before the last change, and repeats count once")
    func pages() async throws {
        try await OrderFlowHarness.with { harness in
            for number in 0..<8 {
                harness.shop.put("\(number)", at: Self.start + Int64(number) * 1_000_000, "order \(number) A:1:10")
            }
            #expect(try await harness.poll() == 1)
            #expect(try await harness.messages().count == 8)
            let first = harness.shop.state.withLock { $0.questions }
            // Since the connection was made, three orders a page.
            #expect(first.map(\.since) == [1_000_000_000, 1_000_000_000, 1_000_000_000])
            #expect(first.map(\.page) == ["", "3", "6"])
            #expect(try await harness.poll() == 0)
            try await harness.makeDue()
            #expect(try await harness.poll() == 1)
            #expect(try await harness.messages().count == 8)
            let last = try #require(harness.shop.state.withLock { $0.questions.last })
            #expect(last.since == Self.start + 7_000_000 - 300_000_000)
            try await harness.process()
            #expect(harness.desk.state.withLock { $0.placed } == 8)
            // One that is changed comes again, also with the lowest id of all.
            harness.shop.put("0", at: Self.start + 9_000_000, "order 0 A:1:10 paid")
            try await harness.makeDue()
            try await harness.poll()
            try await harness.process()
            #expect(harness.desk.order("0", harness)?.paymentStatus == .paid)
            #expect(harness.desk.state.withLock { $0.placed } == 8)
        }
    }

    @Test("where the platform says until when it has told all, the next question begins shortly before that")
    func told() async throws {
        try await OrderFlowHarness.with { harness in
            for number in 0..<4 {
                harness.shop.put("\(number)", at: Self.start + Int64(number), "order \(number) A:1:1")
            }
            harness.shop.state.withLock { $0.toldUntil = Self.start + 900_000_000 }
            try await harness.poll()
            try await harness.makeDue()
            try await harness.poll()
            let questions = harness.shop.state.withLock { $0.questions }
            #expect(questions.map(\.page) == ["", "3", ""])
            #expect(questions.last?.since == Self.start + 900_000_000 - 300_000_000)
        }
    }

    @Test("a round that is cut off goes on where it was, and nothing that it had is lost or asked for again")
    func interrupted() async throws {
        try await OrderFlowHarness.with { harness in
            for number in 0..<8 {
                harness.shop.put("\(number)", at: Self.start + Int64(number), "order \(number) A:1:1")
            }
            let taken = try #require(try await OrderPollRows.take(8, from: harness.pool).first)
            harness.shop.state.withLock { $0.pageSize = 4 }
            // The process is gone behind the first page.
            let connection = try #require(try await harness.connections.connection(harness.key))
            let page = try await connection.adapter.session(connection.account, transport: StandInTransport())
                .orders(since: 0, page: "")
            var round = PollRound.begin(at: taken.now, behind: nil, notBefore: 0, overlapMilliseconds: 0)
            round.took(changes: page.orders.map(\.changedAt), next: page.next)
            try await harness.pool.withTransaction { [round] transaction in
                try await OrderPollRows.note(round, of: taken, in: transaction)
                _ = try await Inbound.store(page.orders.map { NewInbound($0, of: harness.key) }, in: transaction)
            }
            #expect(try await harness.poll() == 0)
            try await harness.makeDue()
            #expect(try await harness.poll() == 1)
            #expect(harness.shop.state.withLock { $0.questions.map(\.page) } == ["", "4"])
            #expect(try await harness.messages().count == 8)
            #expect(try await harness.number("select count(*) from order_poll where round_began_at is not null") == 0)
            // What the first one stores late counts no more.
            await #expect(throws: OrderPollRows.Lost.self) {
                try await harness.pool.withTransaction { [round] transaction in
                    try await OrderPollRows.note(round, of: taken, in: transaction)
                }
            }
        }
    }

    @Test("page and cursor are one: where the page cannot be stored the round stays where it was")
    func together() async throws {
        try await OrderFlowHarness.with { harness in
            for number in 0..<8 {
                harness.shop.put("\(number)", at: Self.start + Int64(number), "order \(number) A:1:1")
            }
            try await harness.pool.runScript(
                """
                create function refuse() returns trigger language plpgsql as $$
                begin if new.subject = '4' then raise exception 'full'; end if; return new; end $$;
                create trigger refuse before insert on inbound for each row execute function refuse();
                """)
            try await harness.poll()
            #expect(try await harness.messages().map(\.subject) == ["0", "1", "2"])
            #expect(try await harness.number("select round_page::bigint from order_poll") == 3)
            #expect(
                try await harness.number("select count(*) from connection_health where orders_through is not null") == 0
            )
            try await harness.pool.runScript("drop trigger refuse on inbound")
            try await harness.makeDue()
            try await harness.poll()
            #expect(try await harness.messages().count == 8)
            #expect(
                try await harness.number("select count(*) from connection_health where orders_through is not null") == 1
            )
        }
    }

    @Test("after an outage of hours all orders of the time are there, whatever ids they have and whenever they show")
    func outage() async throws {
        var generator = SeededGenerator(seed: testSeed())
        try await OrderFlowHarness.with { harness in
            var (now, number, late) = (Self.start, 0, [(id: String, at: Int64)]())
            var all: Set<String> = []
            for round in 0..<30 {
                // Minutes, and once six hours.
                now += round == 15 ? 21_600_000_000 : 60_000_000
                for order in late { harness.shop.put(order.id, at: order.at, "order \(order.id) A:1:1") }
                late = []
                for _ in 0..<Int.random(in: 0...6, using: &generator) {
                    number += 1
                    // Ids do not follow time.
                    let id = "\(UInt32.random(in: .min ... .max, using: &generator))-\(number)"
                    let at = now - Int64.random(in: 0...50_000_000, using: &generator)
                    all.insert(id)
                    // Some show only with the next look.
                    if Bool.random(using: &generator) {
                        late.append((id: id, at: at))
                    } else {
                        harness.shop.put(id, at: at, "order \(id) A:1:1")
                    }
                }
                if round < 12 || round > 15 {
                    try await harness.makeDue()
                    try await harness.poll()
                }
            }
            for order in late { harness.shop.put(order.id, at: order.at, "order \(order.id) A:1:1") }
            try await harness.makeDue()
            try await harness.poll()
            let subjects = try await harness.pool.query(PostgresStatement("select subject from inbound"))
                .map { try $0.decode(String.self) }
            #expect(Set(subjects) == all && subjects.count == all.count)
        }
    }

    @Test(
        "credentials that are refused are read anew once; then the connection stops and says so, and is not asked again"
    )
    func revoked() async throws {
        try await OrderFlowHarness.with { harness in
            harness.shop.put("1", at: Self.start, "order 1 A:1:1")
            harness.shop.state.withLock { $0.token = "token-2" }
            harness.connections.state.withLock { $0.renewedToken = "token-2" }
            try await harness.poll()
            #expect(try await harness.messages().count == 1)
            #expect(harness.connections.state.withLock { $0.renewals } == 1)
            harness.shop.state.withLock { $0.token = "token-3" }
            try await harness.makeDue()
            try await harness.poll()
            let stopped = try #require(try await harness.connections.connection(harness.key)).connection
            #expect(stopped.status == .stopped && stopped.statusReason.contains("http-401"))
            try await harness.makeDue()
            #expect(try await harness.poll() == 0)
        }
    }

    @Test("a page that the platform has forgotten has the round begin anew; throttling and failures are waited out")
    func faults() async throws {
        try await OrderFlowHarness.with { harness in
            for number in 0..<5 {
                harness.shop.put("\(number)", at: Self.start + Int64(number), "order \(number) A:1:1")
            }
            harness.shop.state.withLock { $0.isForgettingPages = true }
            try await harness.poll()
            for fault in [
                PlatformFault(.throttled, code: "THROTTLED", "wait", retryAfterMilliseconds: 60_000),
                PlatformFault(.retry, code: "http-503", "not now"),
            ] {
                harness.shop.state.withLock { $0.faults = [fault] }
                try await harness.makeDue()
                try await harness.poll()
                #expect(try await harness.number("select count(*) from order_poll where error_code <> ''") == 1)
            }
            #expect(
                try await harness.number(
                    "select count(*) from connection_health where error = 'http-503: not now'") == 1)
            try await harness.makeDue()
            try await harness.poll()
            #expect(harness.shop.state.withLock { $0.questions.map(\.page) } == ["", "3", "", "", "", "3"])
            #expect(try await harness.messages().count == 5)
            #expect(try await harness.number("select count(*) from order_poll where error_code <> ''") == 0)
        }
    }

    @Test("an order that is changed again within the moment that the platform tells comes again, and else it does not")
    func sameMoment() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.list("A", as: "A", shelf: 10)
            for body in ["order 1 A:1:10", "order 1 A:1:10 paid", "order 1 A:1:10 paid cancelled"] {
                harness.shop.put("1", at: Self.start, body)
                for _ in 0..<2 {
                    try await harness.makeDue()
                    try await harness.poll()
                    try await harness.process()
                }
            }
            #expect(try await harness.messages().map(\.status) == [.done, .done, .done])
            #expect(harness.desk.order("1", harness)?.status == .cancelled)
        }
    }

    @Test("however often a platform has failed to give its orders, it is asked again within half a minute")
    func soon() async throws {
        try await OrderFlowHarness.with { harness in
            for _ in 0..<12 {
                harness.shop.state.withLock { $0.faults = [PlatformFault(.retry, code: "http-503", "not now")] }
                try await harness.makeDue()
                try await harness.poll()
            }
            let late: StaticString =
                "select count(*) from order_poll where due_at > clock_timestamp() + interval '30 s'"
            #expect(try await harness.number("select count(*) from order_poll where tries = 12") == 1)
            #expect(try await harness.number(late) == 0)
        }
    }

    @Test("a platform whose clock is ahead does not have later rounds leave orders out")
    func clockAhead() async throws {
        try await OrderFlowHarness.with { harness in
            let now = PostgresTimestamp.ofSystemClock.microseconds
            harness.shop.put("1", at: now + 86_400_000_000, "order 1 A:1:1")
            try await harness.poll()
            harness.shop.put("2", at: now + 60_000_000, "order 2 A:1:1")
            try await harness.makeDue()
            try await harness.poll()
            #expect(try await harness.messages().map(\.subject) == ["1", "2"])
        }
    }

    @Test(
        "asked for at once, a platform is asked by a round that begins afterwards; connections that take none in are not"
    )
    func now() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.poll()
            #expect(try await harness.poll() == 0)
            await harness.intake.pollNow(harness.key)
            #expect(try await harness.poll() == 1)
            // While a round is under way it is only noted.
            await harness.intake.pollNow(harness.key)
            let taken = try #require(try await OrderPollRows.take(8, from: harness.pool).first)
            await harness.intake.pollNow(harness.key)
            try await harness.polling.turn(of: taken)
            #expect(try await harness.poll() == 1)
            #expect(try await harness.poll() == 0)
            let questions = harness.shop.state.withLock { $0.questions.count }
            harness.connections.change(harness.key) { $0.orders = OrderPolicy(takeIn: false) }
            try await harness.makeDue()
            #expect(try await harness.poll() == 1)
            #expect(harness.shop.state.withLock { $0.questions.count } == questions)
        }
    }

    @Test("a service that runs asks at its interval")
    func running() async throws {
        try await OrderFlowHarness.with { harness in
            harness.connections.change(harness.key) {
                $0.orders = OrderPolicy(takeIn: true, pollEvery: ProtoDuration(seconds: 1))
            }
            let polling = harness.polling
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await polling.run() }
                try await until { harness.shop.state.withLock { $0.questions.count } >= 2 }
                harness.shop.put("1", at: Self.start, "order 1 A:1:1")
                await harness.intake.pollNow(harness.key)
                try await until { try await harness.messages().count == 1 }
                group.cancelAll()
            }
        }
    }
}
