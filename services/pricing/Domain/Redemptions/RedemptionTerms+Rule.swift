internal import Money
public import PricingMessages

extension RedemptionTerms.Rule {
    /// What a rule's document says of its uses.
    public init(_ rule: PriceRule) throws(PricingRefusal) {
        self.init()
        self.isSuspended = rule.suspended
        self.period = try Period(validFrom: rule.validFrom, validTo: rule.validTo)
        self.needsCoupon = rule.needsCoupon
        guard let limits = rule.limits else { return }
        self.uses = limits.uses == 0 ? nil : limits.uses
        self.usesPerCustomer = limits.usesPerCustomer == 0 ? nil : limits.usesPerCustomer
        guard !limits.amount.isEmpty else { return }
        self.budget = (
            try Amount(limits.amount, field: "limits.amount"), try Currency(limits.currency, field: "limits.currency")
        )
    }
}
