public import OrderMessages
public import Refusals

/// What pricing says an order's lines cost. Amounts are in micros.
public struct AgreedPrices: Hashable, Sendable {
    /// What one line costs.
    public struct Line: Hashable, Sendable {
        /// Of a unit.
        public private(set) var price: Int64
        /// Of the whole line; not below zero.
        public private(set) var discount: Int64
        /// The deposit of a unit.
        public var coreCharge: Int64
        /// The list that the price is of; empty: a kit's sum.
        public var listID: String
        /// The rules that changed it.
        public var ruleIDs: [String]

        /// The price of a line.
        ///
        /// Where promotions and rounding come to more than the unit price times the units, as floors make it, the unit price
        /// is raised until it reaches the sum, and what it then is beyond is taken off: so prices less reductions are
        /// always what was quoted, to the last decimal.
        ///
        /// - Parameters:
        ///   - unitPrice: Before promotions.
        ///   - net: Of the whole line, behind promotions and rounding.
        ///   - quantity: Units; at least 1.
        /// - Throws: ``OrderRefusal`` with `invalidAmount` where the line comes to more than can be kept.
        public init(
            unitPrice: Int64, net: Int64, quantity: Int64, coreCharge: Int64, listID: String, ruleIDs: [String],
            field: @autoclosure () -> String
        ) throws(OrderRefusal) {
            self.price = unitPrice
            var subtotal = try OrderAmount.product(unitPrice, quantity, field: field())
            if net > subtotal {
                self.price = net / quantity + (net % quantity == 0 ? 0 : 1)
                subtotal = try OrderAmount.product(self.price, quantity, field: field())
            }
            self.discount = subtotal - net
            self.coreCharge = coreCharge
            self.listID = listID
            self.ruleIDs = ruleIDs
        }
    }

    /// The quote's version.
    public var version: String
    /// One for each line of the order, in their order.
    public var lines: [Line]
    /// What has to be redeemed for it.
    public var uses: [PromisedUse]

    /// Prices with all that they consist of.
    public init(version: String, lines: [Line], uses: [PromisedUse] = []) {
        self.version = version
        self.lines = lines
        self.uses = uses
    }
}
