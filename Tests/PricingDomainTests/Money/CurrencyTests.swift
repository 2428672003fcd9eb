import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("Currencies, rates and rounding", .processorBound)
struct CurrencyTests {
    @Test(
        "a currency has the digits of ISO 4217",
        arguments: [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("CHF", 2), ("EUR", 2), ("ZWG", 2), ("AED", 2)])
    func digits(code: String, digits: Int) throws {
        let currency = try Currency(code, field: "currency")
        #expect(currency.minorUnitDigits == digits)
        #expect(currency.code == code && "\(currency)" == code)
        #expect(Rounding(of: currency).increment == currency.minorUnit)
    }

    @Test("what is no currency is refused", arguments: ["", "usd", "USX", "US", "USDD", "XAU", "XXX", "ÄÖÜ", "DEM"])
    func unknown(code: String) {
        let refusal = #expect(throws: PricingRefusal.self) { try Currency(code, field: "a.currency") }
        #expect(refusal?.reason == .unknownCurrency)
        #expect(refusal?.faults.map(\.field) == ["a.currency"])
    }

    @Test("currencies are ordered by code")
    func order() throws {
        let codes = ["USD", "AED", "ZWG", "EUR"]
        #expect(try codes.map { try Currency($0, field: "") }.sorted().map(\.code) == codes.sorted())
    }

    @Test("an amount is rounded to the nearest step, or as the mode says", arguments: [1, 2, 3] as [UInt64])
    func rounding(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let amount = Amount(micros: Int64.random(in: -100_000...100_000, using: &generator))
            for mode in [.halfEven, .halfUp, .halfDown, .up, .down] as [RoundingMode] {
                let increment = ["1", "0.05", "0.01", "0.000001", "0.000007"].randomElement(using: &generator) ?? ""
                let message = CurrencyRounding(currency: "CHF", mode: mode, increment: increment)
                let rounding = try Rounding(message, field: "")
                let rounded = try #require(rounding.rounded(amount))
                let step = rounding.increment.micros
                let distance = rounded.micros - amount.micros
                #expect(rounded.micros % step == 0 && abs(distance) < step)
                switch mode {
                case .up: #expect(abs(rounded.micros) >= abs(amount.micros))
                case .down: #expect(abs(rounded.micros) <= abs(amount.micros))
                default: #expect(2 * abs(distance) <= step)
                }
                if 2 * abs(distance) == step {
                    switch mode {
                    case .halfEven: #expect(rounded.micros / step % 2 == 0)
                    case .halfUp: #expect(abs(rounded.micros) > abs(amount.micros))
                    case .halfDown: #expect(abs(rounded.micros) < abs(amount.micros))
                    default: break
                    }
                }
            }
        }
    }

    @Test("what cannot be rounded is refused, or nil")
    func extremes() throws {
        let dollars = Rounding(of: try Currency("USD", field: ""))
        #expect(dollars.rounded(Amount(micros: .max)) == nil)
        #expect(dollars.rounded(Amount(micros: .max - 5_807)) != nil)
        #expect(dollars.rounded(Amount(micros: .min)) == nil)
        let none = CurrencyRounding(currency: "USD", increment: "0")
        #expect(throws: PricingRefusal.self) { try Rounding(none, field: "rounding[0]") }
    }

    @Test("settings are checked by their fields")
    func settings() {
        let settings = PricingSettings(
            rounding: [
                CurrencyRounding(currency: "USD", increment: "0.01"), CurrencyRounding(currency: "USD"),
                CurrencyRounding(currency: "ABC", increment: "-1"),
            ], marginPolicy: FloorPolicy(rawValue: 9))
        let refusal = #expect(throws: PricingRefusal.self) { try PricingSettingsRules.check(settings) }
        #expect(
            refusal?.faults.map(\.field) == ["rounding[1].currency", "rounding[2].currency", "marginPolicy"])
    }

    private func rate(_ text: String) throws -> CurrencyRate {
        try CurrencyRate(
            ExchangeRate(baseCurrency: "EUR", quoteCurrency: "USD", at: TestBook.noon, rate: text, source: "ECB"),
            field: "rates[0]")
    }

    @Test(
        "rates are exact, and what they give is rounded half to even to a millionth",
        arguments: [
            ("1.0834", 10_000_000, 10_834_000, 9_230_201), ("0.000000000001", 500_000, 0, nil),
            ("0.5", 1, 0, 2), ("0.5", 3, 2, 6), ("1.5", 1, 2, 1),
            ("8999999.999999999999", 1_000_000, 9_000_000_000_000, 0),
            ("3", 10, 30, 3),
        ] as [(String, Int64, Int64, Int64?)])
    func conversion(text: String, amount: Int64, converted: Int64, back: Int64?) throws {
        let rate = try self.rate(text)
        #expect(rate.text == text)
        #expect(rate.converted(Amount(micros: amount))?.micros == converted)
        if let back { #expect(rate.convertedBack(Amount(micros: amount))?.micros == back) }
    }

    @Test("amounts too great for a rate are nil")
    func tooGreat() throws {
        #expect(try self.rate("8999999").converted(Amount.maximum) == nil)
        #expect(try self.rate("0.000000000001").convertedBack(Amount.maximum) == nil)
    }

    @Test("what is no rate is refused by its fields")
    func faults() {
        let rate = ExchangeRate(baseCurrency: "EUR", quoteCurrency: "EUR", rate: "0")
        let refusal = #expect(throws: PricingRefusal.self) { try CurrencyRate(rate, field: "rates[2]") }
        #expect(
            refusal?.faults.map(\.field)
                == ["rates[2].quoteCurrency", "rates[2].at", "rates[2].rate", "rates[2].source"])
        for text in ["9000000", "-1", "1.0000000000001", ""] {
            #expect(throws: PricingRefusal.self) { try self.rate(text) }
        }
    }

    @Test(
        "instants are cut to microseconds, and say themselves",
        arguments: [
            (-1, 999_999_999, -1), (0, 1_999, 1), (TestBook.noon.seconds, 0, TestBook.noon.seconds * 1_000_000),
        ] as [(Int64, Int32, Int64)])
    func instants(seconds: Int64, nanos: Int32, micros: Int64) throws {
        let instant = try Instant(ProtoTimestamp(seconds: seconds, nanos: nanos), field: "at")
        #expect(instant.microseconds == micros)
        #expect(instant.timestamp == ProtoTimestamp(seconds: seconds, nanos: nanos / 1000 * 1000))
        #expect(Instant.distantPast.timestamp == nil)
        #expect(throws: PricingRefusal.self) { try Instant(ProtoTimestamp(seconds: .max, nanos: 0), field: "at") }
    }
}
