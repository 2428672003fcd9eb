import PricingDomain
import PricingMessages

extension QuoteCase {
    /// What promotions cannot go below.
    static let floors: [QuoteCase] = [
        QuoteCase(
            "what is beyond the minimum advertised price is given back", "A 1",
            ["10 retail, -1 sale, 0.2 floor map = 9.2"]
        ) {
            $0.list("retail", "A 10")
            $0.list("map", "A 9.20", type: .minimumAdvertised)
            $0.percent("sale", "10")
        },
        QuoteCase("of several promotions", "A 2", ["20 retail, -1 a, -2 b, 1.4 floor map = 18.4"]) {
            $0.list("retail", "A 10")
            $0.list("map", "A 9.20", type: .minimumAdvertised)
            $0.percent("a", "5", priority: 2)
            $0.amount("b", "1", priority: 1)
        },
        QuoteCase("what costs its floor is not reduced", "A 1", ["9.2 retail = 9.2"]) {
            $0.list("retail", "A 9.20")
            $0.list("map", "A 9.20", type: .minimumAdvertised)
            $0.percent("sale", "10")
        },
        QuoteCase("what costs less is not raised", "A 1", ["8 retail = 8"]) {
            $0.list("retail", "A 8")
            $0.list("map", "A 9.20", type: .minimumAdvertised)
            $0.percent("sale", "10")
        },
        // 6 is 75 percent of 8.
        QuoteCase("a margin on cost", "A 1", ["10 retail, -3 sale, 1 floor guard = 8"]) {
            $0.list("retail", "A 10")
            $0.list("costs", "A 6", type: .cost)
            $0.rule("guard", .marginGuard(MarginGuard(percent: "25")))
            $0.percent("sale", "30")
        },
        QuoteCase("a share of the list price", "A 1", ["11 retail, -2 off, 1 floor least = 10"]) {
            $0.list("retail", "A 11")
            $0.list("rrp", "A 12.50", type: .list)
            $0.rule("least", .minimumOfListPrice(MinimumOfListPrice(percent: "80")))
            $0.amount("off", "2")
        },
        QuoteCase("of floors the last is not the highest", "A 1", ["10 retail, -5 half, 4 floor map = 9"]) {
            $0.list("retail", "A 10")
            $0.list("map", "A 9", type: .minimumAdvertised)
            $0.list("costs", "A 7.65", type: .cost)
            $0.rule("guard", .marginGuard(MarginGuard(percent: "10")))
            $0.percent("half", "50")
        },
        QuoteCase("the highest floor counts", "A 1", ["10 retail, -5 half, 3.5 floor guard = 8.5"]) {
            $0.list("retail", "A 10")
            $0.list("map", "A 8", type: .minimumAdvertised)
            $0.list("costs", "A 7.65", type: .cost)
            $0.rule("guard", .marginGuard(MarginGuard(percent: "10")))
            $0.percent("half", "50")
        },
        QuoteCase(
            "what one line gives back no other loses", "A 1, B 1",
            ["10 retail, -3 six, 2 floor map = 9", "10 retail, -3 six = 7"]
        ) {
            $0.list("retail", "A 10, B 10")
            $0.list("map", "A 9", type: .minimumAdvertised)
            $0.amount("six", "6", ofQuote: true)
        },
        QuoteCase(
            "a line at its floor gets nothing of the quote's", "A 1, B 1", ["9 retail = 9", "10 retail, -6 six = 4"]
        ) {
            $0.list("retail", "A 9, B 10")
            $0.list("map", "A 9", type: .minimumAdvertised)
            $0.amount("six", "6", ofQuote: true)
        },
        QuoteCase("a line at its floor is a part of bundles", "A 1, B 1", ["9 retail = 9", "10 retail, -4 duo = 6"]) {
            $0.list("retail", "A 9, B 10")
            $0.list("map", "A 9", type: .minimumAdvertised)
            let items = TestBook.items("A 1, B 1")
            $0.rule("duo", .bundle(Bundle(items: items, reduction: .price("15"), currency: "USD")))
        },
        QuoteCase(
            "rounding goes up where it would cross", "A 1", ["10 retail, -1 off, 0.992 floor map, 0.008 rounding = 10"]
        ) {
            $0.list("retail", "A 10")
            $0.list("map", "A 9.992", type: .minimumAdvertised)
            $0.amount("off", "1")
        },
        QuoteCase(
            "a floor's tier", "A 1, A 10",
            ["10 retail, -5 half, 4 floor map = 9", "100 retail, -50 half, 30 floor map = 80"]
        ) {
            $0.list("retail", "A 10")
            $0.list("map", "A 9, A@10 8", type: .minimumAdvertised)
            $0.percent("half", "50")
        },
    ]

