import OrderDomain
import OrderMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@Suite("Payments and refunds", .processorBound)
struct PaymentTests {
    @Test("payments are numbered, dated, and change the state of payment and the sums")
    func payments() throws {
        var state = try StandingOrder.state(isPaid: false)
        #expect(state.order.paymentStatus == .pending && state.order.totals?.total == .units(20))
        try state.recordPayment(
            RecordPaymentRequest(kind: .authorization, amount: .units(20), method: "card"), at: StandingOrder.moment())
        #expect(state.order.paymentStatus == .authorized)
        try state.recordPayment(
            RecordPaymentRequest(kind: .payment, amount: .units(5), reference: "r", at: StandingOrder.placed),
            at: StandingOrder.moment())
        #expect(state.order.paymentStatus == .partiallyPaid && !state.order.isPaid)
        try state.recordPayment(
            RecordPaymentRequest(kind: .payment, amount: .units(15)), at: StandingOrder.moment())
        #expect(state.order.paymentStatus == .paid && state.order.isPaid)
        #expect(state.order.totals?.paid == .units(20))
        #expect(state.order.payments.map(\.paymentID) == ["p1", "p2", "p3"])
        #expect(
            state.order.payments.map(\.at) == [
                StandingOrder.instant(1), StandingOrder.placed, StandingOrder.instant(1),
            ])
        #expect(state.entries.map(\.kind) == [.payment, .payment, .payment])
        #expect(state.entries.map(\.subject) == ["p1", "p2", "p3"])
        #expect(state.effects.isEmpty)
    }

    static let wrongAmounts: [(PaymentKind, Int64?)] = [
        (.payment, nil), (.payment, 0), (.payment, -10_000), (.payment, 1), (.payment, 9_000_000_000_000_000),
        (.authorization, nil), (.authorization, 0), (.failure, 0), (.failure, -1),
    ]

    @Test("amounts are above zero and of the currency", arguments: wrongAmounts)
    func amounts(_ kind: PaymentKind, _ micros: Int64?) throws {
        let request = RecordPaymentRequest(kind: kind, amount: micros.map { Decimal(micros: $0) })
        let refusal = try StandingOrder.state().refusal { try $0.recordPayment(request, at: StandingOrder.moment()) }
        #expect(refusal?.reason == .invalidAmount && refusal?.faults.map(\.field) == ["amount"])
    }

    @Test("a promise is given back only as far as it was made")
    func voids() throws {
        var state = try StandingOrder.state(isPaid: false)
        let moment = StandingOrder.moment()
        let void = RecordPaymentRequest(kind: .void)
        #expect(state.refusal { try $0.recordPayment(void, at: moment) }?.reason == .stateNotAllowed)
        try state.recordPayment(RecordPaymentRequest(kind: .authorization, amount: .units(20)), at: moment)
        let tooMuch = RecordPaymentRequest(kind: .void, amount: .units(21))
        #expect(state.refusal { try $0.recordPayment(tooMuch, at: moment) }?.reason == .invalidAmount)
        try state.recordPayment(void, at: moment)
        #expect(state.order.paymentStatus == .voided)
        #expect(state.refusal { try $0.recordPayment(void, at: moment) }?.reason == .stateNotAllowed)
    }

    @Test("an order that was waiting for its payment is looked after when it is paid, or what is left of it")
    func waiting() throws {
        var state = try StandingOrder.state(.reserved, isPaid: false)
        let moment = StandingOrder.moment()
        try state.recordPayment(RecordPaymentRequest(kind: .payment, amount: .units(10)), at: moment)
        #expect(state.attention == .unchanged)
        var paid = state
        try paid.recordPayment(RecordPaymentRequest(kind: .payment, amount: .units(10)), at: moment)
        #expect(paid.attention == .after(milliseconds: OrderLimits.attentionMilliseconds))
        try state.cancel(
            CancelOrderRequest(lines: [LineQuantity(lineID: "1", quantity: 1)], reason: .buyer), at: moment)
        #expect(state.attention == .after(milliseconds: OrderLimits.attentionMilliseconds))
        #expect(state.order.paymentStatus == .paid && state.order.status == .reserved)
    }

    @Test("nothing happens in the future, but for the clocks' difference")
    func future() throws {
        var state = try StandingOrder.state()
        func request(_ seconds: Int64) -> RecordPaymentRequest {
            let now = StandingOrder.moment().now
            return RecordPaymentRequest(
                kind: .payment, amount: .units(1), at: ProtoTimestamp(seconds: now.seconds + seconds))
        }
        try state.recordPayment(request(60), at: StandingOrder.moment())
        for seconds in [61, 1_000_000_000_000] as [Int64] {
            let refusal = state.refusal { try $0.recordPayment(request(seconds), at: StandingOrder.moment()) }
            #expect(refusal?.reason == .dateOutOfRange)
        }
    }

    @Test("there are so many payments and refunds, and no more")
    func limits() throws {
        var state = try StandingOrder.state()
        let (payment, moment) = (RecordPaymentRequest(kind: .payment, amount: .units(1)), StandingOrder.moment())
        let refund = RecordRefundRequest(amount: .units(0, cents: 1), reason: .goodwill)
        for _ in 1..<OrderLimits.payments { try state.recordPayment(payment, at: moment) }
        #expect(state.refusal { try $0.recordPayment(payment, at: moment) }?.reason == .tooMany)
        for _ in 0..<OrderLimits.refunds { try state.recordRefund(refund, at: moment) }
        #expect(state.refusal { try $0.recordRefund(refund, at: moment) }?.reason == .tooMany)
    }

    @Test("sums that cannot be kept are refused")
    func overflow() throws {
        var state = try StandingOrder.state(isPaid: false)
        let great = RecordPaymentRequest(kind: .payment, amount: .units(8_999_999_999))
        try state.recordPayment(great, at: StandingOrder.moment())
        #expect(state.refusal { try $0.recordPayment(great, at: StandingOrder.moment()) }?.reason == .invalidAmount)
    }

    @Test("a refund is never more than what was paid and not refunded")
    func refunds() throws {
        var state = try StandingOrder.state()
        let moment = StandingOrder.moment()
        func refund(_ cents: Int64) -> RecordRefundRequest {
            RecordRefundRequest(amount: .units(0, cents: cents), reason: .goodwill)
        }
        #expect(state.refusal { try $0.recordRefund(refund(2001), at: moment) }?.reason == .refundExceeded)
        try state.recordRefund(refund(1999), at: moment)
        #expect(state.order.paymentStatus == .partiallyRefunded)
        #expect(state.refusal { try $0.recordRefund(refund(2), at: moment) }?.reason == .refundExceeded)
        try state.recordRefund(refund(1), at: moment)
        #expect(state.order.paymentStatus == .refunded && state.order.totals?.refunded == .units(20))
        #expect(state.order.refunds.map(\.refundID) == ["f1", "f2"])
        #expect(state.refusal { try $0.recordRefund(refund(1), at: moment) }?.reason == .refundExceeded)
        #expect(state.refusal { try $0.recordRefund(refund(0), at: moment) }?.reason == .invalidAmount)
        let without = RecordRefundRequest(amount: .units(1))
        #expect(state.refusal { try $0.recordRefund(without, at: moment) }?.reason == .invalidValue)
    }

    @Test("of promises nothing can be refunded")
    func promises() throws {
        var state = try StandingOrder.state(isPaid: false)
        try state.recordPayment(
            RecordPaymentRequest(kind: .authorization, amount: .units(20)), at: StandingOrder.moment())
        let refund = RecordRefundRequest(amount: .units(1), reason: .goodwill)
        #expect(state.refusal { try $0.recordRefund(refund, at: StandingOrder.moment()) }?.reason == .refundExceeded)
    }
}
