import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing

@Suite("Amending and closing", .processorBound)
struct AmendingTests {
    @Test("what is set takes the place of what was, and nothing else changes")
    func amend() throws {
        var state = try StandingOrder.state { ($0.note, $0.tags, $0.buyer) = ("old", ["a"], Buyer(name: "B")) }
        try state.amend(
            AmendOrderRequest(shippingAddress: Address(city: "Bonn"), note: ""), at: StandingOrder.moment())
        #expect(state.order.shippingAddress?.city == "Bonn" && state.order.note.isEmpty)
        #expect(state.order.tags == ["a"] && state.order.buyer?.name == "B")
        try state.amend(AmendOrderRequest(tags: ["b", "c"]), at: StandingOrder.moment())
        #expect(state.order.tags == ["b", "c"])
        try state.amend(
            AmendOrderRequest(buyer: Buyer(name: "C"), billingAddress: Address(city: "Ulm"), clearTags: true),
            at: StandingOrder.moment())
        #expect(state.order.tags.isEmpty && state.order.buyer?.name == "C" && state.order.billingAddress?.city == "Ulm")
        #expect(
            state.entries.map(\.text) == [
                "Changed: shipping address, note", "Changed: tags", "Changed: buyer, billing address, tags",
            ])
    }

    @Test("something is to change, and not in two ways")
    func nothing() throws {
        let state = try StandingOrder.state()
        for request in [AmendOrderRequest(), AmendOrderRequest(tags: ["a"], clearTags: true)] {
            #expect(state.refusal { try $0.amend(request, at: StandingOrder.moment()) }?.reason == .invalidValue)
        }
    }

    @Test("an order is closed when it is delivered, paid and nothing is open")
    func close() throws {
        var state = try StandingOrder.delivered()
        let moment = StandingOrder.moment(3)
        try state.requestReturn(
            RequestReturnRequest(kind: .unopened, lines: [ReturnLineRequest(lineID: "1", quantity: 1)]), at: moment)
        #expect(state.refusal { try $0.close(at: moment) }?.faults.map(\.field) == ["returnIds"])
        try state.cancelReturn(0)
        try state.submitClaim(SubmitClaimRequest(lineID: "1", quantity: 1), at: moment)
        #expect(state.refusal { try $0.close(at: moment) }?.faults.map(\.field) == ["claimIds"])
        try state.decideClaim(0, DecideClaimRequest(status: .cancelled))
        try state.close(at: moment)
        #expect(state.order.status == .closed && state.entries.last?.kind == .closed)
        #expect(state.refusal { try $0.close(at: moment) }?.reason == .stateNotAllowed)
    }

    @Test("an order that is not paid stays open")
    func unpaid() throws {
        let state = try StandingOrder.state(.delivered, isPaid: false)
        let refusal = state.refusal { try $0.close(at: StandingOrder.moment()) }
        #expect(refusal?.reason == .stateNotAllowed && refusal?.faults.map(\.field) == ["paymentStatus"])
    }
}
