import Money
import PricingDomain
import PricingMessages
import WellKnownMessages

/// Another way to find what a quote costs, written from the rules' words: slow, by documents, unit by unit.
///
/// It shares nothing with the evaluator but the test book that both read.
struct ReferenceEvaluator {
    enum Refusal: Error { case noPrice, noRate }

    struct Unit {
        var price: Int128
        var isTaken = false
    }

    struct Part {
        var amount: Int128
        var name: String
    }

    struct Line {
        var sku: String
        var quantity: Int
        var base: Int128 = 0
        var parts: [Part] = []
        var cores: [Part] = []
        var core: Int128?
        var units: [Unit] = []
        var floor: Int128?
        var floorName = ""
        var reductions: [(rule: String, amount: Int128, given: Int128)] = []
        var isClosed = false
        var groups: Set<String> = []
        var isAtFloor: Bool { self.floor.map { self.base <= $0 } ?? false }
        var taken: Int128 { self.reductions.reduce(0) { $0 + $1.amount - $1.given } }
        var subtotal: Int128 { self.base * Int128(self.quantity) }
        var left: Int128 { self.subtotal - self.taken }
        var unit: Int128 = 0
    }

    let book: TestBook
    let at: Int128
    var lines: [Line] = []
    var couponOfRule: [String: String] = [:]
    var takenByRule: [String: Int128] = [:]

    init(_ book: TestBook) {
        self.book = book
        self.at = Self.micros(book.at)
    }

    static func micros(_ time: ProtoTimestamp) -> Int128 {
        Int128(time.seconds) * 1_000_000 + Int128(time.nanos) / 1000
    }

    static func decimal(_ text: String, _ places: Int) -> Int128 {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = halves.count > 1 ? String(halves[1].prefix(places)) : ""
        return Int128(String(halves[0]) + fraction + String(repeating: "0", count: places - fraction.count)) ?? -1
    }

    static func floorDivide(_ top: Int128, _ bottom: Int128) -> Int128 {
        top >= 0 ? top / bottom : -((-top + bottom - 1) / bottom)
    }

    static func round(_ top: Int128, _ bottom: Int128, _ mode: RoundingMode = .halfEven) -> Int128 {
        let lower = Self.floorDivide(top, bottom)
        let rest = top - lower * bottom
        if rest == 0 { return lower }
        switch mode {
        case .up: return top > 0 ? lower + 1 : lower
        case .down: return top > 0 ? lower : lower + 1
        case .halfUp: return 2 * rest >= bottom ? lower + 1 : lower
        case .halfDown: return 2 * rest > bottom ? lower + 1 : lower
        default:
            if 2 * rest == bottom { return lower % 2 == 0 ? lower : lower + 1 }
            return 2 * rest > bottom ? lower + 1 : lower
        }
    }

    static func percent(_ text: String, of amount: Int128) -> Int128 {
        Self.round(amount * Self.decimal(text, 4), 1_000_000)
    }

    func isIn(_ from: ProtoTimestamp?, _ to: ProtoTimestamp?) -> Bool {
        (from.map { Self.micros($0) <= self.at } ?? true) && (to.map { self.at < Self.micros($0) } ?? true)
    }

    func isIn(_ scope: PriceScope?) -> Bool {
        guard let scope else { return true }
        let (outer, inner) = (scope.region.split(separator: "-"), self.book.region.split(separator: "-"))
        return (scope.channel.isEmpty || scope.channel == self.book.channel)
            && (scope.customerGroup.isEmpty || scope.customerGroup == self.book.group)
            && outer.count <= inner.count && zip(outer, inner).allSatisfy { $0 == $1 }
    }

    static func isBefore(_ left: String, _ right: String) -> Bool {
        Array(left.utf8).lexicographicallyPrecedes(Array(right.utf8))
    }

    // MARK: Lists

    func listed(_ sku: String, _ type: PriceType, _ quantity: Int) throws -> (amount: Int128, list: String)? {
        let lists = self.book.lists.filter {
            $0.type == type && !$0.suspended && self.isIn($0.scope) && self.isIn($0.validFrom, $0.validTo)
                && ($0.currency == self.book.currency || $0.serves)
        }.sorted { left, right in
            if left.priority != right.priority { return left.priority > right.priority }
            let isOwn = left.currency == self.book.currency
            if isOwn != (right.currency == self.book.currency) { return isOwn }
            return Self.isBefore(left.listID, right.listID)
        }
        for list in lists {
            let prices = self.book.prices.filter {
                $0.list == list.listID && $0.price.sku == sku && $0.price.minimumQuantity <= quantity
                    && self.isIn($0.price.validFrom, $0.price.validTo)
            }.map(\.price)
            guard let tier = prices.map(\.minimumQuantity).max() else { continue }
            let last = prices.filter { $0.minimumQuantity == tier }.max {
                ($0.validFrom.map(Self.micros) ?? Int128(Int64.min))
                    < ($1.validFrom.map(Self.micros) ?? Int128(Int64.min))
            }
            guard let last else { continue }
            return (try self.converted(Self.decimal(last.amount, 6), from: list.currency), list.listID)
        }
        return nil
    }

