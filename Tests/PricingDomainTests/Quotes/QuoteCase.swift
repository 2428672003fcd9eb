import Money
import PricingDomain
import PricingMessages
import WellKnownMessages

/// A quote that was worked out by hand.
struct QuoteCase: CustomStringConvertible, Sendable {
    var description: String
    /// "A 3, B 1"
    var asked: String
    /// Of each line, its components and their sum.
    var expected: [String]
    var arrange: @Sendable (inout TestBook) -> Void

    init(
        _ description: String, _ asked: String, _ expected: [String],
        _ arrange: @escaping @Sendable (inout TestBook) -> Void
    ) {
        self.description = description
        self.asked = asked
        self.expected = expected
        self.arrange = arrange
    }

    /// A product selection in few words.
    static func only(_ skus: String...) -> ProductSelection { ProductSelection(skus: skus) }

    /// A scope in few words.
    static func scope(channel: String = "", region: String = "", group: String = "") -> PriceScope {
        PriceScope(channel: channel, region: region, customerGroup: group)
    }
}

extension QuoteCase {
    /// Where unit prices come from.
    static let lists: [QuoteCase] = [
        QuoteCase("a unit price times the quantity", "A 3", ["38.97 retail = 38.97"]) { $0.list("retail", "A 12.99") },
        QuoteCase(
            "from its quantity on a tier counts", "A 9, A 10", ["116.91 retail = 116.91", "114.9 retail = 114.9"]
        ) { $0.list("retail", "A 12.99, A@10 11.49") },
        QuoteCase("the list of the greatest priority goes first", "A 1", ["11 vip = 11"]) {
            $0.list("retail", "A 12.99")
            $0.list("vip", "A 11", priority: 5)
            $0.list("old", "A 10", priority: -5)
        },
        QuoteCase("where it has no price, the next does", "A 1", ["12.99 retail = 12.99"]) {
            $0.list("retail", "A 12.99")
            $0.list("vip", "B 11", priority: 5)
        },
        QuoteCase("a country's list counts in its parts", "A 1", ["11 usa = 11"]) {
            $0.region = "US-CA"
            $0.list("retail", "A 12.99")
            $0.list("usa", "A 11", priority: 5) { $0.scope = scope(region: "US") }
            $0.list("texas", "A 10", priority: 6) { $0.scope = scope(region: "US-TX") }
        },
        QuoteCase("lists of other channels and groups do not count", "A 1", ["12.99 retail = 12.99"]) {
            $0.channel = "amazon"
            $0.list("retail", "A 12.99")
            $0.list("ebay", "A 11", priority: 5) { $0.scope = scope(channel: "ebay") }
            $0.list("jobber", "A 9", priority: 6) { $0.scope = scope(channel: "amazon", group: "jobber") }
        },
        QuoteCase("a suspended list does not count", "A 1", ["12.99 retail = 12.99"]) {
            $0.list("retail", "A 12.99")
            $0.list("vip", "A 11", priority: 5) { $0.suspended = true }
        },
        QuoteCase("of several prices the one that began last counts", "A 1", ["10 retail = 10"]) {
            $0.list("retail", "A 12.99")
            $0.price("retail", "A", "10", since: TestBook.noon)
            $0.price("retail", "A", "8", since: TestBook.noon.later(1))
        },
        QuoteCase("the end of a price does not belong to it", "A 1", ["12.99 retail = 12.99"]) {
            $0.list("retail", "A 12.99")
            $0.price("retail", "A", "10", since: TestBook.noon.later(-60), until: TestBook.noon)
        },
        QuoteCase("a greater quantity counts before a later beginning", "A 10", ["90 retail = 90"]) {
            $0.list("retail", "A@10 9")
            $0.price("retail", "A", "12", since: TestBook.noon)
        },
        QuoteCase("nothing may cost nothing", "A 2", ["0 retail = 0"]) {
            $0.list("retail", "A 0")
            $0.percent("sale", "10")
        },
    ]

