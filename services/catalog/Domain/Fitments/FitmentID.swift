/// The id of a fitment: 128 bits made of its content; see ``FitmentIdentity``.
public struct FitmentID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first eight bytes, the first of them highest.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    /// An id by its halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits in small letters; nil for anything else.
    public init?(_ text: String) {
        var halves: (UInt64, UInt64) = (0, 0)
        guard text.utf8.count == 32 else { return nil }
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            halves = (halves.0 << 4 | halves.1 >> 60, halves.1 << 4 | UInt64(digit))
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// 32 hexadecimal digits in small letters.
    public var description: String { Self.digits(self.high) + Self.digits(self.low) }

    /// Whether the left one comes first.
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }

    private static func digits(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
