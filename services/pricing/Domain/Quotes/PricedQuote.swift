public import Money
public import PricingMessages

/// A part of a line's amount.
public struct PricedComponent: Hashable, Sendable {
    /// What it comes from.
    public var kind: ComponentKind
    /// How much; reductions are below zero.
    public var amount: Amount
    /// The place in ``PriceBook/lists`` of the list that gave it; nil: none did.
    public var list: Int32?
    /// The place in ``PriceBook/rules`` of the rule that gave it; nil: none did.
    public var rule: Int32?
    /// The place in ``QuoteInput/coupons`` of the coupon that asked for it; nil: none did.
    public var coupon: Int32?
    /// The place in ``QuotePlan/skus`` of the kit's part that it is for; nil: it is for the line's own SKU.
    public var part: Int32?

    init(
        kind: ComponentKind, amount: Amount, list: Int32? = nil, rule: Int32? = nil, coupon: Int32? = nil,
        part: Int32? = nil
    ) {
        self.kind = kind
        self.amount = amount
        self.list = list
        self.rule = rule
        self.coupon = coupon
        self.part = part
    }
}

/// A list or rule that was looked at and did not count.
public struct ConsideredLoss: Hashable, Sendable {
    /// The place in ``PriceBook/lists``.
    public var list: Int32?
    /// The place in ``PriceBook/rules``.
    public var rule: Int32?
    /// Of a list: what a unit would have cost, in the quote's currency.
    public var amount: Amount?
    /// Why it did not count.
    public var reason: LossReason
}

/// What a line costs.
public struct PricedLine: Hashable, Sendable {
    /// The place of its SKU among ``QuotePlan/skus``.
    public var sku: Int32
    /// How many units.
    public var quantity: Int64
    /// Of a unit, before promotions.
    public var unitPrice: Amount
    /// The place in ``PriceBook/lists`` of the list that the unit price is of; nil: it is a kit's sum.
    public var list: Int32?
    /// From which quantity on the unit price counts; 0: it is a kit's sum.
    public var minimumQuantity: Int64
    /// The list price of a unit; nil: there is none.
    public var listPrice: Amount?
    /// The minimum advertised price of a unit; nil: there is none.
    public var minimumAdvertisedPrice: Amount?
    /// The floor of a unit; nil: there is none.
    public var floor: Amount?
    /// Unit price times quantity.
    public var subtotal: Amount
    /// What promotions take off, floors considered.
    public var discount: Amount
    /// Subtotal less discount, rounded.
    public var net: Amount
    /// A unit's part of subtotal less discount, rounded to the currency and not under the floor: for showing.
    public var unitNet: Amount
    /// The deposit of a unit; nil: there is none.
    public var coreCharge: Amount?
    /// The deposits.
    public var coreTotal: Amount
    /// Net and deposits.
    public var total: Amount
    /// Its components among ``PricedQuote/components``; they make up its total.
    public var components: Range<Int>
    /// What was considered of it, among ``PricedQuote/considered``.
    public var considered: Range<Int>
}

/// What became of a coupon.
public struct PricedCoupon: Hashable, Sendable {
    /// The place in ``PriceBook/rules`` of its rule; nil: it has none.
    public var rule: Int32?
    /// What it took off.
    public var amount: Amount
    /// Why it took nothing off; nil: it did.
    public var reason: LossReason?
}

/// What redeeming has to name so that a use is counted.
public struct PricedUse: Hashable, Sendable {
    /// The place in ``PriceBook/rules``.
    public var rule: Int32
    /// The place in ``QuoteInput/coupons`` of the coupon that asked for it; nil: none did.
    public var coupon: Int32?
    /// What it took off.
    public var amount: Amount
}

/// What the lines of a quote cost, and why. Numbers, and places of lists, rules and SKUs: the service finds their names.
public struct PricedQuote: Hashable, Sendable {
    /// Equal for quotes that are equal in every number, list, rule and coupon: 32 hexadecimal digits.
    public var version: String
    /// What the lines cost, in their order.
    public var lines: [PricedLine]
    /// The components of all lines.
    public var components: [PricedComponent]
    /// What was considered of all lines; empty unless it was asked for.
    public var considered: [ConsideredLoss]
    /// The lines' subtotals together.
    public var subtotal: Amount
    /// The lines' discounts together.
    public var discount: Amount
    /// The lines' nets together.
    public var net: Amount
    /// The lines' deposits together.
    public var coreTotal: Amount
    /// Everything together.
    public var total: Amount
    /// What became of the coupons, in their order.
    public var coupons: [PricedCoupon]
    /// The rates that were used, each once, by currencies.
    public var rates: [CurrencyRate]
    /// Rules and coupons with limits that the quote makes use of, in the order of rules.
    public var limitedUses: [PricedUse]
    /// When something that the quote goes by is known to change; nil: nothing that is known.
    public var validUntil: Instant?
}
