import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Postgres
import Testing

@testable import ChannelService

@Suite(.timeLimit(.minutes(5))) struct ConnectionWorkerTests {
    private static let skus = (0..<25).map { "S\($0)" }

    private static func stocked(_ harness: SyncHarness, _ skus: [String] = skus) async throws {
        try await harness.list(skus, shelf: 0)
        for (index, sku) in skus.enumerated() { try await harness.stock(sku, Int64(index + 1)) }
    }

    private static func expectInStep(_ harness: SyncHarness, except: Set<String> = []) async throws {
        try await harness.untilInStep()
        for (sku, units) in harness.shop.shelf where !except.contains(sku) {
            #expect(units == harness.inventory.units(sku), "\(sku)")
        }
        #expect(harness.shop.violations.isEmpty, "\(harness.shop.violations)")
    }

    @Test("what is wanted reaches the shelf, in full calls, stock to zero first")
    func sends() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness)
            try await harness.list(["Z"], shelf: 4)
            try await harness.stock("Z", 0)
            try await harness.withWorkers(FakePlatformAdapter(harness.shop, rows: 10)) {
                try await Self.expectInStep(harness)
            }
            let calls = harness.shop.calls
            #expect(calls.count == 3)
            // The calls of one round go out side by side.
            #expect(calls.contains { $0.skus.contains("Z") && $0.skus.count == 10 })
            #expect(calls.allSatisfy { $0.skus.count <= 10 })
        }
    }

    @Test(
        "each fault of a call is got over, and the shelf is right in the end",
        arguments: [
            FakePlatformShop.Fault.throttle(retryAfterMilliseconds: 20), .throttle(retryAfterMilliseconds: nil),
            .serverError,
            .timeOut(isDone: true), .timeOut(isDone: false), .unauthorized, .unknown,
        ])
    func faults(fault: FakePlatformShop.Fault) async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness)
            harness.shop.fail(fault)
            try await harness.withWorkers { try await Self.expectInStep(harness) }
        }
    }

    @Test("a call whose outcome is not known is repeated with the same key and rows")
    func repeated() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness, ["A", "B"])
            harness.shop.fail(.timeOut(isDone: true), .timeOut(isDone: false))
            try await harness.withWorkers { try await Self.expectInStep(harness) }
            let calls = harness.shop.calls.filter { $0.operation == "stock" }
            #expect(calls.count == 3)
            #expect(Set(calls.map(\.key)).count == 1)
        }
    }

    @Test("stock that goes back and forth between the same numbers is sent each time, under another key")
    func backAndForth() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness, ["A"])
            try await harness.withWorkers {
                for units: Int64 in [5, 9, 5, 9, 0, 9] {
                    try await harness.stock("A", units)
                    try await Self.expectInStep(harness)
                }
            }
            let calls = harness.shop.calls
            #expect(Set(calls.map(\.key)).count == calls.count)
        }
    }

    @Test("rows that are refused within an answered call are refused alone, and tried again with the next value")
    func halfRefused() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness, ["A", "B", "C", "D"])
            harness.shop.fail(.halfRefused)
            try await harness.withWorkers {
                try await until { try await harness.number("select count(*) from sync_work where status = 4") == 2 }
                #expect(harness.shop.shelf == ["A": 1, "B": 0, "C": 3, "D": 0])
                #expect(try await harness.texts("select error_code from sync_work") == ["INVALID", "INVALID"])
                try await harness.stock("B", 7)
                try await until { try await harness.texts("select sku from sync_work") == ["D"] }
            }
            #expect(harness.shop.shelf["B"] == 7)
        }
    }

    @Test("one bad row that has whole calls refused holds up none of its neighbours", arguments: [1, 2, 7])
    func bisected(bad: Int) async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness)
            let bad = Set(Self.skus.prefix(bad))
            harness.shop.refuse(bad, wholeCalls: true)
            try await harness.withWorkers {
                try await Self.expectInStep(harness, except: bad)
                try await until {
                    try await harness.number("select count(*) from sync_work") == Int64(bad.count)
                }
            }
        }
    }

    @Test("a shelf that shows something else than thought is read, and what is sent is decided anew")
    func stale() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness, ["A", "B"])
            try await harness.withWorkers { try await Self.expectInStep(harness) }
            harness.shop.put("A", 50)
            try await harness.stock("A", 9)
            try await harness.withWorkers { try await Self.expectInStep(harness) }
            #expect(harness.shop.shelf["A"] == 9)
            #expect(try await harness.texts("select cause::text from drift") == ["3"])
            #expect(try await harness.number("select count(*) from drift where healed_at is null") == 0)
        }
    }

    @Test("where less is shown than thought, less still goes out at once, and more waits for the orders")
    func sales() async throws {
        try await SyncHarness.with(Connection(orders: OrderPolicy(takeIn: true))) { harness in
            let intake = FakeIntake()
            try await harness.list(["A", "B"], shelf: 0)
            for sku in ["A", "B"] { try await harness.stock(sku, 10) }
            let adapter = FakePlatformAdapter(harness.shop, pollsOrders: true)
            try await harness.withWorkers(adapter, intake: intake) {
                try await Self.expectInStep(harness)
                #expect(harness.shop.sell("A", 3) + harness.shop.sell("B", 3) == 6)
                try await harness.stock("A", 2)
                try await until { harness.shop.shelf["A"] == 2 }
                try await harness.stock("B", 12)
                try await until { intake.count > 0 }
                try await until {
                    // Not of the other one, whose row may not be gone yet.
                    try await harness.number(
                        "select count(*) from sync_work where sku = 'B' and raise_after is not null") == 1
                }
                #expect(harness.shop.shelf["B"] == 7)
                _ = try await harness.pool.query(
                    PostgresStatement(
                        """
                        insert into connection_health (brand_id, connection_id, orders_through)
                        select brand_id, connection_id, now() from connection
                        on conflict (brand_id, connection_id) do update set orders_through = now()
                        """))
                try await until { harness.shop.shelf["B"] == 12 }
                try await Self.expectInStep(harness)
            }
        }
    }

    @Test("credentials that are refused are renewed once, and then the connection stops with the reason")
    func stopped() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness, ["A"])
            harness.shop.failByChance { .unauthorized }
            try await harness.withWorkers {
                try await until { try await harness.number("select status::bigint from connection") == 3 }
            }
            #expect(harness.shop.calls.count == 2)
            #expect(
                try await harness.texts("select status_reason from connection") == ["http-401: the token is refused"])
            #expect(try await harness.number("select count(*) from sync_work where status = 2") == 1)
        }
    }

    @Test("a code that nobody knows is tried eight times, and then refused")
    func unknownCode() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness, ["A"])
            harness.shop.failByChance { .unknown }
            try await harness.withWorkers {
                try await until {
                    _ = try await harness.pool.query(
                        PostgresStatement("update sync_work set due_at = now() where due_at < 'infinity'"))
                    return try await harness.number("select count(*) from sync_work where status = 4") == 1
                }
            }
            #expect(harness.shop.calls.count == 8)
        }
    }

    @Test("a platform that fails again and again is left alone until it may have recovered")
    func circuit() async throws {
        try await SyncHarness.with { harness in
            try await Self.stocked(harness)
            harness.shop.failByChance { .serverError }
            try await harness.withWorkers(FakePlatformAdapter(harness.shop, rows: 1)) {
                try await until { try await harness.number("select circuit::bigint from connection_health") == 2 }
            }
            // Calls that were under way when it opened may still have ended.
            #expect(harness.shop.calls.count <= 5 + SyncLimits.callsInFlight)
        }
    }

    @Test("prices are asked for, sent, and not sent again where they are the same")
    func prices() async throws {
        try await SyncHarness.with(Connection(prices: PricePolicy(push: true))) { harness in
            try await harness.list(["A", "B"], shelf: 0)
            harness.prices.set("A", 12_990_000)
            try await self.request(harness, .price)
            try await harness.withWorkers {
                try await harness.untilInStep()
                try await until { harness.shop.items["A"]?.priceMicros == 12_990_000 }
                try await until { try await harness.texts("select error_code from sync_work") == ["no-price"] }
                harness.prices.set("B", 5_000_000)
                try await self.request(harness, .price)
                try await until { harness.shop.items["B"]?.priceMicros == 5_000_000 }
                try await until { try await harness.number("select count(*) from sync_work") == 0 }
            }
            let sent = harness.shop.calls.filter { $0.operation == "price" }.flatMap(\.skus)
            #expect(sent == ["A", "B"])
        }
    }

    @Test("contents are made, sent, and not sent again where they are the same; one that cannot be made is refused")
    func contents() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            try await harness.list(["A", "B", "C"], shelf: 0)
            harness.content.set("A", "Brake pad")
            harness.content.set("B", "")
            try await self.request(harness, .content)
            try await harness.withWorkers {
                try await until { harness.shop.items["A"]?.values.first?.value == "Brake pad" }
                try await until { try await harness.number("select count(*) from sync_work where status = 4") == 2 }
                try await harness.untilInStep()
                try await self.request(harness, .content)
                try await until { try await harness.number("select count(*) from sync_pass") == 0 }
                try await harness.untilInStep()
            }
            #expect(harness.shop.calls.filter { $0.operation == "content" }.count == 1)
            #expect(try await harness.texts("select platform_ids->>'id' from listing where sku = 'A'") == ["made-A"])
        }
    }

    @Test("what a listing says of its own goes out in place of what the product says")
    func overrides() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            try await harness.list(["A"], shelf: 0)
            harness.content.set("A", "Brake pad")
            _ = try await harness.pool.query(
                PostgresStatement("update listing set overrides = '{\"title\": \"Our best pad\"}'"))
            try await self.request(harness, .content)
            try await harness.withWorkers {
                try await until { harness.shop.items["A"]?.values.first?.value == "Our best pad" }
            }
        }
    }

    private func request(_ harness: SyncHarness, _ kind: SyncKind) async throws {
        try await harness.pool.withTransaction { transaction in
            try await SyncPass.request(harness.key, kinds: [kind], in: transaction)
        }
        harness.news.wake([harness.key])
    }
}

/// Counts how often orders were asked for.
final class FakeIntake: OrderIntakeHint {
    private let calls = RenewalCount()
    var count: Int { self.calls.value }
    func pollNow(_ key: ConnectionKey) async { self.calls.add() }
}
