internal import PricingMessages

extension PricingRefusal {
    /// The brand has no such rule.
    ///
    /// - Parameter field: Where it is named.
    public static func ruleNotFound(_ id: String, field: String) -> Self {
        Self(.ruleNotFound, field: field, "is \(id.debugDescription), which is no rule", expected: "the id of a rule")
    }

    /// The brand has no such coupon.
    ///
    /// - Parameter field: Where it is named.
    public static func couponNotFound(_ code: String, field: String) -> Self {
        Self(
            .couponNotFound, field: field, "is \(code.debugDescription), which is no coupon",
            expected: "the code of a coupon")
    }

    /// The brand has no such kit.
    ///
    /// - Parameter field: Where it is named.
    public static func kitNotFound(_ sku: String, field: String) -> Self {
        Self(.kitNotFound, field: field, "is \(sku.debugDescription), which is no kit", expected: "the SKU of a kit")
    }

    /// The brand has no such redemption.
    public static func redemptionNotFound(_ id: String) -> Self {
        Self(
            .redemptionNotFound, field: "redemptionId", "is \(id.debugDescription), which is no redemption",
            expected: "the id of a redemption")
    }
}