    private static func rounded(
        _ currency: String, _ mode: RoundingMode, _ increment: String = ""
    ) -> @Sendable (inout TestBook) -> Void {
        {
            $0.currency = currency
            $0.settings = PricingSettings(
                rounding: [CurrencyRounding(currency: currency, mode: mode, increment: increment)])
            $0.list("retail", "A 10.02, B 10.03, C 10.025, D 10.075")
        }
    }

    /// Rounding and rates.
    static let money: [QuoteCase] = [
        QuoteCase(
            "yen have no decimal places", "A 1, A 3",
            ["101 retail, -50.5 half, -0.5 rounding = 50", "303 retail, -151.5 half, 0.5 rounding = 152"]
        ) {
            $0.currency = "JPY"
            $0.list("retail", "A 101")
            $0.percent("half", "50")
        },
        QuoteCase("yen, the half away from zero", "A 1", ["101 retail, -50.5 half, 0.5 rounding = 51"]) {
            $0.currency = "JPY"
            $0.settings = PricingSettings(rounding: [CurrencyRounding(currency: "JPY", mode: .halfUp)])
            $0.list("retail", "A 101")
            $0.percent("half", "50")
        },
        QuoteCase(
            "Kuwaiti dinars have three", "A 1, A 3",
            ["1.2345 retail, -0.0005 rounding = 1.234", "3.7035 retail, 0.0005 rounding = 3.704"]
        ) {
            $0.currency = "KWD"
            $0.list("retail", "A 1.2345")
        },
        QuoteCase(
            "Swiss francs by five, half to even", "A 1, B 1, C 1, D 1",
            [
                "10.02 retail, -0.02 rounding = 10", "10.03 retail, 0.02 rounding = 10.05",
                "10.025 retail, -0.025 rounding = 10", "10.075 retail, 0.025 rounding = 10.1",
            ], rounded("CHF", .halfEven, "0.05")),
        QuoteCase(
            "half down", "A 1, B 1, C 1, D 1",
            [
                "10.02 retail, -0.02 rounding = 10", "10.03 retail, 0.02 rounding = 10.05",
                "10.025 retail, -0.025 rounding = 10", "10.075 retail, -0.025 rounding = 10.05",
            ], rounded("CHF", .halfDown, "0.05")),
        QuoteCase(
            "half up", "A 1, B 1, C 1, D 1",
            [
                "10.02 retail, -0.02 rounding = 10", "10.03 retail, 0.02 rounding = 10.05",
                "10.025 retail, 0.025 rounding = 10.05", "10.075 retail, 0.025 rounding = 10.1",
            ], rounded("CHF", .halfUp, "0.05")),
        QuoteCase(
            "always up", "A 1, B 1, C 1, D 1",
            [
                "10.02 retail, 0.03 rounding = 10.05", "10.03 retail, 0.02 rounding = 10.05",
                "10.025 retail, 0.025 rounding = 10.05", "10.075 retail, 0.025 rounding = 10.1",
            ], rounded("CHF", .up, "0.05")),
        QuoteCase(
            "always down", "A 1, B 1, C 1, D 1",
            [
                "10.02 retail, -0.02 rounding = 10", "10.03 retail, -0.03 rounding = 10",
                "10.025 retail, -0.025 rounding = 10", "10.075 retail, -0.025 rounding = 10.05",
            ], rounded("CHF", .down, "0.05")),
        QuoteCase("another currency's price by the rate", "A 2", ["21.668 euro, 0.002 rounding = 21.67"]) {
            $0.list("euro", "A 10", currency: "EUR") { $0.servesOtherCurrencies = true }
            $0.rates = [rate("EUR", "USD", "1.0834")]
        },
        QuoteCase("by the rate the other way", "A 1", ["11.111111 euro, -0.001111 rounding = 11.11"]) {
            $0.list("euro", "A 10", currency: "EUR") { $0.servesOtherCurrencies = true }
            $0.rates = [rate("USD", "EUR", "0.9")]
        },
        QuoteCase("by the last rate that began", "A 1", ["12 euro = 12"]) {
            $0.list("euro", "A 10", currency: "EUR") { $0.servesOtherCurrencies = true }
            $0.rates = [
                rate("EUR", "USD", "1.3", 1), rate("EUR", "USD", "1.2", 0), rate("EUR", "USD", "1.1", -60),
                rate("USD", "EUR", "0.5", 0),
            ]
        },
        QuoteCase("a list that serves its own currency only", "A 1", ["12 retail = 12"]) {
            $0.list("euro", "A 10", currency: "EUR", priority: 5)
            $0.list("retail", "A 12")
        },
        QuoteCase("of equal priorities the quote's own currency goes first", "A 1", ["12 retail = 12"]) {
            $0.list("euro", "A 10", currency: "EUR") { $0.servesOtherCurrencies = true }
            $0.list("retail", "A 12")
            $0.rates = [rate("EUR", "USD", "1.1")]
        },
        QuoteCase("deposits are not reduced", "A 2", ["200 retail, -100 half, 70 core cores = 170"]) {
            $0.list("retail", "A 100")
            $0.list("cores", "A 35", type: .core)
            $0.percent("half", "50")
        },
        QuoteCase(
            "deposits of another currency are rounded, too", "A 1",
            ["50 retail, 11.111111 core cores, -0.001111 rounding = 61.11"]
        ) {
            $0.list("retail", "A 50")
            $0.list("cores", "A 10", type: .core, currency: "EUR") { $0.servesOtherCurrencies = true }
            $0.rates = [rate("USD", "EUR", "0.9")]
        },
    ]

