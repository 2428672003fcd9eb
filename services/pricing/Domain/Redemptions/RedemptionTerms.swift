public import Money
internal import PricingMessages

/// What decides whether a redemption may be made: the rules and coupons as they stand, and what was used so far.
public struct RedemptionTerms: Sendable {
    /// What a rule says of its uses.
    public struct Rule: Sendable {
        /// It does not count.
        public var isSuspended = false
        /// When it counts.
        public var period = Period.always
        /// It counts only with one of its coupons.
        public var needsCoupon = false
        /// How often it may be used; nil: without limit.
        public var uses: Int64?
        /// How often by one customer; nil: without limit.
        public var usesPerCustomer: Int64?
        /// For how much, and in which currency; nil: without limit.
        public var budget: (amount: Amount, currency: Currency)?

        /// Without limits, always.
        public init() {}
    }

    /// What a coupon says of its uses.
    public struct Coupon: Sendable {
        /// The rule that it belongs to.
        public var ruleID: String
        /// When it counts.
        public var period: Period
        /// How often it may be used; nil: as often as the rule.
        public var uses: Int64?
        /// How often by one customer; nil: as often as the rule.
        public var usesPerCustomer: Int64?

        /// A coupon with all that it consists of.
        public init(ruleID: String, period: Period, uses: Int64?, usesPerCustomer: Int64?) {
            self.ruleID = ruleID
            self.period = period
            self.uses = uses
            self.usesPerCustomer = usesPerCustomer
        }
    }

    /// By id.
    public var rules: [String: Rule]
    /// By folded code.
    public var coupons: [String: Coupon]
    /// How often what was used; what is not there never was.
    public var counts: [UseCounter: Int64]
    /// For how much each rule was used, in the redemption's currency.
    public var amounts: [String: Amount]
    /// When the redemption would be made.
    public var now: Instant

    /// Terms with all that they consist of.
    public init(
        rules: [String: Rule], coupons: [String: Coupon], counts: [UseCounter: Int64], amounts: [String: Amount],
        now: Instant
    ) {
        self.rules = rules
        self.coupons = coupons
        self.counts = counts
        self.amounts = amounts
        self.now = now
    }

    /// Refuses a redemption that may not be made.
    ///
    /// - Throws: ``PricingRefusal`` that names the use: first for what is not there, then for what does not fit together or
    ///   does not count now, then for what is used up.
    public func check(_ wanted: WantedRedemption) throws(PricingRefusal) {
        for (index, use) in wanted.uses.enumerated() { try self.checkPresence(of: use, field: "uses[\(index)]") }
        for (index, use) in wanted.uses.enumerated() {
            try self.checkForce(of: use, wanted, field: "uses[\(index)]")
        }
        var later = self
        for (index, use) in wanted.uses.enumerated() { try later.take(use, wanted, field: "uses[\(index)]") }
    }

    private func checkPresence(of use: WantedRedemption.Use, field: String) throws(PricingRefusal) {
        guard self.rules[use.ruleID] != nil else { throw .ruleNotFound(use.ruleID, field: "\(field).ruleId") }
        guard let code = use.coupon else { return }
        guard let coupon = self.coupons[code.folded] else {
            throw .couponNotFound(code.description, field: "\(field).coupon")
        }
        guard coupon.ruleID == use.ruleID else {
            throw PricingRefusal(
                .invalidValue, field: "\(field).coupon", "is a coupon of \(coupon.ruleID.debugDescription)",
                expected: "a coupon of \(use.ruleID.debugDescription)")
        }
    }

    private func checkForce(
        of use: WantedRedemption.Use, _ wanted: WantedRedemption, field: String
    ) throws(PricingRefusal) {
        guard let rule = self.rules[use.ruleID] else { return }
        guard !rule.isSuspended else {
            throw PricingRefusal(
                .notInForce, field: "\(field).ruleId", "is a rule that is suspended", expected: "a rule that counts")
        }
        try self.check(rule.period, field: "\(field).ruleId")
        let coupon = use.coupon.flatMap { self.coupons[$0.folded] }
        if let coupon { try self.check(coupon.period, field: "\(field).coupon") }
        guard !rule.needsCoupon || coupon != nil else {
            throw PricingRefusal(
                .invalidValue, field: "\(field).coupon", "is missing",
                expected: "a coupon of \(use.ruleID.debugDescription), which counts only with one")
        }
        guard rule.usesPerCustomer == nil && coupon?.usesPerCustomer == nil || !wanted.customerID.isEmpty else {
            throw PricingRefusal(
                .invalidValue, field: "customerId", "is missing",
                expected: "the customer, as uses of \(use.ruleID.debugDescription) are limited for each")
        }
        if let currency = rule.budget?.currency, currency != wanted.currency {
            throw PricingRefusal(
                .invalidValue, field: "currency", "is \(wanted.currency)",
                expected: "\(currency), in which amounts of \(use.ruleID.debugDescription) are limited")
        }
    }

    private func check(_ period: Period, field: String) throws(PricingRefusal) {
        guard !period.contains(self.now) else { return }
        throw PricingRefusal(
            .notInForce, field: field, self.now < period.from ? "has not begun to count" : "has ended",
            expected: "what counts now")
    }

    /// Counts a use, for those behind it in the same redemption.
    private mutating func take(
        _ use: WantedRedemption.Use, _ wanted: WantedRedemption, field: String
    ) throws(PricingRefusal) {
        for counter in use.counters(of: wanted.customerID) {
            let used = self.counts[counter, default: 0]
            if let limit = self.limit(of: counter), used >= limit {
                let name = counter.kind == .rule ? "ruleId" : "coupon"
                let whose = counter.customerID.isEmpty ? "" : " by the customer"
                throw PricingRefusal(
                    .budgetExhausted, field: "\(field).\(name)", "was used \(used) of \(limit) times\(whose)",
                    expected: "a \(counter.kind) with uses left")
            }
            self.counts[counter] = used + 1
        }
        let used = self.amounts[use.ruleID, default: .zero]
        let (sum, isTooGreat) = used.micros.addingReportingOverflow(use.amount.micros)
        // Without a limit, an amount still has to be countable.
        let limit = self.rules[use.ruleID]?.budget?.amount ?? Amount(micros: .max)
        guard !isTooGreat, sum <= limit.micros else {
            let left = Amount(micros: max(limit.micros - used.micros, 0)).text(in: wanted.currency)
            throw PricingRefusal(
                .budgetExhausted, field: "\(field).amount", "is more than the rule has left",
                expected: "at most \(left) \(wanted.currency)")
        }
        self.amounts[use.ruleID] = Amount(micros: sum)
    }

    private func limit(of counter: UseCounter) -> Int64? {
        let isTotal = counter.customerID.isEmpty
        switch counter.kind {
        case .rule:
            let rule = self.rules[counter.id]
            return isTotal ? rule?.uses : rule?.usesPerCustomer
        case .coupon:
            let coupon = self.coupons[counter.id]
            return isTotal ? coupon?.uses : coupon?.usesPerCustomer
        }
    }
}
