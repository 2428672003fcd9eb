public import Money
public import PricingDomain

/// A list whose prices are written.
public struct ExportedList: Hashable, Sendable {
    /// What names it.
    public var listID: String
    /// For people.
    public var name: String
    /// Of ISO 4217.
    public var currency: String
    /// The trade's code of its prices, which PIES asks for; empty: none.
    public var tradeCode: String
    /// The number of the trade's price sheet; empty: none.
    public var sheetNumber: String
    /// When it counts.
    public var period: Period

    /// A list with all that is written of it.
    public init(
        listID: String, name: String = "", currency: String, tradeCode: String = "", sheetNumber: String = "",
        period: Period = .always
    ) {
        self.listID = listID
        self.name = name
        self.currency = currency
        self.tradeCode = tradeCode
        self.sheetNumber = sheetNumber
        self.period = period
    }
}

/// A price that is written.
public struct ExportedPrice: Hashable, Sendable {
    /// In which list it is.
    public var list: ExportedList
    /// From 1 on.
    public var minimumQuantity: Int64
    /// When it counts.
    public var period: Period
    /// In the list's currency.
    public var amount: Amount

    /// A price with all that it consists of.
    public init(list: ExportedList, minimumQuantity: Int64 = 1, period: Period = .always, amount: Amount) {
        self.list = list
        self.minimumQuantity = minimumQuantity
        self.period = period
        self.amount = amount
    }
}

/// Writes a file piece by piece: what is taken out was never in memory as a whole.
public protocol PriceFileWriter: Sendable {
    /// Adds the prices of a SKU; each SKU once.
    ///
    /// - Returns: Why prices are left out that the format cannot carry, one reason for each.
    mutating func append(_ prices: [ExportedPrice], of sku: String) -> [String]
    /// Adds what ends the file.
    mutating func complete()
    /// Takes out what is written so far.
    mutating func take() -> [UInt8]
}
