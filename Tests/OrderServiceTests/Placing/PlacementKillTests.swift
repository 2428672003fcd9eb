import OrderDomain
import OrderMessages
import Refusals
import Testing

@testable import OrderService

/// A process is killed between two steps, each time that it comes there; then another one goes on. What has to be taken back
/// fails twice first.
@Suite("Orders of processes that are killed", .timeLimit(.minutes(5)))
struct PlacementKillTests {
    /// What becomes of an order that nobody disturbs.
    enum Course: String, CaseIterable, Sendable {
        case confirmed
        case waitingForPayment
        case short
        case refused
        case couponUsedUp
        case unknownPart

        var request: PlaceOrderRequest {
            var request = PlacingHarness.unpriced("A", coupons: ["TEN"])
            request.orderID = "ORD-1"
            switch self {
            case .confirmed, .couponUsedUp: break
            case .waitingForPayment: request.confirmOnPayment = true
            case .short: request.items[0].quantity = 11
            case .refused:
                request.items[0].quantity = 11
                request.onShortfall = .refuse
            case .unknownPart: request.items[0].sku = "NOBODY"
            }
            return request
        }

        var status: OrderStatus {
            switch self {
            case .confirmed: .confirmed
            case .waitingForPayment: .reserved
            case .short: .pending
            case .refused, .couponUsedUp, .unknownPart: .cancelled
            }
        }
    }

    private static let points: [FaultPoint] = [
        .recorded, .redeemed, .reserved, .confirmed, .concluded, .effectSent, .effectDone,
    ]

    @Test(
        "the order is decided all the same, and nothing is held that it does not say", arguments: Course.allCases,
        Self.points)
    func killed(_ course: Course, _ point: FaultPoint) async throws {
        try await PlacingHarness.with { harness in
            try await harness.stock(["A": 10])
            try await harness.price(["A": "50", "NOBODY": "50"])
            try await harness.coupon("TEN", uses: 1)
            harness.faults.fail("ReleaseReservation", times: 2)
            harness.faults.fail("ReverseRedemption", times: 2)
            try await harness.withProcess(reached: { reached in
                // The quote was good; then somebody else was faster.
                if reached == .recorded, course == .couponUsedUp { try await harness.redeem("TEN", as: "other") }
                if reached == point { throw OrderProcess.Killed() }
            }) { process in
                do { _ = try await process.place(course.request) } catch is OrderProcess.Killed {
                } catch is OrderRefusal {}
                // It brings about what it can, until it is killed there.
                for key in try await process.openEffects() { try? await process.effects.bringAbout(key) }
            }
            try await harness.withProcess { process in
                let rounds = try await process.settle()
                let order = try await process.order("ORD-1")
                #expect(order.status == course.status, "after \(rounds) rounds: \(order.cancelReason)")
                #expect((order.shortfall != nil) == (course == .short))
                let holds = course == .confirmed || course == .waitingForPayment
                #expect(try await harness.openReservations() == (holds ? [order.reservationID] : []))
                let isUsedUp = course == .couponUsedUp
                let redeemed = holds ? [order.redemptionID] : isUsedUp ? ["other"] : []
                #expect(try await harness.openRedemptions() == redeemed)
                let free = try await harness.free("A")
                #expect(free == (holds ? 8 : 10))
                // Who asks again gets the same, or tries anew what could not be placed.
                if order.status != .cancelled { #expect(try await process.place(course.request).order == order) }
            }
        }
    }
}