    func converted(_ amount: Int128, from currency: String) throws -> Int128 {
        if currency == self.book.currency { return amount }
        func last(_ base: String, _ quote: String) -> Int128? {
            let rates = self.book.rates.filter {
                $0.baseCurrency == base && $0.quoteCurrency == quote
                    && $0.at.map { Self.micros($0) <= self.at } ?? false
            }
            let latest = rates.compactMap(\.at).max()
            return rates.last { $0.at == latest }.map { Self.decimal($0.rate, 12) }
        }
        if let rate = last(currency, self.book.currency) { return Self.round(amount * rate, 1_000_000_000_000) }
        if let rate = last(self.book.currency, currency) { return Self.round(amount * 1_000_000_000_000, rate) }
        throw Refusal.noRate
    }

    /// What a unit of a SKU costs, and what it consists of; nil: no list says it, and it is no kit.
    func price(_ sku: String, units: Int) throws -> (amount: Int128, parts: [Part])? {
        if let listed = try self.listed(sku, .selling, units) {
            return (listed.amount, [Part(amount: listed.amount, name: "\(listed.list)[\(sku)]")])
        }
        guard let kit = self.book.kits.first(where: { $0.sku == sku }) else { return nil }
        var (sum, parts): (Int128, [Part]) = (0, [])
        for item in kit.components {
            guard let part = try self.price(item.sku, units: units * Int(item.quantity)) else { throw Refusal.noPrice }
            sum += part.amount * Int128(item.quantity)
            parts += part.parts.map { Part(amount: $0.amount * Int128(item.quantity), name: $0.name) }
        }
        let off = kit.percentOff.isEmpty ? 0 : Self.percent(kit.percentOff, of: sum)
        if off > 0 { parts.append(Part(amount: -off, name: "share[\(sku)]")) }
        return (sum - off, parts)
    }

    /// Something else that lists say of a unit, or the sum of it over the parts of a kit.
    func other(_ sku: String, _ type: PriceType, units: Int, needsAll: Bool) throws -> (amount: Int128, parts: [Part])?
    {
        if let listed = try self.listed(sku, type, units) {
            return (listed.amount, [Part(amount: listed.amount, name: "\(listed.list)[\(sku)]")])
        }
        guard let kit = self.book.kits.first(where: { $0.sku == sku }) else { return nil }
        var (sum, parts): (Int128?, [Part]) = (nil, [])
        for item in kit.components {
            let part = try self.other(item.sku, type, units: units * Int(item.quantity), needsAll: needsAll)
            guard let part else {
                if needsAll { return nil }
                continue
            }
            sum = (sum ?? 0) + part.amount * Int128(item.quantity)
            parts += part.parts.map { Part(amount: $0.amount * Int128(item.quantity), name: $0.name) }
        }
        return sum.map { ($0, parts) }
    }

    // MARK: Rules

    static func selects(_ selection: ProductSelection?, _ sku: String) -> Bool {
        guard let selection else { return true }
        if selection.exceptSkus.contains(sku) { return false }
        if selection.skus.isEmpty && selection.skuPrefixes.isEmpty { return true }
        return selection.skus.contains(sku) || selection.skuPrefixes.contains { sku.hasPrefix($0) }
    }

    func selects(_ rule: PriceRule, _ sku: String) -> Bool {
        if case .bundle(let bundle) = rule.effect { return bundle.items.contains { $0.sku == sku } }
        return Self.selects(rule.products, sku)
    }

    func isInHours(_ rule: PriceRule) -> Bool? {
        if rule.hours.isEmpty { return true }
        guard let clock = self.book.clocks[rule.timeZone] else { return nil }
        let now = (clock.weekday - 1) * 1440 + clock.minuteOfDay
        func minutes(_ text: String) -> Int { (Int(text.prefix(2)) ?? 0) * 60 + (Int(text.suffix(2)) ?? 0) }
        return rule.hours.contains { window in
            let days = window.days.isEmpty ? Array(1...7) : window.days.map { Int($0.rawValue) }
            let (from, to) = (minutes(window.from), minutes(window.to))
            let length = to > from ? to - from : 1440 + to - from
            return days.contains { day in
                let begin = (day - 1) * 1440 + from
                return (begin..<begin + length).contains { $0 % 10_080 == now }
            }
        }
    }