    /// Promotions of units.
    static let units: [QuoteCase] = [
        // 1.299 off each; 38.97 - 3.897 = 35.073.
        QuoteCase("percent off each unit", "A 3", ["38.97 retail, -3.897 sale, -0.003 rounding = 35.07"]) {
            $0.list("retail", "A 12.99")
            $0.percent("sale", "10")
        },
        QuoteCase("each rule goes by what the one before left", "A 1", ["10 retail, -1 one, -4.5 two = 4.5"]) {
            $0.list("retail", "A 10")
            $0.percent("two", "50", priority: 1)
            $0.percent("one", "10", priority: 2)
        },
        QuoteCase("an amount first, then percent", "A 1", ["10 retail, -2 off, -0.8 ten = 7.2"]) {
            $0.list("retail", "A 10")
            $0.percent("ten", "10", priority: 1)
            $0.amount("off", "2", priority: 5)
        },
        QuoteCase("no more is taken off than there is", "A 2", ["3 retail, -3 off = 0"]) {
            $0.list("retail", "A 1.50")
            $0.amount("off", "5")
        },
        QuoteCase("a fixed price", "A 2", ["20 retail, -0.02 fixed = 19.98"]) {
            $0.list("retail", "A 10")
            $0.rule("fixed", .fixedPrice(FixedPrice(amount: "9.99", currency: "USD")))
        },
        QuoteCase("a fixed price never raises one", "A 2", ["20 retail = 20"]) {
            $0.list("retail", "A 10")
            $0.rule("fixed", .fixedPrice(FixedPrice(amount: "10.01", currency: "USD")))
        },
        QuoteCase("of equal priorities the lesser id goes first", "A 1", ["10 retail, -2 a, -4 b = 4"]) {
            $0.list("retail", "A 10")
            $0.percent("b", "50")
            $0.amount("a", "2")
        },
        QuoteCase("the quantity is that of a line", "A 4, A 5", ["40 retail = 40", "50 retail, -5 sale = 45"]) {
            $0.list("retail", "A 10")
            $0.percent("sale", "10") { $0.minimumQuantity = 5 }
        },
        QuoteCase(
            "the subtotal is that of all lines of the rule's products", "A 4, B 1, C 9",
            ["40 retail, -4 sale = 36", "10 retail, -1 sale = 9", "9 retail = 9"]
        ) {
            $0.list("retail", "A 10, B 10, C 1")
            $0.percent("sale", "10") {
                $0.products = only("A", "B")
                $0.minimumSubtotal = "50"
                $0.minimumSubtotalCurrency = "USD"
            }
        },
        QuoteCase("a subtotal that is not reached", "A 4, C 20", ["40 retail = 40", "20 retail = 20"]) {
            $0.list("retail", "A 10, C 1")
            $0.percent("sale", "10") {
                $0.products = only("A")
                $0.minimumSubtotal = "50"
                $0.minimumSubtotalCurrency = "USD"
            }
        },
        QuoteCase(
            "beginnings of SKUs, and exceptions", "ABC 1, ABX 1, CAB 1, Z 1",
            ["10 retail, -1 sale = 9", "10 retail = 10", "10 retail = 10", "10 retail, -1 sale = 9"]
        ) {
            $0.list("retail", "ABC 10, ABX 10, CAB 10, Z 10")
            $0.percent("sale", "10") {
                $0.products = ProductSelection(skus: ["Z"], skuPrefixes: ["AB", "ABC"], exceptSkus: ["ABX"])
            }
        },
        QuoteCase("all but exceptions", "A 1, B 1", ["10 retail, -1 sale = 9", "10 retail = 10"]) {
            $0.list("retail", "A 10, B 10")
            $0.percent("sale", "10") { $0.products = ProductSelection(exceptSkus: ["B"]) }
        },
        QuoteCase("rules of other channels do not count", "A 1", ["10 retail, -1 here = 9"]) {
            $0.channel = "amazon"
            $0.list("retail", "A 10")
            $0.percent("there", "50") { $0.scopes = [scope(channel: "ebay")] }
            $0.percent("here", "10") { $0.scopes = [scope(channel: "ebay"), scope(channel: "amazon")] }
        },
        QuoteCase("rules that are not in force do not count", "A 1", ["10 retail = 10"]) {
            $0.list("retail", "A 10")
            $0.percent("over", "10") { $0.validTo = TestBook.noon }
            $0.percent("next", "10") { $0.validFrom = TestBook.noon.later(1) }
            $0.percent("off", "10") { $0.suspended = true }
        },
        QuoteCase("amounts of another currency do not count", "A 1", ["10 retail = 10"]) {
            $0.list("retail", "A 10")
            $0.rule("euros", .amountOff(AmountOff(amount: "1", currency: "EUR")))
        },
    ]

