import DrivelineTesting
import Leasing
import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import Testing
import WellKnownMessages

@testable import PricingService

@Suite struct PriceSchedulerTests {
    @Test("A price that begins, and one that ends, is told of then, and what is due is gone with it")
    func prices() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample(scope: PriceScope(channel: "amazon")))
            let now = try await harness.now().microseconds / 1_000_000
            try await harness.put([
                .sample("A", "10", from: now + 86_400, to: now + 3 * 86_400), .sample("B", "1", to: now + 3 * 86_400),
                .sample("C", "1"),
            ])
            let lease = try await harness.lease()
            let early = try await harness.scheduler.advance(lease)
            #expect(!early)
            try await harness.letPass(days: 2)
            try await harness.advanceAll(lease)
            let first = try await harness.effective()
            #expect(first.map(\.skus) == [["A"]])
            #expect(first.first?.scope?.channel == "amazon")
            try await harness.letPass(days: 2)
            try await harness.advanceAll(lease)
            let both = try await harness.effective()
            #expect(both.flatMap(\.skus).sorted() == ["A", "A", "B"])
            let due = try await harness.number("select count(*) from price_due")
            #expect(due == 0)
        }
    }

    @Test("What was replaced or removed meanwhile, and prices of lists that do not count then, are not told of")
    func stale() async throws {
        try await PricingHarness.withLists { harness in
            var list = PriceList.sample()
            try await harness.put(list)
            let now = try await harness.now().microseconds / 1_000_000
            try await harness.put([
                .sample("A", "10", from: now + 86_400), .sample("B", "10", to: now + 86_400),
                .sample("C", "10", from: now + 3 * 86_400),
            ])
            try await harness.delete([
                PriceKey(sku: "A", validFrom: ProtoTimestamp(seconds: now + 86_400))
            ])
            try await harness.put([.sample("B", "10")])
            let lease = try await harness.lease()
            try await harness.letPass(days: 2)
            try await harness.advanceAll(lease)
            list.suspended = true
            try await harness.put(list)
            try await harness.letPass(days: 2)
            try await harness.advanceAll(lease)
            let told = try await harness.effective()
            #expect(told.isEmpty)
            let due = try await harness.number("select count(*) from price_due")
            #expect(due == 0)
        }
    }

    @Test("Lists and rules are told of as they stand when they begin and end")
    func listsAndRules() async throws {
        try await PricingHarness.withLists { harness in
            let soon = try await harness.now().microseconds / 1_000_000 + 2
            var list = PriceList.sample()
            list.validFrom = ProtoTimestamp(seconds: soon)
            try await harness.put(list)
            list.name = "renamed"
            try await harness.put(list)
            try await harness.store(
                PriceRule(
                    ruleID: "sale", validTo: ProtoTimestamp(seconds: soon),
                    effect: .percentOff(PercentOff(percent: "10"))))
            let lease = try await harness.lease()
            try await until {
                _ = try await harness.scheduler.advance(lease)
                return try await harness.number("select count(*) from price_due") == 0
            }
            let lists = try await harness.events("pricing.list.changed", as: PriceListChanged.self)
            let rules = try await harness.events("pricing.rule.changed", as: PriceRuleChanged.self)
            #expect(lists.map { $0.priceList?.name } == ["retail", "renamed", "renamed"])
            #expect(lists.last?.priceList?.version == 2)
            #expect(rules.map { $0.rule?.ruleID } == ["sale", "sale"])
        }
    }

    @Test("A scheduler that lost its lease tells nothing")
    func lostLease() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let now = try await harness.now().microseconds / 1_000_000
            try await harness.put([.sample("A", "10", from: now + 86_400)])
            try await harness.letPass(days: 2)
            let old = try await harness.lease()
            _ = try await harness.pool.query(PostgresStatement("update lease set expires_at = now() - interval '1 s'"))
            let new = try await harness.lease()
            await #expect(throws: LeaseError.lost(name: PriceScheduler.leaseName)) {
                try await harness.scheduler.advance(old)
            }
            let none = try await harness.effective()
            #expect(none.isEmpty)
            try await harness.advanceAll(new)
            let told = try await harness.effective()
            #expect(told.map(\.skus) == [["A"]])
        }
    }

    @Test("What cannot be noted as told is not told, and what cannot be told stays due")
    func together() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let now = try await harness.now().microseconds / 1_000_000
            try await harness.put([.sample("A", "10", from: now + 86_400)])
            try await harness.letPass(days: 2)
            let lease = try await harness.lease()
            try await harness.pool.runScript(
                """
                create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
                create trigger refuse before delete on price_due for each row execute function refuse()
                """)
            await #expect(throws: PostgresError.self) { try await harness.scheduler.advance(lease) }
            let none = try await harness.effective()
            #expect(none.isEmpty)
            try await harness.pool.runScript(
                """
                drop trigger refuse on price_due;
                alter table event_run
                    add constraint none check (position('effective'::bytea in events) = 0) not valid
                """)
            await #expect(throws: PostgresError.self) { try await harness.scheduler.advance(lease) }
            let due = try await harness.number("select count(*) from price_due")
            #expect(due == 1)
            try await harness.pool.runScript("alter table event_run drop constraint none")
            try await harness.advanceAll(lease)
            let told = try await harness.effective()
            #expect(told.map(\.skus) == [["A"]])
        }
    }

    @Test("Two schedulers whose connections are cut again and again tell of everything, and of nothing twice")
    func cutConnections() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            let now = try await harness.now().microseconds / 1_000_000
            let count = 2_400
            for first in stride(from: 0, to: count, by: 800) {
                try await harness.put(
                    (first..<first + 800).map { .sample("SKU-\($0)", "10", from: now + 86_400 + Int64($0 % 3)) })
            }
            try await harness.letPass(days: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    let scheduler = PriceScheduler(
                        harness.pool, news: harness.news, logger: PricingHarness.logger, intervals: .quick, portion: 50)
                    group.addTask { await scheduler.run() }
                }
                for _ in 0..<30 {
                    _ = try? await harness.pool.query(Self.cut)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 1...60)))
                }
                try await until {
                    (try? await harness.number("select count(*) from price_due")) == 0
                }
                group.cancelAll()
            }
            let told = try await harness.effective().flatMap(\.skus)
            #expect(told.count == count)
            #expect(Set(told).count == count)
        }
    }

    private static let cut = PostgresStatement(
        """
        select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        """)

    @Test("Prices of a removed list go to the history in portions, as of the list's removal, and no others do")
    func removedList() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put(.sample("other", priority: 1))
            for first in stride(from: 0, to: 6_000, by: 1_000) {
                try await harness.put((first..<first + 1_000).map { .sample("SKU-\($0)", "10") })
            }
            try await harness.put([.sample("SKU-1", "11")], into: "other")
            _ = try await harness.lists.deletePriceList(DeletePriceListRequest(listID: "retail"))
            let before = try await harness.history(of: "SKU-1")
            let lease = try await harness.lease()
            let first = try await harness.scheduler.advance(lease)
            #expect(first)
            let left = try await harness.number("select count(*) from price")
            #expect(left == 6_001 - Int64(PriceScheduler.clearedPortion))
            try await harness.advanceAll(lease)
            let counts = try await harness.number(
                """
                select (select count(*) from price) * 1000000 + count(*) from price_history h
                where h.replaced_at = (select max(recorded_at) from price_book_history where is_removed)
                """)
            #expect(counts == 1_006_000)
            let after = try await harness.history(of: "SKU-1")
            #expect(after == before)
            let due = try await harness.number("select count(*) from price_due")
            #expect(due == 0)
        }
    }
}

