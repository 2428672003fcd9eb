public import Money
internal import PricingMessages

extension Currency {
    /// The currency of a code of three capital letters.
    ///
    /// - Parameter field: Where it stands, for the refusal.
    /// - Throws: ``PricingRefusal`` with `unknownCurrency`.
    public init(_ code: String, field: String) throws(PricingRefusal) {
        guard let currency = Self(code: code) else {
            throw PricingRefusal(
                .unknownCurrency, field: field, code.isEmpty ? "is missing" : "is \(code.debugDescription)",
                expected: "a code of ISO 4217, such as USD")
        }
        self = currency
    }
}
