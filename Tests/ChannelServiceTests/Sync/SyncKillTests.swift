import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Leasing
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import ChannelService

@Suite(.timeLimit(.minutes(5))) struct SyncKillTests {
    @Test(
        "a worker that is killed between any two steps loses nothing, and the next one brings every shelf into step",
        arguments: [
            SyncFaultPoint.recorded, .answered, .ended,
        ])
    func killed(point: SyncFaultPoint) async throws {
        try await SyncHarness.with { harness in
            let skus = (0..<12).map { "S\($0)" }
            try await harness.list(skus, shelf: 0)
            for sku in skus { try await harness.stock(sku, 8) }
            // Each worker comes to the step once more than the one before, and is gone there.
            for reached in 1...3 {
                let trap = Trap(point, times: reached)
                let worker = harness.start(
                    harness.parts(FakePlatformAdapter(harness.shop, rows: 2), faults: trap.points))
                try await until {
                    if trap.isReached { return true }
                    return try await harness.number("select count(*) from sync_work") == 0
                }
                try await harness.stock(skus[reached], Int64(reached))
                worker.cancel()
                _ = await worker.result
            }
            try await harness.withWorkers(FakePlatformAdapter(harness.shop, rows: 2)) {
                try await harness.untilInStep()
            }
            for sku in skus { #expect(harness.shop.shelf[sku] == harness.inventory.units(sku), "\(sku)") }
            #expect(harness.shop.violations.isEmpty, "\(harness.shop.violations)")
        }
    }

    @Test("an answer that is written after a newer value came does not take the newer value's turn away")
    func newerValue() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 0)
            try await harness.stock("A", 5)
            let trap = Trap(.answered, times: 1, holds: false)
            let faults = SyncFaultPoints { point in
                guard trap.hits(point) else { return }
                try await harness.stock("A", 3)
            }
            try await harness.withWorkers(FakePlatformAdapter(harness.shop), faults: faults) {
                try await until { harness.shop.shelf["A"] == 3 }
                try await harness.untilInStep()
            }
            #expect(try await harness.number("select shelf_quantity from listing") == 3)
        }
    }

    @Test("a platform that puts what is pushed behind its own sale is sent what that has left")
    func soldBefore() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 4)
            try await harness.stock("A", 5)
            let trap = Trap(.recorded, times: 1, holds: false)
            let faults = SyncFaultPoints { point in
                guard trap.hits(point) else { return }
                try await self.sellTwo(harness, settleSeconds: 60)
            }
            let adapter = FakePlatformAdapter(harness.shop, pushSettleSeconds: 60)
            try await harness.withWorkers(adapter, faults: faults) {
                try await harness.untilInStep()
            }
            #expect(harness.shop.shelf["A"] == 3)
            #expect(harness.shop.calls.count == 2)
        }
    }

    @Test("a sale while a call is under way leaves what is shown unknown, though nothing else is wanted")
    func soldBesideCap() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 4)
            _ = try await harness.pool.query(PostgresStatement("update listing set cap = 5"))
            try await harness.stock("A", 50)
            let trap = Trap(.answered, times: 1, holds: false)
            let faults = SyncFaultPoints { point in
                guard trap.hits(point) else { return }
                try await self.sellTwo(harness, settleSeconds: 60)
            }
            let adapter = FakePlatformAdapter(harness.shop, pushSettleSeconds: 60)
            try await harness.withWorkers(adapter, faults: faults) { try await harness.untilInStep() }
            #expect(harness.shop.shelf["A"] == 5)
            #expect(harness.shop.calls.map(\.quantities) == [[5], [5]])
        }
    }

    @Test("units that are sold while a call is under way are not shown again")
    func soldMeanwhile() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 4)
            try await harness.stock("A", 5)
            let trap = Trap(.answered, times: 1, holds: false)
            let faults = SyncFaultPoints { point in
                guard trap.hits(point) else { return }
                try await self.sellTwo(harness, settleSeconds: nil)
            }
            try await harness.withWorkers(FakePlatformAdapter(harness.shop), faults: faults) {
                try await until { try await harness.number("select shelf_quantity from listing") == 3 }
                try await harness.untilInStep()
            }
            #expect(harness.shop.shelf["A"] == 3)
            // It was known, and not found out by a call that the platform refuses.
            #expect(harness.shop.calls.count == 1)
        }
    }

    @Test("two processes never call one connection's platform at the same time, and one takes over from the other")
    func twoProcesses() async throws {
        try await SyncHarness.with { harness in
            let skus = (0..<20).map { "S\($0)" }
            try await harness.list(skus, shelf: 0)
            harness.shop.setLatency(milliseconds: 3)
            var tasks: [Task<Void, any Error>] = []
            for owner in ["one", "two"] {
                tasks.append(
                    harness.start(harness.parts(FakePlatformAdapter(harness.shop, owner: owner, rows: 3))))
            }
            for round in 1...5 {
                for sku in skus { try await harness.stock(sku, Int64(round)) }
                try await harness.untilInStep()
                if round == 3 {
                    let first = harness.shop.calls.last?.owner
                    tasks[first == "one" ? 0 : 1].cancel()
                    _ = await tasks[first == "one" ? 0 : 1].result
                }
            }
            for task in tasks {
                task.cancel()
                _ = await task.result
            }
            #expect(harness.shop.violations.isEmpty, "\(harness.shop.violations)")
            #expect(Set(harness.shop.calls.map(\.owner)) == ["one", "two"])
            for sku in skus { #expect(harness.shop.shelf[sku] == 5) }
        }
    }

    @Test("a worker whose lease somebody else has writes nothing, and sends nothing more")
    func fenced() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 0)
            try await harness.stock("A", 5)
            let leases = Leases(harness.pool, holder: SyncHarness.newID())
            let lease = try #require(
                try await leases.acquire(ConnectionWorker.leaseName(harness.key), milliseconds: 60_000))
            let outcomes = Outcomes(
                key: harness.key, pool: harness.pool, lease: lease, revisions: nil, comparesShelf: true)
            let attempt = try #require(try await outcomes.begin(["A"], kind: .stock))
            try await leases.release(lease)
            let other = Leases(harness.pool, holder: SyncHarness.newID())
            _ = try #require(
                try await other.acquire(ConnectionWorker.leaseName(harness.key), milliseconds: 60_000))
            await #expect(throws: LeaseError.self) {
                try await outcomes.end(attempt, kind: .stock, endings: [.done])
            }
            await #expect(throws: LeaseError.self) { _ = try await outcomes.begin(["A"], kind: .stock) }
            #expect(try await harness.number("select shelf_quantity from listing") == 0)
            #expect(try await harness.number("select count(*) from sync_work") == 1)
        }
    }

    @Test("random histories of stock, sales, faults and kills end with every shelf in step")
    func histories() async throws {
        let seed = testSeed()
        for number in 0..<3 { try await self.history(seed: seed &+ UInt64(number)) }
    }

    private func history(seed: UInt64) async throws {
        var numbers = SeededGenerator(seed: seed)
        try await SyncHarness.with { harness in
            let skus = (0..<8).map { "S\($0)" }
            try await harness.list(skus, shelf: 0)
            for sku in skus { try await harness.stock(sku, 20) }
            let chance = Mutex(SeededGenerator(seed: seed ^ 1))
            harness.shop.failByChance {
                chance.withLock { generator in
                    let faults: [FakePlatformShop.Fault?] = [
                        .serverError, .timeOut(isDone: true), .timeOut(isDone: false),
                        .throttle(retryAfterMilliseconds: 5),
                        .unknown, nil, nil, nil, nil, nil, nil, nil, nil,
                    ]
                    return faults.randomElement(using: &generator) ?? nil
                }
            }
            var worker = harness.start(harness.parts(FakePlatformAdapter(harness.shop, owner: "0", rows: 3)))
            for step in 0..<60 {
                let sku = skus.randomElement(using: &numbers) ?? "S0"
                switch Int.random(in: 0..<10, using: &numbers) {
                case 0..<5: try await harness.stock(sku, .random(in: 0...9, using: &numbers))
                case 5..<7: try await self.sell(sku, harness)
                case 7: harness.shop.put(sku, .random(in: 0...30, using: &numbers))
                case 8:
                    worker.cancel()
                    _ = await worker.result
                    worker = harness.start(
                        harness.parts(FakePlatformAdapter(harness.shop, owner: "\(step)", rows: 3)))
                default: try await Task.sleep(for: .milliseconds(.random(in: 0...10, using: &numbers)))
                }
            }
            harness.shop.failByChance(nil)
            worker.cancel()
            _ = await worker.result
            // What was edited by hand is found by reading back, and what was refused by chance is sent again.
            try await harness.pool.withTransaction { transaction in
                _ = try await transaction.query(PostgresStatement("update listing set read_due_at = now()"))
                _ = try await transaction.query(PostgresStatement("update connection_health set circuit = 1"))
            }
            worker = harness.start(harness.parts(FakePlatformAdapter(harness.shop, owner: "last", rows: 3)))
            try await until {
                try await harness.changeWork(
                    "due_at = now(), status = 2", where: "due_at > now() + interval '200 ms'")
                // More was sold of what was put there by hand than inventory had.
                return skus.allSatisfy { harness.shop.shelf[$0] == max(0, harness.inventory.units($0)) }
            }
            worker.cancel()
            _ = await worker.result
            #expect(harness.shop.violations.isEmpty, "seed \(seed): \(harness.shop.violations)")
        }
    }

    /// Sells two units of A on the platform, and takes the order in.
    private func sellTwo(_ harness: SyncHarness, settleSeconds: Int64?) async throws {
        #expect(harness.shop.sell("A", 2) == 2)
        try await harness.pool.withTransaction { transaction in
            try await Shelf.sold(
                [Shelf.Sold(sku: "A", units: 2)], at: PostgresTimestamp(microseconds: MicrosecondClock.now),
                settleSeconds: settleSeconds, on: harness.key, in: transaction)
        }
        try await harness.apply(harness.inventory.take("A", 2))
    }

    /// Sells a unit on the platform, and takes the order in.
    private func sell(_ sku: String, _ harness: SyncHarness) async throws {
        guard harness.shop.sell(sku, 1) == 1 else { return }
        let now = PostgresTimestamp(microseconds: MicrosecondClock.now)
        try await harness.apply(harness.inventory.take(sku, 1))
        try await harness.pool.withTransaction { transaction in
            try await Shelf.sold(
                [Shelf.Sold(sku: sku, units: 1)], at: now, settleSeconds: nil, on: harness.key, in: transaction)
        }
    }
}

/// Holds a worker up at a step, until it is killed.
final class Trap: Sendable {
    private let point: SyncFaultPoint
    private let holds: Bool
    private let left: Mutex<Int>

    init(_ point: SyncFaultPoint, times: Int, holds: Bool = true) {
        self.point = point
        self.holds = holds
        self.left = Mutex(times)
    }

    var isReached: Bool { self.left.withLock { $0 <= 0 } }

    var points: SyncFaultPoints {
        SyncFaultPoints { point in
            guard self.hits(point), self.holds else { return }
            while true { try await Task.sleep(for: .seconds(3_600)) }
        }
    }

    /// Whether it is this step's turn.
    func hits(_ point: SyncFaultPoint) -> Bool {
        guard point == self.point else { return false }
        return self.left.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return left == 0
        }
    }
}
