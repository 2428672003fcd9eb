/// Spreads an amount over parts in proportion to what they cost.
enum Spread {
    /// What is taken off each part: together the total, from none more than it costs.
    ///
    /// In whole steps of the currency, so that parts that were payable stay so: each part gets the steps that are its share
    /// in full; those that are left go, one each, to the parts with the largest remainders, of equal ones to the first. What
    /// is less than a step goes with the last of them.
    ///
    /// - Parameters:
    ///   - total: At least 0; more than all parts cost counts as that.
    ///   - costs: What the parts cost, each at least 0, together within 64 bits.
    ///   - step: Above 0.
    static func shares(of total: Int64, over costs: [Int64], step: Int64) -> [Int64] {
        let sum = costs.reduce(0, +)
        guard total < sum else { return costs }
        guard total > 0 else { return [Int64](repeating: 0, count: costs.count) }
        var shares: [Int64] = []
        var remainders: [(part: Int, rest: Int128)] = []
        shares.reserveCapacity(costs.count)
        remainders.reserveCapacity(costs.count)
        let divisor = Int128(sum) * Int128(step)
        var left = total
        for (part, cost) in costs.enumerated() {
            let (steps, rest) = (Int128(total) * Int128(cost)).quotientAndRemainder(dividingBy: divisor)
            // No more than the total, so it fits.
            let share = Int64(steps) * step
            shares.append(share)
            remainders.append((part, rest))
            left -= share
        }
        guard left > 0 else { return shares }
        remainders.sort { ($0.rest, $1.part) > ($1.rest, $0.part) }
        for (part, _) in remainders where left > 0 {
            let more = min(step, left)
            guard shares[part] + more <= costs[part] else { continue }
            shares[part] += more
            left -= more
        }
        // Parts that had no room for a step still have room for less: together they cost more than the total.
        for (part, _) in remainders where left > 0 {
            let more = min(costs[part] - shares[part], left)
            shares[part] += more
            left -= more
        }
        return shares
    }
}
