import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import RPC
import Synchronization
import Testing

@testable import OrderService

/// Orders without charge: of exchanges, and of parts under warranty.
@Suite("Orders that replace parts of others", .timeLimit(.minutes(5)))
struct ReplacementTests {
    /// Has two units of an order come back, be graded and scrapped.
    private func graded(_ order: Order, _ harness: AftersaleHarness) async throws -> String {
        let asked = try await harness.returns.requestReturn(
            RequestReturnRequest(
                id: order.id, commandID: "ask", kind: .wrongPart,
                lines: [ReturnLineRequest(lineID: "1", quantity: 2)], authorize: true))
        let id = try #require(asked.goodsReturn?.returnID)
        _ = try await harness.returns.receiveReturn(
            ReceiveReturnRequest(
                returnID: id, commandID: "receive",
                receipts: [ReturnReceipt(lineID: "1", quantity: 2, locationID: "WHS1")]))
        _ = try await harness.returns.gradeReturn(
            GradeReturnRequest(
                returnID: id, commandID: "grade",
                gradings: [
                    ReturnGrading(lineID: "1", quantity: 2, grade: .d, disposition: .scrap, locationID: "WHS1")
                ]))
        return id
    }

    private func approved(_ order: Order, _ harness: AftersaleHarness) async throws -> String {
        let asked = try await harness.returns.submitClaim(
            SubmitClaimRequest(id: order.id, commandID: "claim", lineID: "1", quantity: 1))
        let id = try #require(asked.claim?.claimID)
        _ = try await harness.returns.decideClaim(
            DecideClaimRequest(claimID: id, commandID: "decide", status: .approved, outcome: .replacement))
        return id
    }

    @Test("an exchange sends other parts without charge, once")
    func exchange() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10, "B": 10])
            let order = try await harness.shipped()
            let id = try await self.graded(order, harness)
            let request = ExchangeReturnRequest(
                returnID: id, commandID: "1", items: [OrderItem(sku: "B", quantity: 2)])
            let first = try await harness.returns.exchangeReturn(request)
            #expect(first.status == .exchanged && !first.exchangeOrderID.isEmpty)
            #expect(try await harness.returns.exchangeReturn(request) == first)
            let child = try await harness.order(first.exchangeOrderID)
            #expect(child.parentID == order.id && child.status == .confirmed && child.paymentStatus == .paid)
            #expect(child.totals?.total == Decimal() && child.items.map(\.sku) == ["B"])
            #expect(try await harness.order(order.id).childIDs == [child.id])
            #expect(try await harness.level("B") == .init(onHand: 10, reserved: 2))
            let refund = try await harness.problem {
                _ = try await harness.returns.refundReturn(RefundReturnRequest(returnID: id, commandID: "2"))
            }
            #expect(refund == "state-not-allowed")
        }
    }

    @Test("without stock there is no exchange, and the return is as it was before")
    func short() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 2])
            let order = try await harness.shipped()
            let id = try await self.graded(order, harness)
            func exchange(_ command: String) async throws -> Return {
                try await harness.returns.exchangeReturn(ExchangeReturnRequest(returnID: id, commandID: command))
            }
            #expect(try await harness.problem { _ = try await exchange("1") } == "insufficient-stock")
            let left = try await harness.returns.getReturn(GetReturnRequest(returnID: id))
            #expect(left.status == .graded && left.exchangeOrderID.isEmpty)
            try await harness.goods.stock(["A": 5])
            let done = try await exchange("2")
            #expect(done.status == .exchanged)
            #expect(try await harness.order(done.exchangeOrderID).status == .confirmed)
            #expect(try await harness.level("A") == .init(onHand: 5, reserved: 2))
        }
    }

    @Test("a part under warranty is sent again")
    func claim() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.shipped()
            let id = try await self.approved(order, harness)
            let settled = try await harness.returns.settleClaim(SettleClaimRequest(claimID: id, commandID: "1"))
            #expect(settled.status == .settled && settled.refunded == nil)
            let child = try await harness.order(settled.replacementOrderID)
            #expect(child.parentID == order.id && child.status == .confirmed && child.items.map(\.quantity) == [1])
            #expect(try await harness.level("A") == .init(onHand: 8, reserved: 1))
        }
    }

    @Test(
        "a process that is killed at any step leaves one order, and nothing held besides",
        arguments: [
            FaultPoint.recorded, .reserved, .concluded, .effectSent, .effectDone,
        ])
    func killed(_ point: FaultPoint) async throws {
        try await PlacingHarness.with { goods in
            try await goods.stock(["A": 10])
            var (order, id) = (Order(), "")
            try await AftersaleHarness.with(goods) { harness in
                order = try await harness.shipped()
                id = try await self.graded(order, harness)
                try await harness.settle()
            }
            // Who is killed does nothing any more.
            let isDead = Atomic(false)
            let reached: @Sendable (FaultPoint) async throws -> Void = { reached in
                if reached == point { isDead.store(true, ordering: .relaxed) }
                if isDead.load(ordering: .relaxed) { throw OrderProcess.Killed() }
            }
            try await AftersaleHarness.with(goods, reached: reached) { harness in
                let problem = try await harness.problem {
                    _ = try await harness.returns.exchangeReturn(
                        ExchangeReturnRequest(returnID: id, commandID: "1"))
                }
                #expect(problem == (point == .effectDone ? nil : "still-pending"))
            }
            try await AftersaleHarness.with(goods, driven: false) { harness in
                goods.faults.fail("Reserve", times: 2)
                try await harness.bringAbout()
                let done = try await harness.returns.exchangeReturn(
                    ExchangeReturnRequest(returnID: id, commandID: "1"))
                #expect(done.status == .exchanged && !done.exchangeOrderID.isEmpty)
                let parent = try await harness.order(order.id)
                #expect(parent.childIDs == [done.exchangeOrderID])
                let child = try await harness.order(done.exchangeOrderID)
                #expect(child.status == .confirmed)
                #expect(try await harness.goods.openReservations() == [child.reservationID])
                #expect(try await harness.level("A") == .init(onHand: 8, reserved: 2))
            }
        }
    }
}
