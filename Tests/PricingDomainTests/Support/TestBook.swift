import Money
import PricingDomain
import PricingMessages
import WellKnownMessages

/// A small book with prices, written in few words.
struct TestBook {
    /// Noon of Sunday, 3 May 2026.
    static let noon = ProtoTimestamp(seconds: 1_777_809_600, nanos: 0)

    var currency = "USD"
    var channel = ""
    var region = ""
    var group = ""
    var at = Self.noon
    var customer = ""
    var isExplained = true
    var purpose = QuoteInput.Purpose.sale
    var lists: [PriceList] = []
    var prices: [(list: String, price: Price)] = []
    var rules: [PriceRule] = []
    var kits: [PriceKit] = []
    var settings = PricingSettings()
    var rates: [ExchangeRate] = []
    var coupons: [CouponState] = []
    var uses: [RuleUse] = []
    var clocks: [String: LocalClock] = [:]

    /// A selling list, unless it is said otherwise, with prices: "A 12.99, A@10 11.49" is 11.49 from 10 units on.
    mutating func list(
        _ id: String, _ prices: String, type: PriceType = .selling, currency: String? = nil, priority: Int32 = 0,
        _ more: (inout PriceList) -> Void = { _ in }
    ) {
        var list = PriceList(listID: id, type: type, currency: currency ?? self.currency, priority: priority)
        more(&list)
        self.lists.append(list)
        for text in prices.split(separator: ",") {
            let words = text.split(separator: " ")
            let key = words[0].split(separator: "@")
            let quantity = key.count > 1 ? Int64(key[1]) ?? 0 : 1
            self.price(id, String(key[0]), String(words[1]), from: quantity)
        }
    }

    /// A price with more to say.
    mutating func price(
        _ list: String, _ sku: String, _ amount: String, from quantity: Int64 = 1, since: ProtoTimestamp? = nil,
        until: ProtoTimestamp? = nil
    ) {
        let price = Price(
            sku: sku, minimumQuantity: quantity, amount: amount, validFrom: since, validTo: until)
        self.prices.append((list, price))
    }

    mutating func rule(
        _ id: String, priority: Int32 = 0, _ effect: PriceRule.Effect, _ more: (inout PriceRule) -> Void = { _ in }
    ) {
        var rule = PriceRule(ruleID: id, priority: priority, effect: effect)
        more(&rule)
        self.rules.append(rule)
    }

    mutating func percent(
        _ id: String, _ percent: String, priority: Int32 = 0, ofQuote: Bool = false,
        _ more: (inout PriceRule) -> Void = { _ in }
    ) {
        self.rule(id, priority: priority, .percentOff(PercentOff(percent: percent, ofQuote: ofQuote)), more)
    }

    mutating func amount(
        _ id: String, _ amount: String, priority: Int32 = 0, ofQuote: Bool = false,
        _ more: (inout PriceRule) -> Void = { _ in }
    ) {
        let off = AmountOff(amount: amount, currency: self.currency, ofQuote: ofQuote)
        self.rule(id, priority: priority, .amountOff(off), more)
    }

    mutating func kit(_ sku: String, _ parts: String, off: String = "") {
        self.kits.append(PriceKit(sku: sku, components: Self.items(parts), percentOff: off))
    }

    /// "A 2, B 1".
    static func items(_ text: String) -> [BundleItem] {
        text.split(separator: ",").map { item in
            let words = item.split(separator: " ")
            return BundleItem(sku: String(words[0]), quantity: Int64(words[1]) ?? 0)
        }
    }

    /// A coupon that is known.
    mutating func coupon(
        _ code: String, _ rule: String, uses: Int64 = 0, perCustomer: Int64 = 0, used: Int64 = 0,
        usedByCustomer: Int64 = 0, period: Period = .always
    ) {
        let known = CouponState.Known(
            ruleID: rule, period: period, uses: uses, usesPerCustomer: perCustomer, used: used,
            usedByCustomer: usedByCustomer)
        self.coupons.append(CouponState(code: code, known: known))
    }

    func book() throws -> PriceBook {
        let lists = try self.lists.enumerated().map { try BookList($1, number: Int32($0) * 3 + 7) }
        let rates = try self.rates.enumerated().map { try CurrencyRate($1, field: "rates[\($0)]") }
        return try PriceBook(
            revision: 1, lists: lists, rules: self.rules, kits: self.kits, settings: self.settings, rates: rates)
    }

