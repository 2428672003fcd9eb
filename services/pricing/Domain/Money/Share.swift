internal import Money
internal import PricingMessages

/// A share of something, exact in millionths: what a percentage with at most four decimal places says.
public struct Share: Hashable, Comparable, Sendable {
    /// All of it.
    public static let whole = Share(millionths: 1_000_000)

    /// How many millionths of the whole.
    public let millionths: Int64

    private init(millionths: Int64) { self.millionths = millionths }

    /// The share that a percentage says, such as "12.5".
    ///
    /// - Parameters:
    ///   - range: What it may be, in millionths of the whole; within 0 to 1,000,000.
    ///   - field: Where it stands, for the refusal.
    ///   - expected: What is in the range, for people.
    init(
        percent: String, in range: ClosedRange<Int64>, field: String, expected: String
    ) throws(PricingRefusal) {
        let parsed: Int64
        do { parsed = try DecimalText.parse(percent, decimalPlaces: 4) } catch {
            throw PricingRefusal(.invalidValue, field: field, error.reason, expected: expected)
        }
        guard range.contains(parsed) else {
            throw PricingRefusal(.invalidValue, field: field, "is \(percent)", expected: expected)
        }
        self.millionths = parsed
    }

    /// What is taken off by a percentage: above 0, at most 100.
    static func reduction(_ percent: String, field: String) throws(PricingRefusal) -> Share {
        try Share(
            percent: percent, in: 1...1_000_000, field: field,
            expected: "a percentage above 0, at most 100, with at most 4 decimal places, such as 12.5")
    }

    /// The share of an amount, rounded half to even to a millionth of a unit. Never more than the amount.
    func of(_ amount: Int64) -> Int64 {
        // Of at most the whole, it fits.
        Int64(Rounding.divide(Int128(amount) * Int128(self.millionths), by: 1_000_000, .halfEven))
    }

    /// Whether the left one is less.
    public static func < (left: Self, right: Self) -> Bool { left.millionths < right.millionths }
}
