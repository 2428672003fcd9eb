import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite(.processorBound) struct RedemptionTermsTests {
    private func wanted(_ uses: [LimitedUse], customer: String = "") throws -> WantedRedemption {
        try WantedRedemption(
            RedeemRequest(redemptionID: "1", uses: uses, currency: "USD", customerID: customer))
    }

    private func terms(
        _ rule: PriceRule, used: [UseCounter: Int64] = [:], spent: Int64 = 0, at now: Int64 = 0
    ) throws -> RedemptionTerms {
        RedemptionTerms(
            rules: ["sale": try RedemptionTerms.Rule(rule)],
            coupons: ["A": .init(ruleID: "sale", period: .always, uses: 3, usesPerCustomer: nil)], counts: used,
            amounts: ["sale": Amount(micros: spent)], now: Instant(microseconds: now))
    }

    private func reason(of work: () throws -> Void) -> RefusalReason? {
        do {
            try work()
            return nil
        } catch { return (error as? PricingRefusal)?.reason }
    }

    @Test("A use counts for its rule and coupon, and for both by its customer")
    func counters() throws {
        let uses = [LimitedUse(ruleID: "sale", coupon: "a", amount: "2"), LimitedUse(ruleID: "sale", amount: "3")]
        let redemption = try wanted(uses, customer: "c")
        #expect(
            redemption.counts == [
                UseCounter(.rule, "sale"): 2, UseCounter(.rule, "sale", customerID: "c"): 2,
                UseCounter(.coupon, "A"): 1,
                UseCounter(.coupon, "A", customerID: "c"): 1,
            ])
        #expect(redemption.amounts == ["sale": Amount(micros: 5_000_000)])
        #expect(try wanted(uses).counts == [UseCounter(.rule, "sale"): 2, UseCounter(.coupon, "A"): 1])
    }

    @Test("A period has its beginning and not its end")
    func period() throws {
        let rule = PriceRule(validFrom: ProtoTimestamp(seconds: 10), validTo: ProtoTimestamp(seconds: 20))
        let use = try wanted([LimitedUse(ruleID: "sale", amount: "0")])
        for (now, expected) in [
            (9_999_999, .notInForce), (10_000_000, nil), (19_999_999, nil), (20_000_000, .notInForce),
        ] as [(Int64, RefusalReason?)] {
            #expect(reason { try terms(rule, at: now).check(use) } == expected, "\(now)")
        }
    }

    @Test("The last use and the last millionth are there to be taken, and nothing behind them")
    func edges() throws {
        let rule = PriceRule(limits: UseLimits(uses: 5, amount: "10", currency: "USD"))
        let use = try wanted([LimitedUse(ruleID: "sale", coupon: "A", amount: "0.000001")])
        let counter = UseCounter(.rule, "sale")
        #expect(reason { try terms(rule, used: [counter: 4], spent: 9_999_999).check(use) } == nil)
        #expect(reason { try terms(rule, used: [counter: 5]).check(use) } == .budgetExhausted)
        #expect(reason { try terms(rule, spent: 10_000_000).check(use) } == .budgetExhausted)
        #expect(reason { try terms(rule, used: [UseCounter(.coupon, "A"): 2]).check(use) } == nil)
        #expect(reason { try terms(rule, used: [UseCounter(.coupon, "A"): 3]).check(use) } == .budgetExhausted)
        // Limits that were lowered below what was used.
        #expect(reason { try terms(rule, used: [counter: 50], spent: .max).check(use) } == .budgetExhausted)
    }

    @Test("Amounts that fit into no counter are refused, and no trap is reached")
    func overflow() throws {
        let use = try wanted([LimitedUse(ruleID: "sale", amount: "8999999999.999999")])
        #expect(reason { try terms(PriceRule(), spent: .max - Amount.maximum.micros).check(use) } == nil)
        #expect(
            reason { try terms(PriceRule(), spent: .max - Amount.maximum.micros + 1).check(use) } == .budgetExhausted)
        let uses = (0..<50).map { LimitedUse(ruleID: "sale", coupon: "C\($0)", amount: "8999999999.999999") }
        #expect(try wanted(uses).amounts["sale"]?.micros == 50 * Amount.maximum.micros)
    }
}
