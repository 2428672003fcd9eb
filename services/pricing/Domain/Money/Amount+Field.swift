public import Money
internal import PricingMessages

extension Amount {
    /// The amount that a field says: digits with at most six behind a point, such as "12.99"; never below zero.
    ///
    /// - Parameter field: Where it stands, for the refusal.
    public init(_ text: String, field: String) throws(PricingRefusal) {
        do { try self.init(text) } catch {
            throw PricingRefusal(
                .invalidAmount, field: field, error.reason,
                expected: "a decimal number from 0 to below 9000000000 with at most 6 decimal places, such as 12.99")
        }
    }
}
