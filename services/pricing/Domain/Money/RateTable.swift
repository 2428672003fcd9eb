internal import Money

/// Rates between currencies, and how one gets from a currency to another.
struct RateTable: Sendable {
    private struct Pair: Hashable {
        var base: Currency
        var quote: Currency
    }

    /// A way from one currency to another.
    struct Conversion: Hashable, Sendable {
        /// The rate that is used.
        var rate: CurrencyRate
        /// It leads the other way, and is divided by.
        var isInverse: Bool

        /// What an amount becomes; nil: too much.
        func converted(_ amount: Amount) -> Amount? {
            self.isInverse ? self.rate.convertedBack(amount) : self.rate.converted(amount)
        }
    }

    /// Of each pair, ascending by instant, one for each.
    private var rates: [Pair: [CurrencyRate]] = [:]

    /// - Parameter rates: In any order; of several of one pair and instant the last one counts.
    init(_ rates: [CurrencyRate]) {
        for rate in rates { self.rates[Pair(base: rate.base, quote: rate.quote), default: []].append(rate) }
        for (pair, rates) in self.rates {
            var ordered: [CurrencyRate] = []
            // Enumerated, since sorting alone may change the order of equal ones.
            for (_, rate) in rates.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) })
            {
                if ordered.last?.at == rate.at { ordered.removeLast() }
                ordered.append(rate)
            }
            self.rates[pair] = ordered
        }
    }

    /// How one gets from a currency to another at an instant: by the last rate of the two at or before it, or by the
    /// inverse of the last one the other way where there is none. There are no ways over a third currency.
    func conversion(from: Currency, to: Currency, at: Instant) -> Conversion? {
        if let rate = self.last(Pair(base: from, quote: to), at: at) { return Conversion(rate: rate, isInverse: false) }
        return self.last(Pair(base: to, quote: from), at: at).map { Conversion(rate: $0, isInverse: true) }
    }

    /// The next instant behind another at which a rate between two currencies begins.
    func nextChange(from: Currency, to: Currency, after instant: Instant) -> Instant? {
        [Pair(base: from, quote: to), Pair(base: to, quote: from)].compactMap { pair in
            guard let rates = self.rates[pair] else { return nil }
            let next = Self.count(rates, upTo: instant)
            return next < rates.count ? rates[next].at : nil
        }.min()
    }

    private func last(_ pair: Pair, at: Instant) -> CurrencyRate? {
        guard let rates = self.rates[pair] else { return nil }
        let count = Self.count(rates, upTo: at)
        return count > 0 ? rates[count - 1] : nil
    }

    /// How many of them are at or before an instant.
    private static func count(_ rates: [CurrencyRate], upTo instant: Instant) -> Int {
        var (low, high) = (0, rates.count)
        while low < high {
            let middle = (low + high) / 2
            if rates[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
