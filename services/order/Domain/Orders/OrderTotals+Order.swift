public import OrderMessages
public import Refusals

extension OrderTotals {
    /// The sums of an order as it stands: of what is not cancelled, and of the payments and refunds on record.
    ///
    /// Where no unit of any line is left nothing is paid, neither shipping. The order's own reductions are never more than
    /// what its lines come to.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept.
    public init(of order: Order) throws(OrderRefusal) {
        self.init()
        let lines = try Lines(of: order)
        let (fees, paid, refunded) = try (Self.fees(of: order), Self.paid(of: order), Self.refunded(of: order))
        self.fees = Decimal(micros: fees)
        self.paid = Decimal(micros: paid)
        self.refunded = Decimal(micros: refunded)
        var (discount, shipping, tax) = (lines.discount, Int64(0), lines.tax)
        if lines.hasUnits {
            for (place, entry) in order.discounts.enumerated() {
                discount = try OrderAmount.sum(
                    discount, entry.amount?.micros ?? 0, field: "discounts[\(place)].amount")
            }
            discount = min(discount, lines.items)
            shipping = order.shipping?.micros ?? 0
            tax = try OrderAmount.sum(tax, order.shippingTax?.micros ?? 0, field: "shippingTax")
        }
        var total = try OrderAmount.sum(lines.items - discount, lines.core, field: "items")
        total = try OrderAmount.sum(total, shipping, field: "shipping")
        if !order.taxIncluded { total = try OrderAmount.sum(total, tax, field: "items") }
        self.items = Decimal(micros: lines.items)
        self.discount = Decimal(micros: discount)
        self.core = Decimal(micros: lines.core)
        self.shipping = Decimal(micros: shipping)
        self.tax = Decimal(micros: order.taxIncluded ? 0 : tax)
        self.total = Decimal(micros: total)
    }

    private static func fees(of order: Order) throws(OrderRefusal) -> Int64 {
        var sum: Int64 = 0
        for (place, fee) in order.fees.enumerated() {
            sum = try OrderAmount.sum(sum, fee.amount?.micros ?? 0, field: "fees[\(place)].amount")
        }
        return sum
    }

    private static func paid(of order: Order) throws(OrderRefusal) -> Int64 {
        var sum: Int64 = 0
        for payment in order.payments where payment.kind == .payment {
            sum = try OrderAmount.sum(sum, payment.amount?.micros ?? 0, field: "payments")
        }
        return sum
    }

    private static func refunded(of order: Order) throws(OrderRefusal) -> Int64 {
        var sum: Int64 = 0
        for refund in order.refunds { sum = try OrderAmount.sum(sum, refund.amount?.micros ?? 0, field: "refunds") }
        return sum
    }

    /// The sums over an order's lines.
    private struct Lines {
        var (items, discount, core, tax): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        var hasUnits = false

        init(of order: Order) throws(OrderRefusal) {
            for (place, item) in order.items.enumerated() where item.quantity > item.cancelled {
                let amounts = try LineAmounts(item, currency: order.currency, field: "items[\(place)]")
                self.items = try OrderAmount.sum(self.items, amounts.items, field: "items")
                self.discount = try OrderAmount.sum(self.discount, amounts.discount, field: "items")
                self.core = try OrderAmount.sum(self.core, amounts.core, field: "items")
                self.tax = try OrderAmount.sum(self.tax, amounts.tax, field: "items")
                self.hasUnits = true
            }
        }
    }
}

extension Order {
    /// Brings the sums of the order and of its lines up to date: behind every change of lines, payments or refunds.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept; nothing is changed then.
    public mutating func recount() throws(OrderRefusal) {
        let totals = try OrderTotals(of: self)
        var lines: [Int64] = []
        lines.reserveCapacity(self.items.count)
        for (place, item) in self.items.enumerated() {
            let amounts = try LineAmounts(item, currency: self.currency, field: "items[\(place)]")
            try lines.append(amounts.total(taxIncluded: self.taxIncluded))
        }
        for (place, total) in lines.enumerated() { self.items[place].total = Decimal(micros: total) }
        self.totals = totals
    }
}
