import OrderMessages
import Refusals
import TestSupport
import Testing

@testable import OrderDomain

/// What may be done with returns and claims in which states: stated by hand, beside the code.
@Suite("Returns, claims and states", .processorBound)
struct ReturnStateTableTests {
    static let returns: [ReturnStatus: [ReturnStep]] = [
        .requested: [.authorize, .refuse, .cancel],
        .authorized: [.refuse, .cancel, .receive],
        .partiallyReceived: [.receive, .grade],
        .received: [.receive, .grade],
        .graded: [.receive, .refund, .exchange],
        .refunded: [], .exchanged: [], .refused: [], .cancelled: [], .closed: [],
    ]

    @Test("each step of a return is allowed in some states", arguments: Array(returns.keys))
    func steps(_ status: ReturnStatus) {
        for step in ReturnStep.allCases {
            let isAllowed = Self.returns[status]?.contains(step) == true
            let refusal = OrderState(order: Order(), returns: [Return(status: status)]).refusal {
                _ = try $0.goods(0, for: step)
            }
            #expect(refusal?.reason == (isAllowed ? nil : .stateNotAllowed), "\(step)")
        }
        #expect(status.isOpen == (Self.returns[status]?.isEmpty == false))
    }

    static let claims: [ClaimStatus: [ClaimStatus]] = [
        .submitted: [.informationWanted, .approved, .refused, .cancelled],
        .informationWanted: [.submitted, .approved, .refused, .cancelled],
        .approved: [.settled, .cancelled],
        .refused: [], .settled: [], .cancelled: [],
    ]

    @Test("claims go on, and never back but for information", arguments: Array(claims.keys))
    func decisions(_ status: ClaimStatus) {
        #expect(Set(status.successors) == Set(Self.claims[status] ?? []))
        #expect(status.isOpen == (Self.claims[status]?.isEmpty == false))
        #expect(status.stands == (status.isOpen || status == .settled))
    }
}
