public import Money
public import PricingMessages

extension Rounding {
    /// What settings say of a currency.
    ///
    /// - Parameter field: Where it stands, for the refusal.
    public init(_ rounding: CurrencyRounding, field: String) throws(PricingRefusal) {
        let currency = try Currency(rounding.currency, field: "\(field).currency")
        let mode: Mode
        switch rounding.mode {
        case .unspecified, .halfEven: mode = .halfEven
        case .halfUp: mode = .halfUp
        case .halfDown: mode = .halfDown
        case .up: mode = .up
        case .down: mode = .down
        case .unrecognized(let number):
            throw .unknownNumber(number, field: "\(field).mode")
        }
        let increment =
            rounding.increment.isEmpty
            ? currency.minorUnit : try Amount(rounding.increment, field: "\(field).increment")
        guard let rounding = Self(mode, increment: increment) else {
            throw PricingRefusal(
                .invalidAmount, field: "\(field).increment", "is zero",
                expected: "an amount above 0, or none for the minor unit")
        }
        self = rounding
    }
}

extension PricingRefusal {
    /// An enum's number that this version does not know.
    static func unknownNumber(_ number: Int32, field: String) -> Self {
        Self(
            .invalidValue, field: field, "has the unknown number \(number)",
            expected: "one of those in the API's description")
    }
}
