import PricingDomain
import PricingMessages

extension QuoteCase {
    private static func buy(
        _ buy: Int64, get: Int64, of products: ProductSelection? = nil, percent: String = "100", times: Int64 = 0
    ) -> PriceRule.Effect {
        .buyAndGet(
            BuyAndGet(
                buyQuantity: buy, getQuantity: get, getProducts: products, percent: percent, maximumTimes: times))
    }

    /// Buy-and-gets and bundles.
    static let quantities: [QuoteCase] = [
        // Of 7 the two that are free leave 5, and 4 are needed.
        QuoteCase("buy two, get one", "A 7", ["70 retail, -20 deal = 50"]) {
            $0.list("retail", "A 10")
            $0.rule("deal", buy(2, get: 1))
        },
        QuoteCase("who has not put in all that is free gets what is there", "A 3", ["30 retail, -10 deal = 20"]) {
            $0.list("retail", "A 10")
            $0.rule("deal", buy(2, get: 2))
        },
        QuoteCase("once at most", "A 7", ["70 retail, -10 deal = 60"]) {
            $0.list("retail", "A 10")
            $0.rule("deal", buy(2, get: 1, times: 1))
        },
        QuoteCase(
            "the cheapest are reduced", "A 2, B 1, C 1", ["20 retail = 20", "6 retail, -6 deal = 0", "8 retail = 8"]
        ) {
            $0.list("retail", "A 10, B 6, C 8")
            $0.rule("deal", buy(2, get: 1))
        },
        // Four bought allow two at half the price.
        QuoteCase("others are got", "A 4, B 3", ["40 retail = 40", "18 retail, -6 deal = 12"]) {
            $0.list("retail", "A 10, B 6")
            $0.rule("deal", buy(2, get: 1, of: only("B"), percent: "50")) { $0.products = only("A") }
        },
        // One B is got; A and the other B are the two that are bought.
        QuoteCase("no unit is both bought and got", "A 1, B 2", ["10 retail = 10", "12 retail, -6 deal = 6"]) {
            $0.list("retail", "A 10, B 6")
            $0.rule("deal", buy(2, get: 1, of: only("B"))) { $0.products = only("A", "B") }
        },
        QuoteCase("units cost what rules of units left", "A 3", ["30 retail, -3 ten, -9 deal = 18"]) {
            $0.list("retail", "A 10")
            $0.percent("ten", "10")
            $0.rule("deal", buy(2, get: 1))
        },
        QuoteCase("too few are bought", "A 2", ["20 retail = 20"]) {
            $0.list("retail", "A 10")
            $0.rule("deal", buy(2, get: 1))
        },
        // 16 for 12: 4 off, 10/16 and 6/16 of it.
        QuoteCase("a bundle's price", "A 2, B 1", ["20 retail, -2.5 duo = 17.5", "6 retail, -1.5 duo = 4.5"]) {
            $0.list("retail", "A 10, B 6")
            $0.rule("duo", bundle("A 1, B 1", price: "12"))
        },
        // Twice: 40 and 12, a quarter off.
        QuoteCase(
            "a bundle twice, by percent", "A 5, B 2", ["50 retail, -10 duo = 40", "12 retail, -3 duo = 9"]
        ) {
            $0.list("retail", "A 10, B 6")
            $0.rule("duo", bundle("A 2, B 1", percent: "25"))
        },
        QuoteCase("a bundle once at most", "A 5, B 2", ["50 retail, -5 duo = 45", "12 retail, -1.5 duo = 10.5"]) {
            $0.list("retail", "A 10, B 6")
            $0.rule("duo", bundle("A 2, B 1", percent: "25", times: 1))
        },
        // A third each is 0.333, 0.333 and 0.334: the last has the largest remainder.
        QuoteCase(
            "the cent that is left goes to the largest remainder", "A 1, B 1, C 1",
            ["3.33 retail, -0.33 trio = 3", "3.33 retail, -0.33 trio = 3", "3.34 retail, -0.34 trio = 3"]
        ) {
            $0.list("retail", "A 3.33, B 3.33, C 3.34")
            $0.rule("trio", bundle("A 1, B 1, C 1", price: "9"))
        },
        QuoteCase("a bundle that is no cheaper", "A 1, B 1", ["10 retail = 10", "6 retail = 6"]) {
            $0.list("retail", "A 10, B 6")
            $0.rule("duo", bundle("A 1, B 1", price: "16"))
        },
        // The buy-and-get takes one A; two are left for bundles, of 16 each, half off: 20/32 and 12/32 of 16.
        QuoteCase(
            "each unit is taken once", "A 3, B 3", ["30 retail, -10 deal, -10 duo = 10", "18 retail, -6 duo = 12"]
        ) {
            $0.list("retail", "A 10, B 6")
            $0.rule("deal", buy(2, get: 1)) { $0.products = only("A") }
            $0.rule("duo", bundle("A 1, B 1", percent: "50"))
        },
    ]

