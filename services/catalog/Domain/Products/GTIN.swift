/// A Global Trade Item Number, padded to 14 digits, with a right check digit (GS1 General Specifications, 7.9).
public struct GTIN: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is no GTIN.
    public enum Fault: Error, Equatable {
        /// It has not 8, 12, 13 or 14 characters, or one that is no digit.
        case form
        /// Its last digit should be another.
        case checkDigit(expected: Character)
    }

    /// 14 digits; padding leaves the check digit as it is.
    public let description: String

    /// Reads 8, 12, 13 or 14 digits.
    public init(_ text: String) throws(Fault) {
        let digits = text.utf8.map { Int($0) - 48 }
        guard [8, 12, 13, 14].contains(digits.count), digits.allSatisfy((0...9).contains) else { throw .form }
        let expected = Self.checkDigit(of: digits.dropLast())
        guard digits.last == expected else { throw .checkDigit(expected: Character(String(expected))) }
        self.description = String(repeating: "0", count: 14 - digits.count) + text
    }

    /// From the right the digits weigh 3, 1, 3, 1, …; the check digit fills their sum up to a multiple of ten.
    private static func checkDigit(of digits: ArraySlice<Int>) -> Int {
        let sum = digits.reversed().enumerated().reduce(0) { $0 + $1.element * ($1.offset.isMultiple(of: 2) ? 3 : 1) }
        return (10 - sum % 10) % 10
    }
}
