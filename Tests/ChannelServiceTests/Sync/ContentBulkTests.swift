import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Postgres
import Testing

@testable import ChannelService

@Suite("Contents in bulk", .timeLimit(.minutes(5))) struct ContentBulkTests {
    /// Lists SKUs, each with a content, and has them sent.
    private static func list(_ count: Int, from first: Int = 0, _ harness: SyncHarness) async throws -> [String] {
        let skus = (first..<first + count).map { "S\($0 + 1_000)" }
        for sku in skus {
            harness.content.set(sku, "Pad \(sku)")
            _ = harness.inventory.set(sku, 5)
        }
        try await harness.list(skus, shelf: 5)
        try await Self.request(harness)
        return skus
    }

    private static func request(_ harness: SyncHarness) async throws {
        try await harness.pool.withTransaction { transaction in
            try await SyncPass.request(harness.key, kinds: [.content], in: transaction)
        }
        harness.news.wake([harness.key])
    }

    private static func bulks(_ harness: SyncHarness) -> [FakePlatformShop.Call] {
        harness.shop.calls.filter { $0.operation == "content-bulk" }
    }

    private static func singles(_ harness: SyncHarness) -> [FakePlatformShop.Call] {
        harness.shop.calls.filter { $0.operation == "content" }
    }

    private static func adapter(
        _ harness: SyncHarness, _ bulk: ClosedRange<Int> = 20...500, owner: String = "one"
    ) -> FakePlatformAdapter {
        FakePlatformAdapter(harness.shop, owner: owner, rows: 1, bulk: bulk)
    }

    private static func expectDone(_ harness: SyncHarness, _ skus: [String]) async throws {
        for sku in skus { #expect(harness.shop.items[sku]?.values.first?.value == "Pad \(sku)") }
        #expect(harness.shop.items.count == skus.count)
        #expect(harness.shop.violations.isEmpty, "\(harness.shop.violations)")
        #expect(
            try await harness.number("select count(*) from listing where platform_ids->>'id' = 'made-' || sku")
                == Int64(skus.count))
    }

    @Test("19 rows go one by one, and 20 in one bulk", arguments: [19, 20])
    func threshold(count: Int) async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            let skus = try await Self.list(count, harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { skus.allSatisfy { harness.shop.items[$0]?.values.isEmpty == false } }
                try await harness.untilInStep()
            }
            try await Self.expectDone(harness, skus)
            #expect(Self.bulks(harness).map(\.skus) == (count < 20 ? [] : [skus]))
            #expect(Self.singles(harness).count == (count < 20 ? count : 0))
        }
    }

    @Test("stock to zero and any other stock go out while a bulk is under way, of its own listings too")
    func stockBeside() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            harness.shop.holdBulks(true)
            let skus = try await Self.list(30, harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { Self.bulks(harness).count == 1 }
                for number in 0..<12 { try await harness.stock(skus[number], number.isMultiple(of: 2) ? 0 : 3) }
                try await until {
                    (0..<12).allSatisfy { harness.shop.shelf[skus[$0]] == ($0.isMultiple(of: 2) ? 0 : 3) }
                }
                try await until {
                    try await harness.number("select count(*) from sync_work where kind = 1") == 0
                }
                #expect(try await harness.number("select count(*) from sync_work where kind = 3") == 30)
                harness.shop.holdBulks(false)
                try await harness.untilInStep()
            }
            #expect(Self.bulks(harness).count == 1 && Self.singles(harness).isEmpty)
            #expect(
                skus.prefix(12).enumerated().allSatisfy { harness.shop.shelf[$1] == ($0.isMultiple(of: 2) ? 0 : 3) })
            try await Self.expectDone(harness, skus)
        }
    }

    @Test("one bulk runs at a time: enough rows wait for it, fewer go one by one beside it")
    func oneAtATime() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            harness.shop.holdBulks(true)
            var skus = try await Self.list(45, harness)
            try await harness.withWorkers(Self.adapter(harness, 20...30)) {
                try await until { Self.singles(harness).count == 15 }
                #expect(Self.bulks(harness).map(\.skus.count) == [30])
                skus += try await Self.list(20, from: 45, harness)
                try await until {
                    try await harness.number("select count(*) from sync_pass") == 0
                }
                for _ in 0..<20 {
                    harness.news.wake([harness.key])
                    _ = try await harness.number("select count(*) from sync_work")
                }
                #expect(Self.singles(harness).count == 15 && Self.bulks(harness).count == 1)
                harness.shop.holdBulks(false)
                try await harness.untilInStep()
            }
            // The walk over all listings has those of the first bulk looked at again. Those are there already, and where they
            // are planned with the new ones, fewer than a bulk are left, which go one by one.
            #expect(Self.bulks(harness).map(\.skus.count).prefix(1) == [30] && Self.bulks(harness).count <= 2)
            try await Self.expectDone(harness, skus)
        }
    }

    @Test(
        "a worker that is killed in the middle of a bulk leaves its rows to the next one, which sends all of them again"
    )
    func killed() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            harness.shop.holdBulks(true)
            let skus = try await Self.list(40, harness)
            let worker = harness.start(harness.parts(Self.adapter(harness)))
            try await until { Self.bulks(harness).count == 1 }
            worker.cancel()
            _ = await worker.result
            #expect(try await harness.number("select count(*) from sync_work where attempt_key <> ''") == 40)
            harness.shop.holdBulks(false)
            try await harness.withWorkers(Self.adapter(harness, owner: "two")) { try await harness.untilInStep() }
            let bulks = Self.bulks(harness)
            #expect(bulks.map(\.owner) == ["one", "two"] && bulks.map(\.skus) == [skus, skus])
            #expect(bulks[0].key == bulks[1].key && Self.singles(harness).isEmpty)
            try await Self.expectDone(harness, skus)
        }
    }

    @Test("rows that a bulk refuses are refused, those it says nothing of are sent again, and all others are done")
    func halfFailed() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            harness.shop.endBulks { sku in
                switch (sku.last?.wholeNumberValue ?? 0) % 5 {
                case 0: .some(PlatformFault(.refused, code: "INVALID", "the row is refused"))
                case 1: nil
                default: .some(nil)
                }
            }
            let skus = try await Self.list(40, harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                // Eight are told nothing of: too few for another bulk.
                try await until { Self.singles(harness).count == 8 }
                try await harness.untilInStep()
            }
            let refused = skus.filter { $0.hasSuffix("0") || $0.hasSuffix("5") }
            #expect(try await harness.texts("select sku from sync_work where status = 4 order by sku") == refused)
            #expect(Self.bulks(harness).count == 1)
            #expect(
                Self.singles(harness).flatMap(\.skus).sorted() == skus.filter { $0.hasSuffix("1") || $0.hasSuffix("6") }
            )
            #expect(
                skus.filter { !refused.contains($0) }.allSatisfy { harness.shop.items[$0]?.values.isEmpty == false })
        }
    }

    @Test("what is refused as a whole goes one by one, and not in halves")
    func refusedWhole() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            harness.shop.endBulks { _ in .some(PlatformFault(.refused, code: "INVALID", "the file is refused")) }
            let skus = try await Self.list(50, harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { Self.singles(harness).count == 50 }
                try await harness.untilInStep()
            }
            #expect(Self.bulks(harness).count == 1)
            try await Self.expectDone(harness, skus)
        }
    }

    @Test("rows that bulks fail for again and again go one by one in the end")
    func busy() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            harness.shop.endBulks { _ in .some(Self.busyFault) }
            let skus = try await Self.list(20, harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until {
                    try await harness.changeWork("due_at = now()")
                    return Self.singles(harness).count == 20
                }
                try await harness.untilInStep()
            }
            #expect(Self.bulks(harness).count == 3)
            try await Self.expectDone(harness, skus)
        }
    }

    private static let busyFault = PlatformFault(.retry, code: "OPERATION_IN_PROGRESS", "five run")

    @Test("a platform that takes no bulks for now refuses nothing, and leaves the circuit closed")
    func circuit() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            harness.shop.endBulks { _ in .some(Self.busyFault) }
            let skus = try await Self.list(20, harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                // So many failures in a row of ordinary calls open it.
                for round in 1...CircuitBreaker.failuresInRow + 1 {
                    try await until { Self.bulks(harness).count >= round }
                    try await until {
                        try await harness.number("select count(*) from sync_work where status = 3") == 20
                    }
                    // Other contents are no repetition, and are tried at once.
                    for sku in skus { harness.content.set(sku, "Pad \(sku) \(round)") }
                    try await harness.changeWork("revision = revision + 1, tries = 0, status = 2, due_at = now()")
                    harness.news.wake([harness.key])
                    let open = try await harness.number("select count(*) from connection_health where circuit <> 1")
                    try #require(open == 0, "after \(round)")
                }
                harness.shop.endBulks { _ in .some(nil) }
                for sku in skus { harness.content.set(sku, "Pad \(sku)") }
                // One that is under way may have made its contents before.
                try await Self.request(harness)
                try await until { try await harness.number("select count(*) from sync_pass") == 0 }
                try await until {
                    try await harness.changeWork("due_at = now()")
                    return try await harness.number("select count(*) from sync_work") == 0
                }
            }
            try await Self.expectDone(harness, skus)
        }
    }

    @Test("what is there already is not sent, and what is left of it is counted anew")
    func same() async throws {
        try await SyncHarness.with(Connection(pushContent: true)) { harness in
            let skus = try await Self.list(30, harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { Self.bulks(harness).count == 1 }
                try await harness.untilInStep()
                for sku in skus.prefix(3) { harness.content.set(sku, "New pad") }
                try await Self.request(harness)
                try await until {
                    skus.prefix(3).allSatisfy { harness.shop.items[$0]?.values.first?.value == "New pad" }
                }
                try await harness.untilInStep()
            }
            #expect(Self.bulks(harness).count == 1)
            #expect(Self.singles(harness).flatMap(\.skus).sorted() == Array(skus.prefix(3)))
        }
    }
}
