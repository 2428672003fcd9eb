import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("What quotes say beside amounts", .processorBound)
struct QuoteAnswerTests {
    private func refusal(of book: TestBook, _ asked: String) -> PricingRefusal? {
        #expect(throws: PricingRefusal.self) { try book.quote(asked) }
    }

    @Test("a SKU without price is refused by its line")
    func noPrice() throws {
        var book = TestBook()
        book.list("retail", "A 10, A@5 9, B@2 1")
        book.list("map", "C 1", type: .minimumAdvertised)
        book.kit("K", "A 1, C 1")
        for (asked, field) in [
            ("A 1, C 1", "lines[1].sku"), ("B 1", "lines[0].sku"), ("A 1, A 1, K 1", "lines[2].sku"),
        ] {
            let refusal = self.refusal(of: book, asked)
            #expect(refusal?.reason == .noPrice)
            #expect(refusal?.faults.map(\.field) == [field])
        }
        #expect(self.refusal(of: book, "K 1")?.description.contains("part C") == true)
    }

    @Test("a price without a rate is refused, not passed over")
    func noRate() throws {
        var book = TestBook()
        book.list("retail", "A 10")
        book.list("euro", "A 9", currency: "EUR", priority: 1) { $0.servesOtherCurrencies = true }
        #expect(self.refusal(of: book, "A 1")?.reason == .noRate)
        book.rates = [
            ExchangeRate(
                baseCurrency: "EUR", quoteCurrency: "USD", at: TestBook.noon.later(1), rate: "1.1", source: "ECB")
        ]
        #expect(self.refusal(of: book, "A 1")?.reason == .noRate)
        book.at = TestBook.noon.later(1)
        let quote = try book.quote("A 1")
        #expect(quote.quote.rates.map(\.text) == ["1.1"])
        #expect(quote.quote.rates.map(\.source) == ["ECB"])
    }

    @Test("amounts beyond what can be counted are refused")
    func overflow() throws {
        var book = TestBook()
        book.list("retail", "A 8999999999.999999, B 8999999999")
        book.list("cores", "B 8999999999", type: .core)
        book.kit("K", "A 100000")
        book.kit("K2", "K 100000")
        #expect(try book.quote("A 1000").texts == ["8999999999999.999 retail, 0.001 rounding = 9000000000000"])
        for asked in ["A 1025", "A 1000, A 1000", "K 1", "K2 1", "B 1024", "A 1000000000"] {
            #expect(self.refusal(of: book, asked)?.reason == .invalidAmount, "\(asked)")
        }
        book.rates = [
            ExchangeRate(
                baseCurrency: "EUR", quoteCurrency: "USD", at: TestBook.noon, rate: "8999999.999999999999", source: "x")
        ]
        book.list("euro", "C 8999999999", currency: "EUR") { $0.servesOtherCurrencies = true }
        #expect(self.refusal(of: book, "C 1")?.reason == .invalidAmount)
        book.rule("buy", .buyAndGet(BuyAndGet(buyQuantity: .max, getQuantity: .max, percent: "1", maximumTimes: .max)))
        book.percent("q", "10") { $0.minimumQuantity = .max }
        #expect(try book.quote("B 1").quote.discount == .zero)
    }

    @Test("lines that are none are refused")
    func lines() throws {
        var book = TestBook()
        book.list("retail", "A 1")
        #expect(self.refusal(of: book, "A 0")?.faults.map(\.field) == ["lines[0].quantity"])
        #expect(self.refusal(of: book, "A 1000000001")?.faults.map(\.field) == ["lines[0].quantity"])
        #expect(self.refusal(of: book, "A 1, A -1")?.faults.map(\.field) == ["lines[1].quantity"])
        let many = Array(repeating: (sku: "A", quantity: Int64(1)), count: 501)
        #expect(throws: PricingRefusal.self) { try book.quote(many) }
        #expect(try book.quote(Array(many.dropLast())).quote.total == Amount(micros: 500_000_000))
    }