    private static func rate(_ base: String, _ quote: String, _ rate: String, _ seconds: Int64 = 0) -> ExchangeRate {
        ExchangeRate(
            baseCurrency: base, quoteCurrency: quote, at: TestBook.noon.later(seconds), rate: rate, source: "ECB")
    }

    /// Kits.
    static let kits: [QuoteCase] = [
        // 26 less 2.60, twice.
        QuoteCase("a kit's parts, less its share", "K 2", ["40 retail[A], 12 retail[B], -5.2 share = 46.8"]) {
            $0.list("retail", "A 10, B 6")
            $0.kit("K", "A 2, B 1", off: "10")
        },
        QuoteCase("a kit's own price", "K 2", ["40 retail = 40"]) {
            $0.list("retail", "A 10, K 20")
            $0.kit("K", "A 2, B 1", off: "10")
        },
        // The inner kit is 20 less 1, the outer twice that and 6: 44 less 4.40.
        QuoteCase(
            "a kit in a kit", "OUTER 1", ["40 retail[A], -2 share[INNER], 6 retail[B], -4.4 share = 39.6"]
        ) {
            $0.list("retail", "A 10, B 6")
            $0.kit("INNER", "A 2", off: "5")
            $0.kit("OUTER", "INNER 2, B 1", off: "10")
        },
        QuoteCase("a kit in a kit, with a price of its own", "OUTER 1", ["36 retail[INNER], 6 retail[B] = 42"]) {
            $0.list("retail", "A 10, B 6, INNER 18")
            $0.kit("INNER", "A 2", off: "5")
            $0.kit("OUTER", "INNER 2, B 1")
        },
        QuoteCase("parts count together for their tiers", "K 1, K 3", ["36 retail[A] = 36", "96 retail[A] = 96"]) {
            $0.list("retail", "A 10, A@4 9, A@12 8")
            $0.kit("K", "A 4")
        },
        QuoteCase("deposits of the parts", "K 1", ["20 retail[A], 6 retail[B], 40 core cores[A] = 66"]) {
            $0.list("retail", "A 10, B 6")
            $0.list("cores", "A 20", type: .core)
            $0.kit("K", "A 2, B 1")
        },
        QuoteCase("deposits of the parts beside a price of its own", "K 2", ["40 retail, 80 core cores[A] = 120"]) {
            $0.list("retail", "K 20")
            $0.list("cores", "A 20", type: .core)
            $0.kit("K", "A 2, B 1")
        },
        QuoteCase("a deposit of its own", "K 1", ["20 retail[A], 6 retail[B], 5 core cores = 31"]) {
            $0.list("retail", "A 10, B 6")
            $0.list("cores", "A 20, K 5", type: .core)
            $0.kit("K", "A 2, B 1")
        },
        // Cost 12, so at least 16 for a quarter of margin.
        QuoteCase("the cost of a kit is that of its parts", "K 1", ["20 retail[A], -10 half, 6 floor guard = 16"]) {
            $0.list("retail", "A 10")
            $0.list("costs", "A 6", type: .cost)
            $0.kit("K", "A 2")
            $0.rule("guard", .marginGuard(MarginGuard(percent: "25")))
            $0.percent("half", "50")
        },
        QuoteCase(
            "rules of parts are not those of the kit", "K 1, A 1", ["20 retail[A] = 20", "10 retail, -5 half = 5"]
        ) {
            $0.list("retail", "A 10")
            $0.kit("K", "A 2")
            $0.percent("half", "50") { $0.products = only("A") }
        },
    ]

