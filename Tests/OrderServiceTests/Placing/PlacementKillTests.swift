import InventoryAPI
import InventoryMessages
import OrderDomain
import OrderMessages
import Postgres
import Refusals
import Synchronization
import Testing
import WellKnownMessages

@testable import OrderService

/// A process is killed between two steps, each time that it comes there; then another one goes on. What has to be taken back
/// fails twice first.
@Suite("Orders of processes that are killed", .timeLimit(.minutes(5)))
struct PlacementKillTests {
    /// What becomes of an order that nobody kills.
    enum Course: String, CaseIterable, Sendable {
        case confirmed
        case waitingForPayment
        /// No payment comes.
        case unpaid
        case short
        case refused
        case couponUsedUp
        case unknownPart
        /// Somebody cancels it while its stock is held, and not confirmed.
        case cancelled
        /// Somebody gives its stock back by hand, when it is held and its process was killed: it is placed anew.
        case releasedByHand

        var request: PlaceOrderRequest {
            var request = PlacingHarness.unpriced("A", coupons: ["TEN"])
            request.orderID = "ORD-1"
            switch self {
            case .confirmed, .couponUsedUp, .cancelled, .releasedByHand: break
            case .waitingForPayment: request.confirmOnPayment = true
            case .unpaid:
                request.confirmOnPayment = true
                request.holdFor = ProtoDuration(seconds: 1)
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
            case .confirmed, .releasedByHand: .confirmed
            case .waitingForPayment: .reserved
            case .short: .pending
            case .refused, .couponUsedUp, .unknownPart, .unpaid, .cancelled: .cancelled
            }
        }
    }

    private static let points: [FaultPoint] = [
        .recorded, .redeemed, .reserved, .confirmed, .concluded, .effectSent, .effectDone,
    ]

    @Test("the order is decided all the same, and nothing is held that it does not say", arguments: Self.points)
    func killed(_ point: FaultPoint) async throws {
        try await PlacingHarness.with { harness in
            for course in Course.allCases {
                try await harness.withOtherBrand { try await Self.expectDecision(course, killedAt: point, $0) }
            }
        }
    }

    private static func expectDecision(
        _ course: Course, killedAt point: FaultPoint, _ harness: PlacingHarness
    ) async throws {
        try await harness.stock(["A": 10])
        try await harness.price(["A": "50", "NOBODY": "50"])
        try await harness.coupon("TEN", uses: 1)
        let others = Others(course, killedAt: point, harness)
        let meddle: @Sendable (FaultPoint) async throws -> Void = { reached in
            try await others.meddle(reached)
            if reached == point { throw OrderProcess.Killed() }
        }
        try await harness.withProcess(reached: meddle) { process in
            do { _ = try await process.place(course.request) } catch is OrderProcess.Killed {
            } catch is OrderRefusal {}
            // It brings about what it can, until it is killed there.
            for key in try await process.openEffects() { try? await process.effects.bringAbout(key) }
        }
        try await harness.withProcess { process in
            try await process.settle()
            if course == .unpaid { try await Self.endHold(of: "ORD-1", process) }
            let order = try await process.order("ORD-1")
            // Killed before anything was held, nobody can meddle with it.
            let status = others.haveMeddled ? course.status : course == .cancelled ? .confirmed : course.status
            #expect(order.status == status, "\(course): \(order.cancelReason)")
            #expect((order.shortfall != nil) == (course == .short), "\(course)")
            try await Self.expectNothingElse(of: order, course, others, harness)
            // Who asks again gets the same, or tries anew what could not be placed.
            if !order.mayBePlacedAnew { #expect(try await process.place(course.request).order == order) }
        }
    }

    private static func endHold(of id: String, _ process: OrderProcess) async throws {
        while try await process.order(id).status == .reserved {
            _ = try await process.pool.query(PostgresStatement("update order_placement set due_at = now()"))
            _ = try await process.driver.look()
            try await Task.sleep(for: .milliseconds(20))
        }
        try await process.settle()
    }

    private static func expectNothingElse(
        of order: Order, _ course: Course, _ others: Others, _ harness: PlacingHarness
    ) async throws {
        let holds = order.status == .confirmed || order.status == .reserved
        #expect(try await harness.openReservations() == (holds ? [order.reservationID] : []), "\(course)")
        let isUsedUp = course == .couponUsedUp && others.haveMeddled
        let redeemed = holds ? [order.redemptionID] : isUsedUp ? ["other"] : []
        #expect(try await harness.openRedemptions() == redeemed, "\(course)")
        #expect(try await harness.free("A") == (holds ? 8 : 10), "\(course)")
    }

    /// Those who do something with the order, or what it needs, while it is placed.
    private final class Others: Sendable {
        private let course: Course
        private let point: FaultPoint
        private let harness: PlacingHarness
        private let hasMeddled = Mutex(false)

        init(_ course: Course, killedAt point: FaultPoint, _ harness: PlacingHarness) {
            self.course = course
            self.point = point
            self.harness = harness
            self.harness.faults.fail("ReleaseReservation", times: 2)
            self.harness.faults.fail("ReverseRedemption", times: 2)
        }

        var haveMeddled: Bool { self.hasMeddled.withLock { $0 } }

        func meddle(_ point: FaultPoint) async throws {
            let mine: FaultPoint? =
                switch self.course {
                case .couponUsedUp: .recorded
                case .cancelled: .reserved
                case .releasedByHand: self.point == .reserved ? .reserved : nil
                default: nil
                }
            guard point == mine, self.begins() else { return }
            switch self.course {
            // The quote was good; then somebody else was faster.
            case .couponUsedUp: try await self.harness.redeem("TEN", as: "other")
            case .releasedByHand: try await self.release()
            default: try await self.cancel()
            }
        }

        /// Whether it is the first time.
        private func begins() -> Bool {
            self.hasMeddled.withLock { hasMeddled in
                defer { hasMeddled = true }
                return !hasMeddled
            }
        }

        private func release() async throws {
            self.harness.faults.fail("ReleaseReservation", times: 0)
            for id in try await self.harness.openReservations() {
                _ = try await self.harness.inventory.releaseReservation(
                    ReleaseReservationRequest(commandID: OrderHarness.newID(), reservationID: id))
            }
            self.harness.faults.fail("ReleaseReservation", times: 2)
        }

        private func cancel() async throws {
            try await self.harness.withProcess { process in
                _ = try await process.apply(try await process.order("ORD-1")) { (state, moment) throws(OrderRefusal) in
                    try state.cancel(CancelOrderRequest(reason: .buyer), at: moment)
                }
            }
        }
    }
}
