public import Money
internal import PricingMessages

/// An amount of a currency.
public struct Money: Hashable, Sendable {
    /// How much.
    public let amount: Amount
    /// Of what.
    public let currency: Currency

    /// An amount of a currency.
    public init(amount: Amount, currency: Currency) {
        self.amount = amount
        self.currency = currency
    }

    /// What two fields say. Faults are added; nil, where there are some.
    init?(_ amount: String, currency: String, field: String, currencyField: String, _ faults: inout PricingFaults) {
        let amount = faults.collect { () throws(PricingRefusal) in try Amount(amount, field: field) }
        let currency = faults.collect { () throws(PricingRefusal) in try Currency(currency, field: currencyField) }
        guard let amount, let currency else { return nil }
        self.init(amount: amount, currency: currency)
    }

    /// What two fields say, if the first says something. Faults are added; nil, where it does not or there are some.
    init?(
        optional amount: String, currency: String, field: String, currencyField: String, _ faults: inout PricingFaults
    ) {
        guard !amount.isEmpty else { return nil }
        self.init(amount, currency: currency, field: field, currencyField: currencyField, &faults)
    }
}
