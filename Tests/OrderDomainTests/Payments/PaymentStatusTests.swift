import OrderDomain
import OrderMessages
import TestSupport
import Testing

@Suite("What was paid of an order", .processorBound)
struct PaymentStatusTests {
    /// What happened to the money of an order of 100.00, and what that makes of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var payments: [Payment]
        var refunds: [Int64] = []
        var due: Int64 = 100
        var status: PaymentStatus

        var testDescription: String { self.name }
    }

    static func payment(_ kind: PaymentKind, _ units: Int64? = nil) -> Payment {
        Payment(kind: kind, amount: units.map { Decimal(micros: $0 * 1_000_000) })
    }

    static let cases = [
        Case(name: "nothing", payments: [], status: .pending),
        Case(name: "nothing is due", payments: [], due: 0, status: .paid),
        Case(name: "a promise of all", payments: [payment(.authorization, 100)], status: .authorized),
        Case(name: "a promise of less", payments: [payment(.authorization, 99)], status: .pending),
        Case(
            name: "two promises of all together", payments: [payment(.authorization, 60), payment(.authorization, 40)],
            status: .authorized),
        Case(name: "a promise given back", payments: [payment(.authorization, 100), payment(.void)], status: .voided),
        Case(
            name: "a promise given back in part", payments: [payment(.authorization, 100), payment(.void, 10)],
            status: .pending),
        Case(
            name: "a greater promise given back in part", payments: [payment(.authorization, 110), payment(.void, 10)],
            status: .authorized),
        Case(
            name: "a promise given back, and made again",
            payments: [payment(.authorization, 100), payment(.void), payment(.authorization, 100)],
            status: .authorized),
        Case(
            name: "given back more than was promised",
            payments: [payment(.authorization, 100), payment(.void, 200), payment(.authorization, 100)],
            status: .authorized),
        Case(name: "a try that failed", payments: [payment(.failure)], status: .failed),
        Case(
            name: "a try that failed behind a promise",
            payments: [payment(.authorization, 100), payment(.failure, 100)],
            status: .failed),
        Case(
            name: "a promise behind a try that failed",
            payments: [payment(.failure, 100), payment(.authorization, 100)],
            status: .authorized),
        Case(name: "all", payments: [payment(.payment, 100)], status: .paid),
        Case(name: "more", payments: [payment(.payment, 101)], status: .paid),
        Case(name: "a part", payments: [payment(.payment, 99)], status: .partiallyPaid),
        Case(name: "two parts", payments: [payment(.payment, 99), payment(.payment, 1)], status: .paid),
        Case(
            name: "a part, and a try that failed", payments: [payment(.payment, 99), payment(.failure, 1)],
            status: .partiallyPaid),
        Case(
            name: "all, and a promise given back",
            payments: [payment(.authorization, 100), payment(.payment, 100), payment(.void)], status: .paid),
        Case(name: "a part given back", payments: [payment(.payment, 100)], refunds: [1], status: .partiallyRefunded),
        Case(name: "all given back", payments: [payment(.payment, 100)], refunds: [1, 99], status: .refunded),
        Case(
            name: "all of a part given back", payments: [payment(.payment, 30)], refunds: [30], status: .refunded),
        Case(
            name: "paid again behind a refund", payments: [payment(.payment, 100), payment(.payment, 50)],
            refunds: [100], status: .partiallyRefunded),
    ]

    @Test("payments and refunds in their order decide", arguments: cases)
    func status(_ one: Case) {
        let refunds = one.refunds.map { Refund(amount: Decimal(micros: $0 * 1_000_000)) }
        #expect(PaymentStatus(due: one.due * 1_000_000, payments: one.payments, refunds: refunds) == one.status)
    }

    @Test("no amounts are too great to be counted")
    func greatAmounts() {
        let all = [Payment](repeating: Payment(kind: .payment, amount: Decimal(micros: .max)), count: 100)
        let refunds = [Refund](repeating: Refund(amount: Decimal(micros: .max)), count: 99)
        #expect(PaymentStatus(due: .max, payments: all, refunds: []) == .paid)
        #expect(PaymentStatus(due: .max, payments: all, refunds: refunds) == .partiallyRefunded)
        let promises = all.map { Payment(kind: .authorization, amount: $0.amount) }
        #expect(PaymentStatus(due: .max, payments: promises, refunds: []) == .authorized)
    }
}
