public import PricingMessages

/// What a rule must be like beyond what the rules of its fields in the proto say.
public enum PriceRuleRules {
    /// The most rules of a brand.
    public static let maximumRules = 2_000

    /// - Throws: ``PricingRefusal`` with all that is wrong with the rule, by fields of the document.
    public static func check(_ rule: PriceRule) throws(PricingRefusal) { _ = try BookRule(rule) }

    /// The rule as it is stored: without what only answers have, under the id of its path.
    public static func normalized(_ rule: PriceRule, id: String) -> PriceRule {
        var rule = rule
        rule.ruleID = id
        rule.version = 0
        rule.createdAt = nil
        rule.changedAt = nil
        rule.usesRedeemed = 0
        rule.amountRedeemed = ""
        return rule
    }
}
