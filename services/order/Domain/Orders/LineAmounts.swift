internal import Money
public import OrderMessages
public import Refusals

/// What a line of an order comes to, for the units that are not cancelled. Amounts are in micros.
public struct LineAmounts: Hashable, Sendable {
    /// Price times units.
    public private(set) var items: Int64 = 0
    /// What the line's own reduction takes off.
    public private(set) var discount: Int64 = 0
    /// Deposits.
    public private(set) var core: Int64 = 0
    /// Tax, whether prices have it in them or not.
    public private(set) var tax: Int64 = 0

    /// Nothing.
    public init() {}

    /// The amounts of a line: for its units that are not cancelled.
    ///
    /// - Parameters:
    ///   - currency: In whose smallest amounts a share of a reduction or tax is counted.
    ///   - field: Where the line stands, for the refusal: `items[2]`.
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where an amount is greater than can be kept.
    public init(_ item: OrderItem, currency: String, field: @autoclosure () -> String) throws(OrderRefusal) {
        try self.init(item, units: item.quantity - item.cancelled, currency: currency, field: field())
    }

    /// The amounts of some units of a line.
    ///
    /// - Parameter units: From 0 to the line's quantity.
    public init(
        _ item: OrderItem, units: Int64, currency: String, field: @autoclosure () -> String
    ) throws(OrderRefusal) {
        guard units > 0 else { return }
        self.items = try OrderAmount.product(item.price?.micros ?? 0, units, field: "\(field()).price")
        self.core = try OrderAmount.product(item.coreCharge?.micros ?? 0, units, field: "\(field()).coreCharge")
        self.discount = Self.share(item.discount, units, of: item.quantity, currency: currency)
        self.tax = Self.share(item.tax, units, of: item.quantity, currency: currency)
    }

    /// The share that some units have of an amount of the whole line: a half of the smallest amount goes to the even one.
    private static func share(_ amount: Decimal?, _ units: Int64, of all: Int64, currency: String) -> Int64 {
        guard let micros = amount?.micros, micros != 0 else { return 0 }
        guard units < all else { return micros }
        let step = Int128(OrderAmount.minorUnit(of: currency) ?? 1)
        let steps = Rounding.divide(Int128(micros) * Int128(units), by: Int128(all) * step, .halfEven)
        // A share of an amount, rounded to a step that is at most a unit, is not far beyond the amount.
        return Int64(exactly: steps * step) ?? micros
    }

    /// What the buyer pays for the line.
    ///
    /// - Parameter taxIncluded: Prices have the tax in them.
    public func total(taxIncluded: Bool) throws(OrderRefusal) -> Int64 {
        var total = try OrderAmount.sum(self.items, -self.discount, field: "items")
        total = try OrderAmount.sum(total, self.core, field: "items")
        return taxIncluded ? total : try OrderAmount.sum(total, self.tax, field: "items")
    }
}