    /// Which promotions go together.
    static let together: [QuoteCase] = [
        QuoteCase(
            "nothing reduces a line that an exclusive rule reduced", "A 1, B 1",
            ["10 retail, -1 alone = 9", "10 retail, -0.5 other = 9.5"]
        ) {
            $0.list("retail", "A 10, B 10")
            $0.percent("alone", "10", priority: 10) {
                $0.exclusive = true
                $0.products = only("A")
            }
            $0.percent("other", "5", priority: 1)
        },
        QuoteCase("an exclusive rule reduces nothing that is reduced", "A 1", ["10 retail, -0.5 other = 9.5"]) {
            $0.list("retail", "A 10")
            $0.percent("alone", "10", priority: 1) { $0.exclusive = true }
            $0.percent("other", "5", priority: 10)
        },
        QuoteCase(
            "what a rule of the quote takes off is not spread over them either", "A 1, B 1",
            ["10 retail, -1 alone = 9", "10 retail, -5 five = 5"]
        ) {
            $0.list("retail", "A 10, B 10")
            $0.percent("alone", "10", priority: 10) {
                $0.exclusive = true
                $0.products = only("A")
            }
            $0.amount("five", "5", ofQuote: true)
        },
        QuoteCase("of a group the first counts", "A 1", ["10 retail, -1 first, -0.9 third = 8.1"]) {
            $0.list("retail", "A 10")
            $0.percent("first", "10", priority: 3) { $0.stackingGroup = "g" }
            $0.percent("second", "20", priority: 2) { $0.stackingGroup = "g" }
            $0.percent("third", "10", priority: 1)
        },
        QuoteCase("one that reduces nothing leaves the place to the next", "A 1", ["10 retail, -2 second = 8"]) {
            $0.list("retail", "A 10")
            $0.percent("first", "10", priority: 3) {
                $0.stackingGroup = "g"
                $0.minimumQuantity = 2
            }
            $0.percent("second", "20", priority: 2) { $0.stackingGroup = "g" }
        },
        QuoteCase("a group reaches over stages", "A 1, B 1", ["10 retail, -1 ten = 9", "10 retail, -4 four = 6"]) {
            $0.list("retail", "A 10, B 10")
            $0.percent("ten", "10") {
                $0.stackingGroup = "g"
                $0.products = only("A")
            }
            $0.amount("four", "4", ofQuote: true) { $0.stackingGroup = "g" }
        },
        QuoteCase("a coupon that is named", "A 2", ["20 retail, -2 sale/Save = 18"]) {
            $0.list("retail", "A 10")
            $0.percent("sale", "10") { $0.needsCoupon = true }
            $0.coupon("Save", "sale")
        },
        QuoteCase("a coupon that is not", "A 2", ["20 retail = 20"]) {
            $0.list("retail", "A 10")
            $0.percent("sale", "10") { $0.needsCoupon = true }
        },
        QuoteCase("a budget that leaves enough", "A 2", ["20 retail, -2 sale = 18"]) {
            $0.list("retail", "A 10")
            $0.percent("sale", "10") { $0.limits = UseLimits(amount: "10", currency: "USD") }
            $0.uses = [RuleUse(ruleID: "sale", uses: 4, usesByCustomer: 0, amount: Amount(micros: 8_000_000))]
        },
        QuoteCase("a budget that does not", "A 2", ["20 retail = 20"]) {
            $0.list("retail", "A 10")
            $0.percent("sale", "10") { $0.limits = UseLimits(amount: "10", currency: "USD") }
            $0.uses = [RuleUse(ruleID: "sale", uses: 4, usesByCustomer: 0, amount: Amount(micros: 8_000_001))]
        },
        QuoteCase("the last use is gone", "A 2", ["20 retail = 20"]) {
            $0.list("retail", "A 10")
            $0.percent("sale", "10") { $0.limits = UseLimits(uses: 4) }
            $0.uses = [RuleUse(ruleID: "sale", uses: 4, usesByCustomer: 0, amount: .zero)]
        },
    ]
}

extension ProtoTimestamp {
    func later(_ seconds: Int64) -> ProtoTimestamp {
        ProtoTimestamp(seconds: self.seconds + seconds, nanos: self.nanos)
    }
}
