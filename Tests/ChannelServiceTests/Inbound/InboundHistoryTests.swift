import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import ChannelService

/// Random histories of a platform that repeats itself and of processes that are cut off, and what has come of them twice.
///
/// The same histories show mistakes that are planted in the database, so that it is known that they would.
@Suite("Histories of messages that are repeated")
struct InboundHistoryTests {
    /// What there is too much of.
    struct Verdict: Equatable {
        /// Messages that are kept more than once.
        var messages: Int64 = 0
        /// Orders that were placed more than once.
        var orders = 0
        /// Units that were taken off the shelf more than once.
        var units: Int64 = 0
    }

    private static let orders = 12

    /// Plays a history: each order comes by notifications that are repeated, and by overlapping rounds; two copies work on
    /// them, one of which is cut off again and again.
    private func verdict(seed: UInt64, planted: StaticString? = nil) async throws -> Verdict {
        var verdict = Verdict()
        try await OrderFlowHarness.with { harness in
            if let planted { try await harness.pool.runScript(planted.description) }
            try await harness.list("A", as: "A", shelf: 1_000)
            var random = SeededGenerator(seed: seed)
            for order in 0..<Self.orders {
                harness.shop.put(
                    "\(order)", at: OrderPollingTests.start + Int64(order) * 1_000_000, "order \(order) A:1:10")
            }
            for _ in 0..<60 {
                let order = Int.random(in: 0..<Self.orders, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0..<4: try await harness.notify("order \(order) A:1:10", event: "e-\(order)")
                case 4:
                    try await harness.makeDue()
                    try await harness.poll()
                case 5: try await self.cutOff(harness, at: IntakeStep.allCases.randomElement(using: &random) ?? .asked)
                default:
                    try await harness.makeDue()
                    try await harness.process()
                }
            }
            try await harness.makeDue()
            try await harness.poll()
            try await harness.process()
            verdict = try await self.compare(harness)
        }
        return verdict
    }

    private func cutOff(_ harness: OrderFlowHarness, at step: IntakeStep) async throws {
        struct Killed: Error {}
        let dying = harness.processor(faults: IntakeFaults { if $0 == step { throw Killed() } })
        for message in try await InboundRows.take(3, from: harness.pool) {
            await #expect(throws: Killed.self) { try await dying.work(on: message) }
        }
    }

    private func compare(_ harness: OrderFlowHarness) async throws -> Verdict {
        let rows = try await harness.number("select count(*) from inbound")
        let distinct = try await harness.number("select count(distinct (topic, subject)) from inbound")
        let taken = 1_000 - (try await harness.shelf("A") ?? 0)
        let placed = harness.desk.state.withLock { $0.placed }
        #expect(placed >= Self.orders && taken >= Int64(Self.orders))
        let open = try await harness.number("select count(*) from inbound where status <> 2")
        #expect(open == 0)
        return Verdict(
            messages: rows - distinct, orders: placed - Self.orders, units: taken - Int64(Self.orders))
    }

    @Test("whatever is repeated, each message is kept once, each order placed once, each unit taken once")
    func once() async throws {
        let seed = testSeed()
        for number in 0..<3 {
            #expect(try await self.verdict(seed: seed &+ UInt64(number)) == Verdict(), "seed \(seed)")
        }
    }

    @Test("a planted missing de-duplication of messages is caught, and orders are placed once all the same")
    func withoutMessages() async throws {
        let verdict = try await self.verdict(
            seed: testSeed(),
            planted: """
                create function plant() returns trigger language plpgsql as $$
                begin new.event_id = gen_random_uuid(); return new; end $$;
                create trigger plant before insert on inbound for each row execute function plant();
                """)
        #expect(verdict.messages > 0 && verdict.orders == 0 && verdict.units == 0)
    }

    @Test("a planted missing de-duplication of orders is caught")
    func withoutOrders() async throws {
        let verdict = try await self.verdict(
            seed: testSeed(),
            planted: """
                create function plant() returns trigger language plpgsql as $$
                begin new.order_key = null; return new; end $$;
                create trigger plant before update on platform_order for each row execute function plant();
                """)
        #expect(verdict.messages == 0 && verdict.units > 0)
    }
}