    @Test("what became of coupons")
    func coupons() throws {
        var book = TestBook()
        book.list("retail", "A 10")
        book.percent("sale", "10") { $0.needsCoupon = true }
        book.percent("other", "10") { $0.products = ProductSelection(skus: ["B"]) }
        book.percent("late", "10") { $0.validFrom = TestBook.noon.later(1) }
        book.percent("there", "10") { $0.scopes = [PriceScope(channel: "there")] }
        book.coupons = [CouponState(code: "NONE", known: nil)]
        let over = try Period(from: .distantPast, to: Instant(TestBook.noon, field: ""), field: "")
        book.coupon("OVER", "sale", period: over)
        book.coupon("USED", "sale", uses: 2, used: 2)
        book.coupon("MINE", "sale", perCustomer: 1)
        book.coupon("GOOD", "sale", uses: 3, used: 2)
        book.coupon("MORE", "sale")
        book.coupon("OTHER", "other")
        book.coupon("LATE", "late")
        book.coupon("THERE", "there")
        book.coupon("GONE", "no-such-rule")
        let quote = try book.quote("A 1")
        #expect(
            quote.coupons == [
                "NONE coupon", "OVER notInForce", "USED limit", "MINE limit", "GOOD 1", "MORE excluded",
                "OTHER condition", "LATE notInForce", "THERE condition", "GONE coupon",
            ])
        #expect(quote.uses == ["sale/GOOD 1"])
        book.customer = "c1"
        #expect(try book.quote("A 1").coupons[3...4] == ["MINE 1", "GOOD excluded"])
    }

    @Test("what is given back to a floor is not used up")
    func uses() throws {
        var book = TestBook()
        book.list("retail", "A 10")
        book.list("map", "A 9.20", type: .minimumAdvertised)
        book.percent("a", "5", priority: 2) { $0.limits = UseLimits(uses: 5) }
        book.amount("b", "1", priority: 1) { $0.limits = UseLimits(usesPerCustomer: 5) }
        book.amount("c", "1", priority: 0) { $0.limits = UseLimits(uses: 5) }
        book.customer = "c1"
        book.coupon("C", "c")
        let quote = try book.quote("A 1")
        #expect(quote.uses == ["a 0.5", "b 0.3"])
        #expect(quote.coupons == ["C floor"])
        book.customer = ""
        #expect(try book.quote("A 1").uses == ["a 0.5", "c/C 0.3"])
    }

    @Test("what was considered and lost")
    func considered() throws {
        var book = TestBook()
        book.list("retail", "A 12, A@5 11")
        book.list("vip", "A 10, A@2 9.50", priority: 5)
        book.price("vip", "A", "9.80", since: TestBook.noon)
        book.percent("alone", "10", priority: 9) { $0.exclusive = true }
        book.percent("other", "10")
        book.percent("many", "10") { $0.minimumQuantity = 9 }
        book.percent("named", "10") { $0.needsCoupon = true }
        book.percent("b", "10") { $0.products = ProductSelection(skus: ["B"]) }
        book.rule("euros", .fixedPrice(FixedPrice(amount: "1", currency: "EUR")))
        #expect(
            try book.quote("A 1").considered(0)
                == [
                    "alone excluded", "euros currency", "many excluded", "named coupon", "other excluded",
                    "retail 12 lowerPriority", "vip 10 laterPrice",
                ].filter { $0 != "alone excluded" })
        book.isExplained = false
        #expect(try book.quote("A 1").quote.considered.isEmpty)
    }

    @Test(
        "a quote holds until something is known to change",
        arguments: [
            (0, 3600), (3600, 7200), (7200, nil),
        ] as [(Int64, Int64?)])
    func validUntil(at: Int64, until: Int64?) throws {
        var book = TestBook()
        book.at = TestBook.noon.later(at)
        book.list("retail", "A 12")
        book.price("retail", "A", "11", since: TestBook.noon.later(3600))
        book.percent("sale", "10") { $0.validTo = TestBook.noon.later(7200) }
        book.list("there", "A 1", priority: 9) {
            $0.scope = PriceScope(channel: "there")
            $0.validTo = TestBook.noon.later(10)
        }
        let expected = try until.map { try Instant(TestBook.noon.later($0), field: "") }
        #expect(try book.quote("A 1").quote.validUntil == expected)
    }

    @Test("hours bound it, and so do clocks that are put forward or back")
    func validHours() throws {
        var book = TestBook()
        book.at = TestBook.noon.later(30)
        book.list("retail", "A 12")
        book.percent("sale", "10") {
            $0.hours = [TimeWindow(from: "18:00", to: "22:00")]
            $0.timeZone = "Europe/Berlin"
        }
        book.clocks["Europe/Berlin"] = LocalClock(weekday: 7, minuteOfDay: 14 * 60, isSteadyUntil: .distantFuture)
        let inFourHours = try Instant(TestBook.noon.later(4 * 3600), field: "")
        #expect(try book.quote("A 1").quote.validUntil == inFourHours)
        let soon = try Instant(TestBook.noon.later(60), field: "")
        book.clocks["Europe/Berlin"] = LocalClock(weekday: 7, minuteOfDay: 14 * 60, isSteadyUntil: soon)
        #expect(try book.quote("A 1").quote.validUntil == soon)
    }

    @Test("the plan says what has to be read")
    func plan() throws {
        var book = TestBook()
        book.region = "US"
        book.list("retail", "A 1, B 1, C 1")
        book.list("euro", "A 1", currency: "EUR", priority: 1) { $0.servesOtherCurrencies = true }
        book.list("own-euro", "A 1", currency: "EUR", priority: 2)
        book.list("there", "A 1", priority: 3) { $0.scope = PriceScope(region: "DE") }
        book.list("over", "A 1", priority: 4) { $0.validTo = TestBook.noon }
        book.kit("K", "A 1, K2 1")
        book.kit("K2", "B 2, A 1")
        book.percent("night", "10") {
            $0.hours = [TimeWindow(from: "18:00", to: "22:00")]
            $0.timeZone = "Europe/Berlin"
        }
        book.percent("some", "10") { $0.limits = UseLimits(usesPerCustomer: 1) }
        let read = try book.book()
        let plan = QuotePlan(
            try book.context(), skus: ["C", "K", "C"].map { SKU(unchecked: $0) }, in: read)
        #expect(plan.skus.map(\.description) == ["C", "K", "A", "K2", "B"])
        #expect(plan.askedSKUs == [0, 1, 0])
        #expect(plan.listNumbers.compactMap { read.list(number: $0)?.id } == ["retail", "euro"])
        #expect(plan.timeZones == ["Europe/Berlin"])
        #expect(plan.limitedRules.map(\.id) == ["some"])
        #expect(plan.limitedRules.map(\.isLimitedPerCustomer) == [true])
    }

    @Test("what is shown has a line for each quantity from which on it may cost something else")
    func shown() throws {
        var book = TestBook()
        book.list("retail", "A 10, A@5 9, B@2 1")
        book.list("map", "A@3 1", type: .minimumAdvertised)
        book.price("retail", "A", "8", from: 50, since: TestBook.noon.later(1))
        book.kit("K", "A 1")
        book.percent("many", "10") {
            $0.minimumQuantity = 20
            $0.products = ProductSelection(skus: ["A"])
        }
        book.percent("named", "10") {
            $0.minimumQuantity = 30
            $0.needsCoupon = true
        }
        let read = try book.book()
        let plan = QuotePlan(try book.context(), skus: ["A", "B", "C", "K"].map { SKU(unchecked: $0) }, in: read)
        let rows = try book.rows(plan, in: read)
        #expect(
            (0..<4).map { plan.shownQuantities(of: $0, prices: rows, in: read) } == [[1, 5, 20], [2], [], [1]])
        #expect(plan.shownQuantities(of: 4, prices: rows, in: read) == [])
    }

    @Test("the version is that of the content, not of the instant or of what was lost")
    func version() throws {
        var book = TestBook()
        book.list("retail", "A 10, B 10")
        book.percent("sale", "10")
        let version = try book.quote("A 1, B 2").quote.version
        book.at = TestBook.noon.later(5)
        book.isExplained = false
        book.list("lower", "A 1", priority: -1)
        #expect(try book.quote("A 1, B 2").quote.version == version)
        #expect(try book.quote("B 2, A 1").quote.version != version)
        #expect(try book.quote("A 1, B 3").quote.version != version)
        book.rules[0].ruleID = "sale2"
        #expect(try book.quote("A 1, B 2").quote.version != version)
        book.rules[0].ruleID = "sale"
        book.list("map", "A 1", type: .minimumAdvertised)
        #expect(try book.quote("A 1, B 2").quote.version != version)
        // Only the floor differs.
        book.list("costs", "A 5", type: .cost)
        book.rule("guard", .marginGuard(MarginGuard(percent: "10")))
        let guarded = try book.quote("A 1, B 2").quote.version
        book.rules[1].effect = .marginGuard(MarginGuard(percent: "11"))
        #expect(try book.quote("A 1, B 2").quote.version != guarded)
    }
}
