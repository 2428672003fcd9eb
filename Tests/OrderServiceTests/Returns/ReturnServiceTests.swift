import InventoryMessages
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import RPC
import Testing

@testable import OrderService

@Suite("Returns as a service", .timeLimit(.minutes(5)))
struct ReturnServiceTests {
    @Test("what comes back is on the shelf or set aside, and paid")
    func lifecycle() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.shipped()
            let asked = try await harness.returns.requestReturn(
                RequestReturnRequest(
                    id: order.orderID, commandID: "1", kind: .doesNotFit,
                    lines: [
                        ReturnLineRequest(
                            lineID: "1", quantity: 2, vehicle: BuyerVehicle(make: "Ford", fitmentID: "fit-1"))
                    ]))
            let goods = try #require(asked.goodsReturn)
            #expect(asked.created && goods.returnID == "\(order.id)-r1" && goods.status == .requested)
            #expect(goods.orderID == order.orderID && goods.version == 1 && goods.createdAt != nil)
            let id = goods.returnID
            _ = try await harness.returns.authorizeReturn(
                AuthorizeReturnRequest(returnID: id, commandID: "2", restockingFee: Decimal(micros: 5_000_000)))
            _ = try await harness.returns.receiveReturn(
                ReceiveReturnRequest(
                    returnID: id, commandID: "3",
                    receipts: [ReturnReceipt(lineID: "1", quantity: 2, locationID: "WHS1")]))
            let grading = ReturnGrading(
                lineID: "1", quantity: 1, grade: .a, disposition: .restock, locationID: "WHS1")
            var second = grading
            (second.grade, second.disposition) = (.c, .quarantine)
            // Inventory fails twice first.
            harness.goods.faults.fail("AdjustStock", times: 2)
            harness.goods.faults.fail("QuarantineStock", times: 2)
            let graded = try await harness.returns.gradeReturn(
                GradeReturnRequest(returnID: id, commandID: "4", gradings: [grading, second]))
            #expect(graded.status == .graded && graded.refundable == Decimal(micros: 95_000_000))
            try await harness.settle()
            #expect(try await harness.level("A") == .init(onHand: 9, quarantined: 1))
            let refunded = try await harness.returns.refundReturn(
                RefundReturnRequest(returnID: id, commandID: "5", method: "card"))
            #expect(refunded.status == .refunded && refunded.refunded == Decimal(micros: 95_000_000))
            let last = try await harness.order(order.id)
            #expect(last.returnIDs == [id] && last.items[0].returned == 2)
            #expect(last.paymentStatus == .partiallyRefunded && last.refunds.map(\.returnID) == [id])
            #expect(try await harness.returns.getReturn(GetReturnRequest(returnID: id)) == refunded)
            #expect(try await harness.parked() == 0)
        }
    }

    @Test("a call that comes again answers what it made then")
    func repeats() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.shipped()
            func ask(_ id: String) async throws -> RequestReturnResponse {
                try await harness.returns.requestReturn(
                    RequestReturnRequest(
                        id: order.id, commandID: id, kind: .other,
                        lines: [ReturnLineRequest(lineID: "1", quantity: 1)], authorize: true))
            }
            let (first, second, again) = (try await ask("1"), try await ask("2"), try await ask("1"))
            #expect(first.created && second.created && !again.created)
            #expect(again.goodsReturn?.returnID == "\(order.id)-r1" && second.goodsReturn?.returnID == "\(order.id)-r2")
            let receipt = ReceiveReturnRequest(
                returnID: "\(order.id)-r1", commandID: "3",
                receipts: [ReturnReceipt(lineID: "1", quantity: 1, locationID: "WHS1")])
            for _ in 0..<3 { #expect(try await harness.returns.receiveReturn(receipt).lines[0].received == 1) }
            var other = receipt
            other.receipts[0].locationID = "WHS2"
            #expect(
                try await harness.problem { _ = try await harness.returns.receiveReturn(other) }
                    == "command-id-reused")
        }
    }

    @Test("returns are found by order, state, kind, part and fitment, page by page")
    func lists() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 100, "B": 100])
            var ids: [String] = []
            for number in 0..<5 {
                let order = try await harness.shipped(["A", "B"])
                let answer = try await harness.returns.requestReturn(
                    RequestReturnRequest(
                        id: order.id, commandID: "1", kind: number.isMultiple(of: 2) ? .doesNotFit : .unopened,
                        lines: (number == 0 ? ["1", "2"] : ["1"]).map {
                            ReturnLineRequest(
                                lineID: $0, quantity: 1,
                                vehicle: BuyerVehicle(make: "Ford", fitmentID: "fit-\(number % 3)"))
                        }, authorize: number == 4))
                ids.append(try #require(answer.goodsReturn?.returnID))
            }
            func list(_ request: ListReturnsRequest = ListReturnsRequest()) async throws -> [Int] {
                var (request, found) = (request, [Int]())
                repeat {
                    let page = try await harness.returns.listReturns(request)
                    #expect(page.returns.count <= max(1, Int(request.pageSize == 0 ? 50 : request.pageSize)))
                    found += page.returns.compactMap { ids.firstIndex(of: $0.returnID) }
                    request.pageToken = page.nextPageToken
                } while !request.pageToken.isEmpty
                return found
            }
            #expect(try await list() == [4, 3, 2, 1, 0])
            #expect(try await list(ListReturnsRequest(pageSize: 2)) == [4, 3, 2, 1, 0])
            #expect(try await list(ListReturnsRequest(kind: .unopened)) == [3, 1])
            #expect(try await list(ListReturnsRequest(status: [.authorized, .closed])) == [4])
            #expect(try await list(ListReturnsRequest(sku: "B")) == [0])
            #expect(try await list(ListReturnsRequest(sku: "A", pageSize: 1)) == [4, 3, 2, 1, 0])
            // Only what does not fit speaks against a fitment; a return of two lines with it is there once.
            #expect(try await list(ListReturnsRequest(fitmentID: "fit-0", pageSize: 1)) == [0])
            #expect(try await list(ListReturnsRequest(fitmentID: "fit-1")) == [4])
            #expect(try await list(ListReturnsRequest(kind: .unopened, fitmentID: "fit-1")) == [])
            let order = String(ids[2].dropLast(3))
            #expect(try await list(ListReturnsRequest(id: order)) == [2])
            #expect(try await list(ListReturnsRequest(id: "ORD-unknown")) == [])
            let token = try await harness.returns.listReturns(ListReturnsRequest(pageSize: 2)).nextPageToken
            let wrong = try await harness.problem {
                _ = try await harness.returns.listReturns(ListReturnsRequest(sku: "A", pageToken: token))
            }
            #expect(wrong != nil)
            let strange = try await harness.strangers.returns.listReturns(ListReturnsRequest())
            #expect(strange.returns.isEmpty)
        }
    }

    @Test("another brand finds none of it, and nobody what is no id")
    func strangers() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.shipped()
            let line = [ReturnLineRequest(lineID: "1", quantity: 1)]
            _ = try await harness.returns.requestReturn(
                RequestReturnRequest(id: order.id, commandID: "1", kind: .other, lines: line))
            _ = try await harness.returns.submitClaim(
                SubmitClaimRequest(id: order.id, commandID: "2", lineID: "1", quantity: 1))
            let other = harness.strangers.returns
            let asked = try await harness.problem {
                _ = try await other.requestReturn(
                    RequestReturnRequest(id: order.id, commandID: "1", kind: .other, lines: line))
            }
            let claimed = try await harness.problem {
                _ = try await other.submitClaim(
                    SubmitClaimRequest(id: order.id, commandID: "1", lineID: "1", quantity: 1))
            }
            #expect(asked == "order-not-found" && claimed == "order-not-found")
            let mine = harness.returns
            let wrong = ["\(order.id)-r2", "\(order.id)-r01", "\(order.id)-w1", order.id, "x", "-r1"]
            for (client, id) in [(other, "\(order.id)-r1")] + wrong.map({ (mine, $0) }) {
                let calls: [() async throws -> Return] = [
                    { try await client.getReturn(GetReturnRequest(returnID: id)) },
                    { try await client.authorizeReturn(AuthorizeReturnRequest(returnID: id, commandID: "3")) },
                    {
                        try await client.refuseReturn(
                            RefuseReturnRequest(returnID: id, commandID: "4", reason: "no"))
                    },
                    { try await client.cancelReturn(CancelReturnRequest(returnID: id, commandID: "5")) },
                    {
                        try await client.receiveReturn(
                            ReceiveReturnRequest(
                                returnID: id, commandID: "6",
                                receipts: [ReturnReceipt(lineID: "1", quantity: 1, locationID: "WHS1")]))
                    },
                    { try await client.refundReturn(RefundReturnRequest(returnID: id, commandID: "7")) },
                    { try await client.exchangeReturn(ExchangeReturnRequest(returnID: id, commandID: "8")) },
                ]
                for call in calls {
                    #expect(try await harness.problem { _ = try await call() } == "return-not-found")
                }
            }
            for (client, id) in [(other, "\(order.id)-w1"), (mine, "\(order.id)-w2"), (mine, "\(order.id)-r1")] {
                let calls: [() async throws -> WarrantyClaim] = [
                    { try await client.getClaim(GetClaimRequest(claimID: id)) },
                    {
                        try await client.decideClaim(
                            DecideClaimRequest(claimID: id, commandID: "9", status: .cancelled))
                    },
                    { try await client.settleClaim(SettleClaimRequest(claimID: id, commandID: "10")) },
                ]
                for call in calls {
                    #expect(try await harness.problem { _ = try await call() } == "claim-not-found")
                }
            }
        }
    }
}
