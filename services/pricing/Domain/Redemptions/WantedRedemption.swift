public import Money
public import PricingMessages

/// A redemption that is asked for, whose fields are valid by themselves.
public struct WantedRedemption: Sendable {
    /// A use of a rule, perhaps by one of its coupons.
    public struct Use: Hashable, Sendable {
        /// The rule.
        public var ruleID: String
        /// nil: none.
        public var coupon: CouponCode?
        /// What it took off.
        public var amount: Amount

        /// A use with all that it consists of.
        public init(ruleID: String, coupon: CouponCode?, amount: Amount) {
            self.ruleID = ruleID
            self.coupon = coupon
            self.amount = amount
        }
    }

    /// What it is recognised by.
    public var id: String
    /// In the order of the request; no two of one rule and coupon.
    public var uses: [Use]
    /// Of the amounts.
    public var currency: Currency
    /// Empty: unknown.
    public var customerID: String
    /// The caller's own.
    public var reference: String

    /// What a request asks for.
    ///
    /// - Throws: ``PricingRefusal`` that names the field; for a name that no rule or coupon can have, that there is none.
    public init(_ request: RedeemRequest) throws(PricingRefusal) {
        self.id = request.redemptionID
        self.currency = try Currency(request.currency, field: "currency")
        self.customerID = request.customerID
        self.reference = request.reference
        self.uses = []
        var seen: Set<Use> = []
        for (index, use) in request.uses.enumerated() {
            let wanted = try Self.use(use, field: "uses[\(index)]")
            guard seen.insert(Use(ruleID: wanted.ruleID, coupon: wanted.coupon, amount: .zero)).inserted else {
                throw PricingRefusal(
                    .duplicateEntry, field: "uses[\(index)]", "has the rule and coupon of one before",
                    expected: "each rule with each of its coupons once")
            }
            self.uses.append(wanted)
        }
    }

    private static func use(_ use: LimitedUse, field: String) throws(PricingRefusal) -> Use {
        guard !use.ruleID.isEmpty else {
            throw PricingRefusal(.invalidValue, field: "\(field).ruleId", "is missing", expected: "the id of a rule")
        }
        // What is no ASCII can equal, for Swift, what is, as the sign of Kelvin does the letter K.
        guard use.ruleID.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw .ruleNotFound(use.ruleID, field: "\(field).ruleId")
        }
        var coupon: CouponCode?
        if !use.coupon.isEmpty {
            coupon = CouponCode(use.coupon)
            guard coupon != nil else { throw .couponNotFound(use.coupon, field: "\(field).coupon") }
        }
        return Use(ruleID: use.ruleID, coupon: coupon, amount: try Amount(use.amount, field: "\(field).amount"))
    }

    /// What it counts for, and how often.
    public var counts: [UseCounter: Int64] {
        var counts: [UseCounter: Int64] = [:]
        for use in self.uses { for counter in use.counters(of: self.customerID) { counts[counter, default: 0] += 1 } }
        return counts
    }

    /// What it takes off by each rule. No sum overflows: a request has few uses, of amounts that callers can say.
    public var amounts: [String: Amount] {
        var amounts: [String: Amount] = [:]
        for use in self.uses { amounts[use.ruleID, default: .zero].micros += use.amount.micros }
        return amounts
    }
}

extension WantedRedemption.Use {
    /// What a use by a customer counts for.
    func counters(of customerID: String) -> [UseCounter] {
        UseCounter.all(rule: self.ruleID, coupon: self.coupon?.folded ?? "", customerID: customerID)
    }
}
