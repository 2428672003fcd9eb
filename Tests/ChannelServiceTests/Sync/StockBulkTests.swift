import ChannelAdapter
import ChannelDomain
import DrivelineTesting
import Leasing
import Postgres
import Synchronization
import Testing

@testable import ChannelService

@Suite("Stock in bulk", .timeLimit(.minutes(5))) struct StockBulkTests {
    private static let skus = (0..<30).map { "S\($0 + 1_000)" }

    private static func adapter(_ harness: SyncHarness, owner: String = "one") -> FakePlatformAdapter {
        FakePlatformAdapter(
            harness.shop, owner: owner, ratePerSecond: 1_000, rows: 1, stockBulk: 20...500, sellsFromShelf: false)
    }

    /// Lists SKUs, of each of which another number is wanted.
    private static func list(_ harness: SyncHarness) async throws {
        try await harness.list(Self.skus, shelf: 5)
        for sku in Self.skus { try await harness.stock(sku, 9) }
    }

    private static func calls(_ harness: SyncHarness, _ operation: String) -> [FakePlatformShop.Call] {
        harness.shop.calls.filter { $0.operation == operation }
    }

    private static func settled(_ harness: SyncHarness) async throws {
        try await harness.untilInStep()
        #expect(harness.shop.violations.isEmpty, "\(harness.shop.violations)")
    }

    @Test("many quantities go in one bulk, and how long it took is written down")
    func bulk() async throws {
        try await SyncHarness.with { harness in
            try await Self.list(harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await Self.settled(harness)
                try await until { try await harness.texts("select operation from bulk_pace") == ["stock"] }
            }
            #expect(harness.shop.shelf.values.allSatisfy { $0 == 9 })
            #expect(Self.calls(harness, "stock-bulk").map(\.skus) == [Self.skus])
            #expect(Self.calls(harness, "stock").isEmpty)
            #expect(try await harness.number("select count(*) from listing where shelf_quantity = 9") == 30)
        }
    }

    @Test("stock to zero goes out while its listing is in a bulk, and again behind it, which has undone it")
    func zero() async throws {
        try await SyncHarness.with { harness in
            harness.shop.holdBulks(true)
            try await Self.list(harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { Self.calls(harness, "stock-bulk").count == 1 }
                try await harness.stock("S1007", 0)
                try await until { harness.shop.shelf["S1007"] == 0 }
                try await until {
                    try await harness.number("select count(*) from sync_work where attempt_key = ''") == 1
                }
                harness.shop.holdBulks(false)
                try await Self.settled(harness)
            }
            #expect(harness.shop.shelf["S1007"] == 0)
            #expect(harness.shop.shelf.filter { $0.value == 9 }.count == 29)
            #expect(Self.calls(harness, "stock").map(\.quantities) == [[0], [0]])
            #expect(Self.calls(harness, "stock-bulk").count == 1)
        }
    }

    @Test("a zero whose call is under way when the bulk ends is sent again as well")
    func zeroAtTheEnd() async throws {
        try await SyncHarness.with { harness in
            harness.shop.holdBulks(true)
            try await Self.list(harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { Self.calls(harness, "stock-bulk").count == 1 }
                harness.shop.setLatency(milliseconds: 1_000)
                try await harness.stock("S1007", 0)
                try await until { Self.calls(harness, "stock").count == 1 }
                harness.shop.holdBulks(false)
                try await until {
                    try await harness.number("select count(*) from sync_work where bulk_key = 'ended'") == 1
                }
                harness.shop.setLatency(milliseconds: 0)
                try await Self.settled(harness)
            }
            #expect(harness.shop.shelf["S1007"] == 0)
            #expect(Self.calls(harness, "stock").map(\.quantities) == [[0], [0]])
        }
    }

    @Test("a number that is no zero waits for the bulk that its listing is in")
    func waiting() async throws {
        try await SyncHarness.with { harness in
            harness.shop.holdBulks(true)
            try await Self.list(harness)
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { Self.calls(harness, "stock-bulk").count == 1 }
                try await harness.stock("S1007", 3)
                try await harness.stock("S1008", 0)
                try await until { harness.shop.shelf["S1008"] == 0 }
                #expect(Self.calls(harness, "stock").map(\.skus) == [["S1008"]])
                harness.shop.holdBulks(false)
                try await Self.settled(harness)
            }
            #expect(harness.shop.shelf["S1007"] == 3 && harness.shop.shelf["S1008"] == 0)
        }
    }

    @Test("a bulk that a killed worker left behind undoes no zero: the next one waits for its end, and sends it again")
    func killed() async throws {
        try await SyncHarness.with { harness in
            harness.shop.holdBulks(true)
            try await Self.list(harness)
            let worker = harness.start(harness.parts(Self.adapter(harness)))
            try await until { Self.calls(harness, "stock-bulk").count == 1 }
            worker.cancel()
            _ = await worker.result
            try await harness.stock("S1007", 0)
            try await harness.withWorkers(Self.adapter(harness, owner: "two")) {
                try await until { harness.shop.shelf["S1007"] == 0 }
                try await until {
                    try await harness.number("select count(*) from sync_work where attempt_key = ''") == 1
                }
                #expect(Self.calls(harness, "stock-bulk").count == 1)
                harness.shop.holdBulks(false)
                try await Self.settled(harness)
            }
            #expect(harness.shop.shelf["S1007"] == 0)
            #expect(harness.shop.shelf.filter { $0.value == 9 }.count == 29)
        }
    }

    @Test("a worker that fails when a bulk was answered begins anew, and has all of it sent again")
    func failed() async throws {
        try await SyncHarness.with { harness in
            let failures = Mutex(3)
            let faults = SyncFaultPoints { point in
                let isFailing = failures.withLock { left in
                    left -= point == .answered && left > 0 ? 1 : 0
                    return point == .answered && left > 0
                }
                if isFailing { throw LeaseError.lost(name: "worker") }
            }
            try await Self.list(harness)
            try await harness.withWorkers(Self.adapter(harness), faults: faults) { try await Self.settled(harness) }
            #expect(harness.shop.shelf.values.allSatisfy { $0 == 9 })
            #expect(Self.calls(harness, "stock-bulk").map(\.skus) == [Self.skus, Self.skus, Self.skus])
            failures.withLock { $0 = 2 }
            try await harness.withWorkers(Self.adapter(harness), faults: faults) {
                try await harness.stock("S1007", 0)
                try await Self.settled(harness)
            }
            #expect(harness.shop.shelf["S1007"] == 0 && Self.calls(harness, "stock").count == 2)
        }
    }

    @Test("many zeros go in the bulk, and one by one beside it")
    func zeros() async throws {
        try await SyncHarness.with { harness in
            harness.shop.holdBulks(true)
            try await harness.list(Self.skus, shelf: 5)
            for sku in Self.skus { try await harness.stock(sku, 0) }
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { harness.shop.shelf.values.allSatisfy { $0 == 0 } }
                #expect(Self.calls(harness, "stock-bulk").count == 1)
                harness.shop.holdBulks(false)
                try await Self.settled(harness)
            }
            #expect(harness.shop.shelf.values.allSatisfy { $0 == 0 })
        }
    }

    @Test("a zero that its bulk refuses is not refused where it went out beside it")
    func zeroRefusedInBulk() async throws {
        try await SyncHarness.with { harness in
            harness.shop.holdBulks(true)
            harness.shop.endBulks { sku in
                sku == "S1003" ? .some(PlatformFault(.refused, code: "INVALID", "not in bulk")) : .some(nil)
            }
            try await harness.list(Self.skus, shelf: 5)
            for sku in Self.skus { try await harness.stock(sku, 0) }
            try await harness.withWorkers(Self.adapter(harness)) {
                try await until { harness.shop.shelf.values.allSatisfy { $0 == 0 } }
                harness.shop.holdBulks(false)
                try await Self.settled(harness)
            }
            #expect(try await harness.number("select count(*) from sync_work") == 0)
        }
    }

    @Test("a row that can only go by a call of its own does so, and at once")
    func alone() async throws {
        try await SyncHarness.with { harness in
            harness.shop.endBulks { sku in
                sku == "S1003"
                    ? .some(PlatformFault(.refused, code: "unmatched", "not in bulk", goesAlone: true)) : .some(nil)
            }
            try await Self.list(harness)
            try await harness.withWorkers(Self.adapter(harness)) { try await Self.settled(harness) }
            #expect(Self.calls(harness, "stock").map(\.skus) == [["S1003"]])
            #expect(harness.shop.shelf.values.allSatisfy { $0 == 9 })
        }
    }

    @Test("a listing is changed as often as its platform lets it be, zeros beyond that, and the rest waits")
    func revisions() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A", "B"], shelf: 0)
            let adapter = FakePlatformAdapter(
                harness.shop, revisions: .init(perDay: 11, burst: 10, keptForZero: 4), sellsFromShelf: false)
            try await harness.withWorkers(adapter) {
                for units in Int64(1)...6 {
                    try await harness.stock("A", units)
                    try await until { harness.shop.shelf["A"] == units }
                    try await harness.untilInStep()
                }
                try await harness.stock("A", 7)
                try await until {
                    try await harness.texts("select error_code from sync_work") == ["revisions-used-up"]
                }
                for _ in 0..<4 {
                    try await harness.stock("A", 0)
                    try await until { harness.shop.shelf["A"] == 0 }
                    try await harness.untilInStep()
                    harness.shop.put("A", 1)
                    _ = try await harness.pool.query(
                        PostgresStatement("update listing set shelf_quantity = 1 where sku = 'A'"))
                    try await harness.stock("A", 7)
                }
                try await harness.stock("A", 0)
                try await harness.stock("B", 3)
                try await until { harness.shop.shelf["B"] == 3 }
                try await until {
                    try await harness.texts("select error_code from sync_work") == ["revisions-used-up"]
                }
            }
            #expect(Self.calls(harness, "stock").filter { $0.skus.contains("A") }.count == 10)
            #expect(
                try await harness.number(
                    "select count(*) from sync_work where due_at > now() + interval '1 hour' and status = 2") == 1)
        }
    }
}