    /// Hours; the clocks of Chicago show 05:59 on Sunday.
    static let hours: [QuoteCase] = [
        QuoteCase("the hours of Saturday night go on on Sunday", "A 1", ["10 retail, -1 night = 9"]) {
            $0.list("retail", "A 10")
            $0.percent("night", "10") {
                $0.hours = [TimeWindow(days: [.saturday], from: "22:00", to: "06:00")]
                $0.timeZone = "America/Chicago"
            }
            $0.clocks = ["America/Chicago": LocalClock(weekday: 7, minuteOfDay: 359, isSteadyUntil: .distantFuture)]
        },
        QuoteCase("and end there", "A 1", ["10 retail = 10"]) {
            $0.list("retail", "A 10")
            $0.percent("night", "10") {
                $0.hours = [TimeWindow(days: [.saturday], from: "22:00", to: "06:00")]
                $0.timeZone = "America/Chicago"
            }
            $0.clocks = ["America/Chicago": LocalClock(weekday: 7, minuteOfDay: 360, isSteadyUntil: .distantFuture)]
        },
        QuoteCase("each rule goes by the clocks of its zone", "A 1", ["10 retail, -1 tokyo = 9"]) {
            $0.list("retail", "A 10")
            for (id, zone) in [("chicago", "America/Chicago"), ("tokyo", "Asia/Tokyo"), ("unknown", "Europe/Paris")] {
                $0.percent(id, "10") {
                    $0.hours = [TimeWindow(from: "20:00", to: "24:00")]
                    $0.timeZone = zone
                }
            }
            $0.clocks = [
                "America/Chicago": LocalClock(weekday: 7, minuteOfDay: 420, isSteadyUntil: .distantFuture),
                "Asia/Tokyo": LocalClock(weekday: 7, minuteOfDay: 1260, isSteadyUntil: .distantFuture),
            ]
        },
    ]

    static let all = lists + units + together + quantities + quote + floors + money + kits + hours
}