    private static func bundle(
        _ items: String, price: String? = nil, percent: String = "", times: Int64 = 0
    ) -> PriceRule.Effect {
        .bundle(
            Bundle(
                items: TestBook.items(items), reduction: price.map { .price($0) } ?? .percent(percent),
                currency: price == nil ? "" : "USD", maximumTimes: times))
    }

    /// Promotions of the quote.
    static let quote: [QuoteCase] = [
        QuoteCase(
            "of equal lines the first gets the cent that is left", "A 1, B 1, C 1",
            ["10 retail, -3.34 off = 6.66", "10 retail, -3.33 off = 6.67", "10 retail, -3.33 off = 6.67"]
        ) {
            $0.list("retail", "A 10, B 10, C 10")
            $0.amount("off", "10", ofQuote: true)
        },
        // 3.333 off 33.33: 2 and 1.333; what is less than a cent goes with the largest remainder.
        QuoteCase(
            "percent of the quote", "A 2, B 1",
            ["20 retail, -2 ten = 18", "13.33 retail, -1.333 ten, 0.003 rounding = 12"]
        ) {
            $0.list("retail", "A 10, B 13.33")
            $0.percent("ten", "10", ofQuote: true)
        },
        QuoteCase("no more than all of it", "A 1, B 1", ["10 retail, -10 off = 0", "6 retail, -6 off = 0"]) {
            $0.list("retail", "A 10, B 6")
            $0.amount("off", "100", ofQuote: true)
        },
        QuoteCase("only the rule's products", "A 1, B 1", ["10 retail, -2 off = 8", "6 retail = 6"]) {
            $0.list("retail", "A 10, B 6")
            $0.amount("off", "2", ofQuote: true) { $0.products = only("A") }
        },
        QuoteCase(
            "the quantity is that of the quote", "A 3, B 2", ["30 retail, -3 ten = 27", "12 retail, -1.2 ten = 10.8"]
        ) {
            $0.list("retail", "A 10, B 6")
            $0.percent("ten", "10", ofQuote: true) { $0.minimumQuantity = 5 }
        },
        QuoteCase("which is not reached", "A 3, B 1", ["30 retail = 30", "6 retail = 6"]) {
            $0.list("retail", "A 10, B 6")
            $0.percent("ten", "10", ofQuote: true) { $0.minimumQuantity = 5 }
        },
        // 10 percent of 20 and 5 are 2 and 0.5; then 4.50 of 22.50: 3.6 and 0.9.
        QuoteCase(
            "one after the other", "A 2, B 1",
            ["20 retail, -2 ten, -3.6 off = 14.4", "5 retail, -0.5 ten, -0.9 off = 3.6"]
        ) {
            $0.list("retail", "A 10, B 5")
            $0.percent("ten", "10", priority: 2, ofQuote: true)
            $0.amount("off", "4.50", priority: 1, ofQuote: true)
        },
    ]
}
