import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@Suite("Warranty claims", .processorBound)
struct ClaimTests {
    private func state() throws -> OrderState { try StandingOrder.delivered([StandingOrder.line(3)]) }

    private func approved(_ outcome: ClaimOutcome, _ quantity: Int64 = 1) throws -> OrderState {
        var state = try self.state()
        try state.submitClaim(SubmitClaimRequest(lineID: "1", quantity: quantity), at: StandingOrder.moment(9))
        try state.decideClaim(0, DecideClaimRequest(status: .approved, outcome: outcome))
        return state
    }

    @Test("a claim with a question in between is paid")
    func lifecycle() throws {
        var state = try self.state()
        let request = SubmitClaimRequest(
            lineID: "1", quantity: 2, installedAt: StandingOrder.instant(3), failedAt: StandingOrder.instant(8),
            installedDistance: 100, failedDistance: 900, distanceUnit: "mi", lotID: "L",
            vehicle: BuyerVehicle(make: "Ford"), failureCode: "F1", attachments: ["https://photo"])
        #expect(try state.submitClaim(request, at: StandingOrder.moment(9)) == 0)
        #expect(state.claims[0].status == .submitted && state.claims[0].sku == "A" && state.claims[0].lotID == "L")
        try state.decideClaim(0, DecideClaimRequest(status: .informationWanted, decision: "which axle?"))
        try state.decideClaim(0, DecideClaimRequest(status: .submitted, decision: "the front"))
        #expect(state.claims[0].decision == "the front")
        try state.decideClaim(0, DecideClaimRequest(status: .approved, outcome: .refund))
        try state.settleClaim(0, SettleClaimRequest(), at: StandingOrder.moment(10))
        #expect(state.claims[0].status == .settled && state.claims[0].refunded == .units(20))
        #expect(state.order.refunds[0].reason == .warranty && state.order.refunds[0].claimID.hasSuffix("-w1"))
        #expect(state.claims[0].refundID == "f1" && state.order.paymentStatus == .partiallyRefunded)
        #expect(state.effects.isEmpty)
        let again = state.refusal { try $0.settleClaim(0, SettleClaimRequest(), at: StandingOrder.moment(10)) }
        #expect(again?.reason == .stateNotAllowed)
    }

    static let wrong: [(SubmitClaimRequest, RefusalReason, String)] = [
        (SubmitClaimRequest(lineID: "9", quantity: 1), .unknownLine, "lineId"),
        (SubmitClaimRequest(lineID: "1", quantity: 0), .invalidValue, "quantity"),
        (SubmitClaimRequest(lineID: "1", quantity: 4), .quantityExceeded, "quantity"),
        (
            SubmitClaimRequest(lineID: "1", quantity: 1, installedDistance: 9, failedDistance: 8, distanceUnit: "mi"),
            .invalidValue, "failedDistance"
        ),
        (SubmitClaimRequest(lineID: "1", quantity: 1, failedDistance: 8), .invalidValue, "distanceUnit"),
        (
            SubmitClaimRequest(lineID: "1", quantity: 1, failedDistance: 8, distanceUnit: "ly"), .invalidValue,
            "distanceUnit"
        ),
        (
            SubmitClaimRequest(lineID: "1", quantity: 1, installedAt: StandingOrder.instant(10)), .dateOutOfRange,
            "installedAt"
        ),
        (
            SubmitClaimRequest(lineID: "1", quantity: 1, installedAt: StandingOrder.instant(-2)), .dateOutOfRange,
            "installedAt"
        ),
        (
            SubmitClaimRequest(
                lineID: "1", quantity: 1, installedAt: StandingOrder.instant(5), failedAt: StandingOrder.instant(4)),
            .dateOutOfRange, "failedAt"
        ),
        (
            SubmitClaimRequest(lineID: "1", quantity: 1, failedAt: StandingOrder.instant(10)), .dateOutOfRange,
            "failedAt"
        ),
        (
            SubmitClaimRequest(lineID: "1", quantity: 1, failedAt: StandingOrder.instant(-2)), .dateOutOfRange,
            "failedAt"
        ),
    ]

    @Test("what a claim cannot be is named", arguments: wrong)
    func refusals(_ request: SubmitClaimRequest, _ reason: RefusalReason, _ field: String) throws {
        let refusal = try self.state().refusal { try $0.submitClaim(request, at: StandingOrder.moment(9)) }
        #expect(refusal?.reason == reason && refusal?.faults.map(\.field) == [field])
    }

    @Test("a unit is in one claim that stands, and not back")
    func units() throws {
        var state = try self.state()
        let (two, moment) = (SubmitClaimRequest(lineID: "1", quantity: 2), StandingOrder.moment(9))
        try state.submitClaim(two, at: moment)
        #expect(state.refusal { try $0.submitClaim(two, at: moment) }?.reason == .quantityExceeded)
        try state.decideClaim(0, DecideClaimRequest(status: .refused, outcome: .noFaultFound, decision: "works"))
        try state.submitClaim(two, at: moment)
        #expect(state.claims.map(\.status) == [.refused, .submitted])
    }

