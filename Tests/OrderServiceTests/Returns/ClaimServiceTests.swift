import OrderAPI
import OrderMessages
import RPC
import Testing

@testable import OrderService

@Suite("Warranty claims as a service", .timeLimit(.minutes(5)))
struct ClaimServiceTests {
    @Test("a claim is decided and paid, and answers the same when it comes again")
    func lifecycle() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 10])
            let order = try await harness.shipped()
            let request = SubmitClaimRequest(
                id: order.orderID, commandID: "1", lineID: "1", quantity: 1, lotID: "L1", failureCode: "F")
            let first = try await harness.returns.submitClaim(request)
            let again = try await harness.returns.submitClaim(request)
            let claim = try #require(first.claim)
            #expect(first.created && !again.created && again.claim == claim)
            #expect(claim.claimID == "\(order.id)-w1" && claim.sku == "A" && claim.orderID == order.orderID)
            let early = try await harness.problem {
                _ = try await harness.returns.settleClaim(SettleClaimRequest(claimID: claim.claimID, commandID: "2"))
            }
            #expect(early == "state-not-allowed")
            _ = try await harness.returns.decideClaim(
                DecideClaimRequest(claimID: claim.claimID, commandID: "3", status: .approved, outcome: .refund))
            for _ in 0..<2 {
                let settled = try await harness.returns.settleClaim(
                    SettleClaimRequest(claimID: claim.claimID, commandID: "4"))
                #expect(settled.status == .settled && settled.refunded == Decimal(micros: 50_000_000))
            }
            let last = try await harness.order(order.id)
            #expect(last.claimIDs == [claim.claimID] && last.refunds.map(\.claimID) == [claim.claimID])
        }
    }

    @Test("claims are found by order, state, part and lot, page by page")
    func lists() async throws {
        try await AftersaleHarness.with { harness in
            try await harness.goods.stock(["A": 100, "B": 100])
            var ids: [String] = []
            for number in 0..<4 {
                let order = try await harness.shipped(["A", "B"])
                let answer = try await harness.returns.submitClaim(
                    SubmitClaimRequest(
                        id: order.id, commandID: "1", lineID: number == 1 ? "2" : "1", quantity: 1,
                        lotID: number < 2 ? "L1" : ""))
                ids.append(try #require(answer.claim?.claimID))
            }
            _ = try await harness.returns.decideClaim(
                DecideClaimRequest(claimID: ids[3], commandID: "2", status: .cancelled))
            func list(_ request: ListClaimsRequest = ListClaimsRequest()) async throws -> [Int] {
                var (request, found) = (request, [Int]())
                repeat {
                    let page = try await harness.returns.listClaims(request)
                    found += page.claims.compactMap { ids.firstIndex(of: $0.claimID) }
                    request.pageToken = page.nextPageToken
                } while !request.pageToken.isEmpty
                return found
            }
            #expect(try await list() == [3, 2, 1, 0])
            #expect(try await list(ListClaimsRequest(pageSize: 1)) == [3, 2, 1, 0])
            #expect(try await list(ListClaimsRequest(status: [.submitted])) == [2, 1, 0])
            #expect(try await list(ListClaimsRequest(sku: "A")) == [3, 2, 0])
            #expect(try await list(ListClaimsRequest(lotID: "L1", pageSize: 1)) == [1, 0])
            #expect(try await list(ListClaimsRequest(sku: "B", lotID: "L1")) == [1])
            #expect(try await list(ListClaimsRequest(id: String(ids[2].dropLast(3)))) == [2])
            #expect(try await list(ListClaimsRequest(id: "unknown")) == [])
        }
    }
}