extension LeaseHolder.Intervals {
    /// For tests: a lease that nobody renews is free soon.
    fileprivate static var quick: Self {
        var intervals = Self()
        (intervals.leaseMilliseconds, intervals.renewalMilliseconds) = (1_000, 200)
        (intervals.retryMilliseconds, intervals.marginMilliseconds) = (20, 300)
        return intervals
    }
}

extension PricingHarness {
    fileprivate var scheduler: PriceScheduler {
        PriceScheduler(self.pool, news: self.news, logger: Self.logger)
    }

    fileprivate func lease() async throws -> Lease {
        let leases = Leases(self.pool, holder: PostgresUUID(high: .random(in: 1 ... .max), low: 1))
        return try #require(try await leases.acquire(PriceScheduler.leaseName, milliseconds: 600_000))
    }

    /// Lets the scheduler tell of all that is due.
    fileprivate func advanceAll(_ lease: Lease) async throws {
        while try await self.scheduler.advance(lease) {}
    }

    fileprivate func effective() async throws -> [PricesEffective] {
        try await self.events("pricing.prices.effective", as: PricesEffective.self)
    }

    /// Moves all times of prices, and of what is due, towards the past: as if days had passed.
    fileprivate func letPass(days: Int) async throws {
        try await self.pool.runScript(
            """
            update price set valid_from = valid_from - interval '\(days) days',
                valid_to = valid_to - interval '\(days) days';
            update price_due set due_at = due_at - interval '\(days) days';
            """)
    }
}