    func context() throws -> QuoteContext {
        QuoteContext(
            channel: self.channel, region: self.region, customerGroup: self.group,
            currency: try Currency(self.currency, field: "currency"), at: try Instant(self.at, field: "at"))
    }

    /// The rows of the plan's SKUs in its lists, as the database gives them.
    func rows(_ plan: QuotePlan, in book: PriceBook) throws -> PriceRows {
        var rows: [PriceRow] = []
        for (list, price) in self.prices {
            guard let number = book.list(id: list)?.number, plan.listNumbers.contains(number),
                let sku = plan.skus.firstIndex(of: SKU(unchecked: price.sku))
            else { continue }
            rows.append(try price.row(sku: Int32(sku), list: number))
        }
        return PriceRows(rows, skuCount: plan.skus.count)
    }

    /// A quote of lines: "A 3, B 1".
    func quote(_ asked: String) throws -> TestQuote {
        try self.quote(Self.items(asked).map { ($0.sku, $0.quantity) })
    }

    func quote(_ asked: [(sku: String, quantity: Int64)]) throws -> TestQuote {
        let book = try self.book()
        let plan = QuotePlan(try self.context(), skus: asked.map { SKU(unchecked: $0.sku) }, in: book)
        let lines = zip(plan.askedSKUs, asked).map { QuoteInputLine(sku: $0, quantity: $1.quantity) }
        let input = QuoteInput(
            lines: lines, purpose: self.purpose, customerID: self.customer, coupons: self.coupons,
            ruleUses: self.uses, clocks: self.clocks, isExplained: self.isExplained)
        let quote = try PriceEvaluator.evaluate(input, plan: plan, in: book, prices: try self.rows(plan, in: book))
        return TestQuote(quote: quote, input: input, plan: plan, book: book)
    }
}

extension Price {
    /// The price as a row.
    func row(sku: Int32, list: Int32) throws -> PriceRow {
        let period = try Period(validFrom: self.validFrom, validTo: self.validTo)
        return PriceRow(
            sku: sku, list: list, minimumQuantity: max(self.minimumQuantity, 1), validFrom: period.from,
            validTo: period.to, amount: try Amount(self.amount, field: "amount"))
    }
}

/// A quote with what names the places in it.
struct TestQuote {
    let quote: PricedQuote
    let input: QuoteInput
    let plan: QuotePlan
    let book: PriceBook

    /// Each line as its components and their sum: "38.97 retail, -3.897 sale, -0.003 rounding = 35.07".
    var texts: [String] {
        self.quote.lines.map { line in
            let parts = self.quote.components[line.components].map { self.text($0) }
            return "\(parts.joined(separator: ", ")) = \(Self.text(line.total))"
        }
    }

    static func text(_ amount: Amount) -> String { amount.text(decimalPlaces: 0) }

    private func text(_ component: PricedComponent) -> String {
        let source =
            component.list.map { self.book.lists[Int($0)].id }
            ?? component.rule.map { self.book.rules[Int($0)].id }
        let part = component.part.map { "[\(self.plan.skus[Int($0)])]" } ?? ""
        let coupon = component.coupon.map { "/\(self.input.coupons[Int($0)].code)" } ?? ""
        let kind =
            switch component.kind {
            case .base: source ?? "share"
            case .promotion: source ?? "?"
            case .floor: "floor \(source ?? "?")"
            case .rounding: "rounding"
            case .core: "core \(source ?? "?")"
            default: "?"
            }
        return "\(Self.text(component.amount)) \(kind)\(coupon)\(part)"
    }

    /// What was considered of a line: "vip 11.00 lower", "sale excluded".
    func considered(_ line: Int) -> [String] {
        self.quote.considered[self.quote.lines[line].considered].map { loss in
            let name = loss.list.map { self.book.lists[Int($0)].id } ?? loss.rule.map { self.book.rules[Int($0)].id }
            let amount = loss.amount.map { " \(Self.text($0))" } ?? ""
            return "\(name ?? "?")\(amount) \(loss.reason)"
        }
    }

    /// What became of the coupons.
    var coupons: [String] {
        zip(self.input.coupons, self.quote.coupons).map { coupon, outcome in
            "\(coupon.code) \(outcome.reason.map { "\($0)" } ?? Self.text(outcome.amount))"
        }
    }

    /// What redeeming has to name.
    var uses: [String] {
        self.quote.limitedUses.map { use in
            let coupon = use.coupon.map { "/\(self.input.coupons[Int($0)].code)" } ?? ""
            return "\(self.book.rules[Int(use.rule)].id)\(coupon) \(Self.text(use.amount))"
        }
    }
}
