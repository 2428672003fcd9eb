public import Money
public import PricingMessages

/// What a unit of one currency is worth in another, from an instant on.
public struct CurrencyRate: Hashable, Sendable {
    /// How many make one: rates are kept in millionths of a millionth.
    public static let picosPerOne: Int64 = 1_000_000_000_000
    /// The greatest rate: one below 9 million.
    public static let maximumPicos: Int64 = 8_999_999_999_999_999_999

    /// The currency that one unit is of.
    public let base: Currency
    /// The currency in which it is told what that is worth.
    public let quote: Currency
    /// Since when.
    public let at: Instant
    /// How many units of the second currency one of the first is worth, in 10^-12; above zero.
    public let picos: Int64
    /// Who says so.
    public let source: String

    /// A rate that was checked before, such as a stored one.
    public init(base: Currency, quote: Currency, at: Instant, picos: Int64, source: String) {
        self.base = base
        self.quote = quote
        self.at = at
        self.picos = picos
        self.source = source
    }

    /// The rate that a message says.
    ///
    /// - Parameter field: Where it stands, for the refusal: `rates[3]`.
    /// - Throws: ``PricingRefusal`` with all that is wrong with it.
    public init(_ rate: ExchangeRate, field: String) throws(PricingRefusal) {
        var faults = PricingFaults()
        let base = faults.collect { () throws(PricingRefusal) in
            try Currency(rate.baseCurrency, field: "\(field).baseCurrency")
        }
        let quote = faults.collect { () throws(PricingRefusal) in
            try Currency(rate.quoteCurrency, field: "\(field).quoteCurrency")
        }
        if let base, base == quote {
            faults.add(.invalidValue, "\(field).quoteCurrency", "is the same", expected: "another than baseCurrency")
        }
        let at = faults.collect { () throws(PricingRefusal) in
            guard let at = rate.at else {
                throw PricingRefusal(.invalidValue, field: "\(field).at", "is missing", expected: "an instant")
            }
            return try Instant(at, field: "\(field).at")
        }
        let picos = faults.collect { () throws(PricingRefusal) in
            try Self.picos(rate.rate, field: "\(field).rate")
        }
        if rate.source.isEmpty {
            faults.add(.invalidValue, "\(field).source", "is missing", expected: "who says so, such as ECB")
        }
        try faults.refuse()
        guard let base, let quote, let at, let picos else { throw faults.refusal }
        self.init(base: base, quote: quote, at: at, picos: picos, source: rate.source)
    }

    /// Its decimal text: "1.0834".
    public var text: String { DecimalText.format(self.picos, scale: 12, places: 0) }

    private static func picos(_ text: String, field: String) throws(PricingRefusal) -> Int64 {
        let expected = "a decimal number above 0 and below 9000000 with at most 12 decimal places, such as 1.0834"
        let parsed: Int64
        do { parsed = try DecimalText.parse(text, decimalPlaces: 12) } catch {
            throw PricingRefusal(.invalidAmount, field: field, error.reason, expected: expected)
        }
        guard parsed > 0, parsed <= Self.maximumPicos else {
            throw PricingRefusal(.invalidAmount, field: field, "is \(text)", expected: expected)
        }
        return parsed
    }

    /// What an amount of the base is in the quote currency, rounded half to even to a millionth; nil: too much.
    public func converted(_ amount: Amount) -> Amount? {
        let product = Int128(amount.micros) * Int128(self.picos)
        return Int64(exactly: Rounding.divide(product, by: Int128(Self.picosPerOne), .halfEven))
            .map(Amount.init(micros:))
    }

    /// What an amount of the quote currency is in the base, rounded half to even to a millionth; nil: too much.
    public func convertedBack(_ amount: Amount) -> Amount? {
        let product = Int128(amount.micros) * Int128(Self.picosPerOne)
        return Int64(exactly: Rounding.divide(product, by: Int128(self.picos), .halfEven)).map(Amount.init(micros:))
    }
}
