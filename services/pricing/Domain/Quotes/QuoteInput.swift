public import Money

/// For whom and when a quote is: what decides which lists and rules count.
public struct QuoteContext: Hashable, Sendable {
    /// Empty: none in particular, so only what counts for all channels does.
    public var channel: String
    /// Codes of ISO 3166 from the country down, joined by hyphens; empty: none in particular.
    public var region: String
    /// Empty: none in particular.
    public var customerGroup: String
    /// What the amounts of the quote are in.
    public var currency: Currency
    /// The instant that the quote is for.
    public var at: Instant

    /// A context with all that it consists of.
    public init(channel: String, region: String, customerGroup: String, currency: Currency, at: Instant) {
        self.channel = channel
        self.region = region
        self.customerGroup = customerGroup
        self.currency = currency
        self.at = at
    }
}

/// Some units of a SKU that are asked for.
public struct QuoteInputLine: Hashable, Sendable {
    /// The place of the SKU among ``QuotePlan/skus``.
    public var sku: Int32
    /// How many; 1 or more.
    public var quantity: Int64

    /// A line with all that it consists of.
    public init(sku: Int32, quantity: Int64) {
        self.sku = sku
        self.quantity = quantity
    }
}

/// A coupon that a quote names, and what is known of it.
public struct CouponState: Hashable, Sendable {
    /// As it was said.
    public var code: String
    /// What the database has of it; nil: there is no such coupon.
    public var known: Known?

    /// A stored coupon.
    public struct Known: Hashable, Sendable {
        /// The rule that it is for.
        public var ruleID: String
        /// When it counts.
        public var period: Period
        /// How often it may be used; 0: as often as the rule.
        public var uses: Int64
        /// How often each customer may use it; 0: as often as the rule.
        public var usesPerCustomer: Int64
        /// How often it was used.
        public var used: Int64
        /// How often this customer used it.
        public var usedByCustomer: Int64

        /// A coupon with all that is known of it.
        public init(
            ruleID: String, period: Period, uses: Int64, usesPerCustomer: Int64, used: Int64, usedByCustomer: Int64
        ) {
            self.ruleID = ruleID
            self.period = period
            self.uses = uses
            self.usesPerCustomer = usesPerCustomer
            self.used = used
            self.usedByCustomer = usedByCustomer
        }
    }

    /// A coupon as it was said, with what is known of it.
    public init(code: String, known: Known?) {
        self.code = code
        self.known = known
    }
}

/// How often, and for how much, a rule with limits was used.
public struct RuleUse: Hashable, Sendable {
    /// Which rule.
    public var ruleID: String
    /// How often, by all.
    public var uses: Int64
    /// How often by the quote's customer.
    public var usesByCustomer: Int64
    /// All reductions together, in the currency of the rule's limit.
    public var amount: Amount

    /// A count with all that it consists of.
    public init(ruleID: String, uses: Int64, usesByCustomer: Int64, amount: Amount) {
        self.ruleID = ruleID
        self.uses = uses
        self.usesByCustomer = usesByCustomer
        self.amount = amount
    }
}

/// What is asked for, with everything outside of the book and the prices that decides what it costs.
public struct QuoteInput: Sendable {
    /// What the lines are for.
    public enum Purpose: Hashable, Sendable {
        /// They are bought together.
        case sale
        /// Each is shown by itself: only promotions count that need no coupon, go by the unit, and do not look at other lines.
        case showing
    }

    /// What is asked for.
    public var lines: [QuoteInputLine]
    /// Whether the lines are bought together.
    public var purpose: Purpose
    /// The customer, for limits per customer; empty: unknown, and what has such limits does not count.
    public var customerID: String
    /// The coupons that are named, in their order.
    public var coupons: [CouponState]
    /// Of rules with limits; those that are not here were never used.
    public var ruleUses: [RuleUse]
    /// By the names of their zones. Where one is missing, promotions with hours of that zone do not count, and floors do.
    public var clocks: [String: LocalClock]
    /// Whether to tell what was considered and lost.
    public var isExplained: Bool

    /// An input; what is not given is none.
    public init(
        lines: [QuoteInputLine], purpose: Purpose = .sale, customerID: String = "", coupons: [CouponState] = [],
        ruleUses: [RuleUse] = [], clocks: [String: LocalClock] = [:], isExplained: Bool = false
    ) {
        self.lines = lines
        self.purpose = purpose
        self.customerID = customerID
        self.coupons = coupons
        self.ruleUses = ruleUses
        self.clocks = clocks
        self.isExplained = isExplained
    }
}
