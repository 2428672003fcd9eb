/// The steps in which a price comes about, in their order.
///
/// Two stages have no rules yet: prices of subscriptions, and rules that go by signals such as the age of stock, its
/// velocity, or competitors. Their places are kept: a subscription sets what later reductions are taken off, and signals
/// move a price before customers are given reductions of it.
public enum PricingStage: Int, CaseIterable, Comparable, Sendable {
    /// What a unit costs by the lists, or by the parts of a kit.
    case base
    /// Kept for prices of subscriptions.
    case subscriptions
    /// Kept for rules that go by signals.
    case signals
    /// Percent and amount off a unit, and fixed prices.
    case units
    /// Who buys some gets others for less.
    case buyAndGet
    /// What costs less together.
    case bundles
    /// Percent and amount off the quote.
    case quote
    /// What was reduced too far is given back.
    case floors
    /// To whole steps of the currency.
    case rounding
    /// Deposits are added.
    case core

    /// Whether the left one comes first.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
