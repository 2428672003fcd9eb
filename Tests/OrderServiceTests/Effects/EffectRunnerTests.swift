import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryMessages
import OrderDomain
import OrderMessages
import Postgres
import RPC
import Synchronization
import TestSupport
import Testing

@testable import OrderService

@Suite("What orders ask of other services", .timeLimit(.minutes(10)))
struct EffectRunnerTests {
    @Test("it is done at once behind the change, told in the log, and leaves the order's version as it is")
    func done() async throws {
        try await EffectHarness.with { harness in
            try await harness.stock("SKU-1", 10)
            let order = try await harness.reserved("A-1", units: 3)
            #expect(try await harness.balance("SKU-1") == [7, 3, 0])
            try await harness.withRunner { runner in
                try await harness.ship(order, 2)
                let id = try #require(OrderID(order.id))
                await runner.wait(for: OrderKey(brand: harness.orders.brand, id: id), milliseconds: 60_000)
                #expect(try await harness.orders.number("select count(*) from order_effect") == 0)
                #expect(try await harness.balance("SKU-1") == [7, 1, 0])
                try await harness.cancelRest(order)
                try await harness.untilDone()
                #expect(try await harness.balance("SKU-1") == [8, 0, 0])
            }
            let log = try await harness.orders.log(of: order)
            #expect(log.map(\.kind) == [.placed, .confirmed, .shipped, .effect, .cancelled, .effect])
            #expect(log.map(\.version) == [1, 2, 3, 3, 4, 4] && log[3].by == "service:order")
            #expect(try await harness.orders.lookup.order(harness.orders.brand, "A-1").version == 4)
            try await harness.orders.expectSound()
        }
    }

    @Test("units that come back are put on the shelf or set aside, redemptions are reversed")
    func others() async throws {
        try await EffectHarness.with { harness in
            try await harness.stock("SKU-1", 1)
            let order = try await harness.orders.record("A-1", OrderHarness.order(status: .shipped)).order
            try await harness.withRunner { _ in
                try await harness.orders.apply(order) { (state, _) throws(OrderRefusal) in
                    state.append(.amended, "Came back")
                    state.require(.restock(.init(sku: "SKU-1", locationID: "WHS1", quantity: 2)))
                    state.require(.quarantine(.init(sku: "SKU-1", locationID: "WHS1", quantity: 3, lotID: "L")))
                    state.require(.reverseRedemption(id: "\(state.order.id).1"))
                }
                try await harness.untilDone()
            }
            #expect(try await harness.balance("SKU-1") == [3, 0, 3])
            #expect(try await harness.orders.log(of: order).map(\.kind).count { $0 == .effect } == 3)
        }
    }

    @Test("what is refused for good is parked and told in the log, and holds up nothing")
    func parked() async throws {
        try await EffectHarness.with { harness in
            try await harness.stock("SKU-1", 10)
            let order = try await harness.reserved("A-1")
            try await harness.withRunner { _ in
                try await harness.orders.apply(order) { (state, _) throws(OrderRefusal) in
                    state.append(.shipped, "Shipped")
                    state.require(.commitReservation(id: "nobody knows it", []))
                    state.require(.releaseReservation(id: state.order.reservationID, []))
                }
                try await until {
                    try await harness.orders.number(
                        """
                        select (select count(*) from order_effect where due_at = 'infinity' and problem <> '')
                            - (select count(*) from order_effect where due_at < 'infinity')
                        """) == 1
                }
            }
            let log = try await harness.orders.log(of: order).filter { $0.kind == .effect }
            #expect(log.count == 2)
            #expect(log.first?.text.hasPrefix("Refused: ship what nobody knows it holds") == true)
            #expect(try await harness.balance("SKU-1") == [10, 0, 0])
        }
    }

