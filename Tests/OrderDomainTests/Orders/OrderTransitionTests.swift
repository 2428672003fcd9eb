import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing

@Suite("Where an order may go", .processorBound)
struct OrderTransitionTests {
    private static let all: [OrderStatus] = [
        .pending, .reserved, .confirmed, .partiallyShipped, .shipped, .fulfilled, .delivered, .cancelled, .closed,
    ]

    @Test("a status never comes back")
    func noWayBack() {
        for start in Self.all {
            var (reached, open) = ([OrderStatus](), start.successors)
            while let next = open.popLast() {
                if reached.contains(next) { continue }
                reached.append(next)
                open += next.successors
            }
            #expect(!reached.contains(start))
        }
    }

    @Test("nothing that has shipped can be cancelled")
    func shipped() {
        for status in Self.all where status.hasShippedAll || status == .partiallyShipped {
            #expect(!status.canBecome(.cancelled))
        }
    }

    @Test("what is not allowed is refused with what would be")
    func refusals() throws {
        var order = try OrderSamples.order(OrderSamples.article)
        let refusal = #expect(throws: OrderRefusal.self) { try order.become(.cancelled) }
        #expect(refusal?.reason == .stateNotAllowed && refusal?.faults.first?.expected == "delivered")
        try order.become(.delivered)
        try order.become(.closed)
        #expect(order.status == .closed)
    }
}