    var rulesInOrder: [PriceRule] {
        self.book.rules.filter { rule in
            !rule.suspended && self.isIn(rule.validFrom, rule.validTo)
                && (rule.scopes.isEmpty || rule.scopes.contains { self.isIn($0) })
        }.sorted { $0.priority == $1.priority ? Self.isBefore($0.ruleID, $1.ruleID) : $0.priority > $1.priority }
    }

    mutating func findCoupons() {
        for coupon in self.book.coupons {
            guard let known = coupon.known, self.rulesInOrder.contains(where: { $0.ruleID == known.ruleID }),
                known.period.contains(Instant(microseconds: Int64(self.at))),
                known.uses == 0 || known.used < known.uses,
                known.usesPerCustomer == 0
                    || !self.book.customer.isEmpty && known.usedByCustomer < known.usesPerCustomer,
                self.couponOfRule[known.ruleID] == nil
            else { continue }
            self.couponOfRule[known.ruleID] = coupon.code
        }
    }

    /// Whether a promotion counts, and how much it may take off; nil: it does not.
    func allowance(_ rule: PriceRule) -> Int128? {
        guard self.isInHours(rule) ?? false else { return nil }
        if rule.needsCoupon && self.couponOfRule[rule.ruleID] == nil { return nil }
        var currencies: [String] = []
        switch rule.effect {
        case .amountOff(let off): currencies.append(off.currency)
        case .fixedPrice(let fixed): currencies.append(fixed.currency)
        case .bundle(let bundle): if case .price = bundle.reduction { currencies.append(bundle.currency) }
        default: break
        }
        if let limits = rule.limits, !limits.amount.isEmpty { currencies.append(limits.currency) }
        if !rule.minimumSubtotal.isEmpty { currencies.append(rule.minimumSubtotalCurrency) }
        if currencies.contains(where: { $0 != self.book.currency }) { return nil }
        var allowance = Int128.max
        if let limits = rule.limits {
            let use = self.book.uses.first { $0.ruleID == rule.ruleID }
            if limits.uses > 0 && (use?.uses ?? 0) >= limits.uses { return nil }
            if limits.usesPerCustomer > 0 {
                if self.book.customer.isEmpty || (use?.usesByCustomer ?? 0) >= limits.usesPerCustomer { return nil }
            }
            if !limits.amount.isEmpty { allowance = Self.decimal(limits.amount, 6) - Int128(use?.amount.micros ?? 0) }
        }
        let selected = self.lines.filter { self.selects(rule, $0.sku) }
        if !rule.minimumSubtotal.isEmpty,
            selected.reduce(0, { $0 + $1.subtotal }) < Self.decimal(rule.minimumSubtotal, 6)
        {
            return nil
        }
        if !rule.isOfUnits, selected.reduce(0, { $0 + $1.quantity }) < Int(rule.minimumQuantity) { return nil }
        return allowance
    }

    func isOpen(_ line: Line, _ rule: PriceRule) -> Bool {
        !line.isClosed && !line.isAtFloor && !(rule.exclusive && !line.reductions.isEmpty)
            && (rule.stackingGroup.isEmpty || !line.groups.contains(rule.stackingGroup))
    }

    static func spread(_ total: Int128, _ costs: [Int128], _ step: Int128) -> [Int128] {
        let sum = costs.reduce(0, +)
        if total >= sum { return costs }
        if sum == 0 { return costs.map { _ in 0 } }
        var shares = costs.map { total * $0 / sum / step * step }
        // Each remainder times the sum, to stay whole.
        let rests = zip(costs, shares).map { total * $0 - $1 * sum }
        let order = costs.indices.sorted { rests[$0] == rests[$1] ? $0 < $1 : rests[$0] > rests[$1] }
        var left = total - shares.reduce(0, +)
        for index in order where left > 0 && shares[index] + min(step, left) <= costs[index] {
            let more = min(step, left)
            shares[index] += more
            left -= more
        }
        for index in order where left > 0 {
            let more = min(left, costs[index] - shares[index])
            shares[index] += more
            left -= more
        }
        return shares
    }
}

extension PriceRule {
    /// Whether it is one of units, not of the quote.
    var isOfUnits: Bool {
        switch self.effect {
        case .percentOff(let off): !off.ofQuote
        case .amountOff(let off): !off.ofQuote
        case .fixedPrice: true
        default: false
        }
    }
}

extension PriceList { var serves: Bool { self.servesOtherCurrencies } }
