import Money
import PricingDomain
import PricingMessages
import TestSupport
import WellKnownMessages

/// Books and quotes by chance, small enough that rules meet.
struct RandomBook {
    static let parts = ["A", "AB", "ABC", "B", "C", "D"]
    static let kits = ["K1", "K2"]

    var generator: SeededGenerator

    init(seed: UInt64) { self.generator = SeededGenerator(seed: seed) }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self.generator) < percent }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.generator) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[self.number(0...values.count - 1)] }

    mutating func amount(_ range: ClosedRange<Int>) -> String {
        let whole = self.number(range)
        return switch self.number(0...9) {
        case 0: "\(whole)"
        case 1: "\(whole).\(self.number(100_000...999_999))"
        case 2: "\(whole).\(self.number(1...9))"
        default: "\(whole).\(self.number(10...99))"
        }
    }

    mutating func time() -> ProtoTimestamp? {
        self.chance(70) ? nil : TestBook.noon.later(Int64(self.pick([-3600, -60, 0, 60, 3600])))
    }

    mutating func period() -> (ProtoTimestamp?, ProtoTimestamp?) {
        let (from, to) = (self.time(), self.time())
        if let from, let to, from >= to { return (from, nil) }
        return (from, to)
    }

    mutating func scope() -> PriceScope {
        PriceScope(
            channel: self.chance(70) ? "" : self.pick(["web", "shop"]),
            region: self.chance(70) ? "" : self.pick(["US", "US-CA", "DE"]),
            customerGroup: self.chance(80) ? "" : self.pick(["jobber", "fleet"]))
    }

    mutating func selection() -> ProductSelection? {
        if self.chance(40) { return nil }
        return ProductSelection(
            skus: self.chance(60) ? [self.pick(Self.parts + Self.kits), self.pick(Self.parts)] : [],
            skuPrefixes: self.chance(30) ? [self.pick(["A", "AB", "K"])] : [],
            exceptSkus: self.chance(30) ? [self.pick(Self.parts)] : [])
    }

    mutating func make() -> (book: TestBook, asked: [(sku: String, quantity: Int64)]) {
        var book = TestBook()
        book.currency = self.pick(["USD", "USD", "USD", "JPY", "CHF"])
        book.channel = self.pick(["", "web", "shop"])
        book.region = self.pick(["", "US", "US-CA", "US-CA-LA", "DE"])
        book.group = self.pick(["", "jobber"])
        book.customer = self.pick(["", "c1"])
        if self.chance(50) {
            let mode = self.pick([.unspecified, .halfEven, .halfUp, .halfDown, .up, .down] as [RoundingMode])
            let step = book.currency == "CHF" ? "0.05" : ""
            book.settings.rounding = [CurrencyRounding(currency: book.currency, mode: mode, increment: step)]
        }
        self.addLists(&book)

        let kits = [
            ("K1", "A \(self.number(1...3)), B 1", self.pick(["", "12.5"])),
            ("K2", "K1 \(self.number(1...2)), C 2", self.pick(["", "7"])),
        ]
        for (sku, parts, off) in kits where self.chance(50) { book.kit(sku, parts, off: off) }
        self.addRates(&book)
        for place in 0..<self.number(0...9) { self.addRule(&book, "r\(place)") }
        self.addUses(&book)
        let asked = (0..<self.number(1...6)).map { _ in
            (self.pick(Self.parts + Self.kits), Int64(self.number(1...9)))
        }
        return (book, asked)
    }

    private mutating func addLists(_ book: inout TestBook) {
        // Priorities differ, so that none overlap.
        var priorities = Array(Int32(-4)...5).shuffled(using: &self.generator)
        book.list("base", Self.parts.map { "\($0) \(self.amount(1...40))" }.joined(separator: ","), priority: -9)
        let types: [PriceType] = [.selling, .selling, .list, .minimumAdvertised, .cost, .core]
        for place in 0..<self.number(0...7) {
            let isForeign = self.chance(20)
            let type = self.pick(types)
            let (scope, period) = (self.scope(), self.period())
            let isSuspended = self.chance(10)
            book.list(
                "l\(place)", "", type: type, currency: isForeign ? "EUR" : nil, priority: priorities.removeLast()
            ) {
                $0.scope = scope
                ($0.validFrom, $0.validTo) = period
                $0.suspended = isSuspended
                $0.servesOtherCurrencies = isForeign
            }
            for sku in Self.parts + Self.kits where self.chance(50) {
                var keys: Set<String> = []
                for _ in 0..<self.number(1...3) {
                    let (quantity, period) = (Int64(self.pick([1, 1, 3, 6])), self.period())
                    guard keys.insert("\(quantity) \(period.0?.seconds ?? 0)").inserted else { continue }
                    let amount = self.amount(type == .core ? 5...9 : 1...30)
                    book.price("l\(place)", sku, amount, from: quantity, since: period.0, until: period.1)
                }
            }
        }
    }

    private mutating func addRates(_ book: inout TestBook) {
        for _ in 0..<self.number(1...3) {
            let isInverse = self.chance(40)
            let at = TestBook.noon.later(Int64(self.pick([-7200, -60, 0, 60])))
            let rate = ExchangeRate(
                baseCurrency: isInverse ? book.currency : "EUR", quoteCurrency: isInverse ? "EUR" : book.currency,
                at: at, rate: self.pick(["1.0834", "0.9", "155.123456789012"]), source: "test")
            book.rates.append(rate)
        }
    }

    private mutating func addRule(_ book: inout TestBook, _ id: String) {
        let effect = self.effect(book)
        let period = self.period()
        let (scopes, products) = (self.chance(70) ? [] : [self.scope(), self.scope()], self.selection())
        let isSuspended = self.chance(5)
        let (hours, zone) = self.hours()
        var isFloor = false
        var isBundle = false
        switch effect {
        case .marginGuard, .minimumOfListPrice: isFloor = true
        case .bundle: isBundle = true
        default: break
        }
        let (minimumQuantity, subtotal) = (Int64(self.pick([0, 0, 2, 5])), self.chance(20) ? self.amount(10...90) : "")
        let (needsCoupon, isExclusive) = (self.chance(20), self.chance(15))
        let group = self.chance(25) ? self.pick(["g", "h"]) : ""
        let (currency, limits) = (book.currency, self.chance(30) ? self.limits(book.currency) : nil)
        book.rule(id, priority: Int32(self.number(-1...2)), effect) { rule in
            (rule.validFrom, rule.validTo) = period
            rule.scopes = scopes
            rule.suspended = isSuspended
            (rule.hours, rule.timeZone) = (hours, zone)
            if !isBundle { rule.products = products }
            guard !isFloor else { return }
            rule.minimumQuantity = minimumQuantity
            rule.minimumSubtotal = subtotal
            rule.minimumSubtotalCurrency = subtotal.isEmpty ? "" : currency
            rule.needsCoupon = needsCoupon
            rule.exclusive = isExclusive
            rule.stackingGroup = group
            rule.limits = limits
        }
    }

    private mutating func hours() -> ([TimeWindow], String) {
        guard self.chance(15) else { return ([], "") }
        let days: [Weekday] = self.chance(50) ? [] : [self.pick([.saturday, .sunday, .monday])]
        return (
            [
                TimeWindow(
                    days: days, from: self.pick(["00:00", "06:00", "22:00"]),
                    to: self.pick(["06:00", "13:30", "24:00"]))
            ],
            self.pick(["America/Chicago", "Asia/Tokyo", "Nowhere/Known"])
        )
    }

    private mutating func limits(_ currency: String) -> UseLimits {
        UseLimits(
            uses: Int64(self.pick([0, 3])), usesPerCustomer: Int64(self.pick([0, 0, 2])),
            amount: self.chance(50) ? self.amount(1...20) : "", currency: currency)
    }

    private mutating func percent() -> String { self.pick(["10", "12.5", "33.3333", "50", "100", "0.0001"]) }

    private mutating func effect(_ book: TestBook) -> PriceRule.Effect {
        let currency = self.chance(95) ? book.currency : "EUR"
        switch self.number(0...9) {
        case 0, 1: return .percentOff(PercentOff(percent: self.percent(), ofQuote: self.chance(40)))
        case 2, 3:
            return .amountOff(AmountOff(amount: self.amount(1...12), currency: currency, ofQuote: self.chance(50)))
        case 4: return .fixedPrice(FixedPrice(amount: self.amount(1...20), currency: currency))
        case 5, 6:
            return .buyAndGet(
                BuyAndGet(
                    buyQuantity: Int64(self.number(1...3)), getQuantity: Int64(self.number(1...3)),
                    getProducts: self.chance(50) ? self.selection() : nil, percent: self.percent(),
                    maximumTimes: Int64(self.pick([0, 0, 1, 2]))))
        case 7:
            let skus = (Self.parts + ["K1"]).shuffled(using: &self.generator).prefix(self.number(1...3))
            let items = skus.map { BundleItem(sku: $0, quantity: Int64(self.number(1...2))) }
            let isPrice = self.chance(50)
            return .bundle(
                Bundle(
                    items: items, reduction: isPrice ? .price(self.amount(1...50)) : .percent(self.percent()),
                    currency: isPrice ? currency : "", maximumTimes: Int64(self.pick([0, 0, 1]))))
        case 8: return .marginGuard(MarginGuard(percent: self.pick(["0", "15", "33.3333"])))
        default: return .minimumOfListPrice(MinimumOfListPrice(percent: self.pick(["80", "66.6667", "100"])))
        }
    }

    private mutating func addUses(_ book: inout TestBook) {
        for rule in book.rules {
            if rule.limits != nil, self.chance(60) {
                book.uses.append(
                    RuleUse(
                        ruleID: rule.ruleID, uses: Int64(self.number(0...3)), usesByCustomer: Int64(self.number(0...2)),
                        amount: Amount(micros: Int64(self.number(0...9_000_000)))))
            }
            if self.chance(rule.needsCoupon ? 80 : 10) {
                book.coupon(
                    "C-\(rule.ruleID)", rule.ruleID, uses: Int64(self.pick([0, 0, 2])),
                    perCustomer: Int64(self.pick([0, 0, 2])), used: Int64(self.number(0...2)),
                    usedByCustomer: Int64(self.number(0...2)))
            }
        }
        book.clocks = [
            "America/Chicago": LocalClock(
                weekday: self.number(1...7), minuteOfDay: self.number(0...1439), isSteadyUntil: .distantFuture),
            "Asia/Tokyo": LocalClock(
                weekday: 7, minuteOfDay: self.pick([0, 359, 360, 809, 810, 1320]), isSteadyUntil: .distantFuture),
        ]
    }
}
