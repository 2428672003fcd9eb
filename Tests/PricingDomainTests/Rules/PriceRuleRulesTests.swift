import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("What rules may be", .processorBound)
struct PriceRuleRulesTests {
    static let percent = PriceRule.Effect.percentOff(PercentOff(percent: "10"))

    struct Fault: CustomStringConvertible, Sendable {
        var description: String
        var reason: RefusalReason
        var rule: PriceRule

        init(_ field: String, _ reason: RefusalReason, _ rule: PriceRule) {
            self.description = field
            self.reason = reason
            self.rule = rule
        }

        init(_ field: String, _ rule: PriceRule) { self.init(field, .invalidValue, rule) }
    }

    static let faults: [Fault] = [
        Fault("effect", PriceRule()),
        Fault("validTo", .datesInverted, PriceRule(validFrom: TestBook.noon, validTo: TestBook.noon, effect: percent)),
        Fault("percentOff.percent", PriceRule(effect: .percentOff(PercentOff(percent: "0")))),
        Fault("percentOff.percent", PriceRule(effect: .percentOff(PercentOff(percent: "100.0001")))),
        Fault("percentOff.percent", PriceRule(effect: .percentOff(PercentOff(percent: "1.00001")))),
        Fault("percentOff.percent", PriceRule(effect: .percentOff(PercentOff(percent: "-1")))),
        Fault(
            "amountOff.amount", .invalidAmount, PriceRule(effect: .amountOff(AmountOff(amount: "0", currency: "USD")))),
        Fault(
            "amountOff.amount", .invalidAmount, PriceRule(effect: .amountOff(AmountOff(amount: "x", currency: "USD")))),
        Fault(
            "amountOff.currency", .unknownCurrency,
            PriceRule(effect: .amountOff(AmountOff(amount: "1", currency: "XXX")))),
        Fault(
            "fixedPrice.currency", .unknownCurrency,
            PriceRule(effect: .fixedPrice(FixedPrice(amount: "1", currency: "")))),
        Fault("buyAndGet.getQuantity", PriceRule(effect: .buyAndGet(BuyAndGet(buyQuantity: 1, percent: "100")))),
        Fault(
            "buyAndGet.getProducts.skus[0]",
            PriceRule(
                effect: .buyAndGet(
                    BuyAndGet(
                        buyQuantity: 1, getQuantity: 1, getProducts: ProductSelection(skus: [" A"]), percent: "100")))),
        Fault("bundle.price", PriceRule(effect: .bundle(Bundle(items: TestBook.items("A 1"))))),
        Fault("bundle.items", PriceRule(effect: .bundle(Bundle(reduction: .percent("10"))))),
        Fault(
            "bundle.items[1].sku", .duplicateEntry,
            PriceRule(effect: .bundle(Bundle(items: TestBook.items("A 1, A 2"), reduction: .percent("10"))))),
        Fault(
            "bundle.items[0].quantity",
            PriceRule(effect: .bundle(Bundle(items: TestBook.items("A 0"), reduction: .percent("10"))))),
        Fault(
            "bundle.currency", .unknownCurrency,
            PriceRule(effect: .bundle(Bundle(items: TestBook.items("A 1"), reduction: .price("10"))))),
        Fault(
            "products",
            PriceRule(
                products: ProductSelection(),
                effect: .bundle(Bundle(items: TestBook.items("A 1"), reduction: .percent("10"))))),
        Fault("marginGuard.percent", PriceRule(effect: .marginGuard(MarginGuard(percent: "100")))),
        Fault("minimumOfListPrice.percent", PriceRule(effect: .minimumOfListPrice(MinimumOfListPrice(percent: "0")))),
        Fault("exclusive", PriceRule(exclusive: true, effect: .marginGuard(MarginGuard(percent: "10")))),
        Fault("needsCoupon", PriceRule(needsCoupon: true, effect: .marginGuard(MarginGuard(percent: "10")))),
        Fault("limits", PriceRule(limits: UseLimits(), effect: .marginGuard(MarginGuard(percent: "10")))),
        Fault("timeZone", PriceRule(hours: [TimeWindow(from: "10:00", to: "11:00")], effect: percent)),
        Fault(
            "hours[0].from",
            PriceRule(hours: [TimeWindow(from: "24:00", to: "11:00")], timeZone: "UTC", effect: percent)),
        Fault(
            "hours[0].to", PriceRule(hours: [TimeWindow(from: "10:00", to: "24:01")], timeZone: "UTC", effect: percent)),
        Fault(
            "hours[0].days[0]",
            PriceRule(
                hours: [TimeWindow(days: [.unspecified], from: "10:00", to: "11:00")], timeZone: "UTC", effect: percent)
        ),
        Fault(
            "products.skuPrefixes[1]", PriceRule(products: ProductSelection(skuPrefixes: ["A", ""]), effect: percent)),
        Fault("products.exceptSkus[0]", PriceRule(products: ProductSelection(exceptSkus: [""]), effect: percent)),
        Fault("minimumSubtotalCurrency", .unknownCurrency, PriceRule(minimumSubtotal: "5", effect: percent)),
        Fault("limits.currency", .unknownCurrency, PriceRule(limits: UseLimits(amount: "5"), effect: percent)),
        Fault("limits.uses", PriceRule(limits: UseLimits(uses: -1), effect: percent)),
        Fault("minimumQuantity", PriceRule(minimumQuantity: -1, effect: percent)),
    ]

