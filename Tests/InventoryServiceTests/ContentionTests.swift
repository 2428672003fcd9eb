import DrivelineTesting
import InventoryAPI
import InventoryMessages
import RPC
import RPCMessages
import Synchronization
import Testing
import Wire

@testable import InventoryService

@Suite("Many callers at once, over two copies of the service")
struct ContentionTests {
    /// How calls ended.
    private struct Tally {
        var sold = 0
        var refused = 0
        var others: [String] = []

        mutating func add(_ end: String) {
            switch end {
            case "sold": self.sold += 1
            case "insufficient-stock": self.refused += 1
            default: self.others.append(end)
            }
        }
    }

    /// Runs calls over clients of both copies, so many at once.
    private static func race(
        _ harness: InventoryHarness, calls: Int, connections: Int,
        _ call: @escaping @Sendable @concurrent (InventoryServiceClient, Int) async throws -> Void
    ) async throws -> Tally {
        let clients = try (0..<connections).map { index in
            try harness.copies[index % harness.copies.count].server.client(
                credential: "\(harness.brand)/buyer\(index) \(InventoryHarness.scopes)")
        }
        defer { for client in clients { client.shutDown() } }
        return await withTaskGroup(of: String.self) { group in
            for number in 0..<calls {
                let client = InventoryServiceClient(clients[number % connections])
                group.addTask {
                    do {
                        try await call(client, number)
                        return "sold"
                    } catch let error as RPCError {
                        return error.problem?.type ?? "\(error)"
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: Tally()) { $0.add($1) }
        }
    }

    @Test(
        "as many are sold as there are, and every other buyer is told so",
        arguments: [(buyers: 2_000, units: 100), (buyers: 1_000, units: 1)])
    func hotSKU(_ buyers: Int, _ units: Int) async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("HOT", Int64(units))
            let tally = try await Self.race(harness, calls: buyers, connections: 50) { client, number in
                _ = try await client.reserve(
                    ReserveRequest(
                        commandID: "buyer-\(number)", lines: [ReservationLine(sku: "HOT", quantity: 1)]))
            }
            #expect(tally.sold == units && tally.refused == buyers - units)
            #expect(tally.others == [])
            let balance = try await harness.balance("HOT")
            #expect(balance.available == 0 && balance.reserved == Int64(units))
            try await harness.expectSoundLedger()
        }
    }

    @Test("orders of several lines in any order of SKUs do not block each other for good, nor oversell")
    func severalLines() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            let skus = (0..<6).map { "SKU-\($0)" }
            for sku in skus { try await harness.adjust(sku, 60) }
            let tally = try await Self.race(harness, calls: 400, connections: 16) { client, number in
                let lines = (0..<3).map { ReservationLine(sku: skus[(number * 7 + $0 * 5) % 6], quantity: 1) }
                _ = try await client.reserve(ReserveRequest(commandID: "order-\(number)", lines: lines))
            }
            #expect(tally.others == [])
            #expect(tally.sold > 0 && tally.sold <= 120)
            #expect(try await harness.number("select count(*) from level where available < 0") == 0)
            try await harness.expectSoundLedger()
        }
    }

    @Test("one command that 64 callers send at once has one effect, and all get its answer")
    func sameID() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            let first = Mutex(0)
            let tally = try await Self.race(harness, calls: 64, connections: 16) { client, _ in
                let answer = try await client.adjustStock(
                    AdjustStockRequest(
                        commandID: "the-one", sku: "NEW", locationID: "WHS1", delta: 3, reason: .found))
                #expect(answer.items.map(\.version) == [1])
                if !answer.repeatedAnswer { first.withLock { $0 += 1 } }
            }
            #expect(tally.sold == 64 && tally.others == [])
            #expect(first.withLock { $0 } == 1)
            #expect(try await harness.balance("NEW").available == 3)
            try await harness.expectSoundLedger()
        }
    }

    @Test("32 writers who read, add one and write with the version, through two copies: none overwrites another")
    func lostUpdates() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("A", 100)
            let written = Mutex(0)
            let tally = try await Self.race(harness, calls: 32, connections: 32) { client, number in
                for round in 0..<8 {
                    let stock = try await client.getStock(GetStockRequest(sku: "A"))
                    let units = stock.warehouses.first { $0.locationID == "WHS1" }?.onHand ?? 0
                    do {
                        _ = try await client.setStock(
                            SetStockRequest(
                                commandID: "w\(number)-\(round)", sku: "A", locationID: "WHS1",
                                amount: .onHand(units + 1),
                                versionExpectation: .expectedVersion(stock.version ?? 0)))
                        written.withLock { $0 += 1 }
                    } catch let error as RPCError where error.problem?.type == "version-conflict" {
                        continue
                    }
                }
            }
            #expect(tally.others == [])
            let count = written.withLock { $0 }
            #expect(count > 0)
            #expect(try await harness.balance("A").onHand == 100 + Int64(count))
            #expect(try await harness.number("select version from item") == 1 + Int64(count))
            try await harness.expectSoundLedger()
        }
    }

    @Test("one id for two commands on different SKUs: one is carried out, the other refused")
    func sameIDElsewhere() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            for round in 0..<20 {
                async let one = Self.outcome(harness, "A\(round)", id: "id-\(round)", copy: 0)
                async let other = Self.outcome(harness, "B\(round)", id: "id-\(round)", copy: 1)
                #expect(try await Set([one, other]) == ["done", "command-id-reused"])
            }
            try await harness.expectSoundLedger()
        }
    }

    private static func outcome(
        _ harness: InventoryHarness, _ sku: String, id: String, copy: Int
    ) async throws -> String {
        do {
            try await harness.adjust(sku, 1, id: id, copy: copy)
            return "done"
        } catch let error as RPCError {
            return error.problem?.type ?? "\(error)"
        }
    }

    @Test("too many waiting commands are refused at once, with when to try again")
    func overload() async throws {
        var limits = EngineLimits()
        limits.batch = 4
        limits.waiting = 4
        try await InventoryHarness.with(limits: limits) { harness in
            try await harness.adjust("A", 1_000)
            let overloaded = Mutex(0)
            let tally = try await Self.race(harness, calls: 300, connections: 4) { client, number in
                do {
                    _ = try await client.adjustStock(
                        AdjustStockRequest(
                            commandID: "a-\(number)", sku: "A", locationID: "WHS1", delta: -1, reason: .sold))
                } catch let error as RPCError {
                    #expect(error.code == .resourceExhausted && error.problem?.retryAfter != nil)
                    overloaded.withLock { $0 += 1 }
                }
            }
            #expect(tally.others == [])
            let refused = overloaded.withLock { $0 }
            #expect(refused > 0)
            #expect(try await harness.balance("A").available == Int64(1_000 - 300 + refused))
        }
    }
}
