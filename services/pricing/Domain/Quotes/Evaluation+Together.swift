internal import Money
internal import PricingMessages

/// Promotions that look at several lines: buy-and-gets and bundles. Each unit is taken by at most one of them.
extension Evaluation {
    /// Reduces the cheapest of what is to be got, as many as possible: as long as for each time that is begun there are as
    /// many others to be bought.
    ///
    /// Bought are units of the rule's products that no buy-and-get or bundle took; they stay free for others.
    ///
    /// - Returns: The units that are taken.
    mutating func reduceRewards(
        _ terms: BuyAndGetTerms, bought: Int, _ open: [Int]
    ) -> [(line: Int, units: Int64)] {
        let rewards = open.filter { self.lines[$0].free > 0 && terms.reduction.of(self.lines[$0].unit) > 0 }
            .sorted { (self.lines[$0].unit, $0) < (self.lines[$1].unit, $1) }
        var boughtUnits: Int128 = 0
        self.selections.forEach(in: bought) { boughtUnits += Int128(self.lines[$0].free) }
        let units = self.rewardedUnits(terms, rewards, bought: bought, boughtUnits)
        var took: [(line: Int, units: Int64)] = []
        var left = units
        for line in rewards where left > 0 {
            let count = Int64(min(left, Int128(self.lines[line].free)))
            // Of at most what the line costs, it fits.
            self.pending[line] = terms.reduction.of(self.lines[line].unit) * count
            took.append((line, count))
            left -= Int128(count)
        }
        return took
    }

    /// How many of the rewards, in their order, can be reduced.
    private func rewardedUnits(
        _ terms: BuyAndGetTerms, _ rewards: [Int], bought: Int, _ boughtUnits: Int128
    ) -> Int128 {
        var all: Int128 = 0
        for line in rewards { all += Int128(self.lines[line].free) }
        if let times = terms.maximumTimes { all = min(all, Int128(times) * Int128(terms.getQuantity)) }
        // What is left to be bought falls, and what is needed rises, with the units that are reduced.
        func isPossible(_ units: Int128) -> Bool {
            var (left, others) = (units, boughtUnits)
            for line in rewards where left > 0 {
                let count = min(left, Int128(self.lines[line].free))
                if self.selections.has(line, in: bought) { others -= count }
                left -= count
            }
            let times = (units + Int128(terms.getQuantity) - 1) / Int128(terms.getQuantity)
            return others >= times * Int128(terms.buyQuantity)
        }
        var (low, high) = (Int128(0), all)
        while low < high {
            let middle = (low + high + 1) / 2
            if isPossible(middle) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Reduces what costs less together, as often as it is there in full; of a SKU the cheapest units.
    ///
    /// - Returns: The units that are taken.
    mutating func reduceBundle(
        _ terms: BundleTerms, _ place: Int, _ open: [Int]
    ) throws(PricingRefusal) -> [(line: Int, units: Int64)] {
        var lines: [Int] = []
        self.selections.forEach(in: place) { if self.lines[$0].free > 0 { lines.append($0) } }
        lines.sort { (self.lines[$0].unit, $0) < (self.lines[$1].unit, $1) }
        let times = self.times(terms, lines)
        guard times > 0 else { return [] }
        var took: [(line: Int, units: Int64)] = []
        var total: Int64 = 0
        for part in terms.parts {
            // No more than there are, so it fits.
            var left = part.quantity * times
            for line in lines where left > 0 && self.plan.skus[Int(self.lines[line].sku)] == part.sku {
                let count = min(left, self.lines[line].free)
                took.append((line, count))
                total = try Self.sum(total, self.lines[line].unit * count)
                left -= count
            }
        }
        var reduction: Int64
        switch terms.reduction {
        case .share(let share): reduction = share.of(total)
        case .price(let money):
            let price = Int128(money.amount.micros) * Int128(times)
            reduction = Int64(clamping: max(0, Int128(total) - price))
        }
        // Lines that may not be reduced are parts of the bundle, but what they cost stays.
        let reducible = took.filter { open.contains($0.line) }
        let costs = reducible.map { self.lines[$0.line].unit * $0.units }
        reduction = min(reduction, costs.reduce(0, +))
        let shares = Spread.shares(of: reduction, over: costs, step: self.rounding.increment.micros)
        for ((line, _), share) in zip(reducible, shares) { self.pending[line] = share }
        return took
    }

    /// How often a bundle is there in full.
    private func times(_ terms: BundleTerms, _ lines: [Int]) -> Int64 {
        var times = terms.maximumTimes ?? .max
        for part in terms.parts {
            var units: Int128 = 0
            for line in lines where self.plan.skus[Int(self.lines[line].sku)] == part.sku {
                units += Int128(self.lines[line].free)
            }
            times = min(times, Int64(clamping: units / Int128(part.quantity)))
        }
        return times
    }
}
