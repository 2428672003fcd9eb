public import Money
public import PricingMessages

/// A price list as quotes go by it: its document, checked and read.
public struct BookList: Hashable, Sendable {
    /// What stands for it in prices.
    public let number: Int32
    /// Its id.
    public let id: String
    /// What its prices are.
    public let type: PriceType
    /// What its prices are in.
    public let currency: Currency
    /// For whom it counts.
    public let scope: Scope
    /// The greater goes first.
    public let priority: Int32
    /// When it counts.
    public let period: Period
    /// A greater quantity never has a higher price.
    public let hasMonotoneTiers: Bool
    /// Quotes in other currencies take its prices, too.
    public let servesOtherCurrencies: Bool
    /// Its prices do not count.
    public let isSuspended: Bool

    /// The list that a document describes.
    ///
    /// - Parameters:
    ///   - list: The document; fields that only answers have are not looked at.
    ///   - number: What stands for it in prices.
    /// - Throws: ``PricingRefusal`` with all that is wrong with it, by fields of the document.
    public init(_ list: PriceList, number: Int32) throws(PricingRefusal) {
        var faults = PricingFaults()
        switch list.type {
        case .selling, .list, .minimumAdvertised, .cost, .core: break
        case .unspecified:
            faults.add(.invalidValue, "type", "is missing", expected: "what the list's prices are, such as selling")
        case .unrecognized(let number):
            _ = faults.collect { () throws(PricingRefusal) in throw .unknownNumber(number, field: "type") }
        }
        let currency = faults.collect { () throws(PricingRefusal) in try Currency(list.currency, field: "currency") }
        let period = faults.collect { () throws(PricingRefusal) in
            try Period(validFrom: list.validFrom, validTo: list.validTo)
        }
        guard let currency, let period, faults.isEmpty else { throw faults.refusal }
        self.number = number
        self.id = list.listID
        self.type = list.type
        self.currency = currency
        self.scope = Scope(list.scope)
        self.priority = list.priority
        self.period = period
        self.hasMonotoneTiers = list.monotoneTiers
        self.servesOtherCurrencies = list.servesOtherCurrencies
        self.isSuspended = list.suspended
    }

    /// Whether it could give a price where the other one could, too, and nothing says which of them goes first.
    ///
    /// Lists that are suspended overlap with none.
    public func overlaps(_ other: BookList) -> Bool {
        self.type == other.type && self.currency == other.currency && self.priority == other.priority
            && !self.isSuspended && !other.isSuspended && self.period.overlaps(other.period)
            && self.scope.intersects(other.scope)
    }

    /// Whether the left one is asked for a price first, of the lists that count for a quote: the greater priority, then the
    /// quote's own currency, then the lesser id by bytes.
    static func isAsked(_ left: BookList, before right: BookList, in currency: Currency) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        let isOwn = (left.currency == currency, right.currency == currency)
        if isOwn.0 != isOwn.1 { return isOwn.0 }
        return left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
}
