public import Buckets

/// The id of an order: a UUID of version 7 whose six bits behind the variant's are the order's bucket, so that an id leads
/// to its rows (RFC 9562 section 5.7 leaves them to chance).
public struct OrderID: Hashable, Sendable, CustomStringConvertible {
    /// The first and the last eight bytes.
    public let high: UInt64
    /// See ``high``.
    public let low: UInt64

    /// An id of a row.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id of a new order.
    ///
    /// - Parameters:
    ///   - milliseconds: Since 1970; the lower 48 bits count.
    ///   - random: 74 bits that nobody can foresee; others of its bits are not used.
    public init(bucket: Bucket, milliseconds: UInt64, random: (UInt64, UInt64)) {
        self.high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        self.low = 0x8000_0000_0000_0000 | UInt64(bucket.number) << 56 | random.1 & 0x00FF_FFFF_FFFF_FFFF
    }

    /// The id that a text is: 36 characters, lower or upper case; nil: none of ours.
    public init?(_ text: some StringProtocol) {
        var (halves, digits, place): ((UInt64, UInt64), Int, Int) = ((0, 0), 0, 0)
        for byte in text.utf8 {
            defer { place += 1 }
            if [8, 13, 18, 23].contains(place) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard digits < 32, let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        guard place == 36, digits == 32, halves.0 >> 12 & 0xF == 7, halves.1 >> 62 == 2 else { return nil }
        self.init(high: halves.0, low: halves.1)
    }

    /// Where its rows are.
    public var bucket: Bucket {
        // Six bits are always a bucket.
        Bucket(number: Int16(self.low >> 56 & 0x3F)) ?? Bucket.all[0]
    }

    /// Its text: 36 characters in lower case.
    public var description: String {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        return [
            hex(self.high >> 32, 8), hex(self.high >> 16 & 0xFFFF, 4), hex(self.high & 0xFFFF, 4),
            hex(self.low >> 48, 4), hex(self.low & 0xFFFF_FFFF_FFFF, 12),
        ].joined(separator: "-")
    }
}