    static let decisions: [(DecideClaimRequest, RefusalReason, String)] = [
        (DecideClaimRequest(status: .approved), .invalidValue, "outcome"),
        (DecideClaimRequest(status: .approved, outcome: .noFaultFound), .invalidValue, "outcome"),
        (DecideClaimRequest(status: .refused, decision: "x"), .invalidValue, "outcome"),
        (DecideClaimRequest(status: .refused, outcome: .refund, decision: "x"), .invalidValue, "outcome"),
        (DecideClaimRequest(status: .refused, outcome: .refused), .invalidValue, "decision"),
        (DecideClaimRequest(status: .informationWanted), .invalidValue, "decision"),
        (DecideClaimRequest(status: .cancelled, outcome: .refund), .invalidValue, "outcome"),
        (DecideClaimRequest(status: .settled), .invalidValue, "status"),
        (DecideClaimRequest(), .invalidValue, "status"),
        (DecideClaimRequest(status: .submitted), .stateNotAllowed, "status"),
    ]

    @Test("a decision and its outcome belong together", arguments: decisions)
    func decide(_ request: DecideClaimRequest, _ reason: RefusalReason, _ field: String) throws {
        var state = try self.state()
        try state.submitClaim(SubmitClaimRequest(lineID: "1", quantity: 1), at: StandingOrder.moment(9))
        let refusal = state.refusal { try $0.decideClaim(0, request) }
        #expect(refusal?.reason == reason && refusal?.faults.map(\.field) == [field])
        #expect(state.refusal { try $0.decideClaim(1, request) }?.reason == .claimNotFound)
    }

    @Test("a claim is paid within what its units cost, and what was paid")
    func limits() throws {
        var state = try self.approved(.refund)
        let moment = StandingOrder.moment(10)
        func refusal(_ amount: OrderMessages.Decimal) -> RefusalReason? {
            state.refusal { try $0.settleClaim(0, SettleClaimRequest(amount: amount), at: moment) }?.reason
        }
        #expect(refusal(.units(10, cents: 1)) == .refundExceeded)
        #expect(refusal(.units(0)) == .invalidAmount)
        #expect(refusal(.units(-1)) == .invalidAmount)
        try state.recordRefund(RecordRefundRequest(amount: .units(25), reason: .chargeback), at: moment)
        #expect(refusal(.units(6)) == .refundExceeded)
        try state.settleClaim(0, SettleClaimRequest(amount: .units(5)), at: moment)
        #expect(state.order.paymentStatus == .refunded)
    }

    @Test("a claim is settled by an order without charge, once")
    func replacement() throws {
        var state = try self.approved(.replacement, 2)
        let moment = StandingOrder.moment(10)
        let paid = SettleClaimRequest(amount: .units(1))
        #expect(state.refusal { try $0.settleClaim(0, paid, at: moment) }?.reason == .invalidAmount)
        try state.settleClaim(0, SettleClaimRequest(), at: moment)
        let subject = "\(StandingOrder.id)-w1"
        let items = [OrderItem(sku: "A", quantity: 2)]
        #expect(state.effects == [.replace(OrderEffect.Replacement(subject: subject, items: items))])
        #expect(state.claims[0].status == .settled && state.claims[0].replacementOrderID.isEmpty)
        // It could not be placed: the claim is approved as before.
        state.concludeReplacement(of: subject, .failure(OrderRefusal(.insufficientStock, "none there")))
        #expect(state.claims[0].status == .approved)
        try state.settleClaim(0, SettleClaimRequest(), at: moment)
        state.concludeReplacement(of: subject, .success("child"))
        #expect(state.claims[0].status == .settled && state.claims[0].replacementOrderID == "child")
        #expect(state.order.childIDs == ["child"] && state.order.refunds.isEmpty)
        let concluded = state.entries.count
        state.concludeReplacement(of: subject, .failure(OrderRefusal(.insufficientStock, "none there")))
        state.concludeReplacement(of: subject, .success("other"))
        #expect(state.claims[0].replacementOrderID == "child" && state.entries.count == concluded)
        #expect(state.refusal { try $0.settleClaim(0, SettleClaimRequest(), at: moment) }?.reason == .stateNotAllowed)
    }

    @Test("money is given once for a unit: by a claim or by a return")
    func once() throws {
        var state = try self.approved(.refund, 3)
        let moment = StandingOrder.moment(10)
        try state.requestReturn(
            RequestReturnRequest(
                kind: .defective, lines: [ReturnLineRequest(lineID: "1", quantity: 2)], authorize: true), at: moment)
        try state.receiveReturn(
            0, ReceiveReturnRequest(receipts: [ReturnReceipt(lineID: "1", quantity: 2, locationID: "W1")]), at: moment)
        try state.gradeReturn(
            0,
            GradeReturnRequest(gradings: [
                ReturnGrading(lineID: "1", quantity: 2, grade: .d, disposition: .scrap, locationID: "W1")
            ]))
        try state.refundReturn(0, RefundReturnRequest(), at: moment)
        #expect(state.order.totals?.refunded == .units(20))
        let three = SettleClaimRequest(amount: .units(30))
        #expect(state.refusal { try $0.settleClaim(0, three, at: moment) }?.reason == .refundExceeded)
        try state.settleClaim(0, SettleClaimRequest(), at: moment)
        #expect(state.order.totals?.refunded == .units(30))
    }
}
