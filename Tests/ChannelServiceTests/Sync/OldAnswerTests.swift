import Buckets
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Leasing
import Postgres
import Testing

@testable import ChannelService

/// What is wanted changes while a call is under way: its answer counts for what was sent, and for nothing else.
@Suite(.timeLimit(.minutes(5))) struct OldAnswerTests {
    /// Runs a worker, and has something happen once, between an answer and its being written down.
    private static func withWorkers(
        _ harness: SyncHarness, answered: @escaping @Sendable () async throws -> Void, _ body: () async throws -> Void
    ) async throws {
        let trap = Trap(.answered, times: 1, holds: false)
        let faults = SyncFaultPoints { point in
            if trap.hits(point) { try await answered() }
        }
        try await harness.withWorkers(FakePlatformAdapter(harness.shop), faults: faults, body)
    }

    private static func mark(_ harness: SyncHarness, _ sku: String, _ kind: SyncKind) async throws {
        let commands = WorkMarks.commands(
            [SKUKey(brand: harness.brand, sku: sku)], on: [harness.key], kind: kind, isWanted: true, isForced: false)
        try await harness.pool.withTransaction { _ = try await $0.commit(with: commands) }
        harness.news.wake([harness.key])
    }

    @Test("a price that changes while the one before is sent goes out as well")
    func price() async throws {
        try await SyncHarness.with(Connection(prices: PricePolicy(push: true))) { harness in
            try await harness.list(["A"], shelf: 0)
            harness.prices.set("A", 10_000_000)
            try await Self.mark(harness, "A", .price)
            try await Self.withWorkers(harness) {
                harness.prices.set("A", 12_000_000)
                try await Self.mark(harness, "A", .price)
            } _: {
                try await until { harness.shop.items["A"]?.priceMicros == 12_000_000 }
                try await harness.untilInStep()
            }
            #expect(try await harness.number("select shelf_price from listing") == 12_000_000)
        }
    }

    @Test("a content that changes while the one before is sent goes out as well")
    func content() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            try await harness.list(["A"], shelf: 0)
            harness.content.set("A", "Brake pad")
            try await Self.mark(harness, "A", .content)
            try await Self.withWorkers(harness) {
                harness.content.set("A", "Brake pad set")
                try await Self.mark(harness, "A", .content)
            } _: {
                try await until { harness.shop.items["A"]?.values.first?.value == "Brake pad set" }
                try await harness.untilInStep()
            }
        }
    }

    @Test("a content that changes between its making and its record is made anew", arguments: [nil, 2...500])
    func madeBefore(bulk: ClosedRange<Int>?) async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            try await harness.list(["A", "B", "C"], shelf: 0)
            for sku in ["A", "B", "C"] { harness.content.set(sku, "Brake pad") }
            harness.content.afterNext {
                for sku in ["A", "B", "C"] {
                    harness.content.set(sku, "Brake pad set")
                    try await Self.mark(harness, sku, .content)
                }
            }
            for sku in ["A", "B", "C"] { try await Self.mark(harness, sku, .content) }
            try await harness.withWorkers(FakePlatformAdapter(harness.shop, bulk: bulk)) {
                try await until { try await harness.number("select count(*) from sync_work") == 0 }
            }
            for sku in ["A", "B", "C"] {
                #expect(harness.shop.items[sku]?.values.first?.value == "Brake pad set", "\(sku)")
            }
        }
    }

    @Test("a refusal of an amount does not hold back the one that came meanwhile")
    func refusal() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 0)
            try await harness.stock("A", 5)
            harness.shop.refuse(["A"], wholeCalls: false)
            try await Self.withWorkers(harness) {
                harness.shop.refuse([], wholeCalls: false)
                try await harness.stock("A", 3)
            } _: {
                try await until { harness.shop.shelf["A"] == 3 }
                try await harness.untilInStep()
            }
            #expect(harness.shop.calls.map(\.quantities) == [[5], [3]])
        }
    }

    @Test(
        "a call goes on record with what is wanted by then, not when it was found to be due; a paused connection's not")
    func recorded() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 0)
            try await harness.stock("A", 5)
            let due = try await DueRows.due(
                harness.key, rows: [.stockToZero: 10, .stock: 10], excluding: [], raiseSeconds: 0,
                from: harness.pool)
            #expect(due.map(\.quantity) == [5])
            try await harness.stock("A", 9)
            let leases = Leases(harness.pool, holder: SyncHarness.newID())
            let lease = try #require(try await leases.acquire("worker", milliseconds: 60_000))
            let outcomes = Outcomes(
                key: harness.key, pool: harness.pool, lease: lease, revisions: nil, comparesShelf: true)
            let attempt = try #require(try await outcomes.begin(["A"], kind: .stock))
            #expect(attempt.works.map(\.quantity) == [9])
            #expect(attempt.key == SendPlan.key(of: attempt.rows) && attempt.key != SendPlan.key(of: due.map(\.row)))
            #expect(try await harness.texts("select attempt_key from sync_work") == [attempt.key])
            _ = try await harness.pool.query(PostgresStatement("update connection set status = 2"))
            #expect(try await outcomes.begin(["A"], kind: .stock) == nil)
        }
    }
}
