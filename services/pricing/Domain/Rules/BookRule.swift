public import PricingMessages

/// A rule as quotes go by it: its document, checked and read.
public struct BookRule: Hashable, Sendable {
    /// Its id.
    public let id: String
    /// The greater goes first.
    public let priority: Int32
    /// When it counts.
    public let period: Period
    /// It does not count.
    public let isSuspended: Bool
    /// For whom it counts: any of them.
    public let scopes: [Scope]
    /// Which products it is for; of a bundle those in it.
    public let products: Selection
    /// The IANA name of the zone of its hours; nil: it has none.
    public let timeZone: String?
    /// Units of its products that are needed: of a line, or of the quote.
    public let minimumQuantity: Int64
    /// What its products must cost before promotions; nil: whatever.
    public let minimumSubtotal: Money?
    /// It counts only in quotes that name one of its coupons.
    public let needsCoupon: Bool
    /// No other promotion reduces a line that it reduces.
    public let isExclusive: Bool
    /// Of the rules of one group, only the first that reduces a line does; empty: none.
    public let stackingGroup: String
    /// How often, and for how much, it may be used; nil: without limit.
    public let limits: RuleLimits?
    /// What it does.
    public let effect: RuleEffect
    /// The step in which it is done.
    public let stage: PricingStage
    /// Only then; none: always.
    let hours: [Hours]

    /// The rule that a document describes.
    ///
    /// - Parameter rule: The document; fields that only answers have are not looked at.
    /// - Throws: ``PricingRefusal`` with all that is wrong with it, by fields of the document.
    public init(_ rule: PriceRule) throws(PricingRefusal) {
        var faults = PricingFaults()
        let period = faults.collect { () throws(PricingRefusal) in
            try Period(validFrom: rule.validFrom, validTo: rule.validTo)
        }
        let products = Selection(rule.products, field: "products", &faults)
        let hours = rule.hours.enumerated().compactMap { Hours($1, field: "hours[\($0)]", &faults) }
        if !rule.hours.isEmpty, rule.timeZone.isEmpty {
            faults.add(.invalidValue, "timeZone", "is missing", expected: "the zone of the hours, such as UTC")
        }
        let subtotal = Money(
            optional: rule.minimumSubtotal, currency: rule.minimumSubtotalCurrency, field: "minimumSubtotal",
            currencyField: "minimumSubtotalCurrency", &faults)
        let limits = RuleLimits(rule.limits, &faults)
        let effect = RuleEffect(rule.effect, &faults)
        if rule.minimumQuantity < 0 {
            faults.add(.invalidValue, "minimumQuantity", "is \(rule.minimumQuantity)", expected: "0 or more")
        }
        if let effect { Self.check(rule, of: effect.stage, &faults) }
        guard let period, let effect, faults.isEmpty else { throw faults.refusal }
        self.id = rule.ruleID
        self.priority = rule.priority
        self.period = period
        self.isSuspended = rule.suspended
        self.scopes = rule.scopes.isEmpty ? [Scope(nil)] : rule.scopes.map { Scope($0) }
        if case .bundle(let bundle) = effect {
            self.products = Selection(bundle.parts.map(\.sku))
        } else {
            self.products = products
        }
        self.timeZone = hours.isEmpty ? nil : rule.timeZone
        self.hours = hours
        self.minimumQuantity = rule.minimumQuantity
        self.minimumSubtotal = subtotal
        self.needsCoupon = rule.needsCoupon
        self.isExclusive = rule.exclusive
        self.stackingGroup = rule.stackingGroup
        self.limits = limits
        self.effect = effect
        self.stage = effect.stage
    }

    /// Refuses what a rule of its kind would not go by.
    private static func check(_ rule: PriceRule, of stage: PricingStage, _ faults: inout PricingFaults) {
        if stage == .bundles, rule.products != nil {
            faults.add(.invalidValue, "products", "stands beside a bundle", expected: "none: its items say which")
        }
        guard stage == .floors else { return }
        let promotional = [
            ("minimumQuantity", rule.minimumQuantity != 0), ("minimumSubtotal", !rule.minimumSubtotal.isEmpty),
            ("needsCoupon", rule.needsCoupon), ("exclusive", rule.exclusive),
            ("stackingGroup", !rule.stackingGroup.isEmpty), ("limits", rule.limits != nil),
        ]
        for (field, isThere) in promotional where isThere {
            faults.add(.invalidValue, field, "stands beside a floor", expected: "none: floors always hold")
        }
    }

    /// Whether it is a floor, not a promotion.
    public var isFloor: Bool { self.stage == .floors }

    /// Whether the left one goes first within a stage: the greater priority, then the lesser id by bytes.
    static func goes(_ left: BookRule, before right: BookRule) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        return left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
}

/// How often, and for how much, a rule may be used.
public struct RuleLimits: Hashable, Sendable {
    /// By all customers; nil: without limit.
    public let uses: Int64?
    /// By each customer; nil: without limit.
    public let usesPerCustomer: Int64?
    /// All reductions together; nil: without limit.
    public let amount: Money?

    /// What a message says; nil: no limits. Faults are added.
    init?(_ limits: UseLimits?, _ faults: inout PricingFaults) {
        guard let limits else { return nil }
        for (field, value) in [("uses", limits.uses), ("usesPerCustomer", limits.usesPerCustomer)] where value < 0 {
            faults.add(.invalidValue, "limits.\(field)", "is \(value)", expected: "0 or more; 0 is without limit")
        }
        self.uses = limits.uses > 0 ? limits.uses : nil
        self.usesPerCustomer = limits.usesPerCustomer > 0 ? limits.usesPerCustomer : nil
        self.amount = Money(
            optional: limits.amount, currency: limits.currency, field: "limits.amount",
            currencyField: "limits.currency", &faults)
        if self.uses == nil, self.usesPerCustomer == nil, self.amount == nil { return nil }
    }
}
