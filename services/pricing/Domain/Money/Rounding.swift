public import PricingMessages

/// How amounts of a currency are rounded.
public struct Rounding: Hashable, Sendable {
    /// Which neighbour a number between two takes.
    public enum Mode: Hashable, Sendable {
        /// The nearest; a half goes to the even one.
        case halfEven
        /// The nearest; a half goes away from zero.
        case halfUp
        /// The nearest; a half goes towards zero.
        case halfDown
        /// Away from zero.
        case up
        /// Towards zero.
        case down
    }

    /// Which neighbour is taken.
    public let mode: Mode
    /// The step whose multiples amounts become; above zero.
    public let increment: Amount

    /// How amounts of a currency are rounded unless a brand says otherwise: half to even, to the minor unit.
    public init(of currency: Currency) {
        self.mode = .halfEven
        self.increment = currency.minorUnit
    }

    /// What settings say of a currency.
    ///
    /// - Parameter field: Where it stands, for the refusal.
    public init(_ rounding: CurrencyRounding, field: String) throws(PricingRefusal) {
        let currency = try Currency(rounding.currency, field: "\(field).currency")
        switch rounding.mode {
        case .unspecified, .halfEven: self.mode = .halfEven
        case .halfUp: self.mode = .halfUp
        case .halfDown: self.mode = .halfDown
        case .up: self.mode = .up
        case .down: self.mode = .down
        case .unrecognized(let number):
            throw .unknownNumber(number, field: "\(field).mode")
        }
        guard !rounding.increment.isEmpty else {
            self.increment = currency.minorUnit
            return
        }
        self.increment = try Amount(rounding.increment, field: "\(field).increment")
        guard self.increment > .zero else {
            throw PricingRefusal(
                .invalidAmount, field: "\(field).increment", "is zero",
                expected: "an amount above 0, or none for the minor unit")
        }
    }

    /// The multiple of the increment that an amount becomes; nil: it is too great for one.
    public func rounded(_ amount: Amount) -> Amount? {
        let step = Int128(self.increment.micros)
        let steps = Self.divide(Int128(amount.micros), by: step, self.mode)
        return Int64(exactly: steps * step).map(Amount.init(micros:))
    }

    /// The least multiple of the increment that is not below an amount; nil: it is too great for one.
    public func roundedUp(_ amount: Amount) -> Amount? {
        let step = Int128(self.increment.micros)
        var steps = Int128(amount.micros) / step
        if steps * step < Int128(amount.micros) { steps += 1 }
        return Int64(exactly: steps * step).map(Amount.init(micros:))
    }

    /// A quotient as a whole number.
    ///
    /// - Parameters:
    ///   - divisor: Above zero.
    static func divide(_ dividend: Int128, by divisor: Int128, _ mode: Mode) -> Int128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        guard remainder != 0 else { return quotient }
        // Not twice the remainder against the divisor, which could overflow.
        let rest = divisor - Int128(remainder.magnitude)
        let isHalf = Int128(remainder.magnitude) == rest
        let isMore = Int128(remainder.magnitude) > rest
        let goesAway =
            switch mode {
            case .halfEven: isMore || isHalf && !quotient.isMultiple(of: 2)
            case .halfUp: isMore || isHalf
            case .halfDown: isMore
            case .up: true
            case .down: false
            }
        return goesAway ? quotient + dividend.signum() : quotient
    }
}

extension PricingRefusal {
    /// An enum's number that this version does not know.
    static func unknownNumber(_ number: Int32, field: String) -> Self {
        Self(
            .invalidValue, field: field, "has the unknown number \(number)",
            expected: "one of those in the API's description")
    }
}
