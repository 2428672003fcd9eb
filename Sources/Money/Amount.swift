/// An amount of money, or a price, in millionths of its currency's unit. Exact: there is no binary fraction anywhere.
public struct Amount: Hashable, Comparable, Sendable {
    /// How many make a unit of the currency.
    public static let perUnit: Int64 = 1_000_000
    /// The most decimal places.
    public static let maximumDecimalPlaces = 6
    /// The greatest amount that a caller can say: one below 9 billion units.
    public static let maximum = Amount(micros: 8_999_999_999_999_999)
    /// None.
    public static let zero = Amount(micros: 0)

    /// The number of millionths; of differences it may be below zero.
    public var micros: Int64

    /// An amount of so many millionths.
    @inlinable public init(micros: Int64) { self.micros = micros }

    /// The amount that a text says: digits with at most six behind a point, such as "12.99"; never below zero.
    ///
    /// - Throws: ``DecimalText/Fault`` where it says none, or one above ``maximum``.
    public init(_ text: String) throws(DecimalText.Fault) {
        let parsed = try DecimalText.parse(text, decimalPlaces: Self.maximumDecimalPlaces)
        guard parsed <= Self.maximum.micros else { throw DecimalText.Fault(reason: "is too great") }
        self.micros = parsed
    }

    /// Its decimal text: no more places than it needs, and no fewer than asked for.
    ///
    /// - Parameter decimalPlaces: 0 to 6; usually those of the currency's minor unit.
    public func text(decimalPlaces: Int) -> String { DecimalText.format(self.micros, scale: 6, places: decimalPlaces) }

    /// Whether the left one is less.
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.micros < right.micros }
}
