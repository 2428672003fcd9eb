/// Which list takes which prices of a file of PIES.
public struct PIESListChoice: Hashable, Sendable {
    /// The type of the price, such as "JBR"; empty: any.
    public var tradeCode: String
    /// The number of its price sheet; empty: any.
    public var sheetNumber: String
    /// The currency that it is in; empty: any.
    public var currency: String
    /// The list that takes it.
    public var listID: String

    /// A choice with all that it asks for.
    public init(tradeCode: String = "", sheetNumber: String = "", currency: String = "", listID: String) {
        self.tradeCode = tradeCode
        self.sheetNumber = sheetNumber
        self.currency = currency
        self.listID = listID
    }

    /// Whether the list takes such a price. One of unknown currency is taken by a list of any.
    func holds(tradeCode: String, sheetNumber: String, currency: String) -> Bool {
        (self.tradeCode.isEmpty || self.tradeCode == tradeCode)
            && (self.sheetNumber.isEmpty || self.sheetNumber == sheetNumber)
            && (self.currency.isEmpty || currency.isEmpty || self.currency == currency)
    }
}
