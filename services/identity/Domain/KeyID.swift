/// The public half of an API key: a UUID of version 7 whose last six bits are the bucket of the key's row.
///
/// So an id leads to where the key is stored, in whichever form it comes: in a key's text, in a list, in an event.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    /// The bits of an id that are its bucket.
    static let bucketBits = 6

    /// The first eight bytes, the first of them highest.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    /// An id by its two halves, as it was stored.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id. Source: RFC 9562, section 5.7; that 6 of the 74 random bits are the bucket's is as random as they are.
    ///
    /// - Parameter milliseconds: The time, since 1970-01-01 00:00 UTC.
    public init(milliseconds: Int64, using generator: inout some RandomNumberGenerator) {
        let time = UInt64(truncatingIfNeeded: milliseconds) << 16
        self.high = time | 0x7000 | UInt64.random(in: 0...0xfff, using: &generator)
        self.low = 0x8000_0000_0000_0000 | (UInt64.random(in: .min ... .max, using: &generator) >> 2)
    }

    /// Reads the form `0190f5d8-8c00-7000-8000-000000000000`, in either case; `nil` for anything else.
    public init?(_ text: String) {
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        guard text.utf8.count == 36 else { return nil }
        var digits = 0
        for (index, byte) in text.utf8.enumerated() {
            if Self.hyphens.contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            if digits < 16 {
                halves.high = halves.high << 4 | UInt64(digit)
            } else {
                halves.low = halves.low << 4 | UInt64(digit)
            }
            digits += 1
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// 0 to 63: which of the buckets the key's row is in.
    public var bucketNumber: Int16 { Int16(self.low & (1 << Self.bucketBits - 1)) }

    /// 36 characters, in lower case.
    public var description: String {
        var text = ""
        for (index, digit) in (Self.digits(self.high) + Self.digits(self.low)).enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    private static let hyphens: Set<Int> = [8, 13, 18, 23]

    private static func digits(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
