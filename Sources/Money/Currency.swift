/// A currency of ISO 4217 in which something can be priced.
///
/// Equal, and ordered, by its code. Historic currencies are not known, nor is what has no minor unit, such as gold.
public struct Currency: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The place of the code among all of three letters.
    private let place: UInt16
    /// How many decimal places its smallest amount has: 2 for dollars and cents.
    public let minorUnitDigits: Int

    /// The currency of a code of three capital letters; nil: ISO 4217 has none such.
    public init?(code: String) {
        guard let place = Self.place(of: code) else { return nil }
        let digits = Self.digits[place]
        guard digits >= 0 else { return nil }
        self.place = UInt16(place)
        self.minorUnitDigits = Int(digits)
    }

    /// Its code: "USD".
    public var code: String {
        let place = Int(self.place)
        let letters = [place / 676, place / 26 % 26, place % 26].map { UInt8(ascii: "A") + UInt8($0) }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Its code.
    public var description: String { self.code }

    /// Its smallest amount: one cent of a dollar.
    public var minorUnit: Amount {
        var micros = Amount.perUnit
        for _ in 0..<self.minorUnitDigits { micros /= 10 }
        return Amount(micros: micros)
    }

    /// Whether the left one's code comes first.
    public static func < (left: Self, right: Self) -> Bool { left.place < right.place }

    /// The digits by place; below zero: no currency has that code.
    private static let digits: [Int8] = {
        var digits = [Int8](repeating: -1, count: 26 * 26 * 26)
        var code: [UInt8] = []
        for byte in Self.table.utf8 {
            if code.count < 3 {
                code.append(byte)
            } else {
                if let place = Self.place(of: String(decoding: code, as: UTF8.self)) {
                    digits[place] = Int8(byte &- UInt8(ascii: "0"))
                }
                code.removeAll(keepingCapacity: true)
            }
        }
        return digits
    }()

    private static func place(of code: String) -> Int? {
        guard code.utf8.count == 3 else { return nil }
        var place = 0
        for byte in code.utf8 {
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else { return nil }
            place = place * 26 + Int(byte - UInt8(ascii: "A"))
        }
        return place
    }
}

extension Amount {
    /// Its decimal text with the places of a currency: "12.90".
    public func text(in currency: Currency) -> String { self.text(decimalPlaces: currency.minorUnitDigits) }
}
