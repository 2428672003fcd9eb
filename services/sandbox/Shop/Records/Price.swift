/// An amount of money in hundredths of a currency's unit.
public struct Price: Codable, Sendable, Hashable, Comparable {
    /// The most that one can be: a hundred million units.
    public static let maximum = Price(hundredths: 10_000_000_000)

    /// The hundredths.
    public var hundredths: Int64

    /// An amount.
    public init(hundredths: Int64) { self.hundredths = hundredths }

    /// Reads a decimal such as `12.5`: at most two places that are not 0, and no more than ``maximum`` either way.
    public init?(text: String) {
        let isNegative = text.hasPrefix("-")
        let parts = (isNegative ? text.dropFirst() : Substring(text)).split(
            separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) })
        else { return nil }
        var fraction = parts.count == 2 ? parts[1] : ""
        while fraction.count > 2, fraction.last == "0" { fraction = fraction.dropLast() }
        guard fraction.count <= 2, parts[0].count <= 9, let units = Int64(parts[0]) else { return nil }
        let hundredths = fraction.isEmpty ? 0 : (Int64(fraction) ?? 0) * (fraction.count == 1 ? 10 : 1)
        let amount = units * 100 + hundredths
        guard amount <= Self.maximum.hundredths else { return nil }
        self.hundredths = isNegative ? -amount : amount
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Reads the hundredths.
    public init(from decoder: any Decoder) throws {
        self.hundredths = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the hundredths.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.hundredths)
    }

    /// With two places, such as `12.50`.
    public var text: String {
        let amount = self.hundredths.magnitude
        let places = amount % 100
        return "\(self.hundredths < 0 ? "-" : "")\(amount / 100).\(places < 10 ? "0" : "")\(places)"
    }

    /// As the platform's GraphQL tells amounts of bags: at least one place, such as `12.5` and `12.0`.
    public var shortText: String {
        let text = self.text
        return text.hasSuffix("0") ? String(text.dropLast()) : text
    }

    /// The smaller one first.
    public static func < (left: Price, right: Price) -> Bool { left.hundredths < right.hundredths }
    /// The sum.
    public static func + (left: Price, right: Price) -> Price { Price(hundredths: left.hundredths + right.hundredths) }
    /// The difference.
    public static func - (left: Price, right: Price) -> Price { Price(hundredths: left.hundredths - right.hundredths) }
    /// A multiple; quantities are at most a million, so that it fits.
    public static func * (price: Price, quantity: Int) -> Price {
        Price(hundredths: price.hundredths &* Int64(quantity))
    }
    /// Nothing.
    public static let zero = Price(hundredths: 0)
}
