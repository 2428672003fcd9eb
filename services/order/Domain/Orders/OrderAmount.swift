internal import Money
internal import OrderMessages
internal import Refusals

/// Arithmetic of amounts in micros that refuses what cannot be kept, and never traps.
enum OrderAmount {
    /// The smallest amount of a currency, in micros; nil: ISO 4217 has no such currency.
    static func minorUnit(of code: String) -> Int64? { Currency(code: code)?.minorUnit.micros }

    /// The sum of two amounts.
    ///
    /// - Parameter field: What is too great, for the refusal.
    static func sum(_ left: Int64, _ right: Int64, field: @autoclosure () -> String) throws(OrderRefusal) -> Int64 {
        let (sum, isTooGreat) = left.addingReportingOverflow(right)
        return try Self.kept(sum, isTooGreat: isTooGreat, field: field())
    }

    /// An amount of one unit, so many times.
    static func product(
        _ amount: Int64, _ units: Int64, field: @autoclosure () -> String
    ) throws(OrderRefusal) -> Int64 {
        let (product, isTooGreat) = amount.multipliedReportingOverflow(by: units)
        return try Self.kept(product, isTooGreat: isTooGreat, field: field())
    }

    private static func kept(
        _ amount: Int64, isTooGreat: Bool, field: @autoclosure () -> String
    ) throws(OrderRefusal) -> Int64 {
        guard !isTooGreat, amount.magnitude <= Amount.maximum.micros.magnitude else {
            throw OrderRefusal(
                .invalidAmount, field: field(), "comes to more than can be kept", expected: "sums below 9000000000")
        }
        return amount
    }

    /// The text of an amount, with the places of its currency: "12.90".
    static func text(_ micros: Int64, currency: String) -> String {
        Amount(micros: micros).text(decimalPlaces: Currency(code: currency)?.minorUnitDigits ?? 0)
    }

    /// Adds what is wrong with an amount that somebody says.
    ///
    /// - Parameters:
    ///   - minorUnit: The smallest amount of the currency, in micros; nil: the currency is wrong itself.
    ///   - currency: Its code.
    static func check(
        _ amount: Decimal?, _ field: @autoclosure () -> String, minorUnit: Int64?, currency: String,
        into faults: inout OrderFaults
    ) {
        guard let micros = amount?.micros else { return }
        if micros < 0 || micros > Amount.maximum.micros {
            faults.add(
                .invalidAmount, field(), micros < 0 ? "is below zero" : "is too great",
                expected: "an amount from 0 to below 9000000000")
        } else if let minorUnit, micros % minorUnit != 0 {
            let digits = Currency(code: currency)?.minorUnitDigits ?? 0
            faults.add(
                .invalidAmount, field(), "has more decimal places than \(currency)",
                expected: digits == 0 ? "a whole amount" : "at most \(digits) decimal places")
        }
    }
}
