internal import OrderMessages

/// What the lines of an order cost the buyer, without deposits and shipping: prices, less the lines' reductions and their
/// share of the order's, with tax. It is what can be given back for their units.
///
/// Of the units that are not cancelled; all lines together come to exactly what the order's totals count for them. The units
/// of a line cost the same, rounded down to the currency's smallest amount, and the last takes what rounding left.
struct LineCosts {
    /// What each line cost, and how many units that was for.
    private let lines: [(cost: Int64, units: Int64)]
    /// The currency's smallest amount.
    private let step: Int64

    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept.
    init(of order: Order) throws(OrderRefusal) {
        let step = OrderAmount.minorUnit(of: order.currency) ?? 1
        var amounts: [LineAmounts] = []
        amounts.reserveCapacity(order.items.count)
        for (place, item) in order.items.enumerated() {
            amounts.append(try LineAmounts(item, currency: order.currency, field: "items[\(place)]"))
        }
        let reductions = order.discounts.reduce(Int128(0)) { $0 + Int128($1.amount?.micros ?? 0) }
        let shares = Self.spread(reductions, over: amounts.map { max(0, $0.items - $0.discount) }, step: step)
        var lines: [(cost: Int64, units: Int64)] = []
        lines.reserveCapacity(amounts.count)
        for (place, line) in amounts.enumerated() {
            let untaxed = max(0, line.items - line.discount - shares[place])
            let cost =
                order.taxIncluded ? untaxed : try OrderAmount.sum(untaxed, line.tax, field: "items[\(place)].tax")
            lines.append((cost, order.items[place].quantity - order.items[place].cancelled))
        }
        self.lines = lines
        self.step = step
    }

    /// What some units of a line cost: of those that are not cancelled, in the order in which they are given back.
    ///
    /// - Parameters:
    ///   - place: The line's place in the order.
    ///   - units: Their places among the line's, from 0 on; behind the last they cost nothing.
    func cost(of place: Int, units: Range<Int64>) -> Int64 {
        let (cost, all) = self.lines[place]
        return Self.part(cost, Int128(units.upperBound), of: Int128(all), step: self.step)
            - Self.part(cost, Int128(units.lowerBound), of: Int128(all), step: self.step)
    }

    /// What a whole line cost.
    func cost(of place: Int) -> Int64 { self.lines[place].cost }

    /// Spreads an amount over lines by their values; the parts come to it exactly, or to all values where they are less.
    private static func spread(_ amount: Int128, over values: [Int64], step: Int64) -> [Int64] {
        let all = values.reduce(Int128(0)) { $0 + Int128($1) }
        let spread = Int64(clamping: max(0, min(amount, all)))
        var (sum, given) = (Int128(0), Int64(0))
        return values.map { value in
            sum += Int128(value)
            let until = Self.part(spread, sum, of: all, step: step)
            defer { given = until }
            return until - given
        }
    }

    /// A part of an amount, rounded down to the step; the whole is exact.
    ///
    /// Of at most 250 amounts below 2^63, and of units below 2^30, the product is far below 2^127.
    private static func part(_ amount: Int64, _ part: Int128, of all: Int128, step: Int64) -> Int64 {
        guard part < all else { return amount }
        // The quotient is less than the amount.
        return Int64(clamping: Int128(amount) * part / all / Int128(step) * Int128(step))
    }
}