    @Test("what a rule may not be is refused by its field", arguments: faults)
    func refuses(fault: Fault) {
        let refusal = #expect(throws: PricingRefusal.self) { try PriceRuleRules.check(fault.rule) }
        #expect(refusal?.faults.map(\.field) == [fault.description])
        #expect(refusal?.reason == fault.reason)
    }

    @Test("all that is wrong is told at once")
    func several() {
        let rule = PriceRule(
            minimumSubtotal: "x", minimumSubtotalCurrency: "ABC", effect: .percentOff(PercentOff(percent: "0")))
        let refusal = #expect(throws: PricingRefusal.self) { try PriceRuleRules.check(rule) }
        #expect(
            refusal?.faults.map(\.field) == ["minimumSubtotal", "minimumSubtotalCurrency", "percentOff.percent"])
    }

    @Test("what only answers have is not stored")
    func normalized() {
        let rule = PriceRule(
            ruleID: "other", version: 3, createdAt: TestBook.noon, usesRedeemed: 4, amountRedeemed: "1")
        #expect(PriceRuleRules.normalized(rule, id: "mine") == PriceRule(ruleID: "mine"))
    }

    @Test(
        "hours go by days, and over midnight",
        arguments: [
            ("18:00", "22:00", [], 1, 1079, false), ("18:00", "22:00", [], 1, 1080, true),
            ("18:00", "22:00", [], 1, 1320, false), ("22:00", "06:00", [.saturday], 6, 1320, true),
            ("22:00", "06:00", [.saturday], 7, 0, true), ("22:00", "06:00", [.saturday], 7, 359, true),
            ("22:00", "06:00", [.saturday], 7, 360, false), ("22:00", "06:00", [.saturday], 6, 10, false),
            ("22:00", "06:00", [.sunday], 1, 10, true), ("22:00", "06:00", [.sunday], 7, 10, false),
            ("00:00", "24:00", [.monday], 1, 1439, true), ("00:00", "24:00", [.monday], 2, 0, false),
            ("06:00", "06:00", [.monday], 2, 359, true), ("06:00", "06:00", [.monday], 2, 360, false),
        ] as [(String, String, [Weekday], Int, Int, Bool)])
    func hours(from: String, to: String, days: [Weekday], day: Int, minute: Int, isIn: Bool) throws {
        var book = TestBook()
        book.list("retail", "A 10")
        book.percent("sale", "10") {
            $0.hours = [TimeWindow(days: days, from: from, to: to)]
            $0.timeZone = "UTC"
        }
        book.clocks["UTC"] = LocalClock(weekday: day, minuteOfDay: minute, isSteadyUntil: .distantFuture)
        #expect(try (book.quote("A 1").quote.discount > .zero) == isIn)
    }
}