    @Test("what waits for stock is done when it comes, and the order's next effect waits behind it")
    func waits() async throws {
        try await EffectHarness.with { harness in
            _ = try await harness.inventory.putRules(
                PutRulesRequest(rules: InventoryRules(acceptsUnknownSkus: true, backorderCap: 10)))
            try await harness.stock("SKU-1", 1)
            let order = try await harness.reserved("A-1", units: 3, backorders: 2)
            let key = OrderKey(brand: harness.orders.brand, id: try #require(OrderID(order.id)))
            try await harness.ship(order, 3)
            try await harness.orders.apply(order) { (state, _) throws(OrderRefusal) in
                state.append(.amended, "Came back")
                state.require(.restock(.init(sku: "SKU-2", locationID: "WHS1", quantity: 2)))
            }
            try await harness.withRunner { _ in
                let waiting: StaticString = "select count(*) from order_effect where tries > 1 and problem <> ''"
                try await until {
                    // Sooner than it is due by itself.
                    harness.orders.queue.add(key)
                    return try await harness.orders.number(waiting) == 1
                }
                #expect(try await harness.orders.number("select count(*) from order_effect") == 2)
                #expect(try await harness.orders.log(of: order).count { $0.kind == .effect } == 0)
                try await harness.stock("SKU-1", 5)
                try await until {
                    harness.orders.queue.add(key)
                    return try await harness.orders.number("select count(*) from order_effect") == 0
                }
            }
            #expect(try await harness.balance("SKU-1") == [3, 0, 0])
            #expect(try await harness.balance("SKU-2") == [2, 0, 0])
        }
    }

    @Test("answers that are lost on their way cost time and nothing else")
    func lostAnswers() async throws {
        let rounds = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 12 : 200
        try await EffectHarness.with { harness in
            let proxy = try await FaultProxy(to: harness.server)
            defer { proxy.stop() }
            try await harness.stock("SKU-1", Int64(rounds) * 3)
            try await harness.withRunner(through: proxy) { runner in
                for round in 0..<rounds {
                    let order = try await harness.reserved("A-\(round)", units: 3)
                    if round.isMultiple(of: 2) { proxy.cutAtNextAnswer() } else { proxy.cut(afterBytes: 0, .toServer) }
                    try await harness.ship(order, 2, command: "ship")
                    try await harness.cancelRest(order, command: "cancel")
                    try await until {
                        // Sooner than the effect is due by itself.
                        harness.orders.queue.add(
                            OrderKey(brand: harness.orders.brand, id: try #require(OrderID(order.id))))
                        return try await harness.orders.number("select count(*) from order_effect") == 0
                    }
                }
            }
            #expect(try await harness.balance("SKU-1") == [Int64(rounds), 0, 0])
            try await harness.orders.expectSound()
        }
    }

    @Test(
        "a process that dies between any two steps leaves what another one ends",
        arguments: ["effect-sent", "effect-done"])
    func killed(at place: String) async throws {
        try await EffectHarness.with { harness in
            try await harness.stock("SKU-1", 10)
            let order = try await harness.reserved("A-1", units: 5)
            let reached = Mutex(0)
            let faults = FaultPoints { point in
                guard point.description == place else { return }
                reached.withLock { $0 += 1 }
                throw CancellationError()
            }
            try await harness.withRunner(faults: faults) { _ in
                try await harness.ship(order, 2)
                try await harness.cancelRest(order)
                try await until { reached.withLock { $0 > 0 } }
            }
            try await harness.orders.pool.runScript("update order_effect set due_at = now()")
            try await harness.withRunner { runner in
                try await runner.look()
                try await harness.untilDone()
            }
            #expect(try await harness.balance("SKU-1") == [8, 0, 0])
            #expect(try await harness.orders.log(of: order).count { $0.kind == .effect } == 2)
            try await harness.orders.expectSound()
        }
    }

    @Test("what nobody brought about in time is found by the driver")
    func driver() async throws {
        try await EffectHarness.with { harness in
            try await harness.stock("SKU-1", 10)
            let order = try await harness.reserved("A-1")
            try await harness.orders.withSecond { second in
                // Recorded by a process that does nothing about it.
                let id = try #require(OrderID(order.id))
                _ = try await second.writes.apply(
                    OrderCommand(brand: second.brand, order: id, by: "tester") { (state, _) throws(OrderRefusal) in
                        state.append(.cancelled, "Cancelled")
                        state.require(.releaseReservation(id: state.order.reservationID, []))
                    })
            }
            try await harness.withRunner { _ in
                #expect(try await harness.balance("SKU-1") == [8, 2, 0])
                try await harness.orders.pool.runScript("update order_effect set due_at = now()")
                try await harness.untilDone()
            }
            #expect(try await harness.balance("SKU-1") == [10, 0, 0])
        }
    }

    @Test("what several processes bring about at once happens once, and is told once")
    func several() async throws {
        try await EffectHarness.with { harness in
            try await harness.stock("SKU-1", 10)
            let order = try await harness.reserved("A-1", units: 5)
            let key = OrderKey(brand: harness.orders.brand, id: try #require(OrderID(order.id)))
            try await harness.ship(order, 2)
            try await harness.orders.apply(order) { (state, _) throws(OrderRefusal) in
                state.append(.amended, "Came back")
                state.require(.commitReservation(id: "nobody knows it", []))
                state.require(.restock(.init(sku: "SKU-1", locationID: "WHS1", quantity: 1)))
            }
            let client = try harness.server.client(credential: "gateway")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    // Each as another process would do it: not by the queue that keeps them apart.
                    let runner = EffectRunner(
                        harness.orders.pool, leases: harness.leases, writes: harness.orders.writes,
                        queue: EffectQueue(), calls: EffectCalls(inventory: client, pricing: client),
                        logger: OrderHarness.logger)
                    group.addTask { try await runner.bringAbout(key) }
                }
                try await group.waitForAll()
            }
            client.shutDown()
            #expect(try await harness.balance("SKU-1") == [6, 3, 0])
            #expect(try await harness.orders.log(of: order).count { $0.kind == .effect } == 3)
            try await harness.orders.expectSound()
        }
    }
}
