internal import Money
internal import PricingMessages

/// What a rule does.
public enum RuleEffect: Hashable, Sendable {
    /// A share is taken off each unit.
    case percentOff(Share)
    /// An amount is taken off each unit.
    case amountOff(Money)
    /// A unit costs this, where that is less.
    case fixedPrice(Money)
    /// Some units are reduced for those who buy others.
    case buyAndGet(BuyAndGetTerms)
    /// Units of several products are reduced together.
    case bundle(BundleTerms)
    /// A share is taken off the quote's selected lines as a whole.
    case percentOffQuote(Share)
    /// An amount is taken off the quote's selected lines.
    case amountOffQuote(Money)
    /// A floor: this share of the net price is left above the cost.
    case marginGuard(Share)
    /// A floor: this share of the list price.
    case minimumOfListPrice(Share)

    /// The step in which it is done.
    var stage: PricingStage {
        switch self {
        case .percentOff, .amountOff, .fixedPrice: .units
        case .buyAndGet: .buyAndGet
        case .bundle: .bundles
        case .percentOffQuote, .amountOffQuote: .quote
        case .marginGuard, .minimumOfListPrice: .floors
        }
    }

    /// The currency that its amounts are in; nil: it has none.
    var currency: Currency? {
        switch self {
        case .amountOff(let money), .fixedPrice(let money), .amountOffQuote(let money): money.currency
        case .bundle(let bundle):
            if case .price(let money) = bundle.reduction { money.currency } else { nil }
        default: nil
        }
    }

    /// What a message says. Faults are added; nil, where there are some.
    init?(_ effect: PriceRule.Effect?, _ faults: inout PricingFaults) {
        switch effect {
        case nil:
            faults.add(
                .invalidValue, "effect", "is missing",
                expected: "one of percentOff, amountOff, fixedPrice, buyAndGet, bundle, marginGuard, minimumOfListPrice"
            )
            return nil
        case .percentOff(let off):
            guard let share = Self.reduction(off.percent, "percentOff.percent", &faults) else { return nil }
            self = off.ofQuote ? .percentOffQuote(share) : .percentOff(share)
        case .amountOff(let off):
            guard let money = Self.positive(off.amount, off.currency, "amountOff", &faults) else { return nil }
            self = off.ofQuote ? .amountOffQuote(money) : .amountOff(money)
        case .fixedPrice(let price):
            let money = Money(
                price.amount, currency: price.currency, field: "fixedPrice.amount",
                currencyField: "fixedPrice.currency",
                &faults)
            guard let money else { return nil }
            self = .fixedPrice(money)
        case .buyAndGet(let terms):
            guard let terms = BuyAndGetTerms(terms, &faults) else { return nil }
            self = .buyAndGet(terms)
        case .bundle(let terms):
            guard let terms = BundleTerms(terms, &faults) else { return nil }
            self = .bundle(terms)
        case .marginGuard(let guarded):
            let share = Self.floor(guarded.percent, 0...999_999, "marginGuard.percent", "0 to below 100", &faults)
            guard let share else { return nil }
            self = .marginGuard(share)
        case .minimumOfListPrice(let minimum):
            let share = Self.floor(
                minimum.percent, 1...1_000_000, "minimumOfListPrice.percent", "above 0, at most 100,", &faults)
            guard let share else { return nil }
            self = .minimumOfListPrice(share)
        }
    }

    fileprivate static func reduction(_ percent: String, _ field: String, _ faults: inout PricingFaults) -> Share? {
        faults.collect { () throws(PricingRefusal) in try Share.reduction(percent, field: field) }
    }

    private static func floor(
        _ percent: String, _ range: ClosedRange<Int64>, _ field: String, _ words: String, _ faults: inout PricingFaults
    ) -> Share? {
        faults.collect { () throws(PricingRefusal) in
            try Share(
                percent: percent, in: range, field: field,
                expected: "a percentage of \(words) with at most 4 decimal places, such as 15")
        }
    }

    private static func positive(
        _ amount: String, _ currency: String, _ field: String, _ faults: inout PricingFaults
    ) -> Money? {
        let money = Money(
            amount, currency: currency, field: "\(field).amount", currencyField: "\(field).currency", &faults)
        guard let money else { return nil }
        guard money.amount > .zero else {
            faults.add(.invalidAmount, "\(field).amount", "is zero", expected: "an amount above 0")
            return nil
        }
        return money
    }
}

/// Who buys so many gets so many others for less.
public struct BuyAndGetTerms: Hashable, Sendable {
    /// How many units are bought.
    public let buyQuantity: Int64
    /// How many others are reduced for them.
    public let getQuantity: Int64
    /// Which; nil: the rule's products.
    public let products: Selection?
    /// What is taken off those.
    public let reduction: Share
    /// How often in one quote; nil: as often as it goes.
    public let maximumTimes: Int64?

    /// What a message says. Faults are added; nil, where there are some.
    init?(_ terms: BuyAndGet, _ faults: inout PricingFaults) {
        for (field, value) in [("buyQuantity", terms.buyQuantity), ("getQuantity", terms.getQuantity)] where value < 1 {
            faults.add(.invalidValue, "buyAndGet.\(field)", "is \(value)", expected: "1 or more")
        }
        if terms.maximumTimes < 0 {
            faults.add(.invalidValue, "buyAndGet.maximumTimes", "is \(terms.maximumTimes)", expected: "0 or more")
        }
        self.products = terms.getProducts.map { Selection($0, field: "buyAndGet.getProducts", &faults) }
        guard let share = RuleEffect.reduction(terms.percent, "buyAndGet.percent", &faults), faults.isEmpty
        else { return nil }
        self.buyQuantity = terms.buyQuantity
        self.getQuantity = terms.getQuantity
        self.reduction = share
        self.maximumTimes = terms.maximumTimes > 0 ? terms.maximumTimes : nil
    }
}

/// Products that cost less together.
public struct BundleTerms: Hashable, Sendable {
    /// What the products together are for.
    public enum Reduction: Hashable, Sendable {
        /// All of them cost this, where that is less.
        case price(Money)
        /// A share is taken off.
        case share(Share)
    }

    /// What is in it, each product once.
    public let parts: [KitPart]
    /// What it costs, or costs less.
    public let reduction: Reduction
    /// How often in one quote; nil: as often as it goes.
    public let maximumTimes: Int64?

    /// What a message says. Faults are added; nil, where there are some.
    init?(_ bundle: Bundle, _ faults: inout PricingFaults) {
        let parts = BundleItems.read(bundle.items, field: "bundle.items", &faults)
        if bundle.maximumTimes < 0 {
            faults.add(.invalidValue, "bundle.maximumTimes", "is \(bundle.maximumTimes)", expected: "0 or more")
        }
        switch bundle.reduction {
        case nil:
            faults.add(.invalidValue, "bundle.price", "is missing", expected: "a price or a percentage")
            return nil
        case .price(let price):
            let money = Money(
                price, currency: bundle.currency, field: "bundle.price", currencyField: "bundle.currency", &faults)
            guard let money else { return nil }
            self.reduction = .price(money)
        case .percent(let percent):
            guard let share = RuleEffect.reduction(percent, "bundle.percent", &faults) else { return nil }
            self.reduction = .share(share)
        }
        guard faults.isEmpty else { return nil }
        self.parts = parts
        self.maximumTimes = bundle.maximumTimes > 0 ? bundle.maximumTimes : nil
    }
}
