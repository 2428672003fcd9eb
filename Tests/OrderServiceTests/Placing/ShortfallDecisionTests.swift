import OrderDomain
import OrderMessages
import Refusals
import Testing

@testable import OrderService

@Suite("Decisions about what is missing")
struct ShortfallDecisionTests {
    /// An order of two units of A, which are there, and two of B, of which one is.
    private static func with(
        _ body: (PlacingHarness, OrderProcess, Order) async throws -> Void
    ) async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10, "B": 1])
            let order = try #require(try await process.place(PlacingHarness.request("A", "B", id: "ORD-1")).order)
            #expect(order.shortfall != nil)
            try await process.settle()
            try await body(harness, process, order)
        }
    }

    private static func resolve(
        _ choice: ShortfallChoice, _ process: OrderProcess, _ substitutions: [Substitution] = [], key: String = "key"
    ) async throws -> Order {
        try await process.placements.resolve(
            ResolveShortfallRequest(id: "ORD-1", choice: choice, substitutions: substitutions), commandID: key,
            for: process.placing())
    }

    @Test("it is tried again, as often as somebody says so")
    func retry() async throws {
        try await Self.with { harness, process, order in
            let still = try await Self.resolve(.retry, process, key: "1")
            #expect(still.status == .pending && still.attempt == 2 && still.shortfall != nil)
            try await harness.stock(["B": 1])
            // A repeat of the first decision is no second one.
            #expect(try await Self.resolve(.retry, process, key: "1") == still)
            let placed = try await Self.resolve(.retry, process, key: "2")
            #expect(placed.status == .confirmed && placed.id == order.id)
            let refusal = try await harness.refusal { _ = try await Self.resolve(.retry, process, key: "3") }
            #expect(refusal?.reason == .stateNotAllowed)
            try await process.settle()
            #expect(try await harness.openReservations() == [placed.reservationID])
        }
    }

    @Test("what is missing is promised")
    func backorder() async throws {
        try await Self.with { harness, process, _ in
            try await harness.allowBackorders()
            let placed = try await Self.resolve(.backorder, process)
            #expect(placed.status == .confirmed && placed.items.map(\.backordered) == [0, 1])
        }
    }

    @Test("the part that supersedes takes the place, if it is there")
    func supersession() async throws {
        try await Self.with { harness, process, order in
            let none = try await harness.refusal { _ = try await Self.resolve(.substitute, process) }
            #expect(none?.reason == .noSubstitute)
            try await harness.supersede("B", by: "B2")
            try await harness.stock(["B2": 1])
            let short = try await harness.refusal { _ = try await Self.resolve(.substitute, process) }
            #expect(short?.reason == .noSubstitute)
            #expect(try await process.order("ORD-1") == order)
            try await harness.stock(["B2": 1])
            let placed = try await Self.resolve(.substitute, process)
            #expect(placed.status == .confirmed && placed.items[1].sku == "B2")
            #expect(placed.items[1].substituteFor == "B" && placed.totals == order.totals)
            #expect(try await harness.free("B2") == 0)
        }
    }

    @Test("a part that is named takes the place")
    func named() async throws {
        try await Self.with { harness, process, _ in
            try await harness.stock(["C": 5])
            let unknown = try await harness.refusal {
                _ = try await Self.resolve(.substitute, process, [Substitution(lineID: "2", sku: "NOBODY")])
            }
            #expect(unknown?.reason == .unknownSku)
            let line = try await harness.refusal {
                _ = try await Self.resolve(.substitute, process, [Substitution(lineID: "9", sku: "C")])
            }
            #expect(line?.reason == .noSubstitute || line?.reason == .unknownLine)
            let placed = try await Self.resolve(.substitute, process, [Substitution(lineID: "2", sku: "C")])
            #expect(placed.status == .confirmed && placed.items.map(\.sku) == ["A", "C"])
        }
    }

    @Test("what is there is held, and the rest is an order that waits")
    func split() async throws {
        try await Self.with { harness, process, order in
            let placed = try await Self.resolve(.split, process)
            #expect(placed.status == .confirmed && placed.items.map(\.cancelled) == [0, 1])
            let child = try await process.order("ORD-1-2")
            #expect(placed.childIDs == [child.id] && child.parentID == placed.id)
            #expect(child.status == .pending && child.items.map(\.sku) == ["B"] && child.items[0].quantity == 1)
            let sum = [placed, child].reduce(0) { $0 + ($1.totals?.total?.micros ?? 0) }
            #expect(sum == order.totals?.total?.micros)
            #expect(try await process.number("select count(*) from order_placement") == 0)
            try await harness.stock(["B": 1])
            let rest = try await process.placements.resolve(
                ResolveShortfallRequest(id: child.id, choice: .retry), commandID: "rest", for: process.placing())
            #expect(rest.status == .confirmed)
            try await process.settle()
            #expect(
                try await harness.openReservations() == [placed.reservationID, rest.reservationID].sorted())
        }
    }

    @Test(
        "a process that is killed while it splits leaves both orders to the next one",
        arguments: [
            FaultPoint.recorded, .separated, .reserved,
        ])
    func splitKilled(_ point: FaultPoint) async throws {
        try await Self.with { harness, process, order in
            try await harness.withProcess(reached: { if $0 == point { throw OrderProcess.Killed() } }) { killed in
                await #expect(throws: OrderProcess.Killed.self) { _ = try await Self.resolve(.split, killed) }
            }
            try await process.settle()
            let placed = try await process.order("ORD-1")
            #expect(placed.status == .confirmed && placed.items.map(\.cancelled) == [0, 1])
            #expect(try await process.order("ORD-1-2").id == placed.childIDs.first)
            #expect(try await Self.resolve(.split, process) == placed)
            #expect(try await process.number("select count(*) from sales_order") == 2)
        }
    }

    @Test("what is missing is cancelled")
    func cancel() async throws {
        try await Self.with { harness, process, order in
            let placed = try await Self.resolve(.cancel, process)
            #expect(placed.status == .confirmed && placed.items.map(\.cancelled) == [0, 1])
            #expect(placed.totals?.total?.micros == 150_000_000)
            #expect(try await harness.free("B") == 0)
            // The channel's id stays that of this order.
            let again = try await process.place(PlacingHarness.request("A", "B", id: "ORD-1"))
            #expect(!again.created && again.order?.id == order.id)
        }
    }

    @Test("an order whose coupon was used up meanwhile waits again, and is not lost")
    func couponGone() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 1])
            try await harness.price(["A": "50"])
            try await harness.coupon("TEN", uses: 1)
            var request = PlacingHarness.unpriced("A", coupons: ["TEN"])
            request.orderID = "ORD-1"
            let order = try #require(try await process.place(request).order)
            #expect(order.shortfall != nil)
            try await process.settle()
            try await harness.redeem("TEN", as: "other")
            try await harness.stock(["A": 1])
            let refusal = try await harness.refusal { _ = try await Self.resolve(.retry, process) }
            #expect(refusal?.reason == .couponRefused)
            try await process.settle()
            let waiting = try await process.order("ORD-1")
            #expect(waiting.status == .pending && waiting.shortfall?.reason.isEmpty == false)
            #expect(try await harness.openReservations().isEmpty)
            #expect(try await harness.openRedemptions() == ["other"])
        }
    }
}
