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

    /// How amounts are rounded to multiples of a step.
    ///
    /// - Parameter increment: Above zero; nil is answered otherwise.
    public init?(_ mode: Mode, increment: Amount) {
        guard increment > .zero else { return nil }
        self.mode = mode
        self.increment = increment
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
    public static func divide(_ dividend: Int128, by divisor: Int128, _ mode: Mode) -> Int128 {
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
